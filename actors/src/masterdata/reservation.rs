//! Size reservations: machines of a size that stay free for a project (api-resources 5.3). Allocations call [`allows`].

use super::command::About;
use super::lookup::{existing, free, named};
use super::project;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::{PartitionId, ProjectId, SizeId};
use crate::record::machine::Role;
use crate::record::masterdata::{Size, SizeReservation};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The wire's shape, of `create` and `update`. An update ignores size and project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeReservationRequest {
    /// A new reservation without an id gets a random one.
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub sizeid: String,
    pub projectid: String,
    pub partitionids: Vec<String>,
    pub amount: Option<i64>,
    pub labels: Option<BTreeMap<String, String>>,
}

impl About for SizeReservationRequest {
    fn target(&self) -> &str {
        &self.id
    }
}

pub(super) fn create(
    world: &World,
    request: &SizeReservationRequest,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let size = existing::<Size>(world, &request.sizeid)?;
    let project = project::get(world, &request.projectid)?;
    let amount = amount(request.amount.unwrap_or_default())?;
    let partitions = partitions(world, &request.partitionids)?;
    if request.projectid.is_empty() {
        return Err(Refusal::bad_request("project id must be specified"));
    }
    let id = if request.id.is_empty() { context.uuid().to_string() } else { request.id.clone() };
    named::<SizeReservation>(world, &id)?;
    free::<SizeReservation>(world, &id)?;
    let reservation = SizeReservation {
        id,
        name: request.name.clone().unwrap_or_default(),
        description: request.description.clone().unwrap_or_default(),
        created: context.now,
        changed: context.now,
        size: size.id.clone(),
        project: request.projectid.as_str().into(),
        partitions,
        amount,
        labels: request.labels.clone().unwrap_or_default(),
    };
    let mut decision = Decision::new(context.now, Answer::record(&reservation));
    decision.create(reservation).unchanged(&size).unchanged(&project);
    Ok(decision)
}

/// Every mistake is a bad request, also if its size, project or partition was removed meanwhile.
pub(super) fn update(
    world: &World,
    request: &SizeReservationRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = existing::<SizeReservation>(world, &request.id)?;
    let old = (*read.value).clone();
    if !world.sizes.contains(old.size.as_str()) {
        return Err(Refusal::bad_request("size must exist before creating a size reservation"));
    }
    if !world.projects.contains(old.project.as_str()) {
        return Err(Refusal::bad_request("project must exist before creating a size reservation"));
    }
    let given = |partition: &PartitionId| partition.to_string();
    let kept = || old.partitions.iter().map(given).collect();
    let wanted = if request.partitionids.is_empty() { kept() } else { request.partitionids.clone() };
    let reservation = SizeReservation {
        name: request.name.clone().unwrap_or(old.name),
        description: request.description.clone().unwrap_or(old.description),
        changed: context.now,
        amount: request.amount.map_or(Ok(old.amount), amount)?,
        partitions: partitions(world, &wanted)?,
        labels: request.labels.clone().unwrap_or(old.labels),
        ..old
    };
    let mut decision = Decision::new(context.now, Answer::record(&reservation));
    decision.update(&read, reservation);
    Ok(decision)
}

pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<SizeReservation>(world, id)?;
    let mut decision = Decision::new(context.now, Answer::record(&*read.value));
    decision.delete(&read);
    Ok(decision)
}

fn amount(amount: i64) -> Result<u64, Refusal> {
    let amount = u64::try_from(amount).ok().filter(|amount| *amount > 0);
    amount.ok_or_else(|| Refusal::bad_request("amount must be a positive integer"))
}

fn partitions(world: &World, ids: &[String]) -> Result<Vec<PartitionId>, Refusal> {
    if ids.is_empty() {
        return Err(Refusal::bad_request("at least one partition id must be specified"));
    }
    if ids.iter().any(|id| !world.partitions.contains(id)) {
        let text = "partition must exist before creating a size reservation";
        return Err(Refusal::bad_request(text));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() {
        return Err(Refusal::bad_request("partitions must not contain duplicates"));
    }
    Ok(ids.iter().map(|id| id.as_str().into()).collect())
}

/// The wire's shape (api-resources 8.4): absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SizeReservationFind {
    pub id: Option<String>,
    pub sizeid: Option<String>,
    pub projectid: Option<String>,
    /// One of the reservation's partitions.
    pub partitionid: Option<String>,
}

/// Ascending by id.
pub fn find(world: &World, find: &SizeReservationFind) -> Vec<Arc<Versioned<SizeReservation>>> {
    let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
    world.size_reservations.filter(|reservation| {
        is(&find.id, &reservation.id)
            && is(&find.sizeid, reservation.size.as_str())
            && is(&find.projectid, reservation.project.as_str())
            && find.partitionid.as_ref().is_none_or(|wanted| {
                reservation.partitions.iter().any(|partition| partition.as_str() == wanted)
            })
    })
}

/// A reservation in one of its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    pub reservation: Arc<Versioned<SizeReservation>>,
    pub partition: PartitionId,
    /// The project's machines of the size there.
    pub allocations: u64,
}

impl Usage {
    /// The reserved machines that the project has.
    pub fn used(&self) -> u64 {
        self.allocations.min(self.reservation.amount)
    }
}

/// Every partition of every matching reservation. If `wanted` names a partition, only its machines are counted.
pub fn usage(world: &World, wanted: &SizeReservationFind) -> Vec<Usage> {
    let mut usage = Vec::new();
    for reservation in find(world, wanted) {
        for partition in &reservation.partitions {
            let is_counted = wanted.partitionid.as_ref().is_none_or(|wanted| partition.as_str() == wanted);
            let count = || allocations(world, &reservation.project, partition, &reservation.size);
            let allocations = if is_counted { count() } else { 0 };
            let (reservation, partition) = (Arc::clone(&reservation), partition.clone());
            usage.push(Usage { reservation, partition, allocations });
        }
    }
    usage
}

/// The project's machines of a size in a partition, including firewalls.
pub fn allocations(world: &World, project: &ProjectId, partition: &PartitionId, size: &SizeId) -> u64 {
    let count = world.fleet(|fleet| {
        let held = [Role::Machine, Role::Firewall]
            .into_iter()
            .filter_map(|role| fleet.held(project, partition, size, role));
        held.map(|racks| racks.racks().map(|rack| racks.count(rack)).sum::<usize>()).sum::<usize>()
    });
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Whether a project may get one of the free machines of a size in a partition, or all of them are reserved for others
/// (api-machines 3.4.1, 3). Both counts are computed only if there are reservations.
pub fn allows(
    world: &World,
    (project, partition, size): (&ProjectId, &PartitionId, &SizeId),
    allocated: impl Fn(&ProjectId) -> u64,
    free: impl FnOnce() -> u64,
) -> bool {
    let reserved = world
        .size_reservations
        .filter(|reservation| reservation.size == *size && reservation.partitions.contains(partition));
    if reserved.is_empty() {
        return true;
    }
    let mut kept: u64 = 0;
    for reservation in reserved {
        let held = allocated(&reservation.project);
        if reservation.project == *project && held < reservation.amount {
            return true;
        }
        kept = kept.saturating_add(reservation.amount).saturating_sub(held);
    }
    kept < free()
}

#[cfg(test)]
mod tests;
