//! Counts of machines by state, updated with each row change, so that metrics need no scan.

use super::World;
use crate::record::machine::{Events, Liveliness, Machine, ProvisioningState};
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Counts of all machines. Events of a deleted machine are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// By newest event.
    pub states: BTreeMap<ProvisioningState, usize>,
    pub liveliness: BTreeMap<Liveliness, usize>,
    pub allocated: usize,
    pub orders: usize,
    /// Deadlines of waiting machines.
    deadlines: BTreeMap<Timestamp, usize>,
}

impl Census {
    /// Machines past their deadline.
    pub fn overdue(&self, now: Timestamp) -> usize {
        self.deadlines.range(..now).map(|(_, machines)| machines).sum()
    }

    pub(crate) fn machine_changes(&mut self, world: &World, old: Option<&Machine>, new: Option<&Machine>) {
        if old.is_none() != new.is_none()
            && let Some(machine) = old.or(new)
        {
            let events = world.events.get(machine.id.as_str());
            self.count(events.as_ref().map(|events| &*events.value), new.is_some());
        }
        for (machine, comes) in [(old, false), (new, true)] {
            let Some(machine) = machine else { continue };
            step(&mut self.allocated, usize::from(machine.allocation.is_some()), comes);
            step(&mut self.orders, machine.orders.len(), comes);
            if let Some(expectation) = &machine.expectation {
                step_of(&mut self.deadlines, expectation.deadline, comes);
            }
        }
    }

    pub(crate) fn events_change(&mut self, world: &World, old: Option<&Events>, new: Option<&Events>) {
        let Some(events) = new.or(old) else { return };
        if world.machines.contains(events.machine.as_str()) {
            self.count(old, false);
            self.count(new, true);
        }
    }

    fn count(&mut self, events: Option<&Events>, comes: bool) {
        step_of(&mut self.states, events.map_or(ProvisioningState::Initial, ProvisioningState::of), comes);
        step_of(&mut self.liveliness, events.map_or(Liveliness::Unknown, |events| events.liveliness), comes);
    }
}

fn step(count: &mut usize, by: usize, comes: bool) {
    *count = if comes { count.saturating_add(by) } else { count.saturating_sub(by) };
}

fn step_of<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K, comes: bool) {
    if comes {
        *counts.entry(key).or_default() += 1;
    } else if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::machine::{Awaits, Event, EventKind, Expectation};
    use crate::store::{Generation, Key, Kind};
    use std::sync::Arc;

    /// The result of a full scan.
    fn counted(world: &World) -> Census {
        let mut census = Census::default();
        for machine in world.machines.all() {
            census.machine_changes(world, None, Some(&machine));
        }
        census
    }

    fn events(machine: &str, newest: Option<EventKind>, liveliness: Liveliness) -> Events {
        let mut events = Events { liveliness, ..Events::new(machine.into()) };
        let time = Timestamp::ZERO;
        let newest = newest.map(|event| Event { time, event, message: String::new() });
        Arc::make_mut(&mut events.log).extend(newest);
        events
    }

    #[test]
    fn rows_that_come_and_go_count_as_if_all_were_looked_at() {
        let world = World::default();
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let machine = |id: &str, deadline: Option<i64>| {
            let mut machine = Machine::new(id.into(), at(0));
            if let Some(deadline) = deadline {
                crate::machine::expectation::expect(&mut machine, Awaits::FirstBoot, at(0));
                machine.expectation =
                    machine.expectation.map(|it| Expectation { deadline: at(deadline), ..it });
            }
            machine
        };
        let check = |what: &str| assert_eq!(world.census(Clone::clone), counted(&world), "{what}");
        world.insert(Generation(1), events("a", Some(EventKind::Waiting), Liveliness::Alive));
        assert_eq!(world.census(Clone::clone), Census::default(), "events without a machine");
        world.insert(Generation(1), machine("a", Some(5)));
        check("a machine whose events were there");
        world.insert(Generation(1), machine("b", Some(7)));
        check("a machine without events");
        world.insert(Generation(1), events("b", Some(EventKind::Crashed), Liveliness::Dead));
        check("its events");
        let counts = world.census(Clone::clone);
        assert_eq!(
            (counts.states[&ProvisioningState::Waiting], counts.states[&ProvisioningState::Crashing]),
            (1, 1)
        );
        assert_eq!([4, 5, 6, 8].map(|now| counts.overdue(at(now))), [0, 0, 1, 2]);
        world.insert(Generation(2), events("b", Some(EventKind::PhonedHome), Liveliness::Alive));
        world.insert(Generation(2), machine("b", None));
        check("another state, nothing awaited");
        world.load(&Key::new(Kind::Events, "a"), None).unwrap();
        check("events that are forgotten");
        world.forget::<Machine>("a");
        world.forget::<Machine>("b");
        world.forget::<Events>("b");
        assert_eq!(world.census(Clone::clone), Census::default());
    }
}
