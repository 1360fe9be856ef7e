//! An operator's settings for a switch (api-machines 4.4).

use super::decide::known;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::ids::SwitchId;
use crate::record::switch::{Switch, SwitchMode};
use crate::time::Timestamp;
use crate::world::World;

/// The console command is always overwritten; every mode except `replace` means operational.
pub(super) fn update(
    world: &World,
    id: &SwitchId,
    description: Option<&str>,
    console_command: &str,
    mode: &str,
    now: Timestamp,
) -> Decided<Answer> {
    let switch = known(world, id)?;
    let mut next = Switch::clone(&switch);
    next.changed = now;
    if let Some(description) = description {
        description.clone_into(&mut next.description);
    }
    console_command.clone_into(&mut next.console_command);
    next.mode = if mode == "replace" { SwitchMode::Replace } else { SwitchMode::Operational };
    let mut decision = Decision::new(now, Answer::Switch { id: id.clone(), created: false });
    decision.update(&switch, next);
    Ok(decision)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::*;
    use super::*;
    use crate::refusal::Refusal;
    use crate::switch::SwitchCommand;

    fn command(description: Option<&str>, console_command: &str, mode: &str) -> SwitchCommand {
        SwitchCommand::Update {
            id: "leaf01".into(),
            description: description.map(ToOwned::to_owned),
            console_command: console_command.to_owned(),
            mode: mode.to_owned(),
        }
    }

    #[test]
    fn only_description_console_command_and_mode_are_applied() {
        let world = leaves(&["1"]);
        let before = Switch::clone(&world.switches.get("leaf01").unwrap());
        let table = [
            (Some("left"), "telnet 1", "replace", "left", SwitchMode::Replace),
            (None, "", "operational", "left", SwitchMode::Operational),
            (None, "ssh 2", "replace", "left", SwitchMode::Replace),
            (Some(""), "", "", "", SwitchMode::Operational),
            (None, "", "anything", "", SwitchMode::Operational),
        ];
        for (description, console_command, mode, shown, stored) in table {
            let answer = done(&world, &command(description, console_command, mode)).unwrap();
            assert_eq!(answer, Answer::Switch { id: "leaf01".into(), created: false });
            let expected = Switch {
                description: shown.to_owned(),
                console_command: console_command.to_owned(),
                mode: stored,
                changed: NOW,
                ..before.clone()
            };
            assert_eq!(*world.switches.get("leaf01").unwrap().value, expected, "{mode:?}");
        }
    }

    #[test]
    fn an_unknown_switch_is_not_found() {
        let refused = done(&world([]), &command(None, "", "")).unwrap_err();
        assert_eq!(refused, Refusal::not_found("switch", "leaf01"));
    }
}
