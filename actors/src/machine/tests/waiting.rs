//! No machine is stuck without saying so: every way in which a machine may wait, one by one.

use crate::machine::expectation::{InstallPhase, is_told_to_boot};
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, START, allocation};
use crate::record::machine::{ProvisioningState, *};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A state of a machine.
#[derive(Clone, Copy, Debug)]
struct Case {
    state: ProvisioningState,
    phase: InstallPhase,
    hold: StateValue,
    obstacle: Obstacle,
    news: News,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    None,
    Partition,
    Rack,
    Size,
    UnknownSize,
    Stream,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// Its newest event is of now.
    Fresh,
    /// The newest event is a power off by an operator.
    Off,
    /// Its newest event is an hour old, and it looks as if it had just come.
    Old,
    /// It registered and sent no event.
    Never,
    /// Its BMC was reported, nothing else.
    BmcOnly,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for &state in ProvisioningState::ALL {
            for &phase in InstallPhase::ALL {
                for hold in [StateValue::Available, StateValue::Tainted, StateValue::Locked] {
                    for obstacle in [
                        Obstacle::None,
                        Obstacle::Partition,
                        Obstacle::Rack,
                        Obstacle::Size,
                        Obstacle::UnknownSize,
                        Obstacle::Stream,
                    ] {
                        for news in [News::Fresh, News::Off, News::Old, News::Never, News::BmcOnly] {
                            all.push(Self { state, phase, hold, obstacle, news });
                        }
                    }
                }
            }
        }
        all
    }

    /// The row as a transition of an older release may have left it, without any expectation.
    fn fixture(self) -> Fixture {
        let mut fixture = Fixture::standing(self.state, |machine| {
            machine.rack = "r".into();
            machine.size = "v1".into();
            machine.waiting = true;
            machine.state.value = self.hold;
            match self.obstacle {
                Obstacle::None => {}
                Obstacle::Partition => machine.partition = "".into(),
                Obstacle::Rack => machine.rack = "".into(),
                Obstacle::Size => machine.size = "".into(),
                Obstacle::UnknownSize => machine.size = "unknown".into(),
                Obstacle::Stream => machine.waiting = false,
            }
            let reinstall = self.phase == InstallPhase::Reinstall;
            let installed = reinstall || self.phase == InstallPhase::Installed;
            machine.allocation = Some(Allocation { installed, reinstall, ..allocation() });
            if self.phase == InstallPhase::Free {
                machine.allocation = None;
            }
        });
        match self.news {
            News::Fresh => {}
            News::Off => {
                let off = Event { time: START, event: EventKind::PlannedReboot, message: "OFF".to_owned() };
                fixture.edit_events(|events| {
                    Arc::make_mut(&mut events.log).push_front(off);
                    events.last_event_time = Some(START);
                });
            }
            News::Old => fixture.pass(60 * MINUTE),
            News::Never => fixture.put(Events::new(ID.into())),
            News::BmcOnly => fixture.forget_events(),
        }
        fixture
    }

    /// It waits for nothing: it can be allocated, or it is allocated and runs according to its log.
    fn is_in_service(self) -> bool {
        let speaks = self.news == News::Fresh;
        let silent = self.news == News::Old && self.state != ProvisioningState::Initial;
        match self.phase {
            InstallPhase::Free => {
                speaks
                    && self.state == ProvisioningState::Waiting
                    && self.hold == StateValue::Available
                    && self.obstacle == Obstacle::None
            }
            InstallPhase::Pending | InstallPhase::Reinstall => false,
            // What its row waited for is known to that row only.
            InstallPhase::Installed => !silent,
        }
    }
}

/// Every case has a reason, a deadline and a next try in its row, and `why` shows them.
#[test]
fn whatever_waits_says_for_what_until_when_and_when_the_next_try_is() {
    for case in Case::all() {
        let mut fixture = case.fixture();
        let bare = fixture.why();
        fixture.inspect();
        let (row, why) = (fixture.machine().expectation, fixture.why());
        assert!(!why.reason.is_empty() && !why.next.is_empty(), "{case:?}");
        if case.is_in_service() {
            assert_eq!((row, why.deadline, why.next_try), (None, None, None), "{case:?}");
            continue;
        }
        let row = row.unwrap_or_else(|| panic!("nothing is awaited of {case:?}"));
        assert!(!row.reason.is_empty() && !row.then.is_empty(), "{case:?}: {row:?}");
        assert!(row.since < row.deadline && fixture.now < row.next_try, "{case:?}: {row:?}");
        assert_eq!((why.deadline, why.next_try), (Some(row.deadline), Some(row.next_try)), "{case:?}");
        // The verdict that it is silent comes with the first look.
        let told = case.news == News::Old || (bare.deadline.is_some() && bare.next_try.is_some());
        assert!(told, "{case:?}: before the first look");
    }
}

