//! Which machine it is (api-machines 3.4.1).

use super::*;
use crate::machine::{Liveliness, StateValue};
use crate::masterdata::SizeReservation;
use crate::record::Record;
use std::collections::BTreeSet;

/// All machines that an allocation may get here, found by many seeds.
fn possible(build: impl Fn(&Fixture), asked: &AllocateRequest) -> BTreeSet<String> {
    (0..64)
        .filter_map(|seed| {
            let mut world = Fixture::new(seed);
            world.add_private(0);
            build(&world);
            world.allocate(Role::Machine, asked).ok().map(|id| id.0)
        })
        .collect()
}

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// A machine that belongs to the sample project already.
fn own(fixture: &Fixture, id: &str, rack: &str, tags: &[&str]) {
    taken(fixture, id, rack, tags, Role::Machine, PROJECT);
}

fn taken(to: &Fixture, id: &str, rack: &str, tags: &[&str], role: Role, project: &str) {
    let (_, allocation) = allocated(&mut fixture(), Role::Machine, &request());
    let id = to.add_machine_in(id, rack);
    to.edit_machine(&id, |machine| {
        machine.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        machine.allocation = Some(Allocation { role, project: project.into(), ..allocation });
    });
}

#[test]
fn every_machine_that_fits_may_be_it() {
    let build = |fixture: &Fixture| {
        for id in ["m1", "m2", "m3"] {
            fixture.add_machine_in(id, "r1");
        }
    };
    assert_eq!(possible(build, &request()), set(&["m1", "m2", "m3"]));
}

type Spoil = fn(&mut Machine);

#[test]
fn what_does_not_fit_is_never_taken() {
    let spoil: &[(&str, Spoil)] = &[
        ("allocated", |machine| {
            machine.allocation = Some(allocated(&mut fixture(), Role::Machine, &request()).1);
        }),
        ("not waiting", |machine| machine.waiting = false),
        ("refused", |machine| {
            machine.refused = Some(crate::machine::Refused::new(machine.created, "no cable"))
        }),
        ("another partition", |machine| machine.partition = "p9".into()),
        ("another size", |machine| machine.size = "s9".into()),
        ("reserved", |machine| machine.state.value = StateValue::Tainted),
        ("locked", |machine| machine.state.value = StateValue::Locked),
        ("about to be reset", |machine| {
            let (id, issued) = (Uuid::nil(), machine.changed);
            let order = BmcOrder { id, action: BmcAction::Delete, issued, tries: 0, allocation: None };
            machine.orders.push(order);
        }),
    ];
    for (why, spoil) in spoil {
        let mut fixture = fixture();
        fixture.edit_machine(&M1.into(), spoil);
        let refusal = fixture.allocate(Role::Machine, &request()).expect_err(why);
        assert_eq!(refusal.message, "no machine available", "{why}");
    }
}

#[test]
fn only_living_machines_are_taken() {
    for liveliness in [Liveliness::Dead, Liveliness::Unknown] {
        let mut fixture = fixture();
        fixture.set_liveliness(&M1.into(), liveliness);
        assert!(fixture.allocate(Role::Machine, &request()).is_err(), "{liveliness:?}");
    }
    let mut fixture = fixture();
    fixture.world.forget::<crate::machine::Events>(M1);
    assert!(fixture.allocate(Role::Machine, &request()).is_err(), "never heard of");
}

#[test]
fn a_crash_loop_does_not_exclude() {
    let mut fixture = fixture();
    let events = fixture.world.events.get(M1).unwrap();
    let flagged = crate::machine::Events {
        crash_loop: true,
        failed_machine_reclaim: true,
        ..crate::machine::Events::clone(&events)
    };
    fixture.put(flagged);
    fixture.allocate(Role::Machine, &request()).unwrap();
}

#[test]
fn the_emptiest_racks_are_taken() {
    let build = |fixture: &Fixture| {
        for (id, rack) in [("a1", "ra"), ("b1", "rb"), ("c1", "rc"), ("d1", "rd")] {
            fixture.add_machine_in(id, rack);
        }
        own(fixture, "a2", "ra", &[]);
        own(fixture, "a3", "ra", &[]);
        own(fixture, "b2", "rb", &[]);
        own(fixture, "x1", "without-candidates", &[]);
        taken(fixture, "c2", "rc", &[], Role::Firewall, PROJECT);
        taken(fixture, "d2", "rd", &[], Role::Machine, fixture::PROVIDER);
    };
    assert_eq!(possible(build, &request()), set(&["c1", "d1"]), "others and firewalls do not count");
}

