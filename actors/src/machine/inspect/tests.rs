use super::*;
use crate::machine::bench::{Bench, ID, MINUTE, START};
use crate::machine::events::State;
use crate::machine::record::{EventKind, MachineState};
use crate::store::Kind;
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn lock(bench: &Bench) {
    bench.edit(|machine| {
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
        let mut bench = if allocated { Bench::installed() } else { Bench::waiting() };
        let last = bench.events().last_event_time.unwrap();
        bench.now = last + age - SECOND;
        bench.inspect();
        assert_eq!(bench.events().liveliness, expected, "{allocated} {age:?}");
        bench.now = bench.now - SECOND;
        assert_eq!(bench.inspect().kinds(), [], "a second look finds nothing new");
    }
}

/// api-machines 2.6: null stays null, a machine without a container has no liveliness, and a deleted machine is
/// ignored. A machine that only its BMC reported may run a user's system: it is inspected, never ordered to boot.
#[test]
fn nothing_is_known_of_a_machine_that_never_spoke() {
    let mut bench = Bench::standing(State::Initial, |_| {});
    bench.pass(1000 * MINUTE);
    assert_eq!(bench.inspect().kinds(), [Kind::Machine]);
    assert_eq!(bench.events().liveliness, Liveliness::Alive);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));

    let mut bench = Bench::new();
    assert_eq!(bench.inspect().kinds(), []);
    bench.put(Machine::new(ID.into(), START));
    for _ in 0..1000 {
        bench.pass(MINUTE);
        bench.inspect();
    }
    assert!(!bench.world.events.contains(ID));
    assert_eq!((bench.awaits(), bench.actions()), (Some(Awaits::FirstBoot), vec![]));
}

/// api-machines 2.7: dead, and an hour of silence.
#[test]
fn a_dead_machine_is_booted_again_after_an_hour() {
    let mut bench = Bench::waiting();
    bench.pass(6 * MINUTE);
    bench.inspect();
    assert_eq!(bench.awaits(), Some(Awaits::SignOfLife));
    bench.pass(53 * MINUTE);
    assert_eq!(bench.inspect().kinds(), []);
    bench.pass(2 * MINUTE);
    bench.inspect();
    assert_eq!(bench.actions(), [BmcAction::Delete]);
    assert_eq!(bench.awaits(), Some(Awaits::NetworkBoot));
    assert_eq!(bench.inspect().kinds(), [], "once");
}

/// Else the outage of a node would power cycle every machine of its partition.
#[test]
fn after_an_outage_of_the_node_machines_get_time_to_speak_up() {
    let mut bench = Bench::waiting();
    bench.pass(600 * MINUTE);
    bench.inspect();
    assert_eq!(bench.events().liveliness, Liveliness::Dead);
    bench.pass(9 * MINUTE);
    bench.inspect();
    assert_eq!(bench.actions(), []);
    bench.event(EventKind::Alive);
    bench.pass(2 * MINUTE);
    bench.inspect();
    assert_eq!((bench.actions(), bench.awaits()), (vec![], None));
}

/// api-machines 2.7: a freed machine that keeps phoning home, with the port still in the tenant's VRF.
#[test]
fn a_failed_reclaim_is_repeated() {
    let mut bench = Bench::installed();
    assert_eq!(bench.vrfs(), ["vrf42", "vrf42"]);
    bench.edit(|machine| machine.allocation = None);
    bench.event(EventKind::MachineReclaim);
    bench.order(BmcAction::Delete);
    for _ in 0..6 {
        bench.pass(MINUTE);
        bench.event(EventKind::PhonedHome);
    }
    assert!(bench.events().failed_machine_reclaim);
    bench.inspect();
    assert_eq!(bench.vrfs(), ["", ""]);
    assert_eq!(bench.machine().expectation.unwrap().tries, 1);
    assert_eq!(bench.inspect().kinds(), []);
}

/// The flag alone is enough (api-machines 2.7), after the time to speak up.
#[test]
fn a_failed_reclaim_without_an_expectation_is_repeated() {
    let mut bench = Bench::waiting();
    bench.edit_events(|events| events.failed_machine_reclaim = true);
    bench.inspect();
    assert_eq!(bench.awaits(), Some(Awaits::NetworkBoot));
    for _ in 0..6 {
        bench.pass(MINUTE);
        bench.event(EventKind::Alive);
        bench.inspect();
    }
    assert_eq!(bench.actions(), [BmcAction::Delete]);
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
        let mut bench = Bench::waiting();
        for event in [MachineReclaim, PxeBooting].iter().chain(&news).chain(&[PhonedHome]) {
            bench.event(*event);
        }
        assert_eq!(bench.awaits(), Some(Awaits::NetworkBoot), "{news:?}");
        for _ in 0..6 {
            bench.pass(MINUTE);
            bench.event(PhonedHome);
            bench.inspect();
        }
        assert_eq!(bench.actions(), [BmcAction::Delete], "{news:?}");
    }
}

