//! Sets a port up or down for an operator (api-machines 4.6). The switch applies it later and reports it by notify. The
//! order stays in force regardless of observed states, also for a port without a machine: a port that was set down
//! before its machine left must come up again.

use super::decide::known;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::ids::SwitchId;
use crate::record::switch::{PortState, Switch};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::world::World;

pub(super) fn toggle(
    world: &World,
    id: &SwitchId,
    nic: &str,
    status: &str,
    now: Timestamp,
) -> Decided<Answer> {
    if !matches!(status, "UP" | "DOWN") {
        return Err(Refusal::bad_request(format!("the status \"{status}\" must be concrete")));
    }
    let switch = known(world, id)?;
    let Some(index) = switch.nics.iter().position(|port| port.name.eq_ignore_ascii_case(nic)) else {
        return Err(Refusal::missing(format!("the nic \"{nic}\" does not exist in this switch")));
    };
    let mut next = Switch::clone(&switch);
    let port = &mut next.nics[index];
    let wanted = want(port.state.as_ref(), status);
    let mut decision = Decision::new(now, Answer::Switch { id: id.clone(), created: false });
    if port.state.as_ref() != Some(&wanted) || port.ordered.as_deref() != Some(status) {
        port.state = Some(wanted);
        port.ordered = Some(status.to_owned());
        next.changed = now;
        decision.update(&switch, next);
    }
    Ok(decision)
}

/// The state of a port with the wanted `status`.
fn want(before: Option<&PortState>, status: &str) -> PortState {
    let actual = before.map_or("UNKNOWN", |state| &state.actual);
    let desired = (actual != status).then(|| status.to_owned());
    PortState { desired, actual: actual.to_owned() }
}

#[cfg(test)]
mod tests;
