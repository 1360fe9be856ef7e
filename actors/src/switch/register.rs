//! A switch reports its hardware once at its start (api-machines 4.2).

use super::command::{SwitchNic, SwitchRegistration};
use super::replace;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::naming;
use crate::record::switch::{Connection, Switch, SwitchMode, SwitchOs, SwitchPort, SwitchVendor};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Maximum of ports of one switch. The largest leaves have 64 cages of eight lines, and a row must stay below a
/// megabyte.
pub(super) const PORTS_PER_SWITCH_MAX: usize = 1024;

pub(super) fn register(world: &World, request: &SwitchRegistration, now: Timestamp) -> Decided<Answer> {
    if request.id.is_empty() {
        return Err(Refusal::bad_request("uuid cannot be empty"));
    }
    if !world.partitions.contains(&request.partition_id) {
        return Err(Refusal::not_found("partition", &request.partition_id));
    }
    let Some(os) = &request.os else {
        return Err(Refusal::bad_request("switch os must be given"));
    };
    let os = SwitchOs {
        vendor: SwitchVendor::parse(&os.vendor)?,
        version: os.version.clone(),
        metal_core_version: os.metal_core_version.clone(),
    };
    let requested = requested(request, os, now)?;
    match world.switches.get(&request.id) {
        None => {
            naming::check(Kind::Switch, &request.id)?;
            let answer = Answer::Switch { id: requested.id.clone(), created: true };
            let mut decision = Decision::new(now, answer);
            decision.create(requested);
            Ok(decision)
        }
        Some(old) if old.mode == SwitchMode::Replace => {
            let requested = Switch { created: old.created, ..requested };
            let mut kept = said(request, &old, &requested);
            if kept.console_command.is_empty() {
                kept.console_command.clone_from(&old.console_command);
            }
            replace::replace(world, &old, requested, kept, now)
        }
        Some(old) => again(request, &old, &requested, now),
    }
}

/// The switch of the request: new, without connections.
fn requested(request: &SwitchRegistration, os: SwitchOs, now: Timestamp) -> Result<Switch, Refusal> {
    Ok(Switch {
        id: request.id.as_str().into(),
        name: request.name.clone().unwrap_or_default(),
        description: request.description.clone().unwrap_or_default(),
        created: now,
        changed: now,
        partition: request.partition_id.as_str().into(),
        rack: request.rack_id.as_str().into(),
        nics: ports(&request.nics)?,
        connections: Arc::default(),
        mode: SwitchMode::Fresh,
        os,
        management_ip: request.management_ip.clone(),
        management_user: request.management_user.clone(),
        console_command: request.console_command.clone(),
    })
}

fn ports(nics: &[SwitchNic]) -> Result<Vec<SwitchPort>, Refusal> {
    if nics.len() > PORTS_PER_SWITCH_MAX {
        return Err(Refusal::bad_request(format!("a switch can have at most {PORTS_PER_SWITCH_MAX} nics")));
    }
    let ports: Vec<SwitchPort> = nics
        .iter()
        .map(|nic| SwitchPort {
            name: nic.name.clone(),
            mac: nic.mac.clone(),
            identifier: nic.identifier.clone(),
            vrf: nic.vrf.clone(),
            state: None,
            bgp: None,
            ordered: None,
        })
        .collect();
    let identities: BTreeSet<Cow<'_, str>> = ports.iter().map(SwitchPort::folded).collect();
    if identities.len() < ports.len() {
        return Err(Refusal::bad_request("duplicate identifier found in nics"));
    }
    Ok(ports)
}

/// The request, with name and description of `old` where it has none.
fn said(request: &SwitchRegistration, old: &Switch, requested: &Switch) -> Switch {
    Switch {
        name: request.name.clone().unwrap_or_else(|| old.name.clone()),
        description: request.description.clone().unwrap_or_else(|| old.description.clone()),
        ..requested.clone()
    }
}

/// A known switch that restarted.
fn again(
    request: &SwitchRegistration,
    old: &Versioned<Switch>,
    requested: &Switch,
    now: Timestamp,
) -> Decided<Answer> {
    let next = Switch {
        created: old.created,
        nics: merged(old, &requested.nics)?,
        connections: Arc::clone(&old.connections),
        mode: old.mode,
        console_command: old.console_command.clone(),
        ..said(request, old, requested)
    };
    let mut decision = Decision::new(now, Answer::Switch { id: next.id.clone(), created: false });
    decision.update(old, next);
    Ok(decision)
}

/// The current ports: known ones keep everything except their name. A port with a machine is neither removed nor
/// renamed.
fn merged(old: &Switch, reported: &[SwitchPort]) -> Result<Vec<SwitchPort>, Refusal> {
    let connections = old.connections.values().flatten();
    let connected: BTreeMap<Cow<'_, str>, &Connection> =
        connections.map(|connection| (connection.nic.folded(), connection)).collect();
    let names: BTreeMap<Cow<'_, str>, &str> =
        reported.iter().map(|port| (port.folded(), port.name.as_str())).collect();
    for (port, connection) in old.nics.iter().filter_map(|port| Some((port, *connected.get(&port.folded())?)))
    {
        let (identity, machine) = (port.identity(), &connection.machine);
        let Some(name) = names.get(&port.folded()) else {
            return Err(Refusal::unprocessable(format!(
                "nic with identifier {identity} gets removed but the machine with id \"{machine}\" is already connected to this nic, which is currently not supported"
            )));
        };
        if port.name != *name {
            return Err(Refusal::unprocessable(format!(
                "nic with mac address {} and identifier {} wants to be renamed from \"{}\" to \"{name}\", but already has a connection to machine with id \"{machine}\", which is currently not supported",
                port.mac, port.identifier, port.name
            )));
        }
    }
    let known: BTreeMap<Cow<'_, str>, &SwitchPort> =
        old.nics.iter().map(|port| (port.folded(), port)).collect();
    let merge = |port: &SwitchPort| match known.get(&port.folded()) {
        Some(known) => SwitchPort { name: port.name.clone(), ..(*known).clone() },
        None => port.clone(),
    };
    Ok(reported.iter().map(merge).collect())
}

#[cfg(test)]
mod tests;
