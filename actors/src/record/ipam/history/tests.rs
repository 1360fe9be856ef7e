use super::*;
use crate::ipam::fixture::{self, Fixture};
use crate::ipam::{AddressCommand, AddressType, Attachment, attach, decide};
use crate::store::Transaction;
use crate::world::World;

const SECOND_US: i64 = 1_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp(second * SECOND_US)
}

fn address() -> Address {
    Address {
        kind: AddressType::Static,
        ..fixture::address(&fixture::network("n", &["10.0.0.0/24"]), "10.0.0.1")
    }
}

fn used_by(address: &Address, machine: &str) -> Address {
    attach(address, Attachment { allocation: Uuid::from_u128(1), machine: machine.into() }, at(9))
}

fn read(row: &Row) -> AddressHistory {
    store::join(row).unwrap()
}

#[test]
fn what_changes_nobody_is_not_written_down() {
    let old = Address { held_since: Some(at(3)), ..used_by(&address(), "m1") };
    let mut next = Address { name: "other".to_owned(), held_since: None, ..old.clone() };
    assert_eq!(ended(&old, Some(&mut next), Generation(5), at(20)), None);
    assert_eq!(next.held_since, Some(at(3)), "it is the same holder as before");
}

#[test]
fn another_machine_or_project_or_allocation_makes_another_tenure() {
    let old = address();
    let others = [
        used_by(&old, "m1"),
        Address { project: "q".into(), ..old.clone() },
        Address { allocation_uuid: Uuid::from_u128(8), ..old.clone() },
        Address { tags: vec![tags::machine_tag(&"m2".into())], ..old.clone() },
    ];
    for mut next in others {
        let row = ended(&old, Some(&mut next), Generation(5), at(20)).unwrap();
        assert_eq!(next.held_since, Some(at(20)));
        let expected = AddressHistory { since: old.created, until: Some(at(20)), ..AddressHistory::of(&old) };
        assert_eq!(read(&row), expected);
        assert_eq!(row.key.id, "10.0.0.1|00000000000020000000|00000000000000000005");
    }
    let used = used_by(&old, "m1");
    let entry = read(&ended(&used, None, Generation(6), at(21)).unwrap());
    assert_eq!(entry.machines, BTreeSet::from(["m1".into()]));
}

#[test]
fn a_tenure_covers_its_beginning_and_not_its_end() {
    let entry = AddressHistory { since: at(1), until: Some(at(3)), ..AddressHistory::of(&address()) };
    assert_eq!([0, 1, 2, 3].map(|second| entry.covers(at(second))), [false, true, true, false]);
    assert!(AddressHistory { until: None, ..entry.clone() }.covers(at(99)));
    let late = AddressHistory { since: at(1) + std::time::Duration::from_micros(999), ..entry };
    assert!(late.covers(at(1)) && !late.covers(at(0)), "as its beginning is shown");
}

/// Ids of one address ascend with time, and ids of different addresses do not interleave.
#[test]
fn ids_sort_by_address_and_end() {
    let id = |address: &str, second| after(address.parse().unwrap(), at(second));
    let sorted = [id("10.0.0.10", 2), id("10.0.0.1", 5), id("10.0.0.1", 11), id("10.0.0.2", 1)];
    let mut ids = Vec::from([2, 0, 3, 1].map(|place: usize| sorted[place].clone()));
    ids.sort_unstable();
    assert_eq!(ids, sorted);
    assert!(!id("10.0.0.10", 2).starts_with(&before("10.0.0.1".parse().unwrap())));
}

/// Every deletion of an address records its holder in the same transaction.
#[test]
fn a_release_and_its_history_are_one_transaction() {
    let mut fixture = Fixture::new();
    fixture.world.insert(Generation(1), fixture::network("n", &["10.0.0.0/24"]));
    fixture.world.insert(Generation(4), address());
    let free = AddressCommand::Free("10.0.0.1".to_owned());
    let mut decision = fixture.decided(|world: &World, context| decide(world, &free, context)).unwrap();
    let Transaction { puts, deletes, .. } = decision.take_transaction();
    assert_eq!(deletes.len(), 1);
    let [written] = puts.as_slice() else { panic!("{puts:?}") };
    assert_eq!((written.row.key.kind, written.expected), (Kind::History, None));
    assert_eq!(read(&written.row).project.as_str(), "p");
}
