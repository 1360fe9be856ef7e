//! The child prefixes of a network: what was cut from a super network follows from the networks that name it as parent.

use super::block;
use crate::network::Network;
use crate::world::World;
use ipnet::IpNet;

/// The prefixes of all children of `network`, masked. Only super networks have any, so all others cost nothing.
pub fn of(world: &World, network: &Network) -> Vec<IpNet> {
    if !network.private_super {
        return Vec::new();
    }
    let children = world.networks.filter(|child| child.parent.as_ref() == Some(&network.id));
    children.iter().flat_map(|child| child.prefixes.iter().map(IpNet::trunc)).collect()
}

/// Those of them that lie in `prefix`.
pub fn within(world: &World, network: &Network, prefix: &IpNet) -> Vec<IpNet> {
    let mut children = of(world, network);
    children.retain(|child| block::overlap(prefix, child));
    children
}
