//! Kinds of which a stored row cannot be read: nothing is decided or shown by what is left of them.
//!
//! The other rows of such a kind are in memory, but together they say something wrong: an address whose row cannot be
//! read looks free, and so does the machine whose allocation cannot be read. So whatever looks at the table of such a
//! kind, or at an index that is made of it, is noticed, and what came of it is refused ([`World::whole`]). No list says
//! which command needs which kinds: the look itself does.
//!
//! **Architecture invariant:** a decision and a view are made on one thread, without waiting in between.

use super::{BadRow, World};
use crate::refusal::Refusal;
use crate::store::Kind;
use std::cell::Cell;
use std::collections::BTreeMap;

thread_local! {
    /// A stopped kind that this thread has looked at.
    static LOOKED_AT: Cell<Option<Kind>> = const { Cell::new(None) };
}

/// Notes that this thread looks at a kind that is stopped.
pub(super) fn look_at(kind: Kind) {
    LOOKED_AT.set(Some(kind));
}

/// A kind that is stopped, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{rows} stored row(s) of kind {} cannot be read, the first is {id} ({why}): written by a newer release, or damaged. \
     Commands that need this kind are refused. Start the newer release, or repair or remove the row and start again",
    kind.entity()
)]
pub struct Stopped {
    pub kind: Kind,
    /// How many cannot be read.
    pub rows: usize,
    /// Of the first that cannot.
    pub id: String,
    pub why: String,
}

impl World {
    /// A row that is there and cannot be read: its kind is stopped until the node starts again.
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

    /// The kinds that are stopped.
    pub fn stopped(&self) -> BTreeMap<Kind, Stopped> {
        self.stopped.read().clone()
    }

    /// Whether every row could be read, so that nothing needs to be noticed.
    pub fn is_whole(&self) -> bool {
        self.stopped.read().is_empty()
    }

    /// What `look` gives, unless it looked at a kind that is stopped.
    pub fn whole<T>(&self, look: impl FnOnce() -> T) -> Result<T, Stopped> {
        let before = LOOKED_AT.take();
        let given = look();
        let kind = LOOKED_AT.replace(before);
        match kind.and_then(|kind| self.stopped.read().get(&kind).cloned()) {
            Some(stopped) => Err(stopped),
            None => Ok(given),
        }
    }

    /// Refuses a kind that is stopped.
    pub fn check_kind(&self, kind: Kind) -> Result<(), Stopped> {
        self.stopped.read().get(&kind).cloned().map_or(Ok(()), Err)
    }
}

/// The caller may come again when an operator has seen to it.
impl From<Stopped> for Refusal {
    fn from(stopped: Stopped) -> Self {
        Self::unavailable(stopped.to_string())
    }
}

#[cfg(test)]
mod tests;
