//! Rows after a clock was set back: their times lie in the future.
//!
//! A clock that was ahead wrote them. Without a correction, a dead machine would count as alive, and a machine that
//! should boot would get no order until the clock catches up.

use super::expectation;
use crate::record::machine::{Events, Machine};
use crate::time::Timestamp;

/// True when a past time of the rows lies in the future, or a planned one too far ahead.
pub(super) fn is_ahead(machine: &Machine, events: Option<&Events>, now: Timestamp) -> bool {
    let heard = events.and_then(|events| events.last_event_time);
    heard.is_some_and(|heard| heard > now)
        || machine.expectation.as_ref().is_some_and(|it| {
            it.since > now || it.next_try > now + expectation::longest_pause(it.awaits, it.tries)
        })
}

/// Sets past times that lie in the future to `now`, and moves the times that follow from them by the same amount.
pub(super) fn correct(machine: &mut Machine, events: Option<&mut Events>, now: Timestamp) {
    if let Some(heard) = events.and_then(|events| events.last_event_time.as_mut()) {
        *heard = (*heard).min(now);
    }
    if let Some(it) = &mut machine.expectation {
        let ahead = it.since.since(now);
        it.since = it.since - ahead;
        it.deadline = it.deadline - ahead;
        it.next_try = (it.next_try - ahead).min(now + expectation::longest_pause(it.awaits, it.tries));
    }
}
