//! A decision: rows to write and an answer, not yet applied.

use crate::ids::PartitionId;
use crate::refusal::Refusal;
use crate::store::{Check, Delete, Generation, Key, Put, Transaction};
use crate::time::Timestamp;
use crate::world::{Kept, LockSet, Pending, Versioned, World};
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The caller: an e-mail as the wire contract shows it (`metal-edit@metal-stack.io`), and its highest role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub email: String,
    pub role: Role,
}

/// Cumulative: an admin may do what an editor may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    View,
    Edit,
    Admin,
}

/// All inputs of a decision besides the world and the command: passed in, so that it can be replayed.
#[derive(Debug)]
pub struct DecisionContext<'a> {
    /// The node's clock, read once per decision.
    pub now: Timestamp,
    /// The node's seeded generator.
    pub rng: &'a mut ChaCha8Rng,
    pub principal: &'a Principal,
    /// The key of the command.
    pub key: Uuid,
    /// The partition this node serves.
    pub partition: &'a PartitionId,
    /// The same command was decided before, and a row that it relied on has changed since.
    pub again: bool,
}

impl DecisionContext<'_> {
    /// A random version 4 UUID.
    pub fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        rand::Rng::fill_bytes(self.rng, &mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

/// The result of a pure decision; a command actor commits it, applies it and then answers.
#[derive(Debug)]
pub struct Decision<A> {
    pub answer: A,
    at: Timestamp,
    transaction: Transaction,
    adoptions: Vec<Adoption>,
    lost: Option<Refusal>,
}

type Adoption = Box<dyn Adopt>;

trait Adopt: Send {
    fn adopt(self: Box<Self>, world: &World);

    fn key(&self) -> Key;

    /// The record's new state; `None`: removed.
    fn pending(&self) -> Option<Pending>;

    /// Sets the generation of its row, if the row is new.
    fn begin_at(&mut self, first: Generation);
}

impl fmt::Debug for dyn Adopt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an adoption")
    }
}

struct Keep<R> {
    record: Arc<R>,
    generation: Generation,
    is_new: bool,
}

impl<R: Kept> Adopt for Keep<R> {
    fn adopt(self: Box<Self>, world: &World) {
        world.adopt(self.generation, self.record);
    }

    fn key(&self) -> Key {
        self.record.key()
    }

    fn pending(&self) -> Option<Pending> {
        Some(Arc::clone(&self.record) as Pending)
    }

    fn begin_at(&mut self, first: Generation) {
        if self.is_new {
            self.generation = first;
        }
    }
}

struct Forget<R>(String, std::marker::PhantomData<fn() -> R>);

impl<R: Kept> Adopt for Forget<R> {
    fn adopt(self: Box<Self>, world: &World) {
        world.forget::<R>(&self.0);
    }

    fn key(&self) -> Key {
        Key::new(R::KIND, self.0.clone())
    }

    fn pending(&self) -> Option<Pending> {
        None
    }

    fn begin_at(&mut self, _first: Generation) {}
}

/// The result of a decision function.
pub type Decided<A> = Result<Decision<A>, Refusal>;

impl<A> Decision<A> {
    /// A decision without writes.
    pub fn new(now: Timestamp, answer: A) -> Self {
        Self { answer, at: now, transaction: Transaction::default(), adoptions: Vec::new(), lost: None }
    }

    /// Creates a row that must not exist.
    pub fn create<R: Kept>(&mut self, record: R) -> &mut Self {
        self.put(None, Generation::first(self.at), record)
    }

    /// Replaces a row, which must not have changed since it was read.
    pub fn update<R: Kept>(&mut self, read: &Versioned<R>, mut record: R) -> &mut Self {
        let ended = read.value.ends(Some(&mut record), read.generation, self.at);
        self.transaction.puts.extend(ended.map(|row| Put { row, expected: None }));
        self.put(Some(read.generation), read.generation.next(), record)
    }

    /// Replaces a row in which only ids of other things have new names: unlike with [`Self::update`], nothing ends.
    pub fn rewrite<R: Kept>(&mut self, read: &Versioned<R>, record: R) -> &mut Self {
        self.put(Some(read.generation), read.generation.next(), record)
    }

    fn put<R: Kept>(&mut self, expected: Option<Generation>, next: Generation, record: R) -> &mut Self {
        self.transaction.puts.push(Put { row: record.row(next), expected });
        let is_new = expected.is_none();
        self.adoptions.push(Box::new(Keep { record: Arc::new(record), generation: next, is_new }));
        self
    }

