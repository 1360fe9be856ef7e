//! Plugs the transport into the domain's port to other partitions.
//!
//! The transport carries bytes. The first byte of a request says whose it is: the gateway's ([`GATEWAY`]) or the
//! federation's ([`FEDERATION`]), which members exchange about themselves.

use actors::ids::PartitionId;
use actors::mesh::{Mesh, MeshError, Outgoing, TooLarge};
use async_trait::async_trait;
use bytes::{BufMut, Bytes, BytesMut};
use parking_lot::RwLock;
use std::fmt;
use std::time::Duration;
use transport::CallFault;

/// The first byte of a request of the gateway.
pub(crate) const GATEWAY: u8 = 0;

/// The first byte of a request of the federation.
pub(crate) const FEDERATION: u8 = 1;

/// The links of this node, which come and go with its membership.
#[derive(Default)]
pub struct Links {
    mesh: RwLock<Option<transport::Mesh>>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").finish_non_exhaustive()
    }
}

impl Links {
    /// The transport, once the partition is a member.
    pub(crate) fn mesh(&self) -> Option<transport::Mesh> {
        self.mesh.read().clone()
    }

    pub(crate) fn set(&self, mesh: transport::Mesh) {
        *self.mesh.write() = Some(mesh);
    }

    /// Closes the links; what is under way gets `patience`.
    pub(crate) async fn stop(&self, patience: Duration) {
        let mesh = self.mesh.write().take();
        if let Some(mesh) = mesh {
            mesh.stop(patience).await;
        }
    }

    /// Sends a request of the federation.
    pub(crate) async fn ask(
        &self,
        to: &str,
        request: &[u8],
        remaining: Duration,
    ) -> Result<Bytes, MeshError> {
        self.send(to, FEDERATION, 0, request, remaining).await
    }

    async fn send(
        &self,
        to: &str,
        whose: u8,
        lane: u64,
        request: &[u8],
        remaining: Duration,
    ) -> Result<Bytes, MeshError> {
        let Some(mesh) = self.mesh() else { return Err(MeshError::NotSent) };
        let mut framed = BytesMut::with_capacity(request.len() + 1);
        framed.put_u8(whose);
        framed.put_slice(request);
        mesh.call(to, lane, framed.freeze(), remaining).await.map_err(|fault| match fault {
            CallFault::NotSent(_) | CallFault::Refused(_) => MeshError::NotSent,
            CallFault::TooLarge { bytes, .. } => TooLarge { bytes }.into(),
            CallFault::Lost(_) => MeshError::Lost,
        })
    }
}

#[async_trait]
impl Mesh for Links {
    async fn call(&self, to: &PartitionId, outgoing: Outgoing) -> Result<Bytes, MeshError> {
        let Outgoing { request, lane, remaining } = outgoing;
        self.send(to.as_str(), GATEWAY, lane, &request, remaining).await
    }

    /// The transport's own health answers: it does not wait behind requests.
    async fn ping(&self, to: &PartitionId) -> Result<(), MeshError> {
        let mesh = self.mesh().ok_or(MeshError::NotSent)?;
        mesh.ping(to.as_str()).await.map(|_| ()).map_err(|_| MeshError::NotSent)
    }
}
