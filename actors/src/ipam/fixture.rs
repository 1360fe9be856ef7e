//! Networks and addresses for the tests of [`crate::ipam`] and [`crate::network`].

use super::{AddressCommand, Claim, Pool};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext, Principal, Role};
use crate::fixture::rows;
use crate::ids::NetworkId;
use crate::masterdata::{Meta, Partition, Project};
use crate::network::{Network, NetworkCommand, NetworkType};
use crate::record::ipam::{Address, AddressType};
use crate::refusal::{Refusal, RefusalKind};
use crate::store::{Generation, validate};
use crate::time::Timestamp;
use crate::world::World;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use uuid::Uuid;

/// An external network with these prefixes.
pub(crate) fn network(id: &str, prefixes: &[&str]) -> Network {
    rows::network(id, prefixes, Timestamp::from_millis(1))
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
        request: None,
        name: String::new(),
        description: String::new(),
        kind: AddressType::Ephemeral,
        tags: Vec::new(),
        created: Timestamp::from_millis(1),
        changed: Timestamp::from_millis(1),
        attachments: Vec::new(),
        held_since: None,
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

/// Inserts addresses of a stored network.
pub(crate) fn occupy(world: &World, network: &str, addresses: &[&str]) {
    let network = world.networks.get(NetworkId::from(network).as_str()).unwrap();
    for text in addresses {
        world.insert(Generation(1), address(&network, text));
    }
}

/// A partition with the projects `a` and `b` and the partitions `p1` and `p2`, where every decision is applied at once.
pub(crate) struct Fixture {
    pub(crate) world: Arc<World>,
    rng: ChaCha8Rng,
    now_ms: i64,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let world = World::default();
        for id in ["a", "b"] {
            let meta = Meta { id: id.to_owned(), ..Meta::default() };
            world.insert(Generation(1), Project { meta: Some(meta), ..Project::default() });
        }
        for id in ["p1", "p2"] {
            world.insert(Generation(1), partition(id));
        }
        Self { world: Arc::new(world), rng: ChaCha8Rng::seed_from_u64(1), now_ms: 1000 }
    }

    /// The result of a decision without applying it. Every decision must be a transaction that stores accept.
    pub(crate) fn decided(
        &mut self,
        decide: impl FnOnce(&World, &mut DecisionContext<'_>) -> Decided<Answer>,
    ) -> Decided<Answer> {
        self.now_ms += 1;
        let principal = Principal { email: "e@x".to_owned(), role: Role::Edit };
        let now = Timestamp::from_millis(self.now_ms);
        let partition = "p1".into();
        let context = DecisionContext {
            now,
            rng: &mut self.rng,
            principal: &principal,
            key: Uuid::nil(),
            partition: &partition,
            again: false,
        };
        decide(&self.world, &mut { context })
    }

    fn applied(
        &mut self,
        decide: impl Fn(&World, &mut DecisionContext<'_>) -> Decided<Answer>,
    ) -> Result<Answer, Refusal> {
        // Decided twice: the first one's transaction is checked, the second is applied.
        let before = self.rng.clone();
        let transaction = self.decided(&decide)?.take_transaction();
        validate(&transaction).unwrap();
        self.rng = before;
        let decision = self.decided(&decide)?;
        Ok(decision.apply(&self.world))
    }

    pub(crate) fn network(&mut self, command: &NetworkCommand) -> Result<Network, Refusal> {
        match self.applied(|world, context| crate::network::decide(world, command, context))? {
            Answer::Network(network) => Ok(*network),
            other => panic!("{other:?} is no network"),
        }
    }

    pub(crate) fn address(&mut self, command: &AddressCommand) -> Result<Address, Refusal> {
        match self.applied(|world, context| super::decide(world, command, context))? {
            Answer::Address(address) => Ok(*address),
            other => panic!("{other:?} is no address"),
        }
    }

    pub(crate) fn addresses(&mut self, command: &AddressCommand) -> Result<Vec<Address>, Refusal> {
        match self.applied(|world, context| super::decide(world, command, context))? {
            Answer::Addresses(addresses) => Ok(addresses),
            other => panic!("{other:?} are no addresses"),
        }
    }

    /// Number of networks that hold a VRF number.
    pub(crate) fn vrf_owners(&self, number: u32) -> usize {
        let claim = self.world.claims.get(&Claim::row_id(Pool::Vrf, number));
        claim.map_or(0, |claim| claim.owners.len())
    }
}

fn partition(id: &str) -> Partition {
    rows::partition(id, Timestamp::from_millis(1))
}

/// A refusal as `<status> <text>`, as in the contract's tables.
pub(crate) fn said(refusal: &Refusal) -> String {
    let status = match refusal.kind {
        RefusalKind::BadRequest => 400,
        RefusalKind::Forbidden => 403,
        RefusalKind::NotFound => 404,
        RefusalKind::Conflict => 409,
        RefusalKind::Unprocessable => 422,
        RefusalKind::Internal => 500,
        RefusalKind::Unavailable => 503,
    };
    format!("{status} {}", refusal.message)
}
