//! Rows that decisions under way rely on, and who waits for them.
//!
//! A decision that writes a row holds it alone until its commit is known; one that only demands that a row stays as it
//! was read holds it together with others of that kind. So no decision ever looks at a row that another one, which is
//! being committed, is about to change. Waiters of a row are woken one after the other, in the order in which they
//! came: a crowd at one row costs every waiter one more decision, not one for each that goes before.

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
pub struct LockSet {
    /// Written, and what they become, in the order of the decision; `None`: removed.
    pub alone: Vec<(Key, Option<Pending>)>,
    /// Only looked at.
    pub shared: Vec<Key>,
}

impl fmt::Debug for LockSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockSet")
            .field("alone", &self.alone.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
pub(super) struct RowLocks {
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
    ticket: oneshot::Sender<Ticket>,
}

impl fmt::Debug for RowLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowLocks")
            .field("rows", &self.rows.len())
            .field("waited_for", &self.queues.len())
            .finish()
    }
}

impl RowLocks {
    /// The first row that somebody else holds, and whether it would have been shared.
    fn obstacle(&self, locks: &LockSet) -> Option<(Key, bool)> {
        let mut alone = locks.alone.iter().map(|(key, _)| key);
        if let Some(key) = alone.find(|key| self.rows.contains_key(key)) {
            return Some((key.clone(), false));
        }
        let shared = locks.shared.iter().find(|key| matches!(self.rows.get(key), Some(Hold::Alone(_))));
        shared.map(|key| (key.clone(), true))
    }

    fn take(&mut self, locks: &mut LockSet) {
        for (key, pending) in &mut locks.alone {
            self.rows.insert(key.clone(), Hold::Alone(pending.take()));
        }
        locks.shared.sort_unstable();
        locks.shared.dedup();
        // No other holder has an exclusive lock on one of them.
        locks.shared.retain(|key| !matches!(self.rows.get(key), Some(Hold::Alone(_))));
        for key in &locks.shared {
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
    fn next(&mut self, key: &Key, used: bool) -> Option<oneshot::Sender<Ticket>> {
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
        next.map(|waiter| waiter.ticket)
    }
}

/// Rows whose commit is under way; let go when dropped, whatever became of the commit.
#[derive(Debug)]
pub struct RowGuard {
    world: Arc<World>,
    keys: Vec<Key>,
}

impl Drop for RowGuard {
    fn drop(&mut self) {
        let mut row_locks = self.world.row_locks();
        for key in &self.keys {
            row_locks.release(key);
            self.world.release(key);
        }
        drop(row_locks);
        for key in &self.keys {
            self.world.wake_next(key, false);
        }
    }
}

/// The turn of a waiter to decide again. Given on when dropped: drop it after the rows are held, or when nothing is.
#[derive(Debug)]
pub struct Ticket {
    world: Arc<World>,
    /// `None`: given on already.
    key: Option<Key>,
    used: bool,
}

impl Ticket {
    /// Gives the turn on after it ended with rows that are held.
    pub fn used(mut self) {
        self.used = true;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.world.wake_next(&key, self.used);
        }
    }
}

impl World {
    /// Holds rows for a commit, all or none. When another commit holds one of them, what is given back tells when it is
    /// the caller's turn to decide again.
    pub fn hold(self: &Arc<Self>, mut locks: LockSet) -> Result<RowGuard, oneshot::Receiver<Ticket>> {
        let mut row_locks = self.row_locks();
        if let Some((key, shared)) = row_locks.obstacle(&locks) {
            let (ticket, receiver) = oneshot::channel();
            row_locks.queues.entry(key).or_default().push_back(Waiter { shared, ticket });
            return Err(receiver);
        }
        // Under the lock: the indexes say what the holds say.
        locks.alone.iter().for_each(|(key, pending)| self.reserve(key, pending.as_ref()));
        row_locks.take(&mut locks);
        drop(row_locks);
        let keys = locks.alone.into_iter().map(|(key, _)| key).chain(locks.shared).collect();
        Ok(RowGuard { world: Arc::clone(self), keys })
    }

    /// Holds rows as a commit that writes them would.
    #[cfg(test)]
    pub(crate) fn hold_rows<'a>(self: &Arc<Self>, keys: impl IntoIterator<Item = &'a Key>) -> RowGuard {
        let alone = keys.into_iter().map(|key| (key.clone(), None)).collect();
        self.hold(LockSet { alone, shared: Vec::new() }).expect("no other caller holds them")
    }

    /// True while a decided write of this row waits for its commit.
    pub fn in_flight(&self, key: &Key) -> bool {
        matches!(self.row_locks().rows.get(key), Some(Hold::Alone(_)))
    }

    /// Records of a kind as pending commits will leave them, to count future rows.
    pub fn pending<R: super::Record>(&self) -> Vec<Arc<R>> {
        let row_locks = self.row_locks();
        let of_kind =
            row_locks.rows.range(Key::new(R::KIND, "")..).take_while(|(key, _)| key.kind == R::KIND);
        let records = of_kind.filter_map(|(_, hold)| match hold {
            Hold::Alone(pending) => pending.clone(),
            Hold::Shared(_) => None,
        });
        records.filter_map(|record| record.downcast::<R>().ok()).collect()
    }

    /// Calls `work` while no row lock can be taken or released. `None`, without calling it, while a row of one of these
    /// kinds is being written.
    pub(super) fn while_none_is_written<T>(&self, kinds: &[Kind], work: impl FnOnce() -> T) -> Option<T> {
        let row_locks = self.row_locks();
        let written =
            |(key, hold): (&Key, &Hold)| kinds.contains(&key.kind) && matches!(hold, Hold::Alone(_));
        if row_locks.rows.iter().any(written) {
            return None;
        }
        let done = work();
        drop(row_locks);
        Some(done)
    }

    fn row_locks(&self) -> MutexGuard<'_, RowLocks> {
        self.row_locks.lock()
    }

    /// Gives the turn to the first who still waits for `key`, if it can be had.
    fn wake_next(self: &Arc<Self>, key: &Key, used: bool) {
        loop {
            let Some(next) = self.row_locks().next(key, used) else { return };
            match next.send(Ticket { world: Arc::clone(self), key: Some(key.clone()), used: false }) {
                Ok(()) => return,
                // It gave up meanwhile; this loop, not the drop of its turn, looks for the one after.
                Err(mut ticket) => ticket.key = None,
            }
        }
    }
}

#[cfg(test)]
mod tests;
