//! Clients of go-ipam's service, besides those of metal-api. They send no keys: a client without an answer cannot find
//! out the outcome of its call, and must not repeat a release, because the address may have another owner by now. So
//! the audit compares the node with the answers, and allows any outcome of calls without one.

use crate::goipam::Door;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// The prefix for addresses; the next one is for child prefixes.
const PREFIX: &str = "10.128.0.0/16";
const PARENT: &str = "172.16.0.0/12";
const CHILD_LENGTH: u8 = 24;

/// Maximum of addresses and prefixes that one client keeps.
const HELD_MAX: usize = 40;

/// The first and the last address of a prefix are reserved, but a dump contains them.
const RESERVED: [&str; 2] = ["10.128.0.0", "10.128.255.255"];

/// Pause after a call without an answer.
const PAUSE_MS: Range<u64> = 10..100;

/// The answers. Addresses and prefixes are distinguished by their spelling.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    held: BTreeSet<String>,
    /// Releases with an unknown outcome, until another client gets the address.
    perhaps_released: BTreeSet<String>,
    /// Acquires without an answer: each may have acquired an address without an owner.
    perhaps_acquired: usize,
    acquired: u32,
    released: u32,
}

impl Ledger {
    fn acquired(&mut self, given: &str) {
        self.perhaps_released.remove(given);
        assert!(self.held.insert(given.to_owned()), "{given} has two owners");
        self.acquired += 1;
    }

    pub(super) fn expect_enough(&self) {
        let unclear = self.perhaps_acquired.min(self.perhaps_released.len());
        assert!(self.acquired.min(self.released) >= 100 && unclear >= 5, "too little happened: {self}");
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, perhaps_released, perhaps_acquired, acquired, released } = self;
        let (held, perhaps_released) = (held.len(), perhaps_released.len());
        write!(
            f,
            "{acquired} acquired, {released} released, {held} held, perhaps {perhaps_acquired} and {perhaps_released} more"
        )
    }
}

pub(super) async fn prepare(door: &Door) {
    for cidr in [PREFIX, PARENT] {
        door.ok("CreatePrefix", json!({"cidr": cidr})).await;
    }
}

/// Acquires and releases addresses and child prefixes until it is stopped.
pub(super) async fn work(door: Door, seed: u64, ledger: Rc<RefCell<Ledger>>, stop: Rc<Cell<bool>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut mine: Vec<String> = Vec::new();
    while !stop.get() {
        let takes = mine.is_empty() || (mine.len() < HELD_MAX && rng.random_bool(0.6));
        let answered = if takes {
            let given = acquire(&door, rng.random_bool(0.3)).await;
            match &given {
                Some(given) => ledger.borrow_mut().acquired(given),
                None => ledger.borrow_mut().perhaps_acquired += 1,
            }
            let answered = given.is_some();
            mine.extend(given);
            answered
        } else {
            let given = mine.swap_remove(rng.random_range(0..mine.len()));
            ledger.borrow_mut().held.remove(&given);
            // From now on another client may get it, and may know it before this client does.
            ledger.borrow_mut().perhaps_released.insert(given.clone());
            let released = release(&door, &given).await;
            if released {
                let mut ledger = ledger.borrow_mut();
                ledger.perhaps_released.remove(&given);
                ledger.released += 1;
            }
            released
        };
        if !answered {
            tokio::time::sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
        }
    }
}

async fn acquire(door: &Door, child: bool) -> Option<String> {
    let (procedure, request, pointer) = match child {
        true => ("AcquireChildPrefix", json!({"cidr": PARENT, "length": CHILD_LENGTH}), "/prefix/cidr"),
        false => ("AcquireIP", json!({"prefixCidr": PREFIX}), "/ip/ip"),
    };
    let answer = answer(door, procedure, &request).await?;
    Some(answer.pointer(pointer).and_then(Value::as_str).expect("what was given").to_owned())
}

async fn release(door: &Door, given: &str) -> bool {
    let (procedure, request) = match given.contains('/') {
        true => ("ReleaseChildPrefix", json!({"cidr": given})),
        false => ("ReleaseIP", json!({"prefixCidr": PREFIX, "ip": given})),
    };
    answer(door, procedure, &request).await.is_some()
}

/// `None`: no answer came, the outcome is unknown, or the service is not available now.
async fn answer(door: &Door, procedure: &str, request: &Value) -> Option<Value> {
    let (status, answer) = door.ask(procedure, request).await?;
    match status {
        200 => Some(answer),
        503 | 409 => None,
        500 if answer["code"] == "unknown" => None,
        _ => panic!("{procedure} {request}: {status} {answer}"),
    }
}

/// Every acquired address exists, and no more than calls without an answer may have acquired or not released.
pub(super) async fn audit(door: &Door, ledger: &Ledger) {
    let dump = door.ok("Dump", json!({})).await;
    let documents: Vec<Value> = serde_json::from_str(dump["dump"].as_str().unwrap()).unwrap();
    let documents: BTreeMap<&str, &Value> =
        documents.iter().map(|document| (document["Cidr"].as_str().unwrap(), document)).collect();
    let names = |cidr: &str, what: &str| -> BTreeMap<String, Value> {
        documents[cidr][what].as_object().unwrap().clone().into_iter().collect()
    };
    let addresses: BTreeSet<String> =
        names(PREFIX, "IPs").into_keys().filter(|ip| !RESERVED.contains(&ip.as_str())).collect();
    let children: BTreeSet<String> = names(PARENT, "AvailableChildPrefixes")
        .into_iter()
        .filter_map(|(child, free)| (free == json!(false)).then_some(child))
        .collect();
    let cut: BTreeSet<String> = documents
        .keys()
        .filter(|cidr| ![PREFIX, PARENT].contains(cidr))
        .map(|cidr| (*cidr).to_owned())
        .collect();
    assert_eq!(children, cut, "a child prefix and its place in the parent are one thing");
    let there = &addresses | &children;
    let lost = &ledger.held - &there;
    assert!(lost.is_empty(), "answered, and not there: {lost:?}");
    let more = (&(&there - &ledger.held) - &ledger.perhaps_released).len();
    assert!(more <= ledger.perhaps_acquired, "{more} exist that no client acquired: {ledger}");
}
