//! Kinds with an unreadable stored row: no decision and no answer uses the remaining rows.
//!
//! The other rows of such a kind are in memory, but together they are misleading: an address whose row is unreadable
//! looks free, and so does a machine with an unreadable allocation. So each read of such a table, or of an index
//! derived from it, is recorded, and the result is refused ([`World::whole`]). No list maps commands to kinds: the read
//! itself does.
//!
//! **Architecture invariant:** a decision and a view are made on one thread, without awaits.

use super::{BadRow, World};
use crate::refusal::Refusal;
use crate::store::Kind;
use std::cell::Cell;
use std::collections::BTreeMap;

thread_local! {
    /// A stopped kind that this thread has read.
    static LOOKED_AT: Cell<Option<Kind>> = const { Cell::new(None) };
}

/// Records that this thread reads a stopped kind.
pub(super) fn look_at(kind: Kind) {
    LOOKED_AT.set(Some(kind));
}

/// A stopped kind, and its error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{rows} stored row(s) of kind {} cannot be read, the first is {id} ({why}): written by a newer release, or damaged. \
     Commands that need this kind are refused. Start the newer release, or repair or remove the row and start again",
    kind.entity()
)]
pub struct Stopped {
    pub kind: Kind,
    /// Number of unreadable rows.
    pub rows: usize,
    /// Id of the first of them.
    pub id: String,
    pub why: String,
}

impl World {
    /// Records an unreadable row: its kind is stopped until the node restarts.
    pub(crate) fn stop(&self, bad: &BadRow) {
        let mut stopped = self.stopped.write();
        let known = stopped.entry(bad.kind).or_insert_with(|| Stopped {
            kind: bad.kind,
            rows: 0,
            id: bad.id.clone(),
            why: bad.why(),
        });
        known.rows += 1;
        self.mark_stopped(bad.kind);
    }

    /// The stopped kinds.
    pub fn stopped(&self) -> BTreeMap<Kind, Stopped> {
        self.stopped.read().clone()
    }

    /// Whether all rows are readable, so that reads need not be recorded.
    pub fn is_whole(&self) -> bool {
        self.stopped.read().is_empty()
    }

    /// The result of `look`, unless it read a stopped kind.
    pub fn whole<T>(&self, look: impl FnOnce() -> T) -> Result<T, Stopped> {
        let before = LOOKED_AT.take();
        let given = look();
        let kind = LOOKED_AT.replace(before);
        match kind.and_then(|kind| self.stopped.read().get(&kind).cloned()) {
            Some(stopped) => Err(stopped),
            None => Ok(given),
        }
    }

    /// Refuses a stopped kind.
    pub fn check_kind(&self, kind: Kind) -> Result<(), Stopped> {
        self.stopped.read().get(&kind).cloned().map_or(Ok(()), Err)
    }
}

/// A retry may succeed after an operator has repaired the row.
impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        Self::unavailable(stopped.to_string())
    }
}

#[cfg(test)]
mod tests;
