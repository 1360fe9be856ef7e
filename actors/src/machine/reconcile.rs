//! Claims of allocations that are gone return (architecture, invariant 6): so far none is made, so none returns.

use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::world::World;

#[expect(clippy::unnecessary_wraps, reason = "every decision may refuse")]
pub(super) fn decide(_world: &World, moment: &mut Moment<'_>) -> Decided<Answer> {
    Ok(Decision::new(moment.now, Answer::Reconciled(0)))
}
