//! Each checker reports violations of its invariant, and nothing else.

use super::{Checkers, Commit};
use actors::ipam::{Address, AddressType, Attachment, Claim, ClaimOwner, Pool};
use actors::store::{Delete, Generation, InboxEntry, Key, Kind, Put, Row, Transaction, split};
use actors::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

fn put(kind: Kind, id: &str, generation: i64, body: &Value) -> Put {
    let row = Row::bare(Key::new(kind, id), Generation(generation), body.to_string());
    Put { row, expected: None }
}

fn machine(id: &str, generation: i64, allocation: u128, ip: &str) -> Put {
    let uuid = Uuid::from_u128(allocation);
    let allocation = (allocation > 0).then(|| json!({"uuid": uuid, "networks": [{"ips": [ip]}]}));
    put(Kind::Machine, id, generation, &json!({"id": id, "allocation": allocation}))
}

fn puts(puts: Vec<Put>) -> Transaction {
    Transaction { puts, ..Transaction::default() }
}

/// Names of the checkers that object to the last transaction.
fn objections(transactions: &[(&str, Transaction)]) -> Vec<&'static str> {
    let mut checkers = Checkers::default();
    let mut found = Vec::new();
    for (index, (partition, transaction)) in transactions.iter().enumerate() {
        let partition = &(*partition).into();
        let commit = Commit::read(partition, transaction).unwrap();
        let verdicts = [
            ("generations", checkers.generations.committed(&commit)),
            ("holders", checkers.holders.committed(&commit)),
            ("allocations", checkers.allocations.committed(&commit)),
            ("keys", checkers.keys.committed(&commit)),
            ("releases", checkers.releases.committed(&commit)),
        ];
        for (name, verdict) in verdicts {
            if let Err(what) = verdict {
                assert_eq!(index + 1, transactions.len(), "too early: {what}");
                found.push(name);
            }
        }
    }
    found
}

#[test]
fn generations_rise_and_are_not_used_again() {
    let size = |generation| ("a", puts(vec![put(Kind::Size, "s", generation, &json!({}))]));
    let delete = Delete { key: Key::new(Kind::Size, "s"), expected: Generation(5) };
    let gone = ("a", Transaction { deletes: vec![delete], ..Transaction::default() });
    assert_eq!(objections(&[size(4), size(5), gone.clone(), size(6)]), Vec::<&str>::new());
    assert_eq!(objections(&[size(4), size(5), gone.clone(), size(4)]), ["generations"]);
    assert_eq!(
        objections(&[size(5), gone, size(3)]),
        Vec::<&str>::new(),
        "a clock that went back repeats none"
    );
    assert_eq!(objections(&[size(5), size(5)]), ["generations"]);
    assert_eq!(objections(&[size(5), ("b", size(1).1)]), Vec::<&str>::new());
}

#[test]
fn addresses_have_one_holder() {
    let address = |partition, generation| {
        let taken = address(1, Vec::new());
        (partition, puts(vec![row(Kind::Address, "10.0.0.1", generation, &taken)]))
    };
    assert_eq!(objections(&[address("a", 1), address("b", 1)]), ["holders"]);
    let one = ("a", puts(vec![machine("m1", 1, 7, "10.0.0.1")]));
    let other = ("a", puts(vec![machine("m2", 1, 8, "10.0.0.1")]));
    let freed = ("a", puts(vec![machine("m1", 2, 0, "")]));
    assert_eq!(objections(&[one.clone(), other.clone()]), ["holders"]);
    assert_eq!(objections(&[one, freed, other]), Vec::<&str>::new());
}

#[test]
fn machines_have_one_allocation_and_one_partition() {
    let held = |partition, generation, allocation| {
        let ip = format!("10.0.0.{allocation}");
        (partition, puts(vec![machine("m1", generation, allocation, &ip)]))
    };
    assert_eq!(objections(&[held("a", 1, 7), held("a", 2, 8)]), ["allocations"]);
    assert_eq!(objections(&[held("a", 1, 7), held("a", 2, 0), held("a", 3, 8)]), Vec::<&str>::new());
    assert_eq!(objections(&[held("a", 1, 7), held("b", 1, 7)]), ["allocations"]);
}

#[test]
fn keys_are_applied_once_and_kept() {
    let key = Uuid::from_u128(1);
    let inbox = inbox(1);
    let refusal = Transaction { inbox: inbox.clone(), ..Transaction::default() };
    let write = Transaction { inbox, ..puts(vec![put(Kind::Size, "s", 1, &json!({}))]) };
    assert_eq!(objections(&[("a", write.clone()), ("b", write.clone())]), ["keys"]);
    let elsewhere = Transaction { puts: vec![put(Kind::Size, "s", 2, &json!({}))], ..write.clone() };
    assert_eq!(objections(&[("a", refusal.clone()), ("b", refusal), ("b", elsewhere)]), Vec::<&str>::new());
    let mut checkers = Checkers::default();
    assert!(checkers.keys.acknowledged(key).is_err());
    let partition = "a".into();
    let commit = Commit::read(&partition, &write).unwrap();
    checkers.keys.committed(&commit).unwrap();
    assert!(checkers.keys.acknowledged(key).is_ok());
    assert!(checkers.keys.refused(key).is_err());
}

