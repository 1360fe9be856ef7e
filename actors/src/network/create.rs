//! Creates a network (api-resources 2.4). The checks are numbered as there.

use super::command::NetworkCreate;
use super::family::{self, Lengths};
use super::{known, prefix, vrf};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::masterdata::project;
use crate::naming;
use crate::record::network::{Network, NetworkType, PoolPolicy};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::World;
use ipnet::IpNet;

/// The parsed addresses of the request.
struct ParsedRequest {
    prefixes: Vec<IpNet>,
    destinations: Vec<IpNet>,
    lengths: Lengths,
}

pub(super) fn create(
    world: &World,
    request: &NetworkCreate,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    // 2
    let project = match request.projectid.as_str() {
        "" => None,
        id => Some(project::get(world, id)?),
    };
    let plan = plan(request)?;
    // 13
    if !request.id.is_empty() && world.networks.contains(&request.id) {
        return Err(Refusal::conflict("entity already exists"));
    }
    if !request.id.is_empty() {
        naming::check(Kind::Network, &request.id)?;
    }
    // 14
    if let Some(overlap) = prefix::overlap_with_others(world, &plan.prefixes, None) {
        return Err(Refusal::unprocessable(overlap));
    }
    // 15 to 17
    if let Some(partition) = &request.partitionid {
        known::partition(world, partition)?;
        check_only_one(world, request, partition)?;
    }
    // 18
    if (request.privatesuper || request.underlay) && request.nat {
        return Err(Refusal::bad_request("private super or underlay network is not supposed to NAT"));
    }
    let id = if request.id.is_empty() { context.uuid().to_string() } else { request.id.clone() };
    let id = NetworkId(id);
    let mut decision = Decision::new(context.now, Answer::Done);
    // 19 and 20
    vrf::take(world, request.vrf, request.vrfshared, &id, &mut decision)?;
    // 21
    if let Some(overlap) = prefix::overlap_among(&plan.prefixes) {
        return Err(refuse_prefix(&overlap));
    }
    let network = network(request, plan, id, context);
    decision.create(network.clone());
    if let Some(project) = project {
        decision.unchanged(&project);
    }
    Ok(decision.map(|_| Answer::Network(Box::new(network))))
}

/// Check 21.
pub(super) fn refuse_prefix(why: &str) -> Refusal {
    Refusal::unprocessable(format!("unable to create prefix in ipam: invalid_argument: {why}"))
}

/// Checks 3 to 12.
fn plan(request: &NetworkCreate) -> Result<ParsedRequest, Refusal> {
    if request.prefixes.is_empty() {
        return Err(Refusal::bad_request("no prefixes given"));
    }
    prefix::check_count(&request.prefixes)?;
    let lengths = match &request.defaultchildprefixlength {
        Some(_) if !request.privatesuper => {
            let why = "defaultchildprefixlength can only be set for privatesuper networks";
            return Err(Refusal::bad_request(why));
        }
        Some(map) => family::lengths(map, "defaultchildprefixlength")?,
        None => Lengths::new(),
    };
    let prefixes = prefix::parse_all(&request.prefixes).map_err(Refusal::bad_request)?;
    let destinations = prefix::parse_all(&request.destinationprefixes).map_err(Refusal::bad_request)?;
    family::check_destinations(&prefixes, &destinations)?;
    if request.privatesuper {
        family::check_child_lengths(&prefixes, &lengths)?;
    }
    prefix::check_announcable(request.privatesuper, &request.additionalannouncablecidrs)
        .map_err(Refusal::bad_request)?;
    Ok(ParsedRequest { prefixes, destinations, lengths })
}

/// Checks 16 and 17: one super network and one underlay per partition.
fn check_only_one(world: &World, request: &NetworkCreate, partition: &str) -> Result<(), Refusal> {
    if request.privatesuper {
        match known::supers(world, partition).len() {
            0 => {}
            1 => {
                let why = format!("partition with id {partition:?} already has a private super network");
                return Err(Refusal::bad_request(why));
            }
            _ => return Err(Refusal::unprocessable("more than one network exists")),
        }
    }
    if request.underlay && !known::underlays(world, partition).is_empty() {
        let why = format!("partition with id {partition:?} already has an underlay network");
        return Err(Refusal::unprocessable(why));
    }
    Ok(())
}

fn network(
    request: &NetworkCreate,
    plan: ParsedRequest,
    id: NetworkId,
    context: &DecisionContext<'_>,
) -> Network {
    Network {
        id,
        name: request.name.clone(),
        description: request.description.clone(),
        created: context.now,
        changed: context.now,
        partition: request.partitionid.clone().unwrap_or_default().into(),
        project: request.projectid.as_str().into(),
        labels: request.labels.clone(),
        shared: false,
        prefixes: plan.prefixes,
        destination_prefixes: plan.destinations,
        default_child_prefix_length: Some(plan.lengths),
        nat: request.nat,
        private_super: request.privatesuper,
        underlay: request.underlay,
        vrf: request.vrf,
        parent: None,
        additional_announcable_cidrs: request.additionalannouncablecidrs.clone(),
        pool: PoolPolicy::default(),
        network_type: match (request.underlay, request.privatesuper) {
            (true, _) => NetworkType::Underlay,
            (false, true) => NetworkType::Super,
            (false, false) => NetworkType::External,
        },
    }
}
