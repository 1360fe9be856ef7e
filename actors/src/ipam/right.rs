//! What an address is now: who may give it, and what became of it there (ipam.md 5.2).
//!
//! Two parties say it. The root of a pool says who has the right to an address, and whoever has it says what became of the
//! address. A pool of one partition is one whose rights were all granted to it when it was created: its root never has to
//! be asked, and what it would say follows from the network. `Free`, `Recalling` and `Returning` are of pools that
//! partitions share.

use super::record::Address;
use super::{block, children};
use crate::ids::{NetworkId, PartitionId};
use crate::network::Network;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// What the root of a pool says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Nobody may give it yet.
    Free,
    /// The partition may.
    Held(PartitionId),
    /// The partition may still, and was asked to let it go.
    Recalling(PartitionId),
    /// Nobody may before this time.
    Quarantined(Timestamp),
    /// Nobody may, and why.
    Reserved(Reserve),
}

/// Why an address is never given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Its network's policy leaves it out.
    Policy,
    /// Its prefix gives prefixes.
    ForChildren,
}

/// What whoever has the right says of it.
#[derive(Clone, Debug)]
pub enum Standing {
    Available,
    Allocated(Arc<Versioned<Address>>),
    /// It rests until then, and is given to nobody.
    Quarantined(Timestamp),
    /// It is on its way back to the root.
    Returning,
}

/// An address in its pool, and what is said of it.
#[derive(Clone, Debug)]
pub struct AddressState {
    pub network: NetworkId,
    pub prefix: IpNet,
    pub right: Right,
    /// `None` where nobody has the right and nobody has the address.
    pub standing: Option<Standing>,
}

/// Looks an address up; `None` outside of all networks. `home` is the partition that is asked.
pub fn state_of(world: &World, home: &PartitionId, address: IpAddr) -> Option<AddressState> {
    let (network, prefix) = world.registry(|registry| registry.holder(address))?;
    let network = world.networks.get(network.as_str())?;
    let id = address.to_string();
    let rests_until = world.rests.get(&id).map(|rest| rest.until);
    let standing = match (world.addresses.get(&id), rests_until) {
        (Some(row), _) => Some(Standing::Allocated(row)),
        (None, Some(until)) => Some(Standing::Quarantined(until)),
        (None, None) => None,
    };
    let right = match reserve(world, &network, &prefix, address) {
        // One that was given before the policy left it out is still somebody's.
        Some(reserve) if standing.is_none() => Right::Reserved(reserve),
        // A network of no partition is served by whoever has its row.
        _ if network.partition.as_str().is_empty() => Right::Held(home.clone()),
        _ => Right::Held(network.partition.clone()),
    };
    let standing = match right {
        Right::Held(_) => standing.or(Some(Standing::Available)),
        _ => standing,
    };
    Some(AddressState { network: network.id.clone(), prefix, right, standing })
}

fn reserve(world: &World, network: &Network, prefix: &IpNet, address: IpAddr) -> Option<Reserve> {
    if children::count(world, network, prefix) > 0 {
        return Some(Reserve::ForChildren);
    }
    let is_given = network.pool.allows(prefix, block::number(address));
    (!is_given).then_some(Reserve::Policy)
}

#[cfg(test)]
mod tests {
    use super::super::AddressCommand;
    use super::super::index::{AddressRange, PoolPolicy};
    use super::super::stage::{self, Stage};
    use super::*;
    use crate::store::Generation;
    use serde_json::json;

    fn said(stage: &Stage, address: &str) -> String {
        let Some(state) = state_of(&stage.world, &"home".into(), address.parse().unwrap()) else {
            return "in no network".to_owned();
        };
        let right = match state.right {
            Right::Held(holder) => holder.to_string(),
            other => format!("{other:?}"),
        };
        let standing = match state.standing {
            Some(Standing::Allocated(row)) => format!("allocated to {}", row.project.as_str()),
            other => format!("{other:?}"),
        };
        format!("{address} of {} of {}: {right}, {standing}", state.prefix, state.network)
    }

    #[test]
    fn what_is_said_of_addresses() {
        let mut stage = Stage::new();
        let excluded =
            vec![AddressRange::new("192.0.2.8".parse().unwrap(), "192.0.2.9".parse().unwrap()).unwrap()];
        let pool = PoolPolicy { excluded, quarantine_s: 600, ..PoolPolicy::default() };
        let ours = Network { partition: "ours".into(), ..stage::network("n", &["192.0.2.0/24"]) };
        let networks = [
            Network { pool, ..ours },
            stage::network("m", &["2001:db8::/64"]),
            stage::super_network("s", &["10.0.0.0/16"]),
            stage::child("c", "s", &["10.0.4.0/22"]),
        ];
        for network in networks {
            stage.world.insert(Generation(1), network);
        }
        let request = json!({"networkid": "n", "projectid": "a"});
        for _ in 0..2 {
            stage
                .address(&AddressCommand::Allocate(serde_json::from_value(request.clone()).unwrap()))
                .unwrap();
        }
        stage.address(&AddressCommand::Free("192.0.2.1".to_owned())).unwrap();
        let until = stage.world.rests.get("192.0.2.1").unwrap().until;
        let table = [
            ("192.0.2.0", "192.0.2.0/24 of n: Reserved(Policy), None".to_owned()),
            ("192.0.2.1", format!("192.0.2.0/24 of n: ours, Some(Quarantined({until:?}))")),
            ("192.0.2.2", "192.0.2.0/24 of n: ours, allocated to a".to_owned()),
            ("192.0.2.3", "192.0.2.0/24 of n: ours, Some(Available)".to_owned()),
            ("192.0.2.9", "192.0.2.0/24 of n: Reserved(Policy), None".to_owned()),
            ("2001:db8::1", "2001:db8::/64 of m: home, Some(Available)".to_owned()),
            ("10.0.0.1", "10.0.0.0/16 of s: Reserved(ForChildren), None".to_owned()),
            ("10.0.4.1", "10.0.4.0/22 of c: home, Some(Available)".to_owned()),
        ];
        for (address, wanted) in table {
            assert_eq!(said(&stage, address), format!("{address} of {wanted}"));
        }
        assert_eq!(said(&stage, "203.0.113.1"), "in no network");
    }
}
