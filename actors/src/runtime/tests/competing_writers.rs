//! Pairs of commands of different actors that must not both succeed, in both orders and at the same time.

use super::*;
use crate::machine::command::AllocateRequest;
use crate::machine::fixture::{self, Fixture as MachineFixture, IMAGE, PRIVATE, PROJECT};
use crate::machine::{Liveliness, Machine, MachineCommand, Role as MachineRole};
use crate::masterdata::{MasterdataCommand, Project, Quota, QuotaSet};
use crate::network::{NetworkAllocate, NetworkCommand};
use std::collections::BTreeSet;

/// A partition with the rows of a fixture of machines.
async fn fixture(machines: &MachineFixture) -> Fixture {
    let fixture = Fixture::start_with(crate::decide::decide).await;
    let world = &machines.world;
    for row in world.networks.all() {
        fixture.put(crate::network::Network::clone(&row)).await;
    }
    for row in world.machines.all() {
        fixture.put(Machine::clone(&row)).await;
        fixture.put(crate::machine::Events::clone(&world.events.get(row.id.as_str()).unwrap())).await;
    }
    for row in world.images.all() {
        fixture.put(crate::masterdata::Image::clone(&row)).await;
    }
    for row in world.projects.all() {
        fixture.put(Project::clone(&row)).await;
    }
    fixture.put(fixture::partition(fixture::PARTITION)).await;
    fixture.put(fixture::size(fixture::SIZE)).await;
    fixture.put(fixture::layout("default")).await;
    fixture
}

fn machines(ids_and_racks: &[(&str, &str)]) -> MachineFixture {
    let machines = MachineFixture::new(1);
    machines.add_private(0);
    for (id, rack) in ids_and_racks {
        machines.add_machine_in(id, rack);
    }
    machines
}

fn allocate() -> Body {
    let request = Box::new(fixture::request());
    Body::Machine(MachineCommand::Allocate { role: MachineRole::Machine, request })
}

async fn together(fixture: &Fixture, bodies: Vec<Body>) -> Vec<Result<Answer, CallError>> {
    let asks = bodies.into_iter().map(|body| fixture.local.ask(&fixture.principal, None, body));
    futures_util::future::join_all(asks).await
}