/// At its next try, a machine is ordered to boot or inspected, and gets another next try. An allocated or locked
/// machine is only inspected; one whose reinstallation is pending gets its order again.
#[test]
fn at_every_next_try_something_is_done() {
    for case in Case::all() {
        let mut fixture = case.fixture();
        fixture.inspect();
        for _ in 0..6 {
            let Some(before) = fixture.machine().expectation else { break };
            fixture.edit(|machine| machine.orders.clear());
            fixture.now = fixture.now.max(before.next_try);
            let looks = inspect_until_rest(&mut fixture);
            let (after, actions) = (fixture.machine().expectation.unwrap(), fixture.actions());
            assert!(looks > 0 && fixture.now < after.next_try, "{case:?}: {before:?}, {after:?}");
            let told_again = case.phase == InstallPhase::Reinstall && before.awaits == Awaits::Reinstallation;
            let left_alone = case.phase != InstallPhase::Free || case.hold == StateValue::Locked;
            if told_again && case.hold != StateValue::Locked {
                assert_eq!(actions, [BmcAction::Reinstall], "{case:?}");
            } else if left_alone || !is_told_to_boot(before.awaits) {
                assert_eq!(actions, [], "{case:?}: {before:?}");
                let counted = after.tries > before.tries || after.awaits != before.awaits;
                assert!(counted, "{case:?}: {before:?}, {after:?}");
            } else {
                let silent = after.awaits == Awaits::SignOfLife;
                assert!(silent || actions == [BmcAction::Delete], "{case:?}: {before:?}, {after:?}");
            }
        }
    }
}

/// Looks as often as the background task does, with five seconds in between, until there is nothing to do; at most a
/// minute long.
fn inspect_until_rest(fixture: &mut Fixture) -> u32 {
    let mut looks = 0;
    while !fixture.is_at_rest() {
        fixture.inspect();
        fixture.pass(4 * SECOND);
        looks += 1;
        assert!(looks < 12, "{:?}", fixture.machine().expectation);
    }
    looks
}

/// The operator defines a size for unknown hardware: the machine is ordered to boot, and registers again.
#[test]
fn a_machine_without_a_size_is_told_to_boot_when_a_size_matches() {
    let mut fixture = Fixture::waiting();
    let size = fixture.world.sizes.get("v1").unwrap();
    fixture.put(crate::masterdata::Size { constraints: Vec::new(), ..(*size.value).clone() });
    fixture.does(crate::machine::MachineCommand::Register(Box::new(
        crate::machine::fixture::alone::registration(),
    )));
    assert_eq!((fixture.machine().size.as_str(), fixture.awaits()), ("unknown", Some(Awaits::Size)));
    let look = |fixture: &mut Fixture| {
        for _ in 0..25 {
            fixture.pass(MINUTE);
            fixture.event(EventKind::Alive);
            fixture.inspect();
        }
        fixture.actions()
    };
    assert_eq!(look(&mut fixture), []);
    assert_eq!(fixture.machine().expectation.unwrap().tries, 2);
    fixture.put((*size.value).clone());
    assert_eq!(look(&mut fixture), [BmcAction::Delete]);
    assert_eq!(fixture.awaits(), Some(Awaits::NetworkBoot));
}

/// What kept a machine from being allocated ends with the word that ends it, not at the next look.
#[test]
fn an_obstacle_comes_and_goes_with_what_causes_it() {
    use crate::machine::MachineCommand::{SetState, StartWaiting};
    let set = |value: &str| SetState {
        machine: ID.into(),
        value: value.to_owned(),
        description: "a fan".to_owned(),
    };
    let mut fixture = Fixture::waiting();
    assert_eq!(fixture.awaits(), None);
    fixture.does(set("LOCKED"));
    assert_eq!(fixture.awaits(), Some(Awaits::Release));
    fixture.does(set(""));
    assert_eq!(fixture.awaits(), None);
    fixture.does(set("RESERVED"));
    assert_eq!(fixture.awaits(), Some(Awaits::Release));
    fixture.does(set(""));

    fixture.edit(|machine| machine.waiting = false);
    fixture.inspect();
    assert_eq!(fixture.awaits(), Some(Awaits::Stream));
    fixture.does(StartWaiting { machine: ID.into() });
    assert_eq!(fixture.awaits(), None);
}

/// An allocated machine that falls silent is inspected for ever, until it sends an event.
#[test]
fn a_silent_machine_of_a_user_is_only_looked_at() {
    let mut fixture = Fixture::installed();
    for _ in 0..3 * 24 * 60 {
        fixture.pass(MINUTE);
        fixture.inspect();
    }
    let expectation = fixture.machine().expectation.unwrap();
    assert_eq!((expectation.awaits, fixture.actions()), (Awaits::SignOfLife, vec![]));
    assert_eq!(expectation.tries, 3, "once a day, from when it was found silent: {expectation:?}");
    assert!(fixture.why().overdue);
    fixture.event(EventKind::PhonedHome);
    assert_eq!(fixture.awaits(), None);
}

/// Power commands lapse after an hour; what waited for them does not wait for ever.
#[test]
fn orders_that_lapsed_are_not_awaited() {
    let mut fixture = Fixture::waiting();
    fixture.order(BmcAction::Pxe);
    assert_eq!(fixture.awaits(), Some(Awaits::Acknowledgement));
    for _ in 0..62 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::Alive);
        fixture.inspect();
    }
    assert_eq!((fixture.actions(), fixture.awaits()), (vec![], None));
}
