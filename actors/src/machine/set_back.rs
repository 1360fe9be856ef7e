//! A clock that was set back: rows that speak of a past which is still to come.
//!
//! A clock that was ahead wrote them. Left as they are, a machine that died would count as alive, and one that should
//! boot would be told nothing, until the clock has caught up.

use super::expectation;
use crate::record::machine::{Events, Machine};
use crate::time::Timestamp;

/// True when something began, was heard or was planned later than it can have been.
pub(super) fn is_ahead(machine: &Machine, events: Option<&Events>, now: Timestamp) -> bool {
    let heard = events.and_then(|events| events.last_event_time);
    heard.is_some_and(|heard| heard > now)
        || machine.expectation.as_ref().is_some_and(|it| {
            it.since > now || it.next_try > now + expectation::longest_pause(it.awaits, it.tries)
        })
}

/// What cannot have been before now was now; what follows from it follows as long after.
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
