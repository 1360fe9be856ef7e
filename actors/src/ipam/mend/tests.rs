use super::*;
use crate::check::{Fault, check};
use crate::ipam::fixture::{self, Fixture};
use crate::ipam::{AddressCommand, Attachment, decide};
use crate::masterdata::Project;
use crate::network::Network;
use crate::record::network::PoolPolicy;
use crate::store::{Generation, validate};
use crate::time::Timestamp;
use uuid::Uuid;

/// Networks `n` and `quiet`, where addresses rest, each with an address of project `a`; nothing is wrong.
fn scene() -> Fixture {
    let fixture = Fixture::new();
    let pool = PoolPolicy { quarantine_s: 60, ..PoolPolicy::default() };
    fixture.world.insert(Generation(1), fixture::network("n", &["10.0.0.0/24"]));
    fixture.world.insert(Generation(1), Network { pool, ..fixture::network("quiet", &["10.0.1.0/24"]) });
    for (network, address) in [("n", "10.0.0.1"), ("quiet", "10.0.1.1")] {
        put(&fixture.world, network, address, |_| {});
    }
    assert_eq!((check(&fixture.world), orphans(&fixture.world).len()), (vec![], 0));
    fixture
}

fn put(world: &World, network: &str, address: &str, change: impl FnOnce(&mut Address)) {
    let mut row = fixture::address(&world.networks.get(network).unwrap(), address);
    row.project = "a".into();
    change(&mut row);
    world.insert(Generation(1), row);
}

fn rest(world: &World, network: &str, address: &str) {
    let Address { address, parent_prefix, network, project, allocation_uuid, .. } =
        fixture::address(&world.networks.get(network).unwrap(), address);
    let (since, until) = (Timestamp::from_millis(1), Timestamp::from_millis(1_000_000));
    world.insert(
        Generation(1),
        QuarantinedAddress { address, parent_prefix, network, project, allocation_uuid, since, until },
    );
}

/// Number of rows released by one round.
fn round(fixture: &mut Fixture) -> usize {
    let mut mended = 0;
    for (network, addresses) in orphans(&fixture.world) {
        let command = AddressCommand::Mend { network, addresses: addresses.into_iter().collect() };
        let transaction =
            fixture.decided(|world, context| decide(world, &command, context)).unwrap().take_transaction();
        validate(&transaction).unwrap();
        let decision = fixture.decided(|world, context| decide(world, &command, context)).unwrap();
        let Answer::Reconciled(rows) = decision.apply(&fixture.world) else { panic!("another answer") };
        mended += rows;
    }
    mended
}

/// Each way to damage a world, the findings, and the addresses and quarantines after a repair.
#[test]
fn what_nobody_can_have_is_told_and_given_back() {
    type Left = &'static [&'static str];
    type Case = (fn(&World), Fault, &'static str, &'static str, Left, Left);
    let table: [Case; 5] = [
        (
            |world| world.forget::<Network>("n"),
            Fault::Leak,
            "10.0.0.1",
            "network n is gone",
            &["10.0.1.1"],
            &[],
        ),
        (
            |world| put(world, "quiet", "10.0.1.1", |row| row.project = "gone".into()),
            Fault::Leak,
            "10.0.1.1",
            "project gone is gone",
            &["10.0.0.1"],
            &["10.0.1.1"],
        ),
        (
            |world| rest(world, "n", "10.0.0.1"),
            Fault::Duplicate,
            "10.0.0.1",
            "it is in quarantine until 1970-01-01T00:16:40Z, and in use",
            &["10.0.0.1", "10.0.1.1"],
            &[],
        ),
        (
            |world| {
                world.insert(Generation(1), fixture::network("other", &["10.0.2.0/24"]));
                rest(world, "other", "10.0.2.9");
                world.forget::<Network>("other");
            },
            Fault::Leak,
            "10.0.2.9",
            "it is in quarantine until 1970-01-01T00:16:40Z, and network other is gone",
            &["10.0.0.1", "10.0.1.1"],
            &[],
        ),
        (
            |world| {
                rest(world, "n", "10.0.0.9");
                let network = world.networks.get("n").unwrap();
                let prefixes = vec!["10.0.0.0/29".parse().unwrap()];
                world.insert(Generation(2), Network { prefixes, ..Network::clone(&network.value) });
            },
            Fault::Leak,
            "10.0.0.9",
            "it is in quarantine until 1970-01-01T00:16:40Z, and no prefix of network n contains it",
            &["10.0.0.1", "10.0.1.1"],
            &[],
        ),
    ];
    for (spoil, fault, subject, text, addresses, quarantined) in table {
        let mut fixture = scene();
        spoil(&fixture.world);
        let found: Vec<_> =
            check(&fixture.world).into_iter().map(|found| (found.fault, found.subject, found.text)).collect();
        assert_eq!(found, [(fault, subject.to_owned(), text.to_owned())]);
        assert_eq!((round(&mut fixture), round(&mut fixture)), (1, 0), "{text}");
        assert_eq!(check(&fixture.world), [], "{text}");
        let ids = |all: Vec<String>| all.iter().map(String::as_str).map(str::to_owned).collect::<Vec<_>>();
        let left = fixture.world.addresses.all().iter().map(|row| row.value.id()).collect();
        let resting = fixture.world.quarantined.all().iter().map(|row| row.value.id()).collect();
        assert_eq!((ids(left), ids(resting)), (owned(addresses), owned(quarantined)), "{text}");
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// What a machine uses stays its own, and what is just being written is left alone.
#[test]
fn what_is_used_or_being_written_is_not_given_back() {
    let mut fixture = scene();
    let attachment = Attachment { allocation: Uuid::nil(), machine: "m".into() };
    put(&fixture.world, "n", "10.0.0.1", |row| row.attachments.push(attachment));
    fixture.world.forget::<Network>("n");
    assert_eq!(orphans(&fixture.world).len(), 0, "the reconciler takes the attachment first, if it is stale");

    fixture.world.forget::<Project>("a");
    let project = Key::new(Kind::Project, "a");
    let held = fixture.world.hold_rows([&project]);
    assert_eq!(orphans(&fixture.world).len(), 0, "its project is coming to be");
    drop(held);
    let command =
        AddressCommand::Mend { network: "quiet".into(), addresses: vec!["10.0.1.1".parse().unwrap()] };
    let held = fixture.world.hold_rows([&Key::new(Kind::Address, "10.0.1.1")]);
    let mut decision = fixture.decided(|world, context| decide(world, &command, context)).unwrap();
    assert_eq!(decision.take_transaction().deletes, []);
    assert_eq!(decision.answer, Answer::Reconciled(0));
    drop(held);
    let transaction =
        fixture.decided(|world, context| decide(world, &command, context)).unwrap().take_transaction();
    let absent = transaction.checks.iter().any(|check| check.key == project && check.expected.is_none());
    assert!(absent && transaction.deletes.len() == 1, "a project that comes back keeps its address");
}
