//! Tenants, which own projects (api-resources 6).

use super::meta::{self, rpc};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::record::masterdata::Tenant;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// The tenant with this id, or the "404" of api-resources 6.2.
pub fn get(world: &World, id: &str) -> Result<Arc<Versioned<Tenant>>, Refusal> {
    meta::get(world, id)
}

pub(super) fn create(world: &World, tenant: &Tenant, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let meta = meta::first(tenant, context)?;
    meta::free::<Tenant>(world, &meta.id)?;
    let tenant = Tenant { meta: Some(meta), ..tenant.clone() };
    let mut decision = Decision::new(context.now, Answer::Tenant(Box::new(tenant.clone())));
    decision.create(tenant);
    Ok(decision)
}

/// Replaces the whole tenant. Unlike for a project, an unknown id is not a "404".
pub(super) fn update(world: &World, tenant: &Tenant, context: &DecisionContext<'_>) -> Decided<Answer> {
    let given = meta::given(tenant)?;
    let unknown = |text: String| Refusal::unprocessable(rpc("Unknown", &text));
    if given.id.is_empty() {
        return Err(unknown(format!("entity of type:tenant has no id, cannot update: {}", tenant.name)));
    }
    let read = world
        .tenants
        .get(&given.id)
        .ok_or_else(|| unknown(format!("update - no entity of type:tenant with id:{} found", given.id)))?;
    let tenant = Tenant { meta: Some(meta::next(given, &*read.value, context)?), ..tenant.clone() };
    let mut decision = Decision::new(context.now, Answer::Tenant(Box::new(tenant.clone())));
    decision.update(&read, tenant);
    Ok(decision)
}

pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = get(world, id)?;
    let shown = Tenant { meta: meta::only_id(id), ..Tenant::default() };
    let mut decision = Decision::new(context.now, Answer::Tenant(Box::new(shown)));
    decision.delete(&read);
    Ok(decision)
}

#[cfg(test)]
mod tests;
