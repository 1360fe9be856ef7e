//! Inspects machines that have been silent for too long, and logs those that are late.

use super::principal;
use super::task::{BackgroundTask, TaskOutcome};
use crate::command::Body;
use crate::machine::{self, MachineCommand};
use crate::runtime::LocalPartition;
use std::time::Duration;

/// Interval of inspections of all machines. Liveliness is exact to this.
const EVERY: Duration = Duration::from_secs(5);

/// Machines inspected before the task yields: an inspection takes less than a microsecond.
const INSPECTED_AT_ONCE: usize = 500;

/// Sends an inspection to each machine that is not at rest.
pub(super) struct InspectMachines;

impl BackgroundTask for InspectMachines {
    fn name(&self) -> &'static str {
        "inspect_machines"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn first(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let (principal, mut outcome) = (principal(), TaskOutcome::default());
        for count in ["inspected", "late"] {
            outcome.add(count, 0);
        }
        for (count, machine) in local.world().machines.all().into_iter().enumerate() {
            if count % INSPECTED_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
            let events = local.world().events.get(machine.id.as_str());
            if machine::is_at_rest(&machine, events.as_deref().map(|events| &*events.value), local.now()) {
                continue;
            }
            let command = MachineCommand::Inspect { machine: machine.id.clone() };
            if let Err(error) = local.ask(&principal, None, Body::Machine(command)).await {
                tracing::debug!(machine = %machine.id, %error, "a machine was not inspected; the next run retries");
                outcome.fail(&error);
                continue;
            }
            outcome.add("inspected", 1);
            if let Some(late) = machine::late(&machine, local.now()) {
                outcome.add("late", 1);
                tracing::warn!(
                    machine = %machine.id, reason = late.reason, since = %late.since, tries = late.tries,
                    next = late.then, "a machine is past its deadline"
                );
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
