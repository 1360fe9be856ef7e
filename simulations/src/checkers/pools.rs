//! Pools without pending writes: addresses are inside of their prefixes, and prefixes do not overlap (ipam 5.4: I12 and
//! I14; no two networks overlap).

use actors::addressing::block;
use actors::network::Network;
use actors::world::World;
use ipnet::IpNet;

/// All networks and addresses of one partition.
pub(super) fn are_whole(world: &World) -> Result<(), String> {
    addresses_lie_in_their_networks(world)?;
    let networks = world.networks.all();
    networks.iter().try_for_each(|network| lies_in_its_parent(world, network))?;
    lie_apart(networks.iter().filter(|network| network.parent.is_none()).map(|network| &***network), "")?;
    for parent in networks.iter().filter(|network| network.private_super) {
        let children = networks.iter().filter(|child| child.parent.as_ref() == Some(&parent.id));
        lie_apart(children.map(|child| &***child), parent.id.as_str())?;
    }
    Ok(())
}

fn addresses_lie_in_their_networks(world: &World) -> Result<(), String> {
    for address in world.addresses.all() {
        let ip = address.address;
        let network = world.networks.get(address.network.as_str());
        let network =
            network.ok_or_else(|| format!("{ip} lies in network {}, which is gone", address.network))?;
        let prefix = network.prefixes.iter().find(|prefix| prefix.contains(&ip));
        let prefix = prefix.ok_or_else(|| format!("{ip} lies in no prefix of network {}", network.id))?;
        let number = block::number(ip);
        if !block::usable(prefix).is_some_and(|(first, last)| (first..=last).contains(&number)) {
            return Err(format!("{ip} is reserved in {prefix} of network {} and was given out", network.id));
        }
    }
    Ok(())
}

fn lies_in_its_parent(world: &World, network: &Network) -> Result<(), String> {
    let Some(id) = &network.parent else { return Ok(()) };
    let parent = world.networks.get(id.as_str());
    let parent = parent.ok_or_else(|| format!("network {} was cut from {id}, which is gone", network.id))?;
    let outside =
        network.prefixes.iter().find(|prefix| !parent.prefixes.iter().any(|from| from.contains(*prefix)));
    match outside {
        Some(prefix) => Err(format!("{prefix} of network {} lies outside of its parent {id}", network.id)),
        None => Ok(()),
    }
}

/// In ascending order, a network that overlaps any other overlaps the one before it.
fn lie_apart<'a>(networks: impl Iterator<Item = &'a Network>, parent: &str) -> Result<(), String> {
    let prefixes = networks.flat_map(|network| network.prefixes.iter().map(move |prefix| (network, prefix)));
    let mut prefixes: Vec<(bool, u128, u128, &Network, &IpNet)> = prefixes
        .map(|(network, prefix)| {
            let (first, last) = block::bounds(prefix);
            (prefix.addr().is_ipv6(), first, last, network, prefix)
        })
        .collect();
    prefixes.sort_unstable_by_key(|(is_v6, first, ..)| (*is_v6, *first));
    let overlapping = prefixes.windows(2).find(|pair| pair[0].0 == pair[1].0 && pair[1].1 <= pair[0].2);
    match overlapping {
        Some([(_, _, _, one, a), (_, _, _, other, b)]) => {
            Err(format!("{a} of network {} overlaps {b} of network {} below \"{parent}\"", one.id, other.id))
        }
        _ => Ok(()),
    }
}