/// The log stays at the network boot, as the contract's matrix demands. The machine is still ordered again within
/// minutes, not after the hours that a slow installer would get. Found by the simulator in f18-lost-reports.
#[test]
fn an_old_system_that_comes_up_instead_of_a_network_boot_is_told_again() {
    use EventKind::{MachineReclaim, PhonedHome, PxeBooting};
    let mut bench = Bench::waiting();
    bench.event(MachineReclaim);
    bench.event(PxeBooting);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));
    for _ in 0..15 {
        bench.pass(MINUTE);
        bench.event(PhonedHome);
        bench.inspect();
    }
    assert_eq!((bench.awaits(), bench.actions()), (Some(Awaits::NetworkBoot), vec![BmcAction::Delete]));
}

/// Field scenario F15: a BMC acknowledges an order that it did not carry out. Found by the simulator in f15-lying-bmc.
#[test]
fn a_reinstall_that_does_not_begin_is_ordered_again() {
    let mut bench = Bench::installed();
    let now = bench.now;
    bench.edit(|machine| {
        machine.allocation.as_mut().unwrap().reinstall = true;
        expectation::expect(machine, Awaits::Reinstallation, now);
    });
    for _ in 0..12 {
        bench.pass(MINUTE);
        bench.event(EventKind::PhonedHome);
        bench.inspect();
    }
    assert_eq!(bench.actions(), [BmcAction::Reinstall]);
    assert_eq!(bench.awaits(), Some(Awaits::Reinstallation));
}

/// The owner of its system is unknown, so it must not be wiped. The row may come from a backup of before the
/// allocation.
#[test]
fn a_system_that_need_not_be_of_the_past_is_left_alone() {
    use EventKind::{MachineReclaim, PhonedHome, Preparing, PxeBooting, Waiting};
    for known in [vec![], vec![Preparing], vec![Waiting], vec![MachineReclaim, PxeBooting, Waiting]] {
        let mut bench = Bench::waiting();
        bench.edit_events(|events| Arc::make_mut(&mut events.log).clear());
        for event in &known {
            bench.event(*event);
        }
        bench.edit(|machine| {
            machine.expectation = None;
            machine.orders.clear();
        });
        for _ in 0..120 {
            bench.event(PhonedHome);
            bench.pass(MINUTE);
            bench.inspect();
        }
        assert_eq!((bench.awaits(), bench.actions()), (Some(Awaits::Reclaim), Vec::new()), "{known:?}");
    }
}

/// A freed machine that does not boot: ordered again after 5, 10, 20, 40, 60, 60 minutes.
#[test]
fn the_order_to_boot_is_repeated_with_growing_pauses() {
    let mut bench = Bench::waiting();
    bench.event(EventKind::MachineReclaim);
    bench.order(BmcAction::Delete);
    bench.edit(|machine| machine.orders.clear());
    let mut told = Vec::new();
    let start = bench.now;
    for _ in 0..1200 {
        bench.pass(14 * SECOND);
        bench.inspect();
        if !bench.actions().is_empty() {
            bench.edit(|machine| machine.orders.clear());
            told.push(bench.now.since(start).as_secs() / 60);
        }
    }
    assert_eq!(told, [5, 15, 35, 75, 135, 195, 255]);
    assert_eq!(bench.machine().expectation.unwrap().tries, 7);
    bench.event(EventKind::PxeBooting);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));
}

/// Never wipe: in every state an allocated or locked machine is only inspected.
#[test]
fn allocated_and_locked_machines_are_left_alone() {
    for &state in State::ALL {
        let allocated = Bench::standing(state, |machine| {
            machine.allocation = Some(crate::machine::bench::allocation());
        });
        let locked = Bench::standing(state, |_| {});
        lock(&locked);
        for mut bench in [allocated, locked] {
            bench.edit_events(|events| events.failed_machine_reclaim = true);
            for _ in 0..300 {
                bench.pass(MINUTE);
                bench.inspect();
            }
            assert_eq!(bench.actions(), [], "{state:?}");
        }
    }
}

