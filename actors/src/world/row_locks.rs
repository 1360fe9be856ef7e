//! Locks of rows that pending decisions use, with their queues.
//!
//! A decision locks the rows that it writes exclusively until its commit is known, and the rows that it only relies on
//! in shared mode. So no decision reads a row that a pending commit is about to change. Waiters of a row are woken one
//! by one, in order: in a crowd at one row, each waiter decides once more, not once for every waiter before it.

use super::World;
use crate::store::{Key, Kind};
use parking_lot::MutexGuard;
use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use tokio::sync::oneshot;

/// A record's state after a successful commit.
pub type Pending = Arc<dyn Any + Send + Sync>;

/// The rows that a decision locks.
#[derive(Default)]
pub struct LockSet {
    /// Exclusive locks, with the new records in the order of the decision; `None`: removed.
    pub alone: Vec<(Key, Option<Pending>)>,
    /// Shared locks.
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
    /// The number of holders.
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
    /// The first row that another decision has locked, and whether the lock was to be shared.
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

    /// The next waiter of this row in its current state. `used`: the last turn ended with locked rows.
    fn next(&mut self, key: &Key, used: bool) -> Option<oneshot::Sender<Ticket>> {
        let queue = self.queues.get_mut(key)?;
        let may_go = match self.rows.get(key) {
            None => true,
            // The first waiter decided before the row changed: it may now need only a shared lock.
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

/// Locked rows of a pending commit; unlocked on drop, whatever the commit's outcome.
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

/// A waiter's turn to decide again. Drop passes it on: drop it after the rows are locked, or when none will be.
#[derive(Debug)]
pub struct Ticket {
    world: Arc<World>,
    /// `None`: already passed on.
    key: Option<Key>,
    used: bool,
}

impl Ticket {
    /// Passes the turn on after it ended with locked rows.
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
    /// Locks rows for a commit, all or none. If another commit has locked one of them, the result signals the caller's
    /// turn to decide again.
    pub fn hold(self: &Arc<Self>, mut locks: LockSet) -> Result<RowGuard, oneshot::Receiver<Ticket>> {
        let mut row_locks = self.row_locks();
        if let Some((key, shared)) = row_locks.obstacle(&locks) {
            let (ticket, receiver) = oneshot::channel();
            row_locks.queues.entry(key).or_default().push_back(Waiter { shared, ticket });
            return Err(receiver);
        }
        // Under the lock, so that indexes and locks agree.
        locks.alone.iter().for_each(|(key, pending)| self.reserve(key, pending.as_ref()));
        row_locks.take(&mut locks);
        drop(row_locks);
        let keys = locks.alone.into_iter().map(|(key, _)| key).chain(locks.shared).collect();
        Ok(RowGuard { world: Arc::clone(self), keys })
    }

    /// Locks rows like a commit that writes them.
    #[cfg(test)]
    pub(crate) fn hold_rows<'a>(self: &Arc<Self>, keys: impl IntoIterator<Item = &'a Key>) -> RowGuard {
        let alone = keys.into_iter().map(|key| (key.clone(), None)).collect();
        self.hold(LockSet { alone, shared: Vec::new() }).expect("no other caller holds them")
    }

    /// True while a decided write of this row waits for its commit.
    pub fn in_flight(&self, key: &Key) -> bool {
        matches!(self.row_locks().rows.get(key), Some(Hold::Alone(_)))
    }

    /// A turn at a row that is locked now, for waiting only; `None`: no row is locked.
    pub(crate) fn when_unlocked(&self) -> Option<oneshot::Receiver<Ticket>> {
        let mut row_locks = self.row_locks();
        let key = row_locks.rows.keys().next()?.clone();
        let (ticket, receiver) = oneshot::channel();
        row_locks.queues.entry(key).or_default().push_back(Waiter { shared: false, ticket });
        Some(receiver)
    }

    /// Records of a kind as pending commits will leave them, to count future rows.
    pub fn pending<R: crate::record::Record>(&self) -> Vec<Arc<R>> {
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

    /// Gives the turn to the first remaining waiter of `key`, if the lock is available.
    fn wake_next(self: &Arc<Self>, key: &Key, used: bool) {
        loop {
            let Some(next) = self.row_locks().next(key, used) else { return };
            match next.send(Ticket { world: Arc::clone(self), key: Some(key.clone()), used: false }) {
                Ok(()) => return,
                // It gave up meanwhile; this loop, not the drop of its turn, finds the next one.
                Err(mut ticket) => ticket.key = None,
            }
        }
    }
}

#[cfg(test)]
mod tests;
