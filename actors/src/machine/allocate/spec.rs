//! Phase 2 of an allocation up to the choice of the machine: the caller's permissions and the project's quota
//! (api-machines 3.3, checks 1 to 10).

use super::request::Named;
use super::ssh_key;
use crate::decision::Principal;
use crate::ids::ProjectId;
use crate::machine::command::{AllocateRequest, NetworkChoice};
use crate::machine::rows;
use crate::masterdata::{image_constraint, layout, project};
use crate::record::machine::{Machine, Role};
use crate::record::masterdata::{Layout, Project};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::net::IpAddr;
use std::sync::Arc;

/// The project of the machine, and its filesystem layout.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) project: Arc<Versioned<Project>>,
    pub(super) layout: Layout,
}

/// Checks the request; returns what it grants.
pub(super) fn check(
    world: &World,
    role: Role,
    request: &AllocateRequest,
    named: &Named,
    principal: &Principal,
) -> Result<Granted, Refusal> {
    if request.projectid.is_empty() {
        return Err(Refusal::unprocessable("project id must be specified"));
    }
    if principal.email.is_empty() {
        return Err(Refusal::unprocessable("creator should be specified"));
    }
    if let Some(ip) = request.ips.iter().find(|ip| ip.parse::<IpAddr>().is_err()) {
        return Err(Refusal::unprocessable(format!("\"{ip}\" is not a valid IP address")));
    }
    if let Some(key) = request.ssh_pub_keys.iter().find(|key| !ssh_key::is_authorized(key)) {
        return Err(Refusal::unprocessable(format!("invalid public SSH key: {key} error:ssh: no key found")));
    }
    check_acquisition(role, request)?;
    image_constraint::check(world, &named.size.id, &named.image)?;
    let project = project::get(world, &request.projectid)?;
    check_quota(world, &project, &request.projectid)?;
    let layout = choose_layout(world, request, named)?;
    Ok(Granted { project, layout })
}

fn check_acquisition(role: Role, request: &AllocateRequest) -> Result<(), Refusal> {
    let choices: &[NetworkChoice] = request.networks.as_deref().unwrap_or_default();
    let manual = choices.iter().filter(|choice| choice.autoacquire == Some(false)).count();
    if role == Role::Firewall && request.ips.is_empty() && manual == choices.len() {
        return Err(Refusal::unprocessable(
            "when no ip is given at least one auto acquire network must be specified",
        ));
    }
    if manual > request.ips.len() {
        return Err(Refusal::unprocessable("missing ip(s) for network(s) without automatic ip allocation"));
    }
    Ok(())
}

/// Includes pending allocations.
fn check_quota(world: &World, project: &Project, id: &str) -> Result<(), Refusal> {
    let Some(max) = machine_quota(project) else { return Ok(()) };
    let is_its = |machine: &Machine| {
        machine.allocation.as_ref().is_some_and(|allocation| allocation.project.as_str() == id)
    };
    let held = world.fleet(|fleet| fleet.held_by(&ProjectId::from(id)));
    let allocated = held + rows::coming(world, is_its).len();
    if allocated >= max {
        return Err(Refusal::unprocessable(format!("project quota for machines reached max:{max}")));
    }
    Ok(())
}

/// `None`: unlimited.
fn machine_quota(project: &Project) -> Option<usize> {
    let quota = project.quotas.as_ref()?.machine.as_ref()?.quota?;
    usize::try_from(quota).ok().filter(|max| *max > 0)
}

fn choose_layout(world: &World, request: &AllocateRequest, named: &Named) -> Result<Layout, Refusal> {
    match request.filesystemlayoutid.as_deref().filter(|id| !id.is_empty()) {
        Some(id) => {
            let layout = world.layouts.get(id).ok_or_else(|| Refusal::not_found("filesystemlayout", id))?;
            Ok(Layout::clone(&layout.value))
        }
        None => layout::choose(world, &named.size.id, &named.image),
    }
}
