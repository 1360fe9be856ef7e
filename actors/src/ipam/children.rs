//! The child prefixes of a network: determined by the networks that name it as their parent.

use crate::index::Space;
use crate::record::network::Network;
use crate::world::World;
use ipnet::IpNet;

/// Number of child prefixes in a prefix of `network`. Only super networks have any.
pub fn count(world: &World, network: &Network, prefix: &IpNet) -> usize {
    space(world, network, prefix, |space| space.map_or(0, |space| space.children))
}

/// Reads the free space of a prefix of `network`; `None` if it cannot have children.
pub fn space<T>(
    world: &World,
    network: &Network,
    prefix: &IpNet,
    read: impl FnOnce(Option<&Space>) -> T,
) -> T {
    if !network.private_super {
        return read(None);
    }
    world.registry(|registry| read(registry.cut(&network.id).and_then(|cut| cut.space(prefix))))
}
