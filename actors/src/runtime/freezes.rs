//! Kinds of which nothing is created for a moment, while partitions are compared.

use crate::decision::Decision;
use crate::store::Kind;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Why a command is refused.
pub(super) const FROZEN: &str = "a partition is joining, try again in a few seconds";

/// The freezes of one partition. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Freezes(Arc<Mutex<Open>>);

#[derive(Debug, Default)]
struct Open {
    /// By number, which grows.
    freezes: BTreeMap<u64, Frozen>,
    next: u64,
}

#[derive(Debug)]
struct Frozen {
    kinds: BTreeSet<Kind>,
    until: Instant,
}

/// Nothing of some kinds is created in the partition as long as this lives, and at most for its time.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Freeze {
    freezes: Freezes,
    number: u64,
}

impl Freezes {
    pub(super) fn begin(&self, kinds: BTreeSet<Kind>, time: Duration) -> Freeze {
        let mut open = self.0.lock();
        let number = open.next;
        open.next += 1;
        open.freezes.insert(number, Frozen { kinds, until: Instant::now() + time });
        Freeze { freezes: self.clone(), number }
    }

    /// Whether the decision creates a row of a frozen kind.
    pub(super) fn refuses<T>(&self, decision: &Decision<T>) -> bool {
        let mut open = self.0.lock();
        if open.freezes.is_empty() {
            return false;
        }
        let now = Instant::now();
        open.freezes.retain(|_, frozen| frozen.until > now);
        let is_frozen = |kind: &Kind| open.freezes.values().any(|frozen| frozen.kinds.contains(kind));
        decision.created().any(|key| is_frozen(&key.kind))
    }
}

impl Freeze {
    /// Sets the time that is left.
    pub(super) fn ends_in(&self, time: Duration) {
        if let Some(frozen) = self.freezes.0.lock().freezes.get_mut(&self.number) {
            frozen.until = Instant::now() + time;
        }
    }
}

impl Drop for Freeze {
    fn drop(&mut self) {
        self.freezes.0.lock().freezes.remove(&self.number);
    }
}
