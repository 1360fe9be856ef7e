//! Looks rows up, with the refusals of api-machines 0.1.

use crate::naming;
use crate::refusal::Refusal;
use crate::world::{Kept, Versioned, World};
use std::sync::Arc;

/// The row to update or delete.
pub(super) fn existing<R: Kept>(world: &World, id: &str) -> Result<Arc<Versioned<R>>, Refusal> {
    R::table(world).get(id).ok_or_else(|| Refusal::not_found(R::KIND.entity(), id))
}

/// The id of a new row must be free. The store has the final check.
pub(super) fn free<R: Kept>(world: &World, id: &str) -> Result<(), Refusal> {
    if R::table(world).contains(id) { Err(Refusal::exists(R::KIND.entity(), id)) } else { Ok(()) }
}

/// For entities whose id the client chooses. Existing entities keep any id.
pub(super) fn named<R: Kept>(world: &World, id: &str) -> Result<(), Refusal> {
    if R::table(world).contains(id) { Ok(()) } else { naming::check(R::KIND, id) }
}