#[test]
fn placement_tags_outweigh_the_number_of_machines() {
    let asked = AllocateRequest { placement_tags: vec!["cluster=1".into(), "worker".into()], ..request() };
    let build = |fixture: &Fixture| {
        fixture.add_machine_in("a1", "ra");
        fixture.add_machine_in("b1", "rb");
        own(fixture, "a2", "ra", &["cluster=1"]);
        own(fixture, "b2", "rb", &["cluster=10"]);
        own(fixture, "b3", "rb", &[]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
    assert_eq!(possible(build, &request()), set(&["a1"]));
}

#[test]
fn a_machine_counts_once_for_every_tag_it_shares() {
    let asked = AllocateRequest { placement_tags: vec!["cluster=1".into(), "worker".into()], ..request() };
    let build = |fixture: &Fixture| {
        fixture.add_machine_in("a1", "ra");
        fixture.add_machine_in("b1", "rb");
        own(fixture, "a2", "ra", &["cluster=1", "worker"]);
        own(fixture, "b2", "rb", &["cluster=1"]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
}

#[test]
fn a_rack_that_is_best_in_both_wins() {
    let asked = AllocateRequest { placement_tags: vec!["t".into()], ..request() };
    let build = |fixture: &Fixture| {
        for (id, rack) in [("a1", "ra"), ("b1", "rb"), ("c1", "rc")] {
            fixture.add_machine_in(id, rack);
        }
        own(fixture, "a2", "ra", &["t"]);
        own(fixture, "b2", "rb", &[]);
        own(fixture, "c2", "rc", &[]);
        own(fixture, "c3", "rc", &[]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
}

/// Of two machines, one with a pending write is skipped; if it is the last one, it is still chosen, and its commit
/// decides.
#[test]
fn a_machine_in_flight_is_the_last_choice() {
    for seed in 0..16 {
        let mut fixture = Fixture::new(seed);
        fixture.add_private(0);
        fixture.add_machine("m1");
        fixture.add_machine("m2");
        let key = fixture.machine(&"m1".into()).key();
        let held = fixture.world.hold_rows([&key]);
        assert_eq!(fixture.allocate(Role::Machine, &request()).unwrap().as_str(), "m2");
        assert_eq!(fixture.allocate(Role::Machine, &request()).unwrap().as_str(), "m1");
        drop(held);
    }
}

/// In the same partition, for a project that is not the one that asks.
fn reserved(amount: u64) -> SizeReservation {
    SizeReservation {
        id: "r".to_owned(),
        name: String::new(),
        description: String::new(),
        created: crate::time::Timestamp::ZERO,
        changed: crate::time::Timestamp::ZERO,
        size: request().sizeid.as_str().into(),
        project: fixture::PROVIDER.into(),
        partitions: vec![PARTITION.into()],
        amount,
        labels: std::collections::BTreeMap::new(),
    }
}

#[test]
fn what_is_reserved_for_another_project_is_not_given() {
    let mut fixture = fixture();
    fixture.put(reserved(1));
    let refusal = fixture.allocate(Role::Machine, &request()).unwrap_err();
    assert_eq!(refusal, Refusal::unprocessable("no machine available"));
    let named = AllocateRequest { uuid: M1.into(), ..request() };
    fixture.allocate(Role::Machine, &named).expect("a machine that is named is given all the same");
}

#[test]
fn only_machines_that_can_be_given_count_as_free() {
    let mut fixture = fixture();
    fixture.put(reserved(1));
    fixture.add_machine("m2");
    fixture.set_liveliness(&"m2".into(), Liveliness::Dead);
    fixture.allocate(Role::Machine, &request()).expect_err("a dead one is not free");
    fixture.set_liveliness(&"m2".into(), Liveliness::Alive);
    fixture.allocate(Role::Machine, &request()).unwrap();
    fixture.allocate(Role::Machine, &request()).expect_err("the last one is reserved");
    taken(&fixture, "m3", "r9", &[], Role::Firewall, fixture::PROVIDER);
    fixture.allocate(Role::Machine, &request()).expect("its firewall uses the reservation up");
}

/// Of two concurrent requests, only one gets the last unreserved machine.
#[test]
fn a_machine_that_a_commit_under_way_takes_is_not_free() {
    let mut fixture = fixture();
    fixture.put(reserved(1));
    fixture.add_machine("m2");
    let mut taken = Machine::clone(&fixture.machine(&"m2".into()));
    taken.allocation = Some(allocated(&mut self::fixture(), Role::Machine, &request()).1);
    let locks =
        crate::world::LockSet { alone: vec![(taken.key(), Some(Arc::new(taken)))], shared: Vec::new() };
    let held = fixture.world.hold(locks).unwrap();
    fixture.allocate(Role::Machine, &request()).expect_err("one is taken, the other reserved");
    drop(held);
    fixture.allocate(Role::Machine, &request()).unwrap();
}
