use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE};
use crate::record::machine::Awaits;
use crate::store::Kind;

fn power(action: BmcAction) -> MachineCommand {
    MachineCommand::Power { machine: ID.into(), action }
}

fn led(on: bool) -> MachineCommand {
    MachineCommand::Led { machine: ID.into(), on, description: "find me".to_owned() }
}

/// The table of api-machines 6.2: which commands record an event, and its message.
#[test]
fn power_commands() {
    for (action, message) in [
        (BmcAction::On, None),
        (BmcAction::Off, Some("OFF")),
        (BmcAction::Reset, Some("RESET")),
        (BmcAction::Cycle, Some("CYCLE")),
        (BmcAction::Bios, None),
        (BmcAction::Disk, None),
        (BmcAction::Pxe, None),
    ] {
        for mut fixture in [Fixture::waiting(), Fixture::installed()] {
            let log = fixture.events().log.len();
            let step = fixture.does(power(action));
            assert_eq!(step.answer, Ok(Answer::Machine(ID.into())));
            assert_eq!(fixture.actions(), [action]);
            let newest = fixture.events().log.front().cloned().unwrap();
            match message {
                Some(message) => {
                    assert_eq!((newest.event, &*newest.message), (EventKind::PlannedReboot, message));
                    assert_eq!(step.kinds(), [Kind::Machine, Kind::Events]);
                }
                None => {
                    assert_eq!(fixture.events().log.len(), log);
                    assert_eq!(step.kinds(), [Kind::Machine]);
                }
            }
        }
    }
}

/// Never wipe: the orders that lead to a wipe are not an operator's to give.
#[test]
fn other_orders_are_no_power_commands() {
    let mut fixture = Fixture::waiting();
    for action in [BmcAction::Delete, BmcAction::Reinstall, BmcAction::BootDisk, BmcAction::LedOn] {
        assert_eq!(fixture.ask(power(action)).refusal(), "BadRequest: this is not a power command");
    }
}

/// api-machines 6.2: 404; and an event container is not needed.
#[test]
fn a_machine_must_be_known_but_needs_no_events() {
    let text = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Fixture::new().ask(power(BmcAction::On)).refusal(), text);
    assert_eq!(Fixture::new().ask(led(true)).refusal(), text);
    let mut fixture = Fixture::new();
    fixture.put(crate::machine::Machine::new(ID.into(), fixture.now));
    fixture.does(power(BmcAction::Cycle));
    assert_eq!(fixture.events().log.len(), 1);
    assert_eq!(fixture.awaits(), Some(Awaits::Comeback));
}

/// A clock that was set back must not keep an operator from the power button.
#[test]
fn power_works_after_the_clock_was_set_back() {
    let mut fixture = Fixture::waiting();
    let before = fixture.events().log.front().cloned().unwrap();
    fixture.now = fixture.now - 10 * MINUTE;
    fixture.does(power(BmcAction::Off));
    assert_eq!(fixture.actions(), [BmcAction::Off]);
    let after = fixture.events().log.front().cloned().unwrap();
    assert_eq!((after.event, after.time), (EventKind::PlannedReboot, before.time));
}

#[test]
fn a_machine_that_was_switched_off_waits_for_an_operator() {
    let mut fixture = Fixture::installed();
    fixture.does(power(BmcAction::Off));
    assert_eq!(fixture.awaits(), Some(Awaits::PowerOn));
    let orders = fixture.machine().orders.iter().map(|order| order.id).collect();
    fixture.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
    assert_eq!(fixture.awaits(), Some(Awaits::PowerOn));
    assert_eq!(fixture.why().reason, "it was switched off by an operator");
}

/// api-machines 6.3
#[test]
fn the_led_shows_at_once() {
    let mut fixture = Fixture::waiting();
    for (on, value, action) in [(true, "LED-ON", BmcAction::LedOn), (false, "LED-OFF", BmcAction::LedOff)] {
        fixture.does(led(on));
        assert_eq!(fixture.machine().led, Led { value: value.to_owned(), description: "find me".to_owned() });
        assert_eq!(fixture.actions(), [action]);
        assert_eq!(fixture.machine().changed, fixture.now);
    }
}
