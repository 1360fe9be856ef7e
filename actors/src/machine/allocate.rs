//! Allocation: a machine, its addresses and its ASN change owners in one transaction (api-machines 3.1 to 3.5).
//!
//! There is no rollback: the claims of an allocation are written together with it or not at all. Each phase is a file,
//! in the order in which they may refuse: the request, the specification, the candidate, its networks.

mod addresses;
mod candidate;
mod networks;
mod request;
mod rules;
mod spec;
mod ssh_key;
pub(super) mod tags;
#[cfg(test)]
mod tests;

use super::command::AllocateRequest;
use super::{expectation, orders};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::ProjectId;
use crate::masterdata::layout;
use crate::record::machine::{Allocation, AllocationNetwork, BmcAction, Machine, Role};
use crate::record::masterdata::Layout;
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::{Versioned, World};
use addresses::Owner;
use candidate::Wanted;
use request::Named;
use spec::Granted;
use std::sync::Arc;
use uuid::Uuid;

/// The default hostname of a machine.
const HOSTNAME: &str = "metal";

/// Allocates a machine or a firewall to a project.
pub(super) fn decide(
    world: &World,
    role: Role,
    request: &AllocateRequest,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    if context.again {
        candidate::check_still_there(world, &request.uuid)?;
    }
    let named = request::check(world, role, request)?;
    let Granted { project: grantee, layout } = spec::check(world, role, request, &named, context.principal)?;
    let project = ProjectId::from(request.projectid.as_str());
    let machine = choose(world, role, request, &named, &project, context)?;
    layout::check_fits(&layout, &machine.hardware)
        .map_err(|refusal| refusal.within("unable to check for fsl match:"))?;
    let chosen = networks::gather(world, role, request, &machine.partition)
        .map_err(|refusal| refusal.within("unable to gather networks:"))?;
    let uuid = context.uuid();
    let answer = Answer::Allocated { machine: machine.id.clone(), allocation: uuid };
    let mut decision = Decision::new(context.now, answer);
    let owner = Owner { allocation: uuid, machine: &machine.id, project: &project, name: &request.name };
    let networks = addresses::claim(world, &chosen, &owner, context, &mut decision)
        .map_err(|refusal| refusal.within("unable to make networks:"))?;
    decision.unchanged(&grantee).unchanged(&named.image);
    let tags = tags::of(&request.tags, &machine, &networks);
    let allocation = record(role, request, named, layout, uuid, networks, context);
    decision.update(&machine, allocated(world, &machine, allocation, tags, context));
    decision.on_conflict(
        Refusal::changed(Kind::Machine.entity(), &machine.id)
            .within(&format!("error when allocating machine \"{}\", ", machine.id)),
    );
    Ok(decision)
}

fn choose(
    world: &World,
    role: Role,
    request: &AllocateRequest,
    named: &Named,
    project: &ProjectId,
    context: &mut DecisionContext<'_>,
) -> Result<Arc<Versioned<Machine>>, Refusal> {
    if let Some(machine) = &named.machine {
        return candidate::named(Arc::clone(machine));
    }
    let wanted = Wanted {
        project,
        partition: &named.partition.id,
        size: &named.size.id,
        role,
        placement_tags: &request.placement_tags,
    };
    candidate::any(world, &wanted, context)
}

fn record(
    role: Role,
    request: &AllocateRequest,
    named: Named,
    layout: Layout,
    uuid: Uuid,
    networks: Vec<AllocationNetwork>,
    context: &DecisionContext<'_>,
) -> Allocation {
    Allocation {
        uuid,
        creator: context.principal.email.clone(),
        created: context.now,
        name: request.name.clone(),
        description: request.description.clone(),
        project: ProjectId::from(request.projectid.as_str()),
        image: named.image.id.clone(),
        layout: Some(layout),
        networks,
        hostname: request.hostname.clone().unwrap_or_else(|| HOSTNAME.to_owned()),
        ssh_pub_keys: request.ssh_pub_keys.clone(),
        user_data: request.user_data.clone(),
        reinstall: false,
        boot_info: None,
        installed: false,
        role,
        vpn: None,
        firewall_rules: named.rules,
        dns_servers: named.dns_servers,
        ntp_servers: named.ntp_servers,
        console_password: String::new(),
    }
}

/// The machine with its new allocation. Orders from the time without an allocation are cancelled. A machine that still
/// must be reset (possible only if the request names it) is ordered again with the token of the allocation: otherwise
/// it would boot the system of its former user.
fn allocated(
    world: &World,
    machine: &Machine,
    allocation: Allocation,
    tags: Vec<String>,
    context: &mut DecisionContext<'_>,
) -> Machine {
    let mut machine = machine.clone();
    let is_to_boot = machine.leaves_soon();
    orders::drop_network_boots(&mut machine);
    machine.allocation = Some(allocation);
    machine.tags = tags;
    machine.changed = context.now;
    let events = world.events.get(machine.id.as_str());
    expectation::restart(&mut machine, events.as_deref().map(|events| &*events.value), context.now);
    if is_to_boot {
        orders::order(&mut machine, BmcAction::Reinstall, context);
    }
    machine
}
