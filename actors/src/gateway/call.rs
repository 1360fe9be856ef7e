//! Sends requests as messages and reads their replies.

use super::peers::PING_TIMEOUT;
use super::{Gateway, Shared};
use crate::ids::PartitionId;
use crate::mesh::{Mesh, MeshError, Outgoing, Reply, Request};
use crate::router;
use crate::runtime::CallError;
use crate::wire;
use std::hash::{DefaultHasher, Hash, Hasher};
use tokio::time::Instant;
use uuid::Uuid;

impl Gateway {
    /// Calls a partition until then, unless it is away; the call ends when the partition goes away or leaves.
    /// [`MeshError::NotSent`] only if the request did not leave this node.
    pub(super) async fn call(
        &self,
        to: &PartitionId,
        request: &Request,
        until: Instant,
    ) -> Result<Reply, MeshError> {
        let peers = &self.shared.peers;
        let Some(membership) = peers.reachable(to) else { return Err(MeshError::NotSent) };
        tokio::select! {
            biased;
            reply = self.send(to, request, until) => reply,
            () = peers.until_away(to, membership) => Err(MeshError::Lost),
            () = tokio::time::sleep_until(until) => Err(MeshError::Lost),
        }
    }

    /// An unreadable reply counts as a lost one: the request may have been executed.
    async fn send(&self, to: &PartitionId, request: &Request, until: Instant) -> Result<Reply, MeshError> {
        let Shared { mesh, peers, .. } = &*self.shared;
        let key = match request {
            Request::Execute { command, .. } => Some(command.key),
            _ => None,
        };
        let outgoing = Outgoing {
            request: wire::write_request(request)?,
            lane: self.lane(request),
            remaining: until.saturating_duration_since(Instant::now()),
        };
        let reply = mesh.call(to, outgoing).await?;
        let reply = wire::read_reply(&reply, key).map_err(|bad| {
            peers.misunderstood(to, &bad.to_string());
            MeshError::Lost
        })?;
        match &reply {
            Reply::NotUnderstood { reason, .. } => peers.misunderstood(to, reason),
            _ => peers.understood(to),
        }
        Ok(reply)
    }

    /// Commands to one actor have one lane; reads are spread over the lanes by what they ask for.
    fn lane(&self, request: &Request) -> u64 {
        let mut hasher = DefaultHasher::new();
        match request {
            Request::Ping => {}
            Request::Has { row, .. } => row.hash(&mut hasher),
            Request::Answered { key } => key.hash(&mut hasher),
            Request::Show { kind, id, after } => (kind, id, after).hash(&mut hasher),
            Request::Execute { command, .. } => router::lane(self.here(), &command.body).hash(&mut hasher),
        }
        hasher.finish()
    }

    /// The error of a read when `all` did not answer.
    pub(super) fn away(&self, all: &[PartitionId]) -> CallError {
        let peers = &self.shared.peers;
        let silent: Vec<&str> = all
            .iter()
            .filter(|name| peers.what_is_misunderstood(name).is_none())
            .map(PartitionId::as_str)
            .collect();
        let mut reasons: Vec<String> = match silent.is_empty() {
            true => Vec::new(),
            false => vec![format!("no answer from {}", silent.join(", "))],
        };
        reasons.extend(all.iter().filter_map(|name| {
            let what = peers.what_is_misunderstood(name)?;
            Some(format!("{name} runs another release and could not read the message ({what}): nothing was changed, update the older of the two"))
        }));
        let partition = all.first().unwrap_or_else(|| self.partition()).clone();
        CallError::Unavailable { partition, reason: reasons.join("; ") }
    }

    /// The error of a write that was not sent because of `all`. `key`: if the caller chose it; an earlier request with
    /// it may have been executed.
    pub(super) fn not_executed(&self, all: &[PartitionId], key: Option<Uuid>) -> CallError {
        let mut error = self.away(all);
        if let CallError::Unavailable { reason, .. } = &mut error {
            reason.push_str("; the command was not executed");
            if let Some(key) = key {
                reason.push_str(&format!(
                    ", the outcome of an earlier request with key {key} is still unknown"
                ));
            }
        }
        error
    }
}

/// Whether the other side served the request.
pub(super) fn tells(reply: &Reply) -> bool {
    !matches!(reply, Reply::Failed(_) | Reply::NotUnderstood { .. })
}

/// [`Mesh::ping`] by a message, for meshes without a health lane. A partition that does not understand the request is
/// reachable, too.
pub async fn ping_by_message(mesh: &(impl Mesh + ?Sized), to: &PartitionId) -> Result<(), MeshError> {
    let request = wire::write_request(&Request::Ping)?;
    let reply = mesh.call(to, Outgoing { request, lane: 0, remaining: PING_TIMEOUT }).await?;
    match wire::read_reply(&reply, None) {
        Ok(Reply::Pong | Reply::NotUnderstood { .. }) => Ok(()),
        Ok(_) | Err(_) => Err(MeshError::Lost),
    }
}
