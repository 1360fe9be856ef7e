//! The mesh port over simulated links: requests and replies are serialised messages, and links account for their size.

use crate::link::Links;
use crate::node::Node;
use actors::gateway;
use actors::ids::PartitionId;
use actors::mesh::{Mesh, MeshError, Outgoing};
use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

/// The nodes and the links between them.
pub struct Network {
    links: Arc<Links>,
    nodes: Mutex<BTreeMap<PartitionId, Weak<Node>>>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

impl Network {
    pub fn new(links: Arc<Links>) -> Self {
        Self { links, nodes: Mutex::default() }
    }

    pub fn plug(&self, node: &Arc<Node>) {
        let mut nodes = self.nodes.lock();
        nodes.insert(node.partition.clone(), Arc::downgrade(node));
    }

    fn node(&self, partition: &PartitionId) -> Option<Arc<Node>> {
        self.nodes.lock().get(partition).and_then(Weak::upgrade)
    }

    /// The mesh from one partition's view.
    pub fn mesh_of(self: &Arc<Self>, partition: &PartitionId) -> Arc<dyn Mesh> {
        Arc::new(End { partition: partition.clone(), network: Arc::clone(self) })
    }
}

struct End {
    partition: PartitionId,
    network: Arc<Network>,
}

/// Bytes of a message.
fn weight(message: &Bytes) -> u64 {
    u64::try_from(message.len()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Mesh for End {
    async fn call(&self, to: &PartitionId, outgoing: Outgoing) -> Result<Bytes, MeshError> {
        let Outgoing { request, .. } = outgoing;
        let node = self.network.node(to).ok_or(MeshError::NotSent)?;
        let line = |from: &PartitionId, to: &PartitionId| {
            self.network.links.link(from.as_str(), to.as_str()).ok_or(MeshError::NotSent)
        };
        let (there, back) = (line(&self.partition, to)?, line(to, &self.partition)?);
        let passage = there.send(weight(&request));
        if let Some(under_way) = passage.second {
            let (node, from, request) = (Arc::clone(&node), self.partition.clone(), request.clone());
            // The duplicate arrives even if the sender no longer waits.
            tokio::spawn(async move {
                tokio::time::sleep(under_way).await;
                let twice =
                    node.call(move |inside| async move { inside.gateway.serve(&from, &request).await });
                twice.await.ok();
            });
        }
        match passage.first {
            Some(under_way) => tokio::time::sleep(under_way).await,
            None => std::future::pending().await,
        }
        let from = self.partition.clone();
        let served =
            node.call(move |inside| async move { inside.gateway.serve(&from, &request).await }).await;
        back.carry(served.as_ref().map_or(1, weight)).await;
        served.map_err(|gone| if gone.refused { MeshError::NotSent } else { MeshError::Lost })
    }

    async fn ping(&self, to: &PartitionId) -> Result<(), MeshError> {
        gateway::ping_by_message(self, to).await
    }
}
