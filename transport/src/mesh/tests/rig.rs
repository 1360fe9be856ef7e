//! Partitions with one node each, over the pretend network.

use crate::fixture::{Federation, Member, Network, Path};
use crate::{Direction, LinkStatus, Mesh, MeshConfig};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

pub(super) struct Rig {
    pub(super) network: Network,
    pub(super) federation: Federation,
    pub(super) nodes: BTreeMap<String, Node>,
}

pub(super) struct Node {
    pub(super) mesh: Mesh,
    pub(super) member: Arc<Member>,
    pub(super) address: SocketAddr,
}

pub(super) fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

pub(super) fn address(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, number], 4433))
}

impl Rig {
    /// Partitions that know all others' addresses.
    pub(super) fn new(partitions: &[&str], seed: u64, path: Path) -> Self {
        let rig = Self::apart(partitions, seed, path);
        rig.introduce();
        rig
    }

    pub(super) fn apart(partitions: &[&str], seed: u64, path: Path) -> Self {
        let (network, federation) = (Network::new(seed, path), Federation::new(partitions));
        let mut rig = Self { network, federation, nodes: BTreeMap::new() };
        for (number, partition) in (1..).zip(partitions) {
            rig.start(partition, seed * 100 + u64::from(number), address(number));
        }
        rig
    }

    pub(super) fn start(&mut self, partition: &str, seed: u64, address: SocketAddr) {
        let (config, member) = self.config(partition, seed, address);
        let mesh = Mesh::start(config).unwrap();
        self.nodes.insert(partition.to_owned(), Node { mesh, member, address });
    }

    pub(super) fn config(
        &self,
        partition: &str,
        seed: u64,
        address: SocketAddr,
    ) -> (MeshConfig, Arc<Member>) {
        let member = Arc::new(Member::default());
        let socket = self.network.socket(partition, address);
        (self.federation.config(partition, seed, socket, Arc::<Member>::clone(&member)), member)
    }

    pub(super) fn introduce(&self) {
        for partition in self.nodes.keys() {
            self.introduce_to(partition);
        }
    }

    pub(super) fn introduce_to(&self, partition: &str) {
        let addresses =
            self.nodes.iter().map(|(name, node)| (name.clone(), vec![node.address.to_string()])).collect();
        self.mesh(partition).set_peers(addresses);
    }

    pub(super) fn mesh(&self, partition: &str) -> &Mesh {
        &self.nodes[partition].mesh
    }

    /// True once both ends would send a call.
    pub(super) fn is_linked(&self, one: &str, other: &str) -> bool {
        self.mesh(one).is_reachable(other) && self.mesh(other).is_reachable(one)
    }

    /// How long it takes until both ends would send a call.
    pub(super) async fn until_linked(&self, one: &str, other: &str) -> Duration {
        self.until(&format!("{one} and {other} linked"), || self.is_linked(one, other)).await
    }

    pub(super) async fn until(&self, what: &str, mut is_true: impl FnMut() -> bool) -> Duration {
        let start = Instant::now();
        let wait = async {
            while !is_true() {
                sleep(ms(5)).await;
            }
        };
        if timeout(ms(60_000), wait).await.is_err() {
            let all: Vec<_> = self.nodes.values().flat_map(|node| node.mesh.status()).collect();
            panic!("not {what} within a minute: {all:#?}");
        }
        start.elapsed()
    }

    pub(super) fn status(&self, at: &str, of: &str) -> LinkStatus {
        let all = self.mesh(at).status();
        all.into_iter().find(|status| status.partition == of).unwrap()
    }

    /// Inbound and outbound, as `at` knows them.
    pub(super) fn directions(&self, at: &str, of: &str) -> (Known, Known) {
        let status = self.status(at, of);
        (known(status.inbound), known(status.outbound))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Unknown,
    Open,
    Silent,
}

fn known(direction: Direction) -> Known {
    match direction {
        Direction::Unknown => Known::Unknown,
        Direction::Open => Known::Open,
        Direction::Silent { .. } => Known::Silent,
    }
}
