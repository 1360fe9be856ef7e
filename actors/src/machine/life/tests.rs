use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, START, allocation};
use crate::record::machine::Allocation;
use crate::store::Kind;
use std::time::Duration;

fn event(machine: &str, event: EventKind) -> MachineCommand {
    MachineCommand::Event { machine: machine.into(), event, message: "m".to_owned() }
}

/// api-machines 1.2, row 1.
#[test]
fn an_unknown_machine_comes_to_exist_with_its_first_event() {
    let mut fixture = Fixture::new();
    let step = fixture.does(event(ID, EventKind::PxeBooting));
    assert_eq!(step.kinds(), [Kind::Machine, Kind::Events]);
    let machine = fixture.machine();
    assert!(machine.partition.is_empty() && machine.size.is_empty() && machine.rack.is_empty());
    assert_eq!(machine.led.value, "");
    assert_eq!(fixture.events().log.front().unwrap().message, "m");
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));
}

/// api-machines 5.8, an event type unknown to the enum.
#[test]
fn a_machine_comes_to_exist_with_an_event_that_nobody_knows() {
    let mut fixture = Fixture::new();
    let discover = || MachineCommand::Discover { machine: ID.into() };
    assert_eq!(fixture.does(discover()).kinds(), [Kind::Machine], "a machine, no container");
    assert_eq!((fixture.awaits(), fixture.machine()), (None, Machine::new(ID.into(), fixture.now)));
    assert_eq!(fixture.does(discover()).kinds(), [], "a machine that is known stays as it is");
    fixture.event(EventKind::PxeBooting);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep), "its first event that is known counts as ever");
    let nobody = MachineCommand::Discover { machine: "".into() };
    assert_eq!(fixture.ask(nobody).refusal(), "BadRequest: uuid is empty");
}

/// Ids come from the wire.
#[test]
fn ids_are_bounded() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.ask(event("", EventKind::Alive)).refusal(), "BadRequest: uuid is empty");
    let long = "x".repeat(200);
    assert!(
        fixture.ask(event(&long, EventKind::Alive)).refusal().starts_with("BadRequest: uuid has 202 bytes")
    );
}

#[test]
fn a_heartbeat_writes_the_events_and_nothing_else() {
    let mut fixture = Fixture::waiting();
    let machine = fixture.machine();
    fixture.pass(MINUTE);
    assert_eq!(fixture.event(EventKind::Alive).kinds(), [Kind::Events]);
    assert_eq!(fixture.machine(), machine);

    let mut fixture = Fixture::installed();
    fixture.pass(MINUTE);
    assert_eq!(fixture.event(EventKind::PhonedHome).kinds(), [Kind::Events]);
    assert_eq!(fixture.events().last_event_time, Some(fixture.now));
}

/// api-machines 2.3, code S.
#[test]
fn a_swallowed_event_writes_nothing() {
    let mut fixture = Fixture::waiting();
    assert_eq!(fixture.event(EventKind::PhonedHome).kinds(), []);
}

#[test]
fn repeated_network_boots_keep_the_deadline() {
    let mut fixture = Fixture::new();
    fixture.event(EventKind::PxeBooting);
    let expectation = fixture.machine().expectation;
    fixture.pass(MINUTE);
    assert_eq!(fixture.event(EventKind::PxeBooting).kinds(), [Kind::Events]);
    assert_eq!(fixture.machine().expectation, expectation);
}

/// A freed machine is not allocated before it was wiped, even if the clock changes meanwhile.
#[test]
fn a_machine_that_is_freed_after_the_clock_was_set_back_is_wiped_first() {
    let mut fixture = Fixture::installed();
    fixture.now = fixture.now - 300 * MINUTE;
    fixture.does(MachineCommand::Free { machine: ID.into() });
    assert!(!events::booted_since_reclaim(&fixture.events()));
}

/// Its report was lost, its user switched it off and on, and what it installed is what starts.
#[test]
fn a_system_that_starts_instead_of_a_network_boot_is_the_installed_one() {
    let mut fixture = Fixture::allocated();
    fixture.edit(|machine| machine.wiped = true);
    for kind in [EventKind::Installing, EventKind::Crashed, EventKind::PxeBooting] {
        fixture.event(kind);
    }
    fixture.pass(6 * MINUTE);
    fixture.event(EventKind::PhonedHome);
    assert!(fixture.machine().allocation.unwrap().installed);
}

