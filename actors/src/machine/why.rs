//! Why a machine is where it is, and what happens next, in sentences an operator understands.
//!
//! Reads the row and the events; decides nothing. The times and the reasons are [`super::expectation`]'s.

use super::events::State;
use super::expectation::{self, Stance};
use super::orders;
use super::record::{Awaits, BmcAction, Event, Events, Expectation, Liveliness, Machine, StateValue};
use crate::ids::MachineId;
use crate::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// The answer to "why is this machine stuck?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    pub id: MachineId,
    /// Newest event, in lower case: `waiting`, `phoned home`, ...
    pub state: String,
    /// Since when it is so.
    pub since: Timestamp,
    pub reason: String,
    /// After this it is late; `None` when nothing is awaited.
    pub deadline: Option<Timestamp>,
    pub overdue: bool,
    /// What happens next.
    pub next: String,
    pub next_try: Option<Timestamp>,
    pub tries: u32,
    pub allocation: Option<Uuid>,
    /// Who locked or reserved it, and why.
    pub hold: Option<String>,
    pub orders: Vec<WaitingOrder>,
    pub last_event: Option<Event>,
    pub last_event_time: Option<Timestamp>,
    /// `Alive`, `Dead`, `Unknown`, or empty without any event container.
    pub liveliness: String,
}

/// An order that no BMC agent acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingOrder {
    pub order: Uuid,
    pub action: BmcAction,
    pub since: Timestamp,
    pub overdue: bool,
}

/// Explains the machine as it is at `now`.
pub fn why(machine: &Machine, events: Option<&Events>, now: Timestamp) -> Why {
    let state = events.map_or(State::Initial, State::of);
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
    match &machine.expectation {
        Some(expectation) => {
            awaiting(&mut why, machine, expectation, now);
            mention_crash_loop(&mut why, events);
            if expectation.awaits != Awaits::SignOfLife {
                mention_silence(&mut why, events, now);
            }
        }
        None => {
            let (reason, next) = steady(machine, events, now);
            why.reason = reason;
            why.next = next;
        }
    }
    blame_late_orders(&mut why, machine);
    why
}

fn waiting_order(order: &super::record::BmcOrder, now: Timestamp) -> WaitingOrder {
    WaitingOrder {
        order: order.id,
        action: order.action,
        since: order.issued,
        overdue: now.since(order.issued) > expectation::ORDER_PATIENCE,
    }
}

fn awaiting(why: &mut Why, machine: &Machine, expectation: &Expectation, now: Timestamp) {
    let acts = machine.allocation.is_none() && machine.state.value != StateValue::Locked;
    why.since = expectation.since;
    why.reason.clone_from(&expectation.reason);
    why.deadline = Some(expectation.deadline);
    why.overdue = now > expectation.deadline;
    why.next.clone_from(&expectation.then);
    why.next_try =
        Some(expectation.next_try).filter(|_| acts && expectation.awaits != Awaits::Acknowledgement);
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
        why.reason.push_str(&format!("; nothing was heard of it for {quiet} min"));
    }
}

/// As the issue `crashloop` (api-machines 7). Every crash begins the wait anew, so that nothing else would ever say it.
fn mention_crash_loop(why: &mut Why, events: Option<&Events>) {
    let looping = events.filter(|events| {
        events.crash_loop && !matches!(State::of(events), State::Waiting | State::PhonedHome)
    });
    if let Some(events) = looping {
        let last = events.last_error_event.as_ref().map_or("", |error| error.message.as_str());
        why.reason.push_str(&format!("; it is in a crash loop, the last error was: {last}"));
    }
}

