//! The report of a partition's BMC agent about one BMC (api-machines 6.1). It causes no event.

use super::command::{IpmiReport, SupplyReport};
use super::{expectation, newcomer, rows};
use crate::answer::{Answer, IpmiOutcome};
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::{MachineId, PartitionId};
use crate::record::machine::{Ipmi, Led, Machine, PowerSupply};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::World;
use std::net::Ipv6Addr;

/// Default port of IPMI.
const PORT: &str = "623";

/// Maximal bytes of one BMC's report.
const REPORT_BYTES_MAX: usize = 32 << 10;

/// `IpmiReport`. A machine without a partition, created by an event, is adopted; one of another partition is ignored.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    partition: &PartitionId,
    report: &IpmiReport,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    if partition.is_empty() {
        return Err(Refusal::bad_request("partition id must not be empty"));
    }
    if !world.partitions.contains(partition.as_str()) {
        return Err(Refusal::not_found(Kind::Partition.entity(), partition));
    }
    let mut decision = Decision::new(context.now, Answer::IpmiReported(IpmiOutcome::Ignored));
    if id.is_empty() {
        return Ok(decision);
    }
    rows::check_id(id)?;
    rows::bounded("the report", report, REPORT_BYTES_MAX)?;
    let Some(read) = world.machines.get(id.as_str()) else {
        newcomer::admit(world, id, context)?;
        let Some(machine) = created(id, partition, report, context) else { return Ok(decision) };
        decision.create(machine);
        return Ok(decision.map(|_| Answer::IpmiReported(IpmiOutcome::Created)));
    };
    if !read.partition.is_empty() && read.partition != *partition {
        return Ok(decision);
    }
    let Some(machine) = updated(&read, partition, report, context) else { return Ok(decision) };
    rows::save(&mut decision, &read, machine);
    Ok(decision.map(|_| Answer::IpmiReported(IpmiOutcome::Updated)))
}

/// api-machines 1.2, row 2, and all other values of the report: generated clients refuse a machine without its power
/// metric.
fn created(
    id: &MachineId,
    partition: &PartitionId,
    report: &IpmiReport,
    context: &DecisionContext<'_>,
) -> Option<Machine> {
    let mut machine = updated(&Machine::new(id.clone(), context.now), partition, report, context)?;
    expectation::settle(&mut machine, None, context.now);
    Some(machine)
}

/// Values that the BMC measured stay when the machine registers again, because the registration does not have them;
/// everything else is replaced (api-machines 5.4, where measured values are lost until the next report). A registration
/// without a BMC removes it.
pub(super) fn registered(told: Option<&Ipmi>, known: &Ipmi) -> Ipmi {
    let Some(told) = told else { return Ipmi::default() };
    let mut ipmi = told.clone();
    ipmi.address = with_port(&ipmi.address);
    ipmi.power_metric = ipmi.power_metric.or_else(|| known.power_metric.clone());
    if ipmi.power_supplies.is_empty() {
        ipmi.power_supplies.clone_from(&known.power_supplies);
    }
    if ipmi.power_state.is_empty() {
        ipmi.power_state.clone_from(&known.power_state);
    }
    ipmi
}

/// `None`: the stored address cannot be separated from its port, so the report is skipped.
fn updated(
    known: &Machine,
    partition: &PartitionId,
    report: &IpmiReport,
    context: &DecisionContext<'_>,
) -> Option<Machine> {
    let mut machine = known.clone();
    machine.partition = partition.clone();
    machine.ipmi = Ipmi {
        address: address(&known.ipmi.address, &report.bmcip)?,
        fru: report.fru.clone().unwrap_or_default().over(&known.ipmi.fru),
        power_metric: report.powermetric.clone().or_else(|| known.ipmi.power_metric.clone()),
        power_supplies: report.powersupplies.iter().map(supply).collect(),
        ..known.ipmi.clone()
    };
    put(&mut machine.ipmi.bmc_version, &report.bmcversion);
    put(&mut machine.ipmi.power_state, &report.powerstate);
    put(&mut machine.bios.version, &report.biosversion);
    see_led(&mut machine.led, &report.indicatorledstate);
    if machine != *known {
        machine.changed = context.now;
    }
    machine.ipmi.last_updated = Some(context.now);
    Some(machine)
}

fn supply(report: &SupplyReport) -> PowerSupply {
    PowerSupply { health: report.status.health.clone(), state: report.status.state.clone() }
}

fn put(known: &mut String, told: &str) {
    if !told.is_empty() {
        told.clone_into(known);
    }
}

fn see_led(led: &mut Led, value: &str) {
    if matches!(value, "LED-ON" | "LED-OFF") {
        value.clone_into(&mut led.value);
    }
}

/// An IPv6 address without a port gets brackets and a port: without them, address and port would be ambiguous.
fn with_port(address: &str) -> String {
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    let (number, _zone) = bare.split_once('%').unwrap_or((bare, ""));
    if number.parse::<Ipv6Addr>().is_ok() { format!("[{bare}]:{PORT}") } else { address.to_owned() }
}

/// `host` with the port of `known`. An IPv6 host gets brackets, so that its port is unambiguous; `None` for a known
/// address with several colons that is not an address.
fn address(known: &str, host: &str) -> Option<String> {
    let known = &with_port(known);
    if host.is_empty() {
        return Some(known.clone());
    }
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let port = match known.rsplit_once(':') {
        None => PORT,
        Some((before, port)) if before.ends_with(']') || !before.contains(':') => port,
        Some(_) => return None,
    };
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Some(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests;
