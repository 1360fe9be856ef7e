use super::*;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, START};
use crate::record::machine::{EventKind, MachineState, ProvisioningState};
use crate::store::Kind;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn lock(fixture: &Fixture) {
    fixture.edit(|machine| {
        machine.state = MachineState { value: StateValue::Locked, ..MachineState::default() };
    });
}

/// The table of api-machines 2.6, both sides of the limit.
#[test]
fn liveliness_follows_the_age_of_the_last_event() {
    for (allocated, age, expected) in [
        (false, 5 * MINUTE, Liveliness::Alive),
        (true, 5 * MINUTE, Liveliness::Alive),
        (false, 5 * MINUTE + SECOND, Liveliness::Dead),
        (true, 5 * MINUTE + SECOND, Liveliness::Unknown),
    ] {
        let mut fixture = if allocated { Fixture::installed() } else { Fixture::waiting() };
        let last = fixture.events().last_event_time.unwrap();
        fixture.now = last + age - SECOND;
        fixture.inspect();
        assert_eq!(fixture.events().liveliness, expected, "{allocated} {age:?}");
        fixture.now = fixture.now - SECOND;
        assert_eq!(fixture.inspect().kinds(), [], "a second look finds nothing new");
    }
}

/// api-machines 2.6: null stays null, a machine without a container has no liveliness, and a deleted machine is
/// ignored. A machine that only its BMC reported may run a user's system: it is inspected, never ordered to boot.
#[test]
fn nothing_is_known_of_a_machine_that_never_spoke() {
    let mut fixture = Fixture::standing(ProvisioningState::Initial, |_| {});
    fixture.pass(1000 * MINUTE);
    assert_eq!(fixture.inspect().kinds(), [Kind::Machine]);
    assert_eq!(fixture.events().liveliness, Liveliness::Alive);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));

    let mut fixture = Fixture::new();
    assert_eq!(fixture.inspect().kinds(), []);
    fixture.put(Machine::new(ID.into(), START));
    for _ in 0..1000 {
        fixture.pass(MINUTE);
        fixture.inspect();
    }
    assert!(!fixture.world.events.contains(ID));
    assert_eq!((fixture.awaits(), fixture.actions()), (Some(Awaits::FirstBoot), vec![]));
}

/// api-machines 2.7: dead, and an hour of silence.
#[test]
fn a_dead_machine_is_booted_again_after_an_hour() {
    let mut fixture = Fixture::waiting();
    fixture.pass(6 * MINUTE);
    fixture.inspect();
    assert_eq!(fixture.awaits(), Some(Awaits::SignOfLife));
    fixture.pass(53 * MINUTE);
    assert_eq!(fixture.inspect().kinds(), []);
    fixture.pass(2 * MINUTE);
    fixture.inspect();
    assert_eq!(fixture.actions(), [BmcAction::Delete]);
    assert_eq!(fixture.awaits(), Some(Awaits::NetworkBoot));
    assert_eq!(fixture.inspect().kinds(), [], "once");
}

/// Else the outage of a node would power cycle every machine of its partition.
#[test]
fn after_an_outage_of_the_node_machines_get_time_to_speak_up() {
    let mut fixture = Fixture::waiting();
    fixture.pass(600 * MINUTE);
    fixture.inspect();
    assert_eq!(fixture.events().liveliness, Liveliness::Dead);
    fixture.pass(9 * MINUTE);
    fixture.inspect();
    assert_eq!(fixture.actions(), []);
    fixture.event(EventKind::Alive);
    fixture.pass(2 * MINUTE);
    fixture.inspect();
    assert_eq!((fixture.actions(), fixture.awaits()), (vec![], None));
}

/// api-machines 2.7: a freed machine that keeps phoning home, with the port still in the tenant's VRF.
#[test]
fn a_failed_reclaim_is_repeated() {
    let mut fixture = Fixture::installed();
    assert_eq!(fixture.vrfs(), ["vrf42", "vrf42"]);
    fixture.edit(|machine| machine.allocation = None);
    fixture.event(EventKind::MachineReclaim);
    fixture.order(BmcAction::Delete);
    for _ in 0..6 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::PhonedHome);
    }
    assert!(fixture.events().failed_machine_reclaim);
    fixture.inspect();
    assert_eq!(fixture.vrfs(), ["", ""]);
    assert_eq!(fixture.machine().expectation.unwrap().tries, 1);
    assert_eq!(fixture.inspect().kinds(), []);
}

/// The flag alone is enough (api-machines 2.7), after the time to speak up.
#[test]
fn a_failed_reclaim_without_an_expectation_is_repeated() {
    let mut fixture = Fixture::waiting();
    fixture.edit_events(|events| events.failed_machine_reclaim = true);
    fixture.inspect();
    assert_eq!(fixture.awaits(), Some(Awaits::NetworkBoot));
    for _ in 0..6 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::Alive);
        fixture.inspect();
    }
    assert_eq!(fixture.actions(), [BmcAction::Delete]);
}