/// A command that removes a row, and one that would then refer to a missing row.
#[test]
fn nothing_is_given_to_or_from_what_is_just_going_away() {
    let in_private = || AddressAllocate {
        networkid: PRIVATE.into(),
        projectid: PROJECT.into(),
        ..AddressAllocate::default()
    };
    let address = || Body::Address(AddressCommand::Allocate(Box::new(in_private())));
    let outside = || {
        let request = AddressAllocate { networkid: fixture::INTERNET.into(), ..in_private() };
        Body::Address(AddressCommand::Allocate(Box::new(request)))
    };
    let network = || {
        let request = NetworkAllocate {
            projectid: PROJECT.into(),
            partitionid: fixture::PARTITION.into(),
            ..NetworkAllocate::default()
        };
        Body::Network(NetworkCommand::Allocate(Box::new(request)))
    };
    let no_image = || Body::Masterdata(MasterdataCommand::ImageDelete(IMAGE.into()));
    let no_project = || Body::Masterdata(MasterdataCommand::ProjectDelete(PROJECT.into()));
    let no_network = || Body::Network(NetworkCommand::Free(PRIVATE.into()));
    type Pair = (&'static str, fn() -> MachineFixture, [Body; 2]);
    let pairs: [Pair; 5] = [
        ("image", || machines(&[("m1", "r")]), [no_image(), allocate()]),
        ("network of a machine", || machines(&[("m1", "r")]), [no_network(), allocate()]),
        ("network of an address", || machines(&[]), [no_network(), address()]),
        ("project of an address", || MachineFixture::new(1), [no_project(), outside()]),
        ("project of a network", || MachineFixture::new(1), [no_project(), network()]),
    ];
    for (name, machines, [takes, gives]) in pairs {
        for bodies in [vec![takes.clone(), gives.clone()], vec![gives, takes]] {
            on_paused_time(|| async {
                let fixture = fixture(&machines()).await;
                let answers = together(&fixture, bodies).await;
                let done = answers.iter().filter(|answer| answer.is_ok()).count();
                assert_eq!(done, 1, "{name}: {answers:?}");
                assert!(answers[0].is_ok(), "{name}: the first is first: {answers:?}");
            });
        }
    }
}

fn allocate_named(machine: &str) -> Body {
    let request = Box::new(AllocateRequest { uuid: machine.to_owned(), ..fixture::request() });
    Body::Machine(MachineCommand::Allocate { role: MachineRole::Machine, request })
}

/// api-machines 3.3, row 15: the machine that the first look found is gone at the second.
#[test]
fn a_named_machine_that_is_just_being_deleted_is_missing() {
    on_paused_time(|| async {
        let machines = machines(&[("m1", "r")]);
        machines.set_liveliness(&"m1".into(), Liveliness::Dead);
        let fixture = fixture(&machines).await;
        let delete = Body::Machine(MachineCommand::Delete { machine: "m1".into() });
        let answers = together(&fixture, vec![delete, allocate_named("m1")]).await;
        assert!(answers[0].is_ok(), "{answers:?}");
        let missing = "unable to find machine:NotFound no machine with id \"m1\" found";
        assert_eq!(answers[1], Err(CallError::Refused(Refusal::missing(missing))));
    });
}

/// api-machines 3.3, row 16: another writer is always faster; the decision is repeated a bounded number of times.
#[test]
fn an_allocation_that_is_always_overtaken_is_a_conflict() {
    on_paused_time(|| async {
        for body in [allocate(), allocate_named("m1")] {
            let fixture = fixture(&machines(&[("m1", "r")])).await;
            fixture.store.conflicts.store(10, Ordering::Relaxed);
            let text = "error when allocating machine \"m1\", Conflict cannot update machine (m1): \
                        the entity was changed from another, please retry";
            let answer = fixture.local.ask(&fixture.principal, None, body.clone()).await;
            assert_eq!(answer, Err(CallError::Refused(Refusal::conflict(text))));
            assert_eq!(fixture.store.conflicts.load(Ordering::Relaxed), 0);
            assert!(fixture.local.ask(&fixture.principal, None, body).await.is_ok(), "nothing is left of it");
        }
    });
}

#[test]
fn a_quota_holds_for_allocations_that_are_asked_for_together() {
    on_paused_time(|| async {
        let machines = machines(&[("m1", "r"), ("m2", "r"), ("m3", "r"), ("m4", "r")]);
        let quota = Some(Quota { used: None, quota: Some(2) });
        let mut project = fixture::project(PROJECT, "p");
        project.quotas = Some(QuotaSet { machine: quota, ..QuotaSet::default() });
        machines.put(project);
        let fixture = fixture(&machines).await;
        let answers = together(&fixture, vec![allocate(); 4]).await;
        let refused =
            Err(CallError::Refused(Refusal::unprocessable("project quota for machines reached max:2")));
        assert_eq!(answers[2..], [refused.clone(), refused]);
        assert!(answers[..2].iter().all(Result::is_ok));
    });
}

/// api-machines 3.4.1, step 4.
#[test]
fn machines_that_are_asked_for_together_are_spread_over_racks() {
    on_paused_time(|| async {
        let racks = [("m1", "r1"), ("m2", "r1"), ("m3", "r1"), ("m4", "r1"), ("m5", "r2"), ("m6", "r3")];
        let fixture = fixture(&machines(&racks)).await;
        let answers = together(&fixture, vec![allocate(); 3]).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let taken = fixture.local.world().machines.filter(|machine| machine.allocation.is_some());
        let racks: BTreeSet<_> = taken.iter().map(|machine| machine.rack.as_str()).collect();
        assert_eq!(racks.len(), 3, "{taken:?}");
    });
}

fn create(id: &str, prefix: &str) -> Body {
    let request = crate::network::NetworkCreate {
        id: id.to_owned(),
        prefixes: vec![prefix.to_owned()],
        partitionid: Some(fixture::PARTITION.to_owned()),
        ..Default::default()
    };
    Body::Network(NetworkCommand::Create(Box::new(request)))
}

/// Of concurrently created networks that overlap in any way, one is created.
#[test]
fn of_networks_that_overlap_one_is_created() {
    let pairs = [
        ["172.16.0.0/16", "172.16.0.0/16"],
        ["172.16.0.0/16", "172.16.9.0/24"],
        ["172.16.9.0/24", "172.16.0.0/16"],
        ["2001:db8:77::/48", "2001:db8:77:1::/64"],
    ];
    for [one, other] in pairs {
        on_paused_time(|| async {
            let fixture = fixture(&machines(&[])).await;
            let before = fixture.local.world().networks.len();
            let answers = together(&fixture, vec![create("one", one), create("other", other)]).await;
            let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
            assert_eq!((answers.len(), refused.len()), (2, 1), "{answers:?}");
            assert!(
                matches!(refused[0], CallError::Refused(why) if why.message.contains("overlaps")),
                "{refused:?}"
            );
            assert_eq!(fixture.local.world().networks.len(), before + 1);
            assert_eq!(fixture.local.world().unlike(), []);
        });
    }
}
