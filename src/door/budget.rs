//! Memory of a port for its clients: request bytes that are received or decompressed but not parsed yet, and response
//! bytes that are not read yet.
//!
//! Each request has its own bound. Budgets bound the sum of large requests, in total and per caller, so that one caller
//! can neither exhaust the memory nor keep others out.

use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Maximal bytes of all requests of one port.
const DOOR_BYTES_MAX: usize = 128 << 20;

/// Maximal bytes of the requests of one caller: the largest request and some more.
const HOLDER_BYTES_MAX: usize = 48 << 20;

/// The holder of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// An authenticated caller.
    Principal(String),
    /// The connection of an unauthenticated caller. `None`: its address is unknown, as in tests.
    Connection(Option<SocketAddr>),
    /// Bytes that are cached for all callers.
    Everybody,
}

/// The port or the caller holds too many bytes. A retry soon may succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory for requests is used up, try again in a moment")]
pub(crate) struct Full;

/// The bytes of one port. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Bounded>);

#[derive(Debug)]
struct Bounded {
    door_bytes_max: usize,
    holder_bytes_max: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    total: usize,
    holders: BTreeMap<Holder, usize>,
}

/// The budget for requests.
impl Default for Budget {
    fn default() -> Self {
        Self::new(DOOR_BYTES_MAX, HOLDER_BYTES_MAX)
    }
}

impl Budget {
    /// Maximal bytes in total, and per caller.
    pub(crate) fn new(door_bytes_max: usize, holder_bytes_max: usize) -> Self {
        Self(Arc::new(Bounded { door_bytes_max, holder_bytes_max, held: Mutex::default() }))
    }

    /// An empty share for one request.
    pub(crate) fn share(&self, holder: Holder) -> Share {
        Share { budget: self.clone(), holder, bytes: 0 }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock()
    }
}

/// The share of one request in a [`Budget`]; returned on drop.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Budget,
    holder: Holder,
    bytes: usize,
}

impl Share {
    /// Adds bytes to the share, all or none.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        if bytes == 0 {
            return Ok(());
        }
        let Bounded { door_bytes_max, holder_bytes_max, .. } = *self.budget.0;
        let mut held = self.budget.held();
        let own = held.holders.get(&self.holder).copied().unwrap_or_default();
        let fits = |has: usize, max: usize| has.checked_add(bytes).filter(|sum| *sum <= max);
        let (Some(total), Some(own)) = (fits(held.total, door_bytes_max), fits(own, holder_bytes_max)) else {
            return Err(Full);
        };
        held.total = total;
        held.holders.insert(self.holder.clone(), own);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut held = self.budget.held();
        held.total -= self.bytes;
        let own = held.holders.get(&self.holder).copied().unwrap_or_default();
        match own - self.bytes {
            0 => held.holders.remove(&self.holder),
            left => held.holders.insert(self.holder.clone(), left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn principal(name: &str) -> Holder {
        Holder::Principal(name.to_owned())
    }

    #[test]
    fn one_caller_does_not_keep_the_others_out() {
        let budget = Budget::default();
        let mut first = budget.share(principal("a"));
        assert_eq!(first.grow(HOLDER_BYTES_MAX), Ok(()));
        assert_eq!(first.grow(1), Err(Full));
        assert_eq!(budget.share(principal("a")).grow(1), Err(Full));
        assert_eq!(budget.share(Holder::Connection(None)).grow(1), Ok(()));
    }

    #[test]
    fn all_callers_together_have_a_bound() {
        let budget = Budget::default();
        let names: Vec<String> = (0..9).map(|number| number.to_string()).collect();
        let shares: Vec<Share> = names
            .iter()
            .filter_map(|name| {
                let mut share = budget.share(principal(name));
                share.grow(HOLDER_BYTES_MAX).is_ok().then_some(share)
            })
            .collect();
        assert_eq!(shares.len(), DOOR_BYTES_MAX / HOLDER_BYTES_MAX);
    }

    #[test]
    fn what_was_answered_is_given_back() {
        let budget = Budget::default();
        for _ in 0..3 {
            let (mut one, mut other) = (budget.share(principal("a")), budget.share(principal("a")));
            one.grow(HOLDER_BYTES_MAX / 2).unwrap();
            other.grow(HOLDER_BYTES_MAX / 2).unwrap();
            assert_eq!(one.grow(usize::MAX), Err(Full), "refused, and nothing taken");
        }
        let held = budget.held();
        assert_eq!((held.total, held.holders.len()), (0, 0));
    }
}