/// Field scenario F18: the old system boots after the free. Found by the simulator in f18-lost-reports: an order of the
/// past had set the boot device back, the installer crashed, and the old system came up and phoned home for ever.
#[test]
fn an_old_system_that_comes_up_on_a_free_machine_is_booted_from_the_network() {
    use EventKind::{
        BootingNewKernel, Crashed, Installing, MachineReclaim, PhonedHome, Preparing, PxeBooting,
    };
    // The last two: news of the installation that was freed, and came late.
    for news in [vec![Preparing, Crashed], vec![Installing, Crashed], vec![BootingNewKernel]] {
        let mut fixture = Fixture::waiting();
        for event in [MachineReclaim, PxeBooting].iter().chain(&news).chain(&[PhonedHome]) {
            fixture.event(*event);
        }
        assert_eq!(fixture.awaits(), Some(Awaits::NetworkBoot), "{news:?}");
        for _ in 0..6 {
            fixture.pass(MINUTE);
            fixture.event(PhonedHome);
            fixture.inspect();
        }
        assert_eq!(fixture.actions(), [BmcAction::Delete], "{news:?}");
    }
}

/// The log stays at the network boot, as the contract's matrix demands. The machine is still ordered again within
/// minutes, not after the hours that a slow installer would get. Found by the simulator in f18-lost-reports.
#[test]
fn an_old_system_that_comes_up_instead_of_a_network_boot_is_told_again() {
    use EventKind::{MachineReclaim, PhonedHome, PxeBooting};
    let mut fixture = Fixture::waiting();
    fixture.event(MachineReclaim);
    fixture.event(PxeBooting);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));
    for _ in 0..15 {
        fixture.pass(MINUTE);
        fixture.event(PhonedHome);
        fixture.inspect();
    }
    assert_eq!((fixture.awaits(), fixture.actions()), (Some(Awaits::NetworkBoot), vec![BmcAction::Delete]));
}

/// Field scenario F15: a BMC acknowledges an order that it did not carry out. Found by the simulator in f15-lying-bmc.
#[test]
fn a_reinstall_that_does_not_begin_is_ordered_again() {
    let mut fixture = Fixture::installed();
    let now = fixture.now;
    fixture.edit(|machine| {
        machine.allocation.as_mut().unwrap().reinstall = true;
        expectation::expect(machine, Awaits::Reinstallation, now);
    });
    for _ in 0..12 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::PhonedHome);
        fixture.inspect();
    }
    assert_eq!(fixture.actions(), [BmcAction::Reinstall]);
    assert_eq!(fixture.awaits(), Some(Awaits::Reinstallation));
}

/// The owner of its system is unknown, so it must not be wiped. The row may come from a backup of before the
/// allocation.
#[test]
fn a_system_that_need_not_be_of_the_past_is_left_alone() {
    use EventKind::{MachineReclaim, PhonedHome, Preparing, PxeBooting, Waiting};
    for known in [vec![], vec![Preparing], vec![Waiting], vec![MachineReclaim, PxeBooting, Waiting]] {
        let mut fixture = Fixture::waiting();
        fixture.edit_events(|events| Arc::make_mut(&mut events.log).clear());
        for event in &known {
            fixture.event(*event);
        }
        fixture.edit(|machine| {
            machine.expectation = None;
            machine.orders.clear();
        });
        for _ in 0..120 {
            fixture.event(PhonedHome);
            fixture.pass(MINUTE);
            fixture.inspect();
        }
        assert_eq!((fixture.awaits(), fixture.actions()), (Some(Awaits::Reclaim), Vec::new()), "{known:?}");
    }
}

/// A freed machine that does not boot: ordered again after 5, 10, 20, 40, 60, 60 minutes.
#[test]
fn the_order_to_boot_is_repeated_with_growing_pauses() {
    let mut fixture = Fixture::waiting();
    fixture.event(EventKind::MachineReclaim);
    fixture.order(BmcAction::Delete);
    fixture.edit(|machine| machine.orders.clear());
    let mut told = Vec::new();
    let start = fixture.now;
    for _ in 0..1200 {
        fixture.pass(14 * SECOND);
        fixture.inspect();
        if !fixture.actions().is_empty() {
            fixture.edit(|machine| machine.orders.clear());
            told.push(fixture.now.since(start).as_secs() / 60);
        }
    }
    assert_eq!(told, [5, 15, 35, 75, 135, 195, 255]);
    assert_eq!(fixture.machine().expectation.unwrap().tries, 7);
    fixture.event(EventKind::PxeBooting);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));
}

/// Never wipe: in every state an allocated or locked machine is only inspected.
#[test]
fn allocated_and_locked_machines_are_left_alone() {
    for &state in ProvisioningState::ALL {
        let allocated = Fixture::standing(state, |machine| {
            machine.allocation = Some(crate::machine::fixture::alone::allocation());
        });
        let locked = Fixture::standing(state, |_| {});
        lock(&locked);
        for mut fixture in [allocated, locked] {
            fixture.edit_events(|events| events.failed_machine_reclaim = true);
            for _ in 0..300 {
                fixture.pass(MINUTE);
                fixture.inspect();
            }
            assert_eq!(fixture.actions(), [], "{state:?}");
        }
    }
}

