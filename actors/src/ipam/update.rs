//! Changes and releases an address (api-resources 3.4, 3.5).

use super::command::AddressUpdate;
use super::quarantine;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::record::ipam::tags::{self, Scope};
use crate::record::ipam::{Address, AddressType};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn update(
    world: &World,
    request: &AddressUpdate,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = find(world, &request.ipaddress)?;
    let mut next = Address::clone(&read.value);
    if let Some(name) = &request.name {
        next.name.clone_from(name);
    }
    if let Some(description) = &request.description {
        next.description.clone_from(description);
    }
    match (request.kind.as_deref(), read.kind) {
        (Some("ephemeral"), AddressType::Static) => {
            let why = "cannot change type of ip address from static to ephemeral";
            return Err(Refusal::bad_request(why));
        }
        (Some("static"), _) => next.kind = AddressType::Static,
        _ => {}
    }
    if let Some(new) = &request.tags {
        next.tags = tags::tidy(new.clone());
    }
    let (before, after) = (read.scope(), next.scope());
    if !before.may_become(after) {
        return Err(Refusal::bad_request(format!(
            "can not use ip of scope {} with scope {}",
            before.as_str(),
            after.as_str()
        )));
    }
    next.changed = context.now;
    let mut decision = Decision::new(context.now, Answer::Address(Box::new(next.clone())));
    decision.update(&read, next);
    Ok(decision)
}

/// Releases an address at once. An address that a machine allocation uses has machine scope regardless of its tags:
/// users may rewrite tags, and a free address goes to the next caller.
///
/// `allocation`: releases only the address of this allocation. A late or repeated release does not affect a later owner
/// (ipam 5.4, I5).
pub(super) fn free(
    world: &World,
    id: &str,
    allocation: Option<Uuid>,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = find(world, id)?;
    if let Some(allocation) = allocation
        && allocation != read.allocation_uuid
    {
        return Err(Refusal::conflict(format!(
            "Conflict ip {id} belongs to another allocation than {allocation}: if yours was released before, there is nothing left to do"
        )));
    }
    if read.scope() == Scope::Machine || !read.attachments.is_empty() {
        return Err(Refusal::bad_request("ip with machine scope can not be deleted"));
    }
    let was = Box::new(Address::clone(&read.value));
    let mut decision = Decision::new(context.now, Answer::Address(was));
    quarantine::release(world, &mut decision, &read);
    Ok(decision)
}

/// Ids are compared as text: only the canonical spelling finds an address (api-resources 3.1).
fn find(world: &World, id: &str) -> Result<Arc<Versioned<Address>>, Refusal> {
    world.addresses.get(id).ok_or_else(|| Refusal::not_found("ip", id))
}
