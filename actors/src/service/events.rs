//! Provisioning events of many machines in one call (api-machines 5.8).

use crate::command::ask;
use crate::decision::Principal;
use crate::gateway::Gateway;
use crate::ids::MachineId;
use crate::machine::EventKind;
use crate::runtime::CallError;
use crate::spoken::cleaned;
use futures_util::StreamExt;

/// Maximum of events of one call that are recorded concurrently; the others wait.
const CONCURRENT_MAX: usize = 128;

/// One event as reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    pub machine: MachineId,
    /// The name of its kind (api-machines 2.3).
    pub event: String,
    pub message: String,
}

/// The outcome of a call's events.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub stored: u64,
    /// Machines with an event of an unknown kind. Such a machine is created without events.
    pub not_events: Vec<MachineId>,
    pub refused: Vec<CallError>,
}

enum RecordOutcome {
    Stored,
    NotAnEvent(MachineId),
    Refused(CallError),
}

/// Records events in their order, many at a time.
pub async fn record(gateway: &Gateway, principal: &Principal, events: Vec<Reported>) -> Recorded {
    let mut outcomes = futures_util::stream::iter(events)
        .map(|event| record_one(gateway, principal, event))
        .buffered(CONCURRENT_MAX);
    let mut recorded = Recorded::default();
    while let Some(outcome) = outcomes.next().await {
        match outcome {
            RecordOutcome::Stored => recorded.stored += 1,
            RecordOutcome::NotAnEvent(machine) => recorded.not_events.push(machine),
            RecordOutcome::Refused(error) => recorded.refused.push(error),
        }
    }
    recorded
}

async fn record_one(gateway: &Gateway, principal: &Principal, reported: Reported) -> RecordOutcome {
    let Reported { machine, event, message } = reported;
    let (ask, outcome) = match EventKind::parse(&event) {
        Some(event) => (ask::machine::event(machine, event, cleaned(&message)), RecordOutcome::Stored),
        None => {
            tracing::warn!(%machine, event, "an event of an unknown kind");
            (ask::machine::discover(machine.clone()), RecordOutcome::NotAnEvent(machine))
        }
    };
    match gateway.execute(principal, None, ask).await {
        Ok(()) => outcome,
        Err(error) => RecordOutcome::Refused(error),
    }
}
