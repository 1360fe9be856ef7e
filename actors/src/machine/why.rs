//! Why a machine is in its state, and what happens next, in sentences for operators.
//!
//! Reads the row and the events, and decides nothing. [`super::expectation`] has the times and the reasons.

use super::{expectation, orders};
use crate::ids::MachineId;
use crate::record::machine::{
    Awaits, BmcAction, Event, Events, Expectation, Liveliness, Machine, ProvisioningState, StateValue,
};
use crate::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// The answer to "why is this machine stuck?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    pub id: MachineId,
    /// Newest event, in lower case: `waiting`, `phoned home`, ...
    pub state: String,
    /// The start of this state.
    pub since: Timestamp,
    pub reason: String,
    /// After this time it is late; `None` when it waits for nothing: it can be allocated, or a user's system runs.
    pub deadline: Option<Timestamp>,
    pub overdue: bool,
    /// The next step.
    pub next: String,
    /// Time of the next order or inspection; `None` as for `deadline`.
    pub next_try: Option<Timestamp>,
    pub tries: u32,
    pub allocation: Option<Uuid>,
    /// The operator who locked or reserved it, and the reason.
    pub hold: Option<String>,
    pub orders: Vec<WaitingOrder>,
    pub last_event: Option<Event>,
    pub last_event_time: Option<Timestamp>,
    /// `Alive`, `Dead`, `Unknown`, or empty without any event container.
    pub liveliness: String,
}

/// A BMC order without an acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingOrder {
    pub order: Uuid,
    pub action: BmcAction,
    pub since: Timestamp,
    pub overdue: bool,
}

/// Explains the machine's state at `now`.
pub fn why(machine: &Machine, events: Option<&Events>, now: Timestamp) -> Why {
    let state = events.map_or(ProvisioningState::Initial, ProvisioningState::of);
    let newest = events.and_then(|events| events.log.front());
    let orders: Vec<WaitingOrder> =
        orders::due(machine, now).map(|order| waiting_order(order, now)).collect();
    let mut why = Why {
        id: machine.id.clone(),
        state: state.as_str().to_owned(),
        since: newest.map_or(machine.created, |newest| newest.time),
        reason: String::new(),
        deadline: None,
        overdue: false,
        next: String::new(),
        next_try: None,
        tries: 0,
        allocation: machine.allocation.as_ref().map(|allocation| allocation.uuid),
        hold: hold(machine),
        orders,
        last_event: newest.cloned(),
        last_event_time: events.and_then(|events| events.last_event_time),
        liveliness: events.map_or("", |events| events.liveliness.as_str()).to_owned(),
    };
    match expectation::current(machine, events, now) {
        Some(expectation) => {
            awaiting(&mut why, &expectation, now);
            mention_crash_loop(&mut why, events);
            if expectation.awaits != Awaits::SignOfLife {
                mention_silence(&mut why, events, now);
            }
            mention_power(&mut why, machine);
        }
        None => {
            let (reason, next) = match machine.allocation {
                None => ("it is ready", "it can be allocated"),
                Some(_) => ("it is allocated and runs", "nothing, a user owns it"),
            };
            reason.clone_into(&mut why.reason);
            next.clone_into(&mut why.next);
        }
    }
    mention_refusal(&mut why, machine);
    blame_late_orders(&mut why, machine);
    why
}

fn waiting_order(order: &crate::record::machine::BmcOrder, now: Timestamp) -> WaitingOrder {
    WaitingOrder {
        order: order.id,
        action: order.action,
        since: order.issued,
        overdue: now.since(order.issued) > expectation::ORDER_PATIENCE,
    }
}

fn awaiting(why: &mut Why, expectation: &Expectation, now: Timestamp) {
    why.since = expectation.since;
    why.reason.clone_from(&expectation.reason);
    why.deadline = Some(expectation.deadline);
    why.overdue = now > expectation.deadline;
    why.next.clone_from(&expectation.then);
    why.next_try = Some(expectation.next_try);
    why.tries = expectation.tries;
    if why.overdue {
        let late = expectation::minutes(now.since(expectation.deadline));
        why.reason.push_str(&format!(" and is {late} min late"));
    }
}

fn mention_silence(why: &mut Why, events: Option<&Events>, now: Timestamp) {
    let silent = events.filter(|events| events.liveliness != Liveliness::Alive);
    if let Some(last) = silent.and_then(|events| events.last_event_time) {
        let quiet = expectation::minutes(now.since(last));
        why.reason.push_str(&format!("; it has been silent for {quiet} min"));
    }
}

fn mention_refusal(why: &mut Why, machine: &Machine) {
    if let Some(refused) = &machine.refused {
        why.reason.push_str(&format!("; its registration at {} was refused: {}", refused.at, refused.why));
    }
}

/// The BMC's last report about the power of a late machine.
fn mention_power(why: &mut Why, machine: &Machine) {
    if let Some(heard) = machine.ipmi.last_updated.filter(|_| why.overdue)
        && machine.ipmi.power_state.eq_ignore_ascii_case("off")
    {
        why.reason.push_str(&format!("; its BMC reported at {heard} that it is switched off"));
    }
}

/// Like the issue `crashloop` (api-machines 7). Every crash restarts the expectation, so no deadline reports a crash
/// loop.
fn mention_crash_loop(why: &mut Why, events: Option<&Events>) {
    let looping = events.filter(|events| {
        events.crash_loop
            && !matches!(
                ProvisioningState::of(events),
                ProvisioningState::Waiting | ProvisioningState::PhonedHome
            )
    });
    if let Some(events) = looping {
        let last = events.last_error_event.as_ref().map_or("", |error| error.message.as_str());
        why.reason.push_str(&format!("; it is in a crash loop, the last error was: {last}"));
    }
}

/// An agent that does not fetch orders explains all other delays.
fn blame_late_orders(why: &mut Why, machine: &Machine) {
    let Some(late) = why.orders.iter().find(|order| order.overdue) else { return };
    let action = serde_json::to_string(&late.action).unwrap_or_default();
    let partition = if machine.partition.is_empty() { "(none yet)" } else { machine.partition.as_str() };
    why.reason = format!(
        "{}; its BMC was ordered {action} at {}, the order was not carried out",
        why.reason, late.since
    );
    why.next = format!("check the BMC agent of partition {partition}; {}", why.next);
    why.overdue = true;
}

fn hold(machine: &Machine) -> Option<String> {
    let word = match machine.state.value {
        StateValue::Available => return None,
        StateValue::Tainted => "reserved",
        StateValue::Locked => "locked",
    };
    Some(format!("{word} by {}: {}", machine.state.issuer, machine.state.description))
}

#[cfg(test)]
mod tests;
