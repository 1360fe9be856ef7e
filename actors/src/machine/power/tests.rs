use super::*;
use crate::machine::bench::{Bench, ID, MINUTE};
use crate::machine::command::MachineCommand;
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
        for mut bench in [Bench::waiting(), Bench::installed()] {
            let log = bench.events().log.len();
            let step = bench.does(power(action));
            assert_eq!(step.answer, Ok(Answer::Machine(ID.into())));
            assert_eq!(bench.actions(), [action]);
            let newest = bench.events().log.front().cloned().unwrap();
            match message {
                Some(message) => {
                    assert_eq!((newest.event, &*newest.message), (EventKind::PlannedReboot, message));
                    assert_eq!(step.kinds(), [Kind::Machine, Kind::Events]);
                }
                None => {
                    assert_eq!(bench.events().log.len(), log);
                    assert_eq!(step.kinds(), [Kind::Machine]);
                }
            }
        }
    }
}

/// Never wipe: the orders that lead to a wipe are not an operator's to give.
#[test]
fn other_orders_are_no_power_commands() {
    let mut bench = Bench::waiting();
    for action in [BmcAction::Delete, BmcAction::Reinstall, BmcAction::BootDisk, BmcAction::LedOn] {
        assert_eq!(bench.ask(power(action)).refusal(), "BadRequest: this is not a power command");
    }
}

/// api-machines 6.2: 404; and an event container is not needed.
#[test]
fn a_machine_must_be_known_but_needs_no_events() {
    let text = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Bench::new().ask(power(BmcAction::On)).refusal(), text);
    assert_eq!(Bench::new().ask(led(true)).refusal(), text);
    let mut bench = Bench::new();
    bench.put(crate::machine::Machine::new(ID.into(), bench.now));
    bench.does(power(BmcAction::Cycle));
    assert_eq!(bench.events().log.len(), 1);
    assert_eq!(bench.awaits(), Some(Awaits::Comeback));
}

/// A clock that was set back must not keep an operator from the power button.
#[test]
fn power_works_after_the_clock_was_set_back() {
    let mut bench = Bench::waiting();
    let before = bench.events().log.front().cloned().unwrap();
    bench.now = bench.now - 10 * MINUTE;
    bench.does(power(BmcAction::Off));
    assert_eq!(bench.actions(), [BmcAction::Off]);
    let after = bench.events().log.front().cloned().unwrap();
    assert_eq!((after.event, after.time), (EventKind::PlannedReboot, before.time));
}

#[test]
fn a_machine_that_was_switched_off_waits_for_an_operator() {
    let mut bench = Bench::installed();
    bench.does(power(BmcAction::Off));
    assert_eq!(bench.awaits(), Some(Awaits::PowerOn));
    let orders = bench.machine().orders.iter().map(|order| order.id).collect();
    bench.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
    assert_eq!(bench.awaits(), Some(Awaits::PowerOn));
    assert_eq!(bench.why().reason, "it was switched off by an operator");
}

/// api-machines 6.3
#[test]
fn the_led_shows_at_once() {
    let mut bench = Bench::waiting();
    for (on, value, action) in [(true, "LED-ON", BmcAction::LedOn), (false, "LED-OFF", BmcAction::LedOff)] {
        bench.does(led(on));
        assert_eq!(bench.machine().led, Led { value: value.to_owned(), description: "find me".to_owned() });
        assert_eq!(bench.actions(), [action]);
        assert_eq!(bench.machine().changed, bench.now);
    }
}
