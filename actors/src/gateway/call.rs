//! Sends requests as messages and reads their replies.

use super::{Gateway, Shared};
use crate::ids::PartitionId;
use crate::mesh::{MeshError, Reply, Request};
use crate::runtime::CallError;
use crate::wire;

impl Gateway {
    /// Calls a partition, unless it is away; the call ends when the partition goes away.
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

    /// An unreadable reply counts as a lost one: the request may have been executed.
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
            // All releases know this reply.
            Reply::Pong => {}
            _ => peers.understood(to),
        }
        Ok(reply)
    }

    /// The error when `all` did not answer; `partition` is the first of them.
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

/// Whether the other side served the request.
pub(super) fn tells(reply: &Reply) -> bool {
    !matches!(reply, Reply::Failed(_) | Reply::NotUnderstood { .. })
}