    /// Removes a row, which must not have changed since it was read.
    pub fn delete<R: Kept>(&mut self, read: &Versioned<R>) -> &mut Self {
        let ended = read.value.ends(None, read.generation, self.at);
        self.transaction.puts.extend(ended.map(|row| Put { row, expected: None }));
        let key = read.value.key();
        self.adoptions.push(Box::new(Forget::<R>(key.id.clone(), std::marker::PhantomData)));
        self.transaction.deletes.push(Delete { key, expected: read.generation });
        self
    }

    /// Sets the first generation of new rows: one that no removed row under the same key had.
    pub(crate) fn begin_at(&mut self, first: Generation) {
        for put in self.transaction.puts.iter_mut().filter(|put| put.expected.is_none()) {
            put.row.generation = first;
        }
        self.adoptions.iter_mut().for_each(|adoption| adoption.begin_at(first));
    }

    /// Requires that a row has not changed since it was read.
    pub fn unchanged<R: Kept>(&mut self, read: &Versioned<R>) -> &mut Self {
        self.transaction.checks.push(Check { key: read.value.key(), expected: Some(read.generation) });
        self
    }

    /// Requires that the row still does not exist.
    pub fn absent(&mut self, key: Key) -> &mut Self {
        self.transaction.checks.push(Check { key, expected: None });
        self
    }

    /// The refusal for a caller whose rows keep changing until the retries end, where the contract has its own text.
    pub fn on_conflict(&mut self, refusal: Refusal) -> &mut Self {
        self.lost = Some(refusal);
        self
    }

    /// Time of the decision: the value of `changed` in all rows that it writes.
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// True when it writes nothing.
    pub fn is_empty(&self) -> bool {
        self.transaction.puts.is_empty() && self.transaction.deletes.is_empty()
    }

    /// The rows that it writes.
    pub fn written(&self) -> impl Iterator<Item = &Key> {
        let puts = self.transaction.puts.iter().map(|put| &put.row.key);
        puts.chain(self.transaction.deletes.iter().map(|delete| &delete.key))
    }

    /// The rows that it adds.
    pub(crate) fn created(&self) -> impl Iterator<Item = &Key> {
        self.transaction.puts.iter().filter(|put| put.expected.is_none()).map(|put| &put.row.key)
    }

    /// The generations of its rows after its commit; `None`: the row is removed.
    pub(crate) fn left(&self) -> impl Iterator<Item = (Key, Option<Generation>)> {
        let deletes = self.transaction.deletes.iter().map(|delete| (delete.key.clone(), None));
        deletes.chain(self.transaction.puts.iter().map(|put| (put.row.key.clone(), Some(put.row.generation))))
    }

    /// The rows that it removes.
    pub fn removed(&self) -> impl Iterator<Item = &Key> {
        self.transaction.deletes.iter().map(|delete| &delete.key)
    }

    /// The rows that the decision relies on: no other decision may change them before its commit is known.
    pub(crate) fn locks(&self) -> LockSet {
        LockSet {
            alone: self.adoptions.iter().map(|adoption| (adoption.key(), adoption.pending())).collect(),
            shared: self.transaction.checks.iter().map(|check| check.key.clone()).collect(),
        }
    }

    /// The same decision with another answer.
    pub fn map<B>(self, change: impl FnOnce(A) -> B) -> Decision<B> {
        let Self { answer, at, transaction, adoptions, lost } = self;
        Decision { answer: change(answer), at, transaction, adoptions, lost }
    }

    /// The decision without its answer, and the answer.
    pub(crate) fn parted(self) -> (Decision<()>, A) {
        let Self { answer, at, transaction, adoptions, lost } = self;
        (Decision { answer: (), at, transaction, adoptions, lost }, answer)
    }

    /// Applies the decision to `world` as a successful commit would. For tests of pure decisions.
    pub fn apply(self, world: &World) -> A {
        for adoption in self.adoptions {
            adoption.adopt(world);
        }
        self.answer
    }

    /// The behaviour of [`crate::planted::Bug::AdoptBeforeCommit`].
    pub(crate) fn adopt_early(&mut self, world: &World) {
        for adoption in std::mem::take(&mut self.adoptions) {
            adoption.adopt(world);
        }
    }

    pub(crate) fn take_lost(&mut self) -> Option<Refusal> {
        self.lost.take()
    }

    pub(crate) fn take_transaction(&mut self) -> Transaction {
        std::mem::take(&mut self.transaction)
    }
}