/// A late boot event, or a disk that was faster: the order is dropped, and the system continues.
#[test]
fn a_machine_that_did_not_come_to_be_installed_again_is_told_again() {
    let mut fixture = Fixture::installed();
    fixture.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    fixture.order(BmcAction::Reinstall);
    fixture.event(EventKind::PxeBooting);
    assert_eq!((fixture.actions(), fixture.awaits()), (vec![], Some(Awaits::NextStep)));
    fixture.pass(6 * MINUTE);
    fixture.event(EventKind::PhonedHome);
    assert_eq!(fixture.awaits(), Some(Awaits::Reinstallation));
    let since = fixture.machine().expectation.unwrap().since;
    fixture.pass(6 * MINUTE);
    fixture.event(EventKind::PhonedHome);
    assert_eq!(fixture.machine().expectation.unwrap().since, since, "it is late since the first time");
    fixture.pass(expectation::RETRY_PAUSE_MAX);
    fixture.inspect();
    assert_eq!(fixture.actions(), [BmcAction::Reinstall]);
}

#[test]
fn each_step_says_what_must_come_next() {
    let mut fixture = Fixture::new();
    for (kind, awaits) in [
        (EventKind::PxeBooting, Some(Awaits::NextStep)),
        (EventKind::Preparing, Some(Awaits::NextStep)),
        (EventKind::Registering, Some(Awaits::NextStep)),
        (EventKind::Waiting, Some(Awaits::Cabling)),
        (EventKind::Crashed, Some(Awaits::Comeback)),
    ] {
        fixture.event(kind);
        assert_eq!(fixture.awaits(), awaits, "{kind:?}");
    }
    let changed = fixture.machine().changed;
    assert_eq!(changed, fixture.machine().created, "users see nothing of expectations");
}

#[test]
fn any_sign_of_life_ends_the_silence() {
    let mut fixture = Fixture::waiting();
    fixture.edit(|machine| expectation::expect_sign_of_life(machine, START, START));
    assert_eq!(fixture.event(EventKind::Alive).kinds(), [Kind::Machine, Kind::Events]);
    assert_eq!(fixture.awaits(), None);
}

/// Never wipe: what shows that an operating system was installed.
#[test]
fn a_new_kernel_shows_that_the_machine_is_installed() {
    let mut fixture = Fixture::allocated();
    fixture.event(EventKind::Installing);
    assert!(!fixture.machine().allocation.unwrap().installed);
    assert_eq!(fixture.awaits(), Some(Awaits::Report));
    fixture.event(EventKind::BootingNewKernel);
    assert!(fixture.machine().allocation.unwrap().installed);
    assert_eq!(fixture.awaits(), Some(Awaits::PhoneHome));
}

/// Never wipe: also when the events between were lost.
#[test]
fn a_phone_home_shows_that_the_machine_is_installed() {
    for between in [&[EventKind::Installing][..], &[EventKind::Installing, EventKind::PlannedReboot]] {
        let mut fixture = Fixture::allocated();
        for kind in between {
            fixture.event(*kind);
        }
        fixture.event(EventKind::PhonedHome);
        assert!(fixture.machine().allocation.unwrap().installed, "{between:?}");
        assert_eq!(fixture.awaits(), None);
    }
}

/// A system that was running before the allocation began is a former user's: the machine must still be wiped.
#[test]
fn a_former_users_system_does_not_count_as_installed() {
    let mut fixture = Fixture::installed();
    fixture.does(MachineCommand::Free { machine: ID.into() });
    let created = fixture.now + Duration::from_millis(1);
    let new = Allocation { created, uuid: uuid::Uuid::from_u128(8), ..allocation() };
    fixture.edit(|machine| machine.allocation = Some(new));
    fixture.pass(6 * MINUTE);
    for kind in [EventKind::PhonedHome, EventKind::BootingNewKernel, EventKind::PhonedHome] {
        fixture.event(kind);
        assert!(!fixture.machine().allocation.unwrap().installed, "{kind:?}");
    }
}

/// Events concern machines without an allocation, too.
#[test]
fn a_machine_that_nobody_has_is_never_installed() {
    let mut fixture = Fixture::waiting();
    for kind in [EventKind::Installing, EventKind::BootingNewKernel, EventKind::PhonedHome] {
        fixture.event(kind);
        assert_eq!(fixture.machine().allocation, None);
    }
}

/// A machine that runs must not be reset by an order that its BMC agent did not fetch in time; also when its phone home
/// is not logged, as after a network boot that failed over to the disk.
#[test]
fn a_phone_home_calls_off_the_boot_from_disk() {
    for between in [EventKind::Crashed, EventKind::PxeBooting] {
        let mut fixture = Fixture::installed();
        fixture.event(between);
        fixture.order(BmcAction::BootDisk);
        assert_eq!(fixture.awaits(), Some(Awaits::OwnSystem));
        fixture.pass(6 * MINUTE);
        fixture.event(EventKind::PhonedHome);
        assert_eq!((fixture.actions(), fixture.awaits()), (vec![], None), "{between:?}");
        assert_eq!(fixture.inspect().kinds(), []);
        assert_eq!(fixture.why().reason, "it is allocated and runs");
    }
}
