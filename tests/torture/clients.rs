//! The clients, and the ledger of their answers. All run on one thread, so the ledger's order is the order of events as
//! seen from outside.

use super::PATIENCE;
use crate::support::client::{Client, Response, text};
use crate::support::rack::PROJECT;
use futures_util::future::join;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

/// The prefix that all clients use.
pub(super) const PREFIX: &str = "10.64.0.0/16";

/// Maximum of addresses that one client keeps.
const HELD_MAX: usize = 40;

/// Addresses that all clients request by name.
const CONTESTED: u8 = 16;

/// An address as its owner's answer showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) allocation: String,
    pub(super) name: String,
}

/// Pause before a request is repeated.
const PAUSE_MS: Range<u64> = 10..100;

/// One in this many pauses is so long that the first request may be applied unnoticed meanwhile.
const PATIENT_ONE_IN: u32 = 8;
const PATIENT_PAUSE_MS: Range<u64> = 500..2_500;

/// The acknowledged state.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// By address. An address is removed when its owner starts to release it: from then on another client may get it.
    pub(super) held: BTreeMap<String, Owned>,
    /// All allocations so far.
    allocations: BTreeSet<String>,
    freed: u32,
    /// Requests for addresses of others.
    refused: u32,
    /// Requests without an answer, or with one that asks for a retry.
    unclear: u32,
}

impl Book {
    fn acquired(&mut self, reply: &Value, name: &str) -> String {
        let address = text(reply, "/ipaddress");
        let owned = Owned { allocation: text(reply, "/allocationuuid"), name: text(reply, "/name") };
        assert_eq!(owned.name, name, "the answer to another request: {reply}");
        assert!(self.allocations.insert(owned.allocation.clone()), "acknowledged twice: {reply}");
        let before = self.held.insert(address.clone(), owned);
        assert_eq!(before, None, "{address} has two owners: {reply}");
        address
    }

    /// Enough operations for a meaningful test.
    pub(super) fn expect_enough(&self) {
        let least = self.allocations.len().min(self.freed as usize).min(self.unclear as usize);
        assert!(least >= 200 && self.refused >= 10, "too little happened: {self}");
    }
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { held, allocations, freed, refused, unclear } = self;
        let (held, allocations) = (held.len(), allocations.len());
        write!(
            f,
            "{allocations} allocations, {freed} freed, {held} held, {refused} refused, {unclear} unclear"
        )
    }
}

/// Acquires and releases addresses until it is stopped.
pub(super) async fn work(
    client: Client,
    network: String,
    seed: u64,
    book: Rc<RefCell<Book>>,
    stop: Rc<Cell<bool>>,
) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut mine: Vec<String> = Vec::new();
    for round in 0_u32.. {
        if stop.get() {
            return;
        }
        let takes = mine.len() < HELD_MAX && rng.random_bool(0.6);
        if takes || mine.is_empty() {
            let name = format!("{seed:x}-{round}");
            let request = json!({"networkid": network, "projectid": PROJECT, "name": name});
            let contested = rng.random_range(0..CONTESTED);
            let path = match rng.random_bool(0.2) {
                true => format!("/v1/ip/allocate/10.64.200.{contested}"),
                false => "/v1/ip/allocate".to_owned(),
            };
            let reply = insist(&client, Method::POST, &path, Some(&request), &mut rng, &book).await;
            if reply.status == 409 {
                assert_eq!(reply.body, json!("Conflict ip already allocated"), "{path}");
                book.borrow_mut().refused += 1;
            } else {
                mine.push(book.borrow_mut().acquired(&reply.expect(201), &name));
            }
        } else {
            let address = mine.swap_remove(rng.random_range(0..mine.len()));
            let owned = book.borrow_mut().held.remove(&address).unwrap();
            let path = format!("/v1/ip/free/{address}");
            let reply = insist(&client, Method::DELETE, &path, None, &mut rng, &book).await.expect(200);
            assert_eq!(text(&reply, "/allocationuuid"), owned.allocation, "another's was freed: {reply}");
            book.borrow_mut().freed += 1;
        }
    }
}

/// Repeats a write until its outcome is known; the key makes it apply once. Sometimes it is sent twice at once, as by a
/// client that timed out too early.
async fn insist(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
    rng: &mut ChaCha8Rng,
    book: &RefCell<Book>,
) -> Response {
    let key = uuid::Builder::from_random_bytes(rng.random()).into_uuid().to_string();
    let until = tokio::time::Instant::now() + PATIENCE;
    let send = async || {
        let reply = client.send(method.clone(), path, body, Some(&key)).await.ok();
        reply.filter(|reply| !asks_to_come_again(reply))
    };
    loop {
        let reply = if rng.random_bool(0.1) {
            let (one, two) = join(send(), send()).await;
            if let (Some(one), Some(two)) = (&one, &two) {
                assert_eq!(one, two, "one key, two answers");
            }
            one.or(two)
        } else {
            send().await
        };
        if let Some(reply) = reply {
            return reply;
        }
        book.borrow_mut().unclear += 1;
        assert!(tokio::time::Instant::now() < until, "not known within {PATIENCE:?}: {path} {key}");
        let patient = rng.random_ratio(1, PATIENT_ONE_IN);
        let pause = rng.random_range(if patient { PATIENT_PAUSE_MS } else { PAUSE_MS });
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// 503: refused for now, or the outcome is unknown. 409 of this kind: other commands kept changing the same rows.
fn asks_to_come_again(reply: &Response) -> bool {
    let conflict = reply.body.as_str().is_some_and(|text| text.ends_with("please retry"));
    reply.status == 503 || (reply.status == 409 && conflict)
}
