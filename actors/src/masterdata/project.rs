//! Projects of tenants (api-resources 6). Their quotas are stored and shown; this module enforces only the quota of
//! projects per tenant.

use super::meta::{self, rpc};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::TenantId;
use crate::record::masterdata::{Project, Quota, Tenant};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// The project with this id, or the "404" of api-resources 6.2.
pub fn get(world: &World, id: &str) -> Result<Arc<Versioned<Project>>, Refusal> {
    meta::get(world, id)
}

/// The project with its numbers of machines and addresses in its quotas, as `GET /v1/project/{id}` shows it.
pub fn with_usage(world: &World, project: &Project) -> Project {
    let id = project.meta.as_ref().map(|meta| meta.id.as_str()).unwrap_or_default();
    let machines = machines_of(world, id);
    let addresses = world.addresses.filter(|address| address.project.as_str() == id).len();
    let mut shown = project.clone();
    let quotas = shown.quotas.get_or_insert_default();
    count_into(&mut quotas.machine, machines);
    count_into(&mut quotas.ip, addresses);
    shown
}

fn count_into(quota: &mut Option<Quota>, used: usize) {
    quota.get_or_insert_default().used = Some(i64::try_from(used).unwrap_or(i64::MAX));
}

fn machines_of(world: &World, project: &str) -> usize {
    let is_of = |project_of: Option<&crate::record::machine::Allocation>| {
        project_of.is_some_and(|allocation| allocation.project.as_str() == project)
    };
    world.machines.filter(|machine| is_of(machine.allocation.as_ref())).len()
}

/// Also writes the tenant's row, unchanged: a tenant is not removed while one of its projects is being created, and its
/// quota holds for concurrent creations.
pub(super) fn create(world: &World, project: &Project, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    if project.tenant_id.is_empty() {
        return Err(Refusal::bad_request("no tenant given"));
    }
    let meta = meta::first(project, context)?;
    let tenant = world.tenants.get(project.tenant_id.as_str()).ok_or_else(|| {
        let text = format!("unable to find tenant:{} for project", project.tenant_id);
        Refusal::missing(rpc("NotFound", &text))
    })?;
    check_quota(world, &tenant, &project.tenant_id)?;
    meta::free::<Project>(world, &meta.id)?;
    let project = Project {
        meta: Some(meta),
        quotas: project.quotas.clone().or_else(|| tenant.default_quotas.clone()),
        ..project.clone()
    };
    let mut decision = Decision::new(context.now, Answer::Project(Box::new(project.clone())));
    decision.create(project).update(&tenant, (*tenant.value).clone());
    Ok(decision)
}

fn check_quota(world: &World, tenant: &Tenant, id: &TenantId) -> Result<(), Refusal> {
    let quota = tenant.quotas.as_ref().and_then(|quotas| quotas.project.as_ref()?.quota);
    let Some(quota) = quota else { return Ok(()) };
    let projects = world.projects.filter(|project| project.tenant_id == *id).len();
    if i64::try_from(projects).unwrap_or(i64::MAX) < quota {
        return Ok(());
    }
    let text = format!("unable to create project, project quota:{quota} reached");
    Err(Refusal::unprocessable(rpc("FailedPrecondition", &text)))
}

/// Replaces the whole project.
pub(super) fn update(world: &World, project: &Project, context: &DecisionContext<'_>) -> Decided<Answer> {
    let given = meta::given(project)?;
    let read = get(world, &given.id)?;
    if project.tenant_id != read.tenant_id {
        return Err(Refusal::unprocessable(format!("update tenant of project:{} is not allowed", given.id)));
    }
    let project = Project { meta: Some(meta::next(given, &*read.value, context)?), ..project.clone() };
    let mut decision = Decision::new(context.now, Answer::Project(Box::new(project.clone())));
    decision.update(&read, project);
    Ok(decision)
}

/// A project with remaining resources is not deleted.
pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = get(world, id)?;
    let left = if machines_of(world, id) > 0 {
        Some("there are still machines allocated by this project")
    } else if !world.networks.filter(|network| network.project.as_str() == id).is_empty() {
        Some("there are still networks allocated by this project")
    } else if !world.addresses.filter(|address| address.project.as_str() == id).is_empty() {
        Some("there are still ips allocated by this project")
    } else {
        None
    };
    if let Some(text) = left {
        return Err(Refusal::bad_request(text));
    }
    let shown = Project { meta: meta::only_id(id), ..Project::default() };
    let mut decision = Decision::new(context.now, Answer::Project(Box::new(shown)));
    decision.delete(&read);
    Ok(decision)
}

#[cfg(test)]
mod tests;