/// No state of an unallocated machine lasts for ever without events: in the end it is ordered to boot.
#[test]
fn no_silent_machine_is_stuck() {
    for state in State::ALL.iter().copied().filter(|state| *state != State::Initial) {
        let mut bench = Bench::standing(state, |_| {});
        for _ in 0..90 {
            bench.pass(MINUTE);
            bench.inspect();
        }
        assert_eq!(bench.actions(), [BmcAction::Delete], "{state:?}");
    }
}

/// A row without an expectation that should have one gets it.
#[test]
fn expectations_mend_themselves() {
    let mut bench = Bench::waiting();
    bench.event(EventKind::PxeBooting);
    bench.edit(|machine| machine.expectation = None);
    assert_eq!(bench.inspect().kinds(), [Kind::Machine]);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));
    assert_eq!(bench.inspect().kinds(), []);
}

#[test]
fn expired_orders_are_dropped() {
    let mut bench = Bench::waiting();
    bench.order(BmcAction::Reset);
    for _ in 0..61 {
        bench.pass(MINUTE);
        bench.event(EventKind::Alive);
    }
    bench.inspect();
    assert_eq!(bench.actions(), []);
}

/// A machine that boots again and again, and one whose installer hangs: both send events, neither arrives.
#[test]
fn a_machine_that_lives_and_never_arrives_is_told_to_boot_ever_more_seldom() {
    for (stuck, alive) in
        [(EventKind::PxeBooting, EventKind::PxeBooting), (EventKind::Registering, EventKind::Alive)]
    {
        let mut bench = Bench::standing(State::PlannedReboot, |machine| {
            machine.rack = "r".into();
            machine.size = "v1".into();
            machine.waiting = true;
        });
        let boots = |bench: &mut Bench| {
            for kind in [EventKind::PxeBooting, EventKind::Preparing, EventKind::Registering] {
                bench.event(kind);
                if kind == stuck {
                    return;
                }
            }
        };
        boots(&mut bench);
        let (start, mut told) = (bench.now, Vec::new());
        for _ in 0..40 * 60 {
            bench.pass(59 * SECOND);
            bench.event(alive);
            bench.inspect();
            if !bench.actions().is_empty() {
                assert_eq!(bench.actions(), [BmcAction::Delete]);
                told.push(bench.now.since(start).as_secs() / 3600);
                bench.edit(|machine| machine.orders.clear());
                boots(&mut bench);
            }
        }
        assert_eq!(told, [1, 3, 7, 15, 23, 31, 39], "{stuck:?}");
        bench.event(EventKind::Registering);
        bench.event(EventKind::Waiting);
        assert_eq!(bench.awaits(), None);
        bench.event(EventKind::PlannedReboot);
        assert_eq!(bench.machine().expectation.unwrap().tries, 0, "it arrived in between");
    }
}

/// A look at all machines asks only about those that need something: the others would have answered the same.
#[test]
fn at_rest_is_where_nothing_is_decided() {
    for &state in State::ALL {
        for (had, length) in [(false, 1), (false, 7), (true, 1), (true, 7)] {
            let mut bench = Bench::standing(state, |machine| {
                machine.allocation = had.then(crate::machine::bench::allocation);
            });
            for _ in 0..200 {
                bench.pass(length * MINUTE);
                let (machine, events, now) = (bench.machine(), bench.events(), bench.now + SECOND);
                let rests = is_at_rest(&machine, Some(&events), now);
                let wrote = !bench.inspect().kinds().is_empty();
                assert!(!(rests && wrote), "{state:?} {machine:?}");
            }
        }
    }
}

/// A clock that was set back by hours or years: dead machines are known as dead, and boot orders come as soon as ever.
#[test]
fn a_clock_that_was_set_back_delays_nothing() {
    for back in [300 * MINUTE, 5_000_000 * MINUTE] {
        let mut bench = Bench::waiting();
        bench.now = bench.now - back;
        assert!(!bench.inspect().kinds().is_empty(), "what lies ahead is taken for now");
        assert_eq!(bench.inspect().kinds(), [], "once");
        bench.pass(6 * MINUTE);
        bench.inspect();
        assert_eq!((bench.events().liveliness, bench.awaits()), (Liveliness::Dead, Some(Awaits::SignOfLife)));
        bench.now = bench.now - back;
        let dead = bench.now;
        while bench.actions().is_empty() {
            bench.pass(MINUTE);
            bench.inspect();
        }
        assert!(bench.now.since(dead) <= 80 * MINUTE, "{back:?}: {:?}", bench.now.since(dead));
        bench.now = bench.now - back;
        bench.inspect();
        assert!(
            bench
                .machine()
                .expectation
                .is_some_and(|it| it.since <= bench.now && it.next_try <= bench.now + 60 * MINUTE)
        );
    }
}
