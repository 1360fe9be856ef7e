use super::*;
use crate::machine::bench::{Bench, ID, MINUTE, START, allocation};
use crate::machine::command::MachineCommand;
use crate::machine::record::Allocation;
use crate::store::Kind;
use std::time::Duration;

fn event(machine: &str, event: EventKind) -> MachineCommand {
    MachineCommand::Event { machine: machine.into(), event, message: "m".to_owned() }
}

/// api-machines 1.2, row 1.
#[test]
fn an_unknown_machine_comes_to_exist_with_its_first_event() {
    let mut bench = Bench::new();
    let step = bench.does(event(ID, EventKind::PxeBooting));
    assert_eq!(step.kinds(), [Kind::Machine, Kind::Events]);
    let machine = bench.machine();
    assert!(machine.partition.is_empty() && machine.size.is_empty() && machine.rack.is_empty());
    assert_eq!(machine.led.value, "");
    assert_eq!(bench.events().log.front().unwrap().message, "m");
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));
}

/// api-machines 5.8, an event type unknown to the enum.
#[test]
fn a_machine_comes_to_exist_with_an_event_that_nobody_knows() {
    let mut bench = Bench::new();
    let discover = || MachineCommand::Discover { machine: ID.into() };
    assert_eq!(bench.does(discover()).kinds(), [Kind::Machine], "a machine, no container");
    assert_eq!((bench.awaits(), bench.machine()), (None, Machine::new(ID.into(), bench.now)));
    assert_eq!(bench.does(discover()).kinds(), [], "a machine that is known stays as it is");
    bench.event(EventKind::PxeBooting);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep), "its first event that is known counts as ever");
    let nobody = MachineCommand::Discover { machine: "".into() };
    assert_eq!(bench.ask(nobody).refusal(), "BadRequest: uuid is empty");
}

/// Ids come from the wire.
#[test]
fn ids_are_bounded() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask(event("", EventKind::Alive)).refusal(), "BadRequest: uuid is empty");
    let long = "x".repeat(200);
    assert!(
        bench.ask(event(&long, EventKind::Alive)).refusal().starts_with("BadRequest: uuid has 202 bytes")
    );
}

#[test]
fn a_heartbeat_writes_the_events_and_nothing_else() {
    let mut bench = Bench::waiting();
    let machine = bench.machine();
    bench.pass(MINUTE);
    assert_eq!(bench.event(EventKind::Alive).kinds(), [Kind::Events]);
    assert_eq!(bench.machine(), machine);

    let mut bench = Bench::installed();
    bench.pass(MINUTE);
    assert_eq!(bench.event(EventKind::PhonedHome).kinds(), [Kind::Events]);
    assert_eq!(bench.events().last_event_time, Some(bench.now));
}

/// api-machines 2.3, code S.
#[test]
fn a_swallowed_event_writes_nothing() {
    let mut bench = Bench::waiting();
    assert_eq!(bench.event(EventKind::PhonedHome).kinds(), []);
}

#[test]
fn repeated_network_boots_keep_the_deadline() {
    let mut bench = Bench::new();
    bench.event(EventKind::PxeBooting);
    let expectation = bench.machine().expectation;
    bench.pass(MINUTE);
    assert_eq!(bench.event(EventKind::PxeBooting).kinds(), [Kind::Events]);
    assert_eq!(bench.machine().expectation, expectation);
}

/// A freed machine is not allocated before it was wiped, even if the clock changes meanwhile.
#[test]
fn a_machine_that_is_freed_after_the_clock_was_set_back_is_wiped_first() {
    let mut bench = Bench::installed();
    bench.now = bench.now - 300 * MINUTE;
    bench.does(MachineCommand::Free { machine: ID.into() });
    assert!(!events::booted_since_reclaim(&bench.events()));
}

/// Its report was lost, its user switched it off and on, and what it installed is what starts.
#[test]
fn a_system_that_starts_instead_of_a_network_boot_is_the_installed_one() {
    let mut bench = Bench::allocated();
    bench.edit(|machine| machine.wiped = true);
    for kind in [EventKind::Installing, EventKind::Crashed, EventKind::PxeBooting] {
        bench.event(kind);
    }
    bench.pass(6 * MINUTE);
    bench.event(EventKind::PhonedHome);
    assert!(bench.machine().allocation.unwrap().installed);
}

