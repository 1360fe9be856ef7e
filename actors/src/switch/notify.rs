//! A switch's periodic report: it applied its configuration, and the states of its ports (api-machines 4.5).

use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::ids::SwitchId;
use crate::record::switch::{BgpPortState, PortState, Switch, SwitchPort, SwitchStatus, Sync};
use crate::time::Timestamp;
use crate::world::World;
use std::collections::BTreeMap;

/// One report of a switch. Maps are by port name; absent ports are unchanged.
pub(super) struct Report<'a> {
    pub(super) sync_duration_ns: i64,
    /// An empty text is an error, too.
    pub(super) error: Option<&'a str>,
    pub(super) ports: Option<&'a BTreeMap<String, String>>,
    pub(super) bgp: Option<&'a BTreeMap<String, BgpPortState>>,
}

/// Stores the status, also for an unknown switch, and changed port states.
pub(super) fn notify(world: &World, id: &SwitchId, report: &Report<'_>, now: Timestamp) -> Decided<Answer> {
    let before = world.switch_statuses.get(id.as_str());
    let mut status = before.as_deref().map_or_else(
        || SwitchStatus { id: id.clone(), last_sync: None, last_sync_error: None },
        |before| SwitchStatus::clone(before),
    );
    let error = report.error.map(ToOwned::to_owned);
    let slot = if error.is_none() { &mut status.last_sync } else { &mut status.last_sync_error };
    *slot = Some(Sync { time: now, duration_ns: report.sync_duration_ns, error });

    let switch = world.switches.get(id.as_str());
    let answer = match switch {
        Some(_) => Answer::SwitchStatus(Box::new(status.clone())),
        None => Answer::SwitchUnknown(id.clone()),
    };
    let mut decision = Decision::new(now, answer);
    match &before {
        Some(before) => decision.update(before, status),
        None => decision.create(status),
    };
    if let Some(switch) = switch
        && switch.nics.iter().any(|nic| is_news(nic, report))
    {
        let mut next = Switch::clone(&switch);
        observe(&mut next, report);
        next.changed = now;
        decision.update(&switch, next);
    }
    Ok(decision)
}

/// True when [`observe`] changes the port. Nearly every report changes none of them, and needs no copy of the switch.
fn is_news(nic: &SwitchPort, report: &Report<'_>) -> bool {
    let state = report.ports.and_then(|ports| ports.get(&nic.name));
    let bgp = report.bgp.map(|bgp| bgp.get(&nic.name));
    let is_new = |reported: &String| {
        let same = |known: &PortState| known.actual == *reported && known.desired.as_ref() != Some(reported);
        !nic.state.as_ref().is_some_and(same)
    };
    state.is_some_and(is_new) || bgp.is_some_and(|bgp| bgp != nic.bgp.as_ref())
}

fn observe(switch: &mut Switch, report: &Report<'_>) {
    for nic in &mut switch.nics {
        if let Some(reported) = report.ports.and_then(|ports| ports.get(&nic.name)) {
            nic.state = Some(reached(nic.state.take(), reported));
        }
        if let Some(bgp) = report.bgp {
            nic.bgp = bgp.get(&nic.name).cloned();
        }
    }
}

/// The state of a port that reported `reported`: the wanted state is cleared once it is reached.
fn reached(before: Option<PortState>, reported: &str) -> PortState {
    let desired = before.and_then(|state| state.desired).filter(|desired| desired != reported);
    PortState { desired, actual: reported.to_owned() }
}

#[cfg(test)]
mod tests;