/// An agent that does not fetch orders explains whatever else is late.
fn blame_late_orders(why: &mut Why, machine: &Machine) {
    let Some(late) = why.orders.iter().find(|order| order.overdue) else { return };
    let action = serde_json::to_string(&late.action).unwrap_or_default();
    let partition = if machine.partition.is_empty() { "(none yet)" } else { machine.partition.as_str() };
    why.reason =
        format!("{}; its BMC was told {action} at {}, nobody carried it out", why.reason, late.since);
    why.next = format!("look after the BMC agent of partition {partition}; {}", why.next);
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

/// Reason and next step of a machine that waits for nothing in particular.
fn steady(machine: &Machine, events: Option<&Events>, now: Timestamp) -> (String, String) {
    let (reason, next) = match (events, Stance::of(machine)) {
        (Some(events), Stance::Installed) => installed(events),
        (None, Stance::Installed) => ("it is allocated and installed", "nothing, a user has it"),
        (Some(events), Stance::Pending | Stance::Reinstall) if expectation::switched_off(events) => {
            ("it is to be installed but was switched off by an operator", "power it on")
        }
        (_, Stance::Pending | Stance::Reinstall) => (
            expectation::awaits(machine, events).map_or("it is to be installed", expectation::reason),
            "nothing, an allocated machine is left alone: look at its console, power cycle it or free it",
        ),
        (None, Stance::Free) => (
            "it is known from its BMC only and never booted from the network",
            "power it on with network boot",
        ),
        (Some(events), Stance::Free) => return free(machine, events, now),
    };
    (reason.to_owned(), next.to_owned())
}

fn installed(events: &Events) -> (&'static str, &'static str) {
    if expectation::switched_off(events) {
        return ("it is allocated and was switched off by an operator", "power it on");
    }
    match events.liveliness {
        Liveliness::Alive => ("it is allocated and runs", "nothing, a user has it"),
        Liveliness::Dead | Liveliness::Unknown => (
            "it is allocated and went silent: its system is down or its LLDP daemon stopped",
            "nothing, an allocated machine is left alone: look at its console",
        ),
    }
}

fn free(machine: &Machine, events: &Events, now: Timestamp) -> (String, String) {
    let state = State::of(events);
    if expectation::switched_off(events) {
        return sentences("it was switched off by an operator", "power it on");
    }
    if events.liveliness == Liveliness::Dead {
        let quiet = events.last_event_time.map_or(0, |last| expectation::minutes(now.since(last)));
        let stance = Stance::Free;
        let locked = machine.state.value == StateValue::Locked;
        return (
            format!("it is silent for {quiet} min"),
            expectation::then(Awaits::SignOfLife, stance, locked).to_owned(),
        );
    }
    match state {
        State::Waiting => match obstacle(machine) {
            None => sentences("it is ready", "it can be allocated"),
            Some((obstacle, next)) => {
                (format!("it waits but cannot be allocated: {obstacle}"), next.to_owned())
            }
        },
        State::PhonedHome | State::BootingNewKernel => sentences(
            "it runs an installed system although nobody has it",
            "free it, so that it boots from the network",
        ),
        State::Initial | State::Alive => sentences(
            "it registered, but told no step of its way",
            "power cycle it with network boot if it stays so",
        ),
        _ => sentences(
            expectation::awaits(machine, Some(events)).map_or("it is on its way", expectation::reason),
            "it is looked after within a minute",
        ),
    }
}

/// What keeps a waiting machine from being allocated (api-machines 3.4.1).
fn obstacle(machine: &Machine) -> Option<(&'static str, &'static str)> {
    if machine.state.value != StateValue::Available {
        Some(("an operator holds it", "release it by setting its state to available"))
    } else if machine.partition.is_empty() || machine.rack.is_empty() {
        Some(("its switches do not know it", "look at its cabling; it registers again after a power cycle"))
    } else if machine.size.is_empty() || machine.size.as_str() == "unknown" {
        Some(("its hardware matches no size", "define a size for it and power cycle it"))
    } else if !machine.waiting {
        Some(("its waiting stream is not open", "the installer opens it again within seconds"))
    } else {
        None
    }
}

fn sentences(reason: &str, next: &str) -> (String, String) {
    (reason.to_owned(), next.to_owned())
}

#[cfg(test)]
#[path = "why_tests.rs"]
mod tests;