/// A late boot event, or a disk that was faster: the order is dropped, and the system continues.
#[test]
fn a_machine_that_did_not_come_to_be_installed_again_is_told_again() {
    let mut bench = Bench::installed();
    bench.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    bench.order(BmcAction::Reinstall);
    bench.event(EventKind::PxeBooting);
    assert_eq!((bench.actions(), bench.awaits()), (vec![], Some(Awaits::NextStep)));
    bench.pass(6 * MINUTE);
    bench.event(EventKind::PhonedHome);
    assert_eq!(bench.awaits(), Some(Awaits::Reinstallation));
    let since = bench.machine().expectation.unwrap().since;
    bench.pass(6 * MINUTE);
    bench.event(EventKind::PhonedHome);
    assert_eq!(bench.machine().expectation.unwrap().since, since, "it is late since the first time");
    bench.pass(expectation::RETRY_PAUSE_MAX);
    bench.inspect();
    assert_eq!(bench.actions(), [BmcAction::Reinstall]);
}

#[test]
fn each_step_says_what_must_come_next() {
    let mut bench = Bench::new();
    for (kind, awaits) in [
        (EventKind::PxeBooting, Some(Awaits::NextStep)),
        (EventKind::Preparing, Some(Awaits::NextStep)),
        (EventKind::Registering, Some(Awaits::NextStep)),
        (EventKind::Waiting, Some(Awaits::Cabling)),
        (EventKind::Crashed, Some(Awaits::Comeback)),
    ] {
        bench.event(kind);
        assert_eq!(bench.awaits(), awaits, "{kind:?}");
    }
    let changed = bench.machine().changed;
    assert_eq!(changed, bench.machine().created, "users see nothing of expectations");
}

#[test]
fn any_sign_of_life_ends_the_silence() {
    let mut bench = Bench::waiting();
    bench.edit(|machine| expectation::expect_sign_of_life(machine, START, START));
    assert_eq!(bench.event(EventKind::Alive).kinds(), [Kind::Machine, Kind::Events]);
    assert_eq!(bench.awaits(), None);
}

/// Never wipe: what shows that an operating system was installed.
#[test]
fn a_new_kernel_shows_that_the_machine_is_installed() {
    let mut bench = Bench::allocated();
    bench.event(EventKind::Installing);
    assert!(!bench.machine().allocation.unwrap().installed);
    assert_eq!(bench.awaits(), Some(Awaits::Report));
    bench.event(EventKind::BootingNewKernel);
    assert!(bench.machine().allocation.unwrap().installed);
    assert_eq!(bench.awaits(), Some(Awaits::PhoneHome));
}

/// Never wipe: also when the events between were lost.
#[test]
fn a_phone_home_shows_that_the_machine_is_installed() {
    for between in [&[EventKind::Installing][..], &[EventKind::Installing, EventKind::PlannedReboot]] {
        let mut bench = Bench::allocated();
        for kind in between {
            bench.event(*kind);
        }
        bench.event(EventKind::PhonedHome);
        assert!(bench.machine().allocation.unwrap().installed, "{between:?}");
        assert_eq!(bench.awaits(), None);
    }
}

/// A system that was running before the allocation began is a former user's: the machine must still be wiped.
#[test]
fn a_former_users_system_does_not_count_as_installed() {
    let mut bench = Bench::installed();
    bench.does(MachineCommand::Free { machine: ID.into() });
    let created = bench.now + Duration::from_millis(1);
    let new = Allocation { created, uuid: uuid::Uuid::from_u128(8), ..allocation() };
    bench.edit(|machine| machine.allocation = Some(new));
    bench.pass(6 * MINUTE);
    for kind in [EventKind::PhonedHome, EventKind::BootingNewKernel, EventKind::PhonedHome] {
        bench.event(kind);
        assert!(!bench.machine().allocation.unwrap().installed, "{kind:?}");
    }
}

/// Events concern machines without an allocation, too.
#[test]
fn a_machine_that_nobody_has_is_never_installed() {
    let mut bench = Bench::waiting();
    for kind in [EventKind::Installing, EventKind::BootingNewKernel, EventKind::PhonedHome] {
        bench.event(kind);
        assert_eq!(bench.machine().allocation, None);
    }
}

/// A machine that runs must not be reset by an order that its BMC agent did not fetch in time; also when its phone home
/// is not logged, as after a network boot that failed over to the disk.
#[test]
fn a_phone_home_calls_off_the_boot_from_disk() {
    for between in [EventKind::Crashed, EventKind::PxeBooting] {
        let mut bench = Bench::installed();
        bench.event(between);
        bench.order(BmcAction::BootDisk);
        assert_eq!(bench.awaits(), Some(Awaits::OwnSystem));
        bench.pass(6 * MINUTE);
        bench.event(EventKind::PhonedHome);
        assert_eq!((bench.actions(), bench.awaits()), (vec![], None), "{between:?}");
        assert_eq!(bench.inspect().kinds(), []);
        assert_eq!(bench.why().reason, "it is allocated and runs");
    }
}
