use super::*;
use crate::store::Generation;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);
const LATER: Timestamp = Timestamp::from_millis(9);

fn address(kind: AddressType) -> Address {
    Address {
        address: "10.0.0.1".parse().unwrap(),
        parent_prefix: "10.0.0.0/24".parse().unwrap(),
        network: "n".into(),
        project: "p".into(),
        allocation_uuid: Uuid::nil(),
        request: None,
        name: String::new(),
        description: String::new(),
        kind,
        tags: vec!["machine.metal-stack.io/id".to_owned(), "b".to_owned()],
        created: Timestamp::from_millis(1),
        changed: Timestamp::from_millis(1),
        attachments: Vec::new(),
        held_since: None,
    }
}

fn used(kind: AddressType, by: &[(Uuid, &str)]) -> Address {
    by.iter().fold(address(kind), |address, &(allocation, machine)| {
        attach(&address, Attachment { allocation, machine: machine.into() }, LATER)
    })
}

/// What is left of the address after `allocation` of `machine` gave it back.
fn left(before: Address, allocation: Uuid, machine: &str) -> Option<Address> {
    let world = World::default();
    world.insert(Generation(1), before);
    let read = world.addresses.get("10.0.0.1").unwrap();
    let mut decision = Decision::new(LATER, Answer::Done);
    detach(&world, &mut decision, &read, allocation, &machine.into(), LATER);
    decision.apply(&world);
    world.addresses.get("10.0.0.1").map(|left| Address::clone(&left.value))
}

#[test]
fn attach_tags_and_remembers_the_allocation() {
    let after = used(AddressType::Ephemeral, &[(FIRST, "m1"), (FIRST, "m1")]);
    assert_eq!(after.tags, ["b", "machine.metal-stack.io/id=m1"]);
    assert_eq!(after.attachments, [Attachment { allocation: FIRST, machine: "m1".into() }]);
    assert_eq!(after.changed, LATER);
}

#[test]
fn an_ephemeral_address_goes_with_its_last_machine() {
    let shared = used(AddressType::Ephemeral, &[(FIRST, "m1"), (SECOND, "m2")]);
    let left_over = left(shared, FIRST, "m1").unwrap();
    assert_eq!(left_over.tags, ["b", "machine.metal-stack.io/id=m2"]);
    assert_eq!(left(left_over, SECOND, "m2"), None);
}

#[test]
fn a_static_address_stays_without_the_tag() {
    let after = left(used(AddressType::Static, &[(FIRST, "m1")]), FIRST, "m1").unwrap();
    assert_eq!(after.tags, ["b"]);
    assert!(after.attachments.is_empty());
}

#[test]
fn a_tag_of_another_machine_keeps_an_ephemeral_address() {
    let mut before = used(AddressType::Ephemeral, &[(FIRST, "m1")]);
    before.tags.push("machine.metal-stack.io/id=written-by-a-user".to_owned());
    assert!(left(before, FIRST, "m1").is_some());
}

#[test]
fn a_late_release_spares_the_next_allocation_of_the_machine() {
    let before = used(AddressType::Ephemeral, &[(FIRST, "m1"), (SECOND, "m1")]);
    let after = left(before, FIRST, "m1").unwrap();
    assert_eq!(after.tags, ["b", "machine.metal-stack.io/id=m1"]);
    assert_eq!(after.attachments, [Attachment { allocation: SECOND, machine: "m1".into() }]);
}

/// api-machines 9.3: an address that carries the machine's tag though no allocation took it.
#[test]
fn a_dangling_address_is_released_like_any_other() {
    let mut before = address(AddressType::Ephemeral);
    before.tags = vec!["machine.metal-stack.io/id=m1".to_owned()];
    assert_eq!(left(before, FIRST, "m1"), None);
}

#[test]
fn an_address_that_the_user_untagged_is_theirs() {
    let mut before = used(AddressType::Ephemeral, &[(FIRST, "m1")]);
    before.tags = vec!["mine".to_owned()];
    let after = left(before, FIRST, "m1").unwrap();
    assert_eq!((after.tags, after.attachments), (vec!["mine".to_owned()], Vec::new()));
}

#[test]
fn an_address_of_somebody_else_is_not_written() {
    let before = used(AddressType::Ephemeral, &[(SECOND, "m2")]);
    assert_eq!(left(before.clone(), FIRST, "m1"), Some(before));
}
