//! Allocates a child network from the partition's super network (api-resources 2.6). The rows are numbered as there.

use super::command::NetworkAllocate;
use super::family::{self, Lengths};
use super::{known, vrf};
use crate::addressing::spelling::invalid_family;
use crate::addressing::{Family, spelling};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::index::{Buddy, space};
use crate::ipam::{children, pick, usage};
use crate::masterdata::project;
use crate::record::ipam::Pool;
use crate::record::network::{Network, NetworkType, PoolPolicy};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) fn allocate(
    world: &World,
    request: &NetworkAllocate,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    // 1 to 4
    if request.projectid.is_empty() {
        return Err(Refusal::bad_request("projectid should not be empty"));
    }
    if request.partitionid.is_empty() {
        return Err(Refusal::bad_request("partitionid should not be empty"));
    }
    let project = project::get(world, &request.projectid)?;
    known::partition(world, &request.partitionid)?;
    // 5
    let destinations: Vec<IpNet> =
        request.destinationprefixes.iter().map(|p| destination(p)).collect::<Result<_, _>>()?;
    let parent = the_super(world, &request.partitionid)?;
    let plan = plan(&parent, request)?;
    // 12
    let vrf =
        pick::number(world, Pool::Vrf).map_err(|refusal| refusal.within("could not acquire a vrf: "))?;
    // 13
    let prefixes = plan.into_iter().map(|child| match child {
        Child::Length(family, length) => child_prefix(world, &parent, family, length),
        Child::Prefix(wanted) => specific(world, &parent, wanted),
    });
    let prefixes = prefixes.collect::<Result<Vec<IpNet>, Refusal>>()?;

    let id = NetworkId(context.uuid().to_string());
    let network = Network {
        id: id.clone(),
        name: request.name.clone(),
        description: request.description.clone(),
        created: context.now,
        changed: context.now,
        partition: parent.partition.clone(),
        project: request.projectid.as_str().into(),
        labels: request.labels.clone(),
        shared: request.shared,
        prefixes,
        destination_prefixes: destinations,
        default_child_prefix_length: None,
        nat: request.nat,
        private_super: false,
        underlay: false,
        vrf,
        parent: Some(parent.id.clone()),
        additional_announcable_cidrs: Vec::new(),
        pool: PoolPolicy::default(),
        network_type: if request.shared { NetworkType::ChildShared } else { NetworkType::Child },
    };
    let mut decision = Decision::new(context.now, Answer::Network(Box::new(network.clone())));
    vrf::claim(vrf, &id, &mut decision);
    decision.update(&parent, Network::clone(&parent.value));
    decision.create(network).unchanged(&project);
    Ok(decision)
}

/// A requested prefix.
enum Child {
    Length(Family, u8),
    Prefix(IpNet),
}

/// Rows 8 to 11, or the prefixes that the request names.
fn plan(parent: &Network, request: &NetworkAllocate) -> Result<Vec<Child>, Refusal> {
    if request.specific.is_empty() {
        let lengths = lengths(parent, request)?;
        return Ok(lengths.into_iter().map(|(family, length)| Child::Length(family, length)).collect());
    }
    if !request.length.is_empty() || request.addressfamily.is_some() {
        return Err(Refusal::bad_request("prefixes cannot be combined with length or addressfamily"));
    }
    let named = request.specific.iter().map(|text| Ok(destination(text)?.trunc()));
    let named = named.collect::<Result<Vec<IpNet>, Refusal>>()?;
    let families: BTreeSet<Family> = named.iter().map(Family::of).collect();
    if families.len() < named.len() {
        return Err(Refusal::bad_request("at most one prefix per addressfamily is possible"));
    }
    Ok(named.into_iter().map(Child::Prefix).collect())
}

/// A prefix that the request names, with go-ipam's texts (ipam 1.4).
fn specific(world: &World, parent: &Network, wanted: IpNet) -> Result<IpNet, Refusal> {
    let refuse = |why: String| {
        let why = format!("cannot allocate free child prefix in ipam: invalid_argument: {why}");
        Err(Refusal::unprocessable(why))
    };
    let around = |prefix: &&IpNet| prefix.contains(&wanted) && prefix.prefix_len() < wanted.prefix_len();
    let Some(prefix) = parent.prefixes.iter().find(around) else {
        return refuse(format!("{wanted} is not part of a prefix of network {}", parent.id));
    };
    let from = prefix.trunc();
    let free =
        children::space(world, parent, prefix, |space| space.is_none_or(|space| space.free.is_free(&wanted)));
    if usage::first_used(world, parent, prefix).is_some() {
        return refuse(format!("prefix {from} has ips, acquire child prefix not possible"));
    }
    if free {
        Ok(wanted)
    } else {
        refuse(format!("specific prefix {wanted} is not available in prefix {from}"))
    }
}

/// Row 5.
fn destination(text: &str) -> Result<IpNet, Refusal> {
    spelling::prefix(text).map_err(|why| {
        Refusal::bad_request(format!("given prefix {text} is not a valid ip with mask: {why}"))
    })
}

/// Rows 6 and 7.
fn the_super(world: &World, partition: &str) -> Result<Arc<Versioned<Network>>, Refusal> {
    let mut found = known::supers(world, partition);
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => Err(Refusal::unprocessable("more than one network exists")),
        (None, _) => Err(Refusal::missing("NotFound no network found")),
    }
}

/// Rows 8 to 11: the families of the child, and the lengths of its prefixes.
fn lengths(parent: &Network, request: &NetworkAllocate) -> Result<Lengths, Refusal> {
    let mut lengths = parent.default_child_prefix_length.clone().unwrap_or_default();
    if lengths.is_empty() {
        let why = format!("supernetwork {} has no defaultchildprefixlength specified", parent.id);
        return Err(Refusal::internal(why));
    }
    lengths.extend(family::lengths(&request.length, "length")?);
    let Some(text) = &request.addressfamily else { return Ok(lengths) };
    let Some(family) = Family::parse(text) else {
        return Err(Refusal::bad_request(format!("addressfamily is invalid {}", invalid_family(text))));
    };
    match lengths.get(&family) {
        Some(length) => Ok(Lengths::from([(family, *length)])),
        None => Err(Refusal::bad_request(format!(
            "addressfamily {} specified, but no childprefixlength for this addressfamily",
            family.as_str()
        ))),
    }
}

/// Row 13: the super network's prefixes of the family are tried in order; the first with enough space wins.
fn child_prefix(world: &World, parent: &Network, family: Family, length: u8) -> Result<IpNet, Refusal> {
    let mut refused = Vec::new();
    for prefix in parent.prefixes.iter().filter(|prefix| Family::of(prefix) == family) {
        if usage::first_used(world, parent, prefix).is_some() {
            let prefix = prefix.trunc();
            refused.push(format!("prefix {prefix} has ips, acquire child prefix not possible"));
            continue;
        }
        let given = children::space(world, parent, prefix, |space| match space {
            Some(space) => space::best_fit(&space.free, length, prefix),
            None => space::best_fit(&Buddy::new(prefix), length, prefix),
        });
        match given {
            Ok(child) => return Ok(child),
            Err(why) => refused.push(why),
        }
    }
    if refused.is_empty() {
        let why = "cannot allocate free child prefix in one of the given parent prefixes in ipam: []";
        return Err(Refusal::unprocessable(why));
    }
    let refused: Vec<String> = refused.into_iter().map(|why| format!("invalid_argument: {why}")).collect();
    let why = format!("cannot allocate free child prefix in ipam: {}", refused.join("\n"));
    Err(Refusal::unprocessable(why))
}
