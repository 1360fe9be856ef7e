//! Rows that decisions under way rely on, and who waits for them.
//!
//! A decision that writes a row holds it alone until its commit is known; one that only demands that a row stays as it
//! was read holds it together with others of that kind. So no decision ever looks at a row that another one, which is
//! being committed, is about to change. Waiters of a row are woken one after the other, in the order in which they came:
//! a crowd at one row costs every waiter one more decision, not one for each that goes before.

use super::World;
use crate::store::{Key, Kind};
use parking_lot::MutexGuard;
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A record as it will be once its commit succeeded.
pub type Pending = Arc<dyn Any + Send + Sync>;

/// The rows that a decision relies on.
#[derive(Default)]
pub struct Wanted {
    /// Written, and what they become, in the order of the decision; `None`: removed.
    pub alone: Vec<(Key, Option<Pending>)>,
    /// Only looked at.
    pub shared: Vec<Key>,
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wanted")
            .field("alone", &self.alone.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
pub(super) struct Holds {
    rows: BTreeMap<Key, Hold>,
    queues: BTreeMap<Key, VecDeque<Waiter>>,
}

enum Hold {
    Alone(Option<Pending>),
    /// So many.
    Shared(usize),
}

struct Waiter {
    shared: bool,
    turn: oneshot::Sender<Turn>,
}

impl fmt::Debug for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Holds")
            .field("rows", &self.rows.len())
            .field("waited_for", &self.queues.len())
            .finish()
    }
}

impl Holds {
    /// The first row that somebody else holds, and whether it would have been shared.
    fn obstacle(&self, wanted: &Wanted) -> Option<(Key, bool)> {
        let mut alone = wanted.alone.iter().map(|(key, _)| key);
        if let Some(key) = alone.find(|key| self.rows.contains_key(key)) {
            return Some((key.clone(), false));
        }
        let shared = wanted.shared.iter().find(|key| matches!(self.rows.get(key), Some(Hold::Alone(_))));
        shared.map(|key| (key.clone(), true))
    }

    fn take(&mut self, wanted: &mut Wanted) {
        for (key, pending) in &mut wanted.alone {
            self.rows.insert(key.clone(), Hold::Alone(pending.take()));
        }
        wanted.shared.sort_unstable();
        wanted.shared.dedup();
        // Nobody else has one of them alone.
        wanted.shared.retain(|key| !matches!(self.rows.get(key), Some(Hold::Alone(_))));
        for key in &wanted.shared {
            match self.rows.entry(key.clone()).or_insert(Hold::Shared(0)) {
                Hold::Shared(count) => *count += 1,
                Hold::Alone(_) => {}
            }
        }
    }

    fn release(&mut self, key: &Key) {
        match self.rows.get_mut(key) {
            Some(Hold::Shared(count)) if *count > 1 => *count -= 1,
            _ => {
                self.rows.remove(key);
            }
        }
    }

    /// Whose turn it is at this row as it is held now. `used`: the turn before ended with rows that are held.
    fn next(&mut self, key: &Key, used: bool) -> Option<oneshot::Sender<Turn>> {
        let queue = self.queues.get_mut(key)?;
        let may_go = match self.rows.get(key) {
            None => true,
            // What the first of the others wants was decided before the row changed: it may be content to share, too.
            Some(Hold::Shared(_)) => used || queue.front().is_some_and(|first| first.shared),
            Some(Hold::Alone(_)) => false,
        };
        let next = if may_go { queue.pop_front() } else { None };
        if queue.is_empty() {
            self.queues.remove(key);
        }
        next.map(|waiter| waiter.turn)
    }
}

/// Rows whose commit is under way; let go when dropped, whatever became of the commit.
#[derive(Debug)]
pub struct Held {
    world: Arc<World>,
    keys: Vec<Key>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut holds = self.world.holds();
        for key in &self.keys {
            holds.release(key);
            self.world.land(key);
        }
        drop(holds);
        for key in &self.keys {
            self.world.wake_next(key, false);
        }
    }
}

/// The turn of a waiter to decide again. Given on when dropped: drop it after the rows are held, or when nothing is.
#[derive(Debug)]
pub struct Turn {
    world: Arc<World>,
    /// `None`: given on already.
    key: Option<Key>,
    used: bool,
}

impl Turn {
    /// Gives the turn on after it ended with rows that are held.
    pub fn used(mut self) {
        self.used = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.world.wake_next(&key, self.used);
        }
    }
}

impl World {
    /// Holds rows for a commit, all or none. When another commit holds one of them, what is given back tells when it is
    /// the caller's turn to decide again.
    pub fn hold(self: &Arc<Self>, mut wanted: Wanted) -> Result<Held, oneshot::Receiver<Turn>> {
        let mut holds = self.holds();
        if let Some((key, shared)) = holds.obstacle(&wanted) {
            let (turn, receiver) = oneshot::channel();
            holds.queues.entry(key).or_default().push_back(Waiter { shared, turn });
            return Err(receiver);
        }
        // Under the lock: the indexes say what the holds say.
        wanted.alone.iter().for_each(|(key, pending)| self.take_off(key, pending.as_ref()));
        holds.take(&mut wanted);
        drop(holds);
        let keys = wanted.alone.into_iter().map(|(key, _)| key).chain(wanted.shared).collect();
        Ok(Held { world: Arc::clone(self), keys })
    }

    /// Holds rows as a commit that writes them would.
    #[cfg(test)]
    pub(crate) fn hold_rows<'a>(self: &Arc<Self>, keys: impl IntoIterator<Item = &'a Key>) -> Held {
        let alone = keys.into_iter().map(|key| (key.clone(), None)).collect();
        self.hold(Wanted { alone, shared: Vec::new() }).expect("nobody else holds them")
    }

    /// True while a decided write of this row waits for its commit.
    pub fn in_flight(&self, key: &Key) -> bool {
        matches!(self.holds().rows.get(key), Some(Hold::Alone(_)))
    }

    /// Records of a kind as commits under way will leave them. For whoever counts what there is going to be.
    pub fn pending<R: super::Record>(&self) -> Vec<Arc<R>> {
        let holds = self.holds();
        let of_kind = holds.rows.range(Key::new(R::KIND, "")..).take_while(|(key, _)| key.kind == R::KIND);
        let records = of_kind.filter_map(|(_, hold)| match hold {
            Hold::Alone(pending) => pending.clone(),
            Hold::Shared(_) => None,
        });
        records.filter_map(|record| record.downcast::<R>().ok()).collect()
    }

    /// Calls `work` while nobody begins or ends to hold a row; `None`, and it is not called, while a row of one of these
    /// kinds is being written.
    pub(super) fn while_none_is_written<T>(&self, kinds: &[Kind], work: impl FnOnce() -> T) -> Option<T> {
        let holds = self.holds();
        let written =
            |(key, hold): (&Key, &Hold)| kinds.contains(&key.kind) && matches!(hold, Hold::Alone(_));
        if holds.rows.iter().any(written) {
            return None;
        }
        let done = work();
        drop(holds);
        Some(done)
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock()
    }

    /// Gives the turn to the first who still waits for `key`, if it can be had.
    fn wake_next(self: &Arc<Self>, key: &Key, used: bool) {
        loop {
            let Some(next) = self.holds().next(key, used) else { return };
            match next.send(Turn { world: Arc::clone(self), key: Some(key.clone()), used: false }) {
                Ok(()) => return,
                // It gave up meanwhile; this loop, not the drop of its turn, looks for the one after.
                Err(mut turn) => turn.key = None,
            }
        }
    }
}

#[cfg(test)]
#[path = "holds_tests.rs"]
mod tests;
