//! Which machine it is (api-machines 3.4.1).

use super::*;
use crate::machine::{Liveliness, StateValue};
use crate::masterdata::SizeReservation;
use crate::world::Record;
use std::collections::BTreeSet;

/// All machines that an allocation may get in this lab, found by trying seeds.
fn possible(build: impl Fn(&Lab), asked: &AllocateRequest) -> BTreeSet<String> {
    (0..64)
        .filter_map(|seed| {
            let mut world = Lab::new(seed);
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
fn own(lab: &Lab, id: &str, rack: &str, tags: &[&str]) {
    taken(lab, id, rack, tags, Role::Machine, PROJECT);
}

fn taken(to: &Lab, id: &str, rack: &str, tags: &[&str], role: Role, project: &str) {
    let (_, allocation) = allocated(&mut lab(), Role::Machine, &request());
    let id = to.add_machine_in(id, rack);
    to.edit_machine(&id, |machine| {
        machine.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        machine.allocation = Some(Allocation { role, project: project.into(), ..allocation });
    });
}

#[test]
fn every_machine_that_fits_may_be_it() {
    let build = |lab: &Lab| {
        for id in ["m1", "m2", "m3"] {
            lab.add_machine_in(id, "r1");
        }
    };
    assert_eq!(possible(build, &request()), set(&["m1", "m2", "m3"]));
}

type Spoil = fn(&mut Machine);

#[test]
fn what_does_not_fit_is_never_taken() {
    let spoil: &[(&str, Spoil)] = &[
        ("allocated", |machine| {
            machine.allocation = Some(allocated(&mut lab(), Role::Machine, &request()).1);
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
        let mut lab = lab();
        lab.edit_machine(&M1.into(), spoil);
        let refusal = lab.allocate(Role::Machine, &request()).expect_err(why);
        assert_eq!(refusal.message, "no machine available", "{why}");
    }
}

#[test]
fn only_living_machines_are_taken() {
    for liveliness in [Liveliness::Dead, Liveliness::Unknown] {
        let mut lab = lab();
        lab.set_liveliness(&M1.into(), liveliness);
        assert!(lab.allocate(Role::Machine, &request()).is_err(), "{liveliness:?}");
    }
    let mut lab = lab();
    lab.world.forget::<crate::machine::Events>(M1);
    assert!(lab.allocate(Role::Machine, &request()).is_err(), "never heard of");
}

#[test]
fn a_crash_loop_does_not_exclude() {
    let mut lab = lab();
    let events = lab.world.events.get(M1).unwrap();
    let flagged = crate::machine::Events {
        crash_loop: true,
        failed_machine_reclaim: true,
        ..crate::machine::Events::clone(&events)
    };
    lab.put(flagged);
    lab.allocate(Role::Machine, &request()).unwrap();
}

#[test]
fn the_emptiest_racks_are_taken() {
    let build = |lab: &Lab| {
        for (id, rack) in [("a1", "ra"), ("b1", "rb"), ("c1", "rc"), ("d1", "rd")] {
            lab.add_machine_in(id, rack);
        }
        own(lab, "a2", "ra", &[]);
        own(lab, "a3", "ra", &[]);
        own(lab, "b2", "rb", &[]);
        own(lab, "x1", "without-candidates", &[]);
        taken(lab, "c2", "rc", &[], Role::Firewall, PROJECT);
        taken(lab, "d2", "rd", &[], Role::Machine, testing::PROVIDER);
    };
    assert_eq!(possible(build, &request()), set(&["c1", "d1"]), "others and firewalls do not count");
}

#[test]
fn placement_tags_outweigh_the_number_of_machines() {
    let asked = AllocateRequest { placement_tags: vec!["cluster=1".into(), "worker".into()], ..request() };
    let build = |lab: &Lab| {
        lab.add_machine_in("a1", "ra");
        lab.add_machine_in("b1", "rb");
        own(lab, "a2", "ra", &["cluster=1"]);
        own(lab, "b2", "rb", &["cluster=10"]);
        own(lab, "b3", "rb", &[]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
    assert_eq!(possible(build, &request()), set(&["a1"]));
}

#[test]
fn a_machine_counts_once_for_every_tag_it_shares() {
    let asked = AllocateRequest { placement_tags: vec!["cluster=1".into(), "worker".into()], ..request() };
    let build = |lab: &Lab| {
        lab.add_machine_in("a1", "ra");
        lab.add_machine_in("b1", "rb");
        own(lab, "a2", "ra", &["cluster=1", "worker"]);
        own(lab, "b2", "rb", &["cluster=1"]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
}

#[test]
fn a_rack_that_is_best_in_both_wins() {
    let asked = AllocateRequest { placement_tags: vec!["t".into()], ..request() };
    let build = |lab: &Lab| {
        for (id, rack) in [("a1", "ra"), ("b1", "rb"), ("c1", "rc")] {
            lab.add_machine_in(id, rack);
        }
        own(lab, "a2", "ra", &["t"]);
        own(lab, "b2", "rb", &[]);
        own(lab, "c2", "rc", &[]);
        own(lab, "c3", "rc", &[]);
    };
    assert_eq!(possible(build, &asked), set(&["b1"]));
}

/// Of two machines, one with a pending write is skipped; if it is the last one, it is still chosen, and its commit
/// decides.
#[test]
fn a_machine_in_flight_is_the_last_choice() {
    for seed in 0..16 {
        let mut lab = Lab::new(seed);
        lab.add_private(0);
        lab.add_machine("m1");
        lab.add_machine("m2");
        let key = lab.machine(&"m1".into()).key();
        let held = lab.world.hold_rows([&key]);
        assert_eq!(lab.allocate(Role::Machine, &request()).unwrap().as_str(), "m2");
        assert_eq!(lab.allocate(Role::Machine, &request()).unwrap().as_str(), "m1");
        drop(held);
    }
}

/// In the partition of the lab, for a project that is not the one that asks.
fn reserved(amount: u64) -> SizeReservation {
    SizeReservation {
        id: "r".to_owned(),
        name: String::new(),
        description: String::new(),
        created: crate::time::Timestamp::ZERO,
        changed: crate::time::Timestamp::ZERO,
        size: request().sizeid.as_str().into(),
        project: testing::PROVIDER.into(),
        partitions: vec![PARTITION.into()],
        amount,
        labels: std::collections::BTreeMap::new(),
    }
}

#[test]
fn what_is_reserved_for_another_project_is_not_given() {
    let mut lab = lab();
    lab.put(reserved(1));
    let refusal = lab.allocate(Role::Machine, &request()).unwrap_err();
    assert_eq!(refusal, Refusal::unprocessable("no machine available"));
    let named = AllocateRequest { uuid: M1.into(), ..request() };
    lab.allocate(Role::Machine, &named).expect("a machine that is named is given all the same");
}

#[test]
fn only_machines_that_can_be_given_count_as_free() {
    let mut lab = lab();
    lab.put(reserved(1));
    lab.add_machine("m2");
    lab.set_liveliness(&"m2".into(), Liveliness::Dead);
    lab.allocate(Role::Machine, &request()).expect_err("a dead one is not free");
    lab.set_liveliness(&"m2".into(), Liveliness::Alive);
    lab.allocate(Role::Machine, &request()).unwrap();
    lab.allocate(Role::Machine, &request()).expect_err("the last one is reserved");
    taken(&lab, "m3", "r9", &[], Role::Firewall, testing::PROVIDER);
    lab.allocate(Role::Machine, &request()).expect("its firewall uses the reservation up");
}

/// Of two concurrent requests, only one gets the last unreserved machine.
#[test]
fn a_machine_that_a_commit_under_way_takes_is_not_free() {
    let mut lab = lab();
    lab.put(reserved(1));
    lab.add_machine("m2");
    let mut taken = Machine::clone(&lab.machine(&"m2".into()));
    taken.allocation = Some(allocated(&mut self::lab(), Role::Machine, &request()).1);
    let locks =
        crate::world::LockSet { alone: vec![(taken.key(), Some(Arc::new(taken)))], shared: Vec::new() };
    let held = lab.world.hold(locks).unwrap();
    lab.allocate(Role::Machine, &request()).expect_err("one is taken, the other reserved");
    drop(held);
    lab.allocate(Role::Machine, &request()).unwrap();
}
