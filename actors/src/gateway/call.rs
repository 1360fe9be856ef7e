//! Requests as messages: written, sent, and their replies read.

use super::{Gateway, Shared};
use crate::ids::PartitionId;
use crate::mesh::{MeshError, Reply, Request};
use crate::runtime::CallError;
use crate::wire;

impl Gateway {
    /// A call that is not begun when the partition is away, and ends when it goes away.
    pub(super) async fn call(&self, to: &PartitionId, request: Request) -> Result<Reply, MeshError> {
        let peers = &self.shared.peers;
        if peers.is_away(to) {
            return Err(MeshError::NotSent);
        }
        tokio::select! {
            biased;
            reply = self.send(to, &request) => reply,
            () = peers.until_away(to) => Err(MeshError::Lost),
        }
    }

    /// A reply that cannot be read is a lost one: what was asked for may have been done.
    pub(super) async fn send(&self, to: &PartitionId, request: &Request) -> Result<Reply, MeshError> {
        let Shared { mesh, peers, .. } = &*self.shared;
        let key = match request {
            Request::Execute { command, .. } => Some(command.key),
            _ => None,
        };
        let reply = mesh.call(to, wire::write_request(request)?).await?;
        let reply = wire::read_reply(&reply, key).map_err(|bad| {
            peers.misunderstood(to, &bad.to_string());
            MeshError::Lost
        })?;
        match &reply {
            Reply::NotUnderstood { reason, .. } => peers.misunderstood(to, reason),
            // Every release there will be knows this.
            Reply::Pong => {}
            _ => peers.understood(to),
        }
        Ok(reply)
    }

    /// Why nothing was done: `all` did not answer, and `partition` is the first of them.
    pub(super) fn away(&self, partition: &PartitionId, all: &[PartitionId]) -> CallError {
        let peers = &self.shared.peers;
        let what = |name: &PartitionId| peers.what_is_misunderstood(name).filter(|_| !peers.is_away(name));
        let silent = all.iter().filter(|name| what(name).is_none()).map(PartitionId::as_str);
        let silent: Vec<&str> = silent.collect();
        let mut reasons: Vec<String> = match silent.is_empty() {
            true => Vec::new(),
            false => vec![format!("no answer from {}", silent.join(", "))],
        };
        reasons.extend(all.iter().filter_map(|name| {
            let what = what(name)?;
            Some(format!("{name} runs another release and could not read the message ({what}): nothing was changed, update the older of the two"))
        }));
        CallError::Unavailable { partition: partition.clone(), reason: reasons.join("; ") }
    }
}

/// Whether the other side looked at what it was asked.
pub(super) fn tells(reply: &Reply) -> bool {
    !matches!(reply, Reply::Failed(_) | Reply::NotUnderstood { .. })
}