/// No state of an unallocated machine lasts for ever without events: in the end it is ordered to boot.
#[test]
fn no_silent_machine_is_stuck() {
    for state in ProvisioningState::ALL.iter().copied().filter(|state| *state != ProvisioningState::Initial) {
        let mut fixture = Fixture::standing(state, |_| {});
        for _ in 0..90 {
            fixture.pass(MINUTE);
            fixture.inspect();
        }
        assert_eq!(fixture.actions(), [BmcAction::Delete], "{state:?}");
    }
}

/// A row without an expectation that should have one gets it.
#[test]
fn expectations_mend_themselves() {
    let mut fixture = Fixture::waiting();
    fixture.event(EventKind::PxeBooting);
    fixture.edit(|machine| machine.expectation = None);
    assert_eq!(fixture.inspect().kinds(), [Kind::Machine]);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));
    assert_eq!(fixture.inspect().kinds(), []);
}

#[test]
fn expired_orders_are_dropped() {
    let mut fixture = Fixture::waiting();
    fixture.order(BmcAction::Reset);
    for _ in 0..61 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::Alive);
    }
    fixture.inspect();
    assert_eq!(fixture.actions(), []);
}

/// A machine that boots again and again, and one whose installer hangs: both send events, neither arrives.
#[test]
fn a_machine_that_lives_and_never_arrives_is_told_to_boot_ever_more_seldom() {
    for (stuck, alive) in
        [(EventKind::PxeBooting, EventKind::PxeBooting), (EventKind::Registering, EventKind::Alive)]
    {
        let mut fixture = Fixture::standing(ProvisioningState::PlannedReboot, |machine| {
            machine.rack = "r".into();
            machine.size = "v1".into();
            machine.waiting = true;
        });
        let boots = |fixture: &mut Fixture| {
            for kind in [EventKind::PxeBooting, EventKind::Preparing, EventKind::Registering] {
                fixture.event(kind);
                if kind == stuck {
                    return;
                }
            }
        };
        boots(&mut fixture);
        let (start, mut told) = (fixture.now, Vec::new());
        for _ in 0..40 * 60 {
            fixture.pass(59 * SECOND);
            fixture.event(alive);
            fixture.inspect();
            if !fixture.actions().is_empty() {
                assert_eq!(fixture.actions(), [BmcAction::Delete]);
                told.push(fixture.now.since(start).as_secs() / 3600);
                fixture.edit(|machine| machine.orders.clear());
                boots(&mut fixture);
            }
        }
        assert_eq!(told, [1, 3, 7, 15, 23, 31, 39], "{stuck:?}");
        fixture.event(EventKind::Registering);
        fixture.event(EventKind::Waiting);
        assert_eq!(fixture.awaits(), None);
        fixture.event(EventKind::PlannedReboot);
        assert_eq!(fixture.machine().expectation.unwrap().tries, 0, "it arrived in between");
    }
}

/// A look at all machines asks only about those that need something: the others would have answered the same.
#[test]
fn at_rest_is_where_nothing_is_decided() {
    for &state in ProvisioningState::ALL {
        for (had, length) in [(false, 1), (false, 7), (true, 1), (true, 7)] {
            let mut fixture = Fixture::standing(state, |machine| {
                machine.allocation = had.then(crate::machine::fixture::alone::allocation);
            });
            for _ in 0..200 {
                fixture.pass(length * MINUTE);
                let (machine, events, now) = (fixture.machine(), fixture.events(), fixture.now + SECOND);
                let rests = is_at_rest(&machine, Some(&events), now);
                let wrote = !fixture.inspect().kinds().is_empty();
                assert!(!(rests && wrote), "{state:?} {machine:?}");
            }
        }
    }
}

/// A clock that was set back by hours or years: dead machines are known as dead, and boot orders come as soon as ever.
#[test]
fn a_clock_that_was_set_back_delays_nothing() {
    for back in [300 * MINUTE, 5_000_000 * MINUTE] {
        let mut fixture = Fixture::waiting();
        fixture.now = fixture.now - back;
        assert!(!fixture.inspect().kinds().is_empty(), "what lies ahead is taken for now");
        assert_eq!(fixture.inspect().kinds(), [], "once");
        fixture.pass(6 * MINUTE);
        fixture.inspect();
        assert_eq!(
            (fixture.events().liveliness, fixture.awaits()),
            (Liveliness::Dead, Some(Awaits::SignOfLife))
        );
        fixture.now = fixture.now - back;
        let dead = fixture.now;
        while fixture.actions().is_empty() {
            fixture.pass(MINUTE);
            fixture.inspect();
        }
        assert!(fixture.now.since(dead) <= 80 * MINUTE, "{back:?}: {:?}", fixture.now.since(dead));
        fixture.now = fixture.now - back;
        fixture.inspect();
        assert!(
            fixture
                .machine()
                .expectation
                .is_some_and(|it| it.since <= fixture.now && it.next_try <= fixture.now + 60 * MINUTE)
        );
    }
}
