//! The mesh port over pretend links: requests and replies travel as values and cost about what they weigh as JSON.

use crate::link::Links;
use crate::node::Node;
use actors::ids::PartitionId;
use actors::mesh::{Mesh, MeshError, Reply, Request};
use async_trait::async_trait;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

/// What is around rows, and around each row's body.
const ROWS_BYTES: u64 = 12;
const ROW_BYTES: u64 = 150;

/// Which node is where, and the links between all of them.
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

    /// The mesh as one partition sees it.
    pub fn mesh_of(self: &Arc<Self>, home: &PartitionId) -> Arc<dyn Mesh> {
        Arc::new(End { home: home.clone(), network: Arc::clone(self) })
    }
}

struct End {
    home: PartitionId,
    network: Arc<Network>,
}

/// What a reply weighs on the wire. Rows are by far the heaviest, and weigh what their bodies do.
fn weight_of_reply(reply: &Reply) -> u64 {
    match reply {
        Reply::Shown(shown) => shown
            .rows
            .iter()
            .map(actors::store::Row::bytes)
            .fold(ROWS_BYTES, |all, bytes| all + ROW_BYTES + u64::try_from(bytes).unwrap_or(u64::MAX)),
        reply => weight(reply),
    }
}

/// What a message weighs on the wire.
fn weight(message: &impl Serialize) -> u64 {
    struct Scale(u64);
    impl std::io::Write for Scale {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut scale = Scale(0);
    serde_json::to_writer(&mut scale, message).expect("messages are maps with text keys");
    scale.0
}

#[async_trait]
impl Mesh for End {
    async fn call(&self, to: &PartitionId, request: Request) -> Result<Reply, MeshError> {
        let node = self.network.node(to).ok_or(MeshError::NotSent)?;
        let line = |from: &PartitionId, to: &PartitionId| {
            self.network.links.link(from.as_str(), to.as_str()).ok_or(MeshError::NotSent)
        };
        let (there, back) = (line(&self.home, to)?, line(to, &self.home)?);
        let passage = there.send(weight(&request));
        if let Some(under_way) = passage.second {
            let (node, request) = (Arc::clone(&node), request.clone());
            // The second copy arrives whether or not the first one's sender still waits.
            tokio::spawn(async move {
                tokio::time::sleep(under_way).await;
                let twice = node.call(move |inside| async move { inside.gateway.serve(request).await });
                twice.await.ok();
            });
        }
        match passage.first {
            Some(under_way) => tokio::time::sleep(under_way).await,
            None => std::future::pending().await,
        }
        let served = node.call(move |inside| async move { inside.gateway.serve(request).await }).await;
        back.carry(served.as_ref().map_or(1, weight_of_reply)).await;
        served.map_err(|gone| if gone.refused { MeshError::NotSent } else { MeshError::Lost })
    }
}
