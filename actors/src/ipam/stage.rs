//! Networks and addresses for the tests of the rooms [`crate::ipam`] and [`crate::network`].

use super::record::{Address, AddressType};
use crate::ids::NetworkId;
use crate::network::{Network, NetworkType};
use crate::store::Generation;
use crate::time::Timestamp;
use crate::world::World;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An external network with these prefixes.
pub(crate) fn network(id: &str, prefixes: &[&str]) -> Network {
    Network {
        id: id.into(),
        name: String::new(),
        description: String::new(),
        created: Timestamp::from_millis(1),
        changed: Timestamp::from_millis(1),
        partition: "".into(),
        project: "".into(),
        labels: BTreeMap::new(),
        shared: false,
        prefixes: prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect(),
        destination_prefixes: Vec::new(),
        default_child_prefix_length: Some(BTreeMap::new()),
        nat: false,
        private_super: false,
        underlay: false,
        vrf: 0,
        parent: None,
        additional_announcable_cidrs: Vec::new(),
        network_type: NetworkType::External,
    }
}

/// A child of a super network.
pub(crate) fn child(id: &str, parent: &str, prefixes: &[&str]) -> Network {
    Network { parent: Some(parent.into()), network_type: NetworkType::Child, ..network(id, prefixes) }
}

/// A super network.
pub(crate) fn super_network(id: &str, prefixes: &[&str]) -> Network {
    Network { private_super: true, network_type: NetworkType::Super, ..network(id, prefixes) }
}

/// An address of a network, in its prefix that contains it.
pub(crate) fn address(network: &Network, address: &str) -> Address {
    let address = address.parse().unwrap();
    Address {
        address,
        parent_prefix: *network.prefixes.iter().find(|prefix| prefix.contains(&address)).unwrap(),
        network: network.id.clone(),
        project: "p".into(),
        allocation_uuid: Uuid::from_u128(7),
        name: String::new(),
        description: String::new(),
        kind: AddressType::Ephemeral,
        tags: Vec::new(),
        created: Timestamp::from_millis(1),
        changed: Timestamp::from_millis(1),
        attachments: Vec::new(),
    }
}

/// A world of these networks.
pub(crate) fn world(networks: &[Network]) -> World {
    let world = World::default();
    for network in networks {
        world.insert(Generation(1), network.clone());
    }
    world
}

/// Puts addresses of a stored network.
pub(crate) fn occupy(world: &World, network: &str, addresses: &[&str]) {
    let network = world.networks.get(NetworkId::from(network).as_str()).unwrap();
    for text in addresses {
        world.insert(Generation(1), address(&network, text));
    }
}