#[test]
fn reads_are_neither_stale_nor_early() {
    let mut checkers = Checkers::default();
    let transaction = puts(vec![machine("m1", 5, 0, "")]);
    let partition = "a".into();
    let commit = Commit::read(&partition, &transaction).unwrap();
    checkers.registers.committed(&commit).unwrap();
    let floor = checkers.registers.floor("m1");
    assert!(checkers.registers.read("m1", floor, Generation(6)).is_err(), "not durable");
    assert!(checkers.registers.read("m1", floor, Generation(5)).is_ok());
    let floor = checkers.registers.floor("m1");
    assert!(checkers.registers.read("m1", floor, Generation(4)).is_err(), "it was newer before");
}

fn inbox(key: u128) -> Option<InboxEntry> {
    let (fingerprint, reply, at) = (String::new(), String::new(), Timestamp::from_millis(0));
    Some(InboxEntry { key: Uuid::from_u128(key), fingerprint, reply, at })
}

/// As a node writes it.
fn row<T: Serialize>(kind: Kind, id: &str, generation: i64, record: &T) -> Put {
    let (values, body) = split(kind, record);
    let bare = Row::bare(Key::new(kind, id), Generation(generation), body);
    Put { row: Row { values, parent: "n".to_owned(), owner: "p".to_owned(), ..bare }, expected: None }
}

fn address(allocation: u128, attachments: Vec<Attachment>) -> Address {
    Address {
        address: "10.0.0.1".parse().unwrap(),
        parent_prefix: "10.0.0.0/24".parse().unwrap(),
        network: "n".into(),
        project: "p".into(),
        allocation_uuid: Uuid::from_u128(allocation),
        request: None,
        name: String::new(),
        description: String::new(),
        kind: AddressType::Static,
        tags: Vec::new(),
        created: Timestamp::ZERO,
        changed: Timestamp::ZERO,
        attachments,
        held_since: None,
    }
}

#[test]
fn a_release_ends_what_it_meant() {
    let taken = |allocation, generation| {
        puts(vec![row(Kind::Address, "10.0.0.1", generation, &address(allocation, Vec::new()))])
    };
    let delete = Delete { key: Key::new(Kind::Address, "10.0.0.1"), expected: Generation(1) };
    let released = Transaction { inbox: inbox(1), deletes: vec![delete], ..Transaction::default() };
    let partition = "a".into();
    for (allocation, is_right) in [(7, true), (8, false)] {
        let mut checkers = Checkers::default();
        checkers.releases.expect(Uuid::from_u128(1), Uuid::from_u128(7));
        let taken = taken(allocation, 1);
        let taken = Commit::read(&partition, &taken).unwrap();
        checkers.releases.committed(&taken).unwrap();
        let released = Commit::read(&partition, &released).unwrap();
        assert_eq!(checkers.releases.committed(&released).is_ok(), is_right, "{allocation}");
    }
}

#[test]
fn whoever_asks_twice_hears_the_same() {
    let mut checkers = Checkers::default();
    let key = Uuid::from_u128(1);
    checkers.keys.answered(key, "10.0.0.1").unwrap();
    checkers.keys.answered(key, "10.0.0.1").unwrap();
    checkers.keys.answered(Uuid::from_u128(2), "10.0.0.2").unwrap();
    assert!(checkers.keys.answered(key, "10.0.0.2").is_err());
}

#[test]
fn a_step_leaves_no_claim_behind() {
    let used = Attachment { allocation: Uuid::from_u128(7), machine: "m1".into() };
    let of_nobody = row(Kind::Address, "10.0.0.1", 1, &address(1, vec![used]));
    let free = row(Kind::Address, "10.0.0.1", 1, &address(1, Vec::new()));
    let claim = |owners| row(Kind::Claim, "asn/000005", 1, &Claim { pool: Pool::Asn, number: 5, owners });
    let owner = ClaimOwner::Allocation { allocation: Uuid::from_u128(7), machine: "m1".into() };
    let rows = [
        (free, None),
        (of_nobody, Some("10.0.0.1 leaked: allocation")),
        (claim(vec![owner]), Some("asn 5 leaked: Allocation")),
        (claim(Vec::new()), Some("asn 5 leaked: it has no owner")),
    ];
    for (put, objection) in rows {
        let (partition, transaction) = ("a".into(), puts(vec![put]));
        let commit = Commit::read(&partition, &transaction).unwrap();
        let verdict = Checkers::default().steps.committed(&commit);
        match objection {
            None => verdict.unwrap(),
            Some(text) => assert!(verdict.as_ref().unwrap_err().starts_with(text), "{verdict:?}"),
        }
    }
}
