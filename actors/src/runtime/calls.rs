//! Counts calls without an answer, and closes for new ones, in one atomic word: a call costs two additions, and the end
//! of the last one is never missed.

use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Maximum of unanswered calls of the whole node.
pub(super) const CALLS_MAX: usize = 8192;

/// The flag that refuses new calls.
const CLOSED: usize = 1 << (usize::BITS - 1);

#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The number of calls, and [`CLOSED`].
    state: AtomicUsize,
    quiet: Notify,
}

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotBegun {
    Full,
    Closed,
}

impl Calls {
    /// Counts a call as long as the result lives.
    pub(super) fn begin(&self) -> Result<Counted<'_>, NotBegun> {
        let before = self.state.fetch_add(1, Ordering::AcqRel);
        let counted = Counted { calls: self };
        match before {
            before if before & CLOSED != 0 => Err(NotBegun::Closed),
            CALLS_MAX.. => Err(NotBegun::Full),
            _ => Ok(counted),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.state.load(Ordering::Relaxed) & !CLOSED
    }

    pub(super) fn close(&self) {
        self.state.fetch_or(CLOSED, Ordering::AcqRel);
    }

    /// Ends when no call is left. Only after closing.
    pub(super) async fn until_none(&self) {
        loop {
            let quiet = self.quiet.notified();
            if self.state.load(Ordering::Acquire) == CLOSED {
                return;
            }
            quiet.await;
        }
    }
}

/// A call in progress.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    calls: &'a Calls,
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.calls.state.fetch_sub(1, Ordering::AcqRel) == CLOSED | 1 {
            self.calls.quiet.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_up_to_the_bound() {
        let calls = Calls::default();
        let held: Vec<_> = (0..CALLS_MAX).map(|_| calls.begin().unwrap()).collect();
        assert_eq!(calls.begin().unwrap_err(), NotBegun::Full);
        assert_eq!(calls.len(), CALLS_MAX, "one that was refused does not count");
        drop(held);
        assert_eq!(calls.len(), 0);
        calls.begin().unwrap();
    }

    #[tokio::test]
    async fn the_end_of_the_last_call_is_told_once_no_more_begin() {
        let calls = Calls::default();
        let (first, second) = (calls.begin().unwrap(), calls.begin().unwrap());
        calls.close();
        assert_eq!(calls.begin().unwrap_err(), NotBegun::Closed);
        let mut is_over = poll(calls.until_none());
        assert!(!is_over());
        drop(first);
        assert!(!is_over());
        drop(second);
        assert!(is_over());
        calls.until_none().await;
    }

    /// Polls once per call; true when the future has ended.
    fn poll(future: impl Future<Output = ()>) -> impl FnMut() -> bool {
        let mut future = Box::pin(future);
        move || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            future.as_mut().poll(&mut context).is_ready()
        }
    }
}
