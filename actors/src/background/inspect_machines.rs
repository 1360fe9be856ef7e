//! Looks at machines that have been silent for too long, and names those that are late.

use super::principal;
use crate::command::Body;
use crate::machine::{self, MachineCommand};
use crate::runtime::Site;
use std::time::Duration;

/// Between two looks at all machines. Liveliness verdicts are exact to this.
const EVERY: Duration = Duration::from_secs(5);

/// Machines looked at before others have their turn: a look costs less than a microsecond.
const INSPECTED_AT_ONCE: usize = 500;

pub(super) async fn run(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        tokio::time::sleep(EVERY).await;
        for (count, machine) in site.world().machines.all().into_iter().enumerate() {
            if count % INSPECTED_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
            let events = site.world().events.get(machine.id.as_str());
            if machine::is_at_rest(&machine, events.as_deref().map(|events| &*events.value), site.now()) {
                continue;
            }
            let command = MachineCommand::Inspect { machine: machine.id.clone() };
            match (
                site.ask(&principal, None, Body::Machine(command)).await,
                machine::late(&machine, site.now()),
            ) {
                (Err(error), _) => {
                    tracing::debug!(machine = %machine.id, %error, "not inspected this time");
                }
                (Ok(_), Some(late)) => tracing::warn!(
                    machine = %machine.id, reason = late.reason, since = %late.since, tries = late.tries,
                    next = late.then, "a machine is late"
                ),
                (Ok(_), None) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
