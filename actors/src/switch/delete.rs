//! Deletion of a switch (api-machines 4.8).

use super::decide::known;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::ids::SwitchId;
use crate::record::switch::Switch;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::world::World;

/// Removes the switch and its status; the machines do not change.
pub(super) fn delete(world: &World, id: &SwitchId, force: bool, now: Timestamp) -> Decided<Answer> {
    let switch = known(world, id)?;
    if !force && !switch.connections.is_empty() {
        return Err(Refusal::bad_request(format!(
            "cannot delete switch {id} while it still has machines connected to it"
        )));
    }
    let shown = Answer::SwitchShown { switch: Box::new(Switch::clone(&switch)), created: false };
    let mut decision = Decision::new(now, shown);
    decision.delete(&switch);
    if let Some(status) = world.switch_statuses.get(id.as_str()) {
        decision.delete(&status);
    }
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::record::switch::SwitchStatus;
    use crate::refusal::RefusalKind;
    use crate::switch::SwitchCommand;

    fn command(force: bool) -> SwitchCommand {
        SwitchCommand::Delete { id: "leaf01".into(), force }
    }

    #[test]
    fn an_empty_switch_and_its_status_are_removed() {
        let world = leaves(&[]);
        insert(&world, SwitchStatus { id: "leaf01".into(), last_sync: None, last_sync_error: None });
        let before = Switch::clone(&world.switches.get("leaf01").unwrap());
        let answer = done(&world, &command(false)).unwrap();
        assert_eq!(answer, Answer::SwitchShown { switch: Box::new(before), created: false });
        assert!(!world.switches.contains("leaf01"));
        assert!(!world.switch_statuses.contains("leaf01"));
    }

    #[test]
    fn a_connected_switch_needs_force_and_machines_are_not_touched() {
        let world = leaves(&["1"]);
        let refused = done(&world, &command(false)).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::BadRequest);
        assert_eq!(
            refused.message,
            "cannot delete switch leaf01 while it still has machines connected to it"
        );

        let machine = world.machines.get(machine_id("1").as_str()).unwrap();
        done(&world, &command(true)).unwrap();
        assert!(!world.switches.contains("leaf01"));
        assert_eq!(world.machines.get(machine_id("1").as_str()), Some(machine));
    }

    #[test]
    fn an_unknown_switch_is_not_found() {
        let refused = done(&world([]), &command(true)).unwrap_err();
        assert_eq!(refused, Refusal::not_found("switch", "leaf01"));
    }
}
