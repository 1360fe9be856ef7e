//! Serves requests of other partitions.

use super::{Gateway, view};
use crate::answer::Answer;
use crate::command::Command;
use crate::ids::PartitionId;
use crate::mesh::{Reply, Request};
use crate::runtime::CallError;
use crate::store::Key;
use crate::wire;
use bytes::Bytes;
use std::time::Duration;
use uuid::Uuid;

impl Gateway {
    /// Answers a message of the partition `from`, as the transport proved its name, with any content. A message may
    /// arrive twice.
    pub async fn serve(&self, from: &PartitionId, message: &[u8]) -> Bytes {
        let request = match wire::read_request(message) {
            Ok(request) => request,
            Err(bad) => return written(&bad.reply()),
        };
        let key = match &request {
            Request::Execute { command, .. } => Some(command.key),
            _ => None,
        };
        let reply = self.reply_to(from, request).await;
        wire::write_reply(&reply).unwrap_or_else(|too_large| {
            tracing::error!(%too_large, "an answer cannot be sent");
            written(&match key {
                Some(key) => Reply::Executed(Err(CallError::UnreadableAnswer { key })),
                None => wire::BadMessage::new(too_large.to_string()).reply(),
            })
        })
    }

    pub(super) async fn reply_to(&self, from: &PartitionId, request: Request) -> Reply {
        if let Some(denial) = self.denial(from, &request) {
            return denial;
        }
        let local = self.local();
        match request {
            Request::Ping => Reply::Pong,
            Request::Has { row, answered } => Reply::Has(self.has(&row, answered).await),
            Request::Answered { key } => Reply::Has(self.answered(key).await),
            Request::Show { kind, id, after } => {
                let world = local.world();
                match world.whole(|| view::show(world, kind, id.as_deref(), after.as_deref())) {
                    Ok(shown) => Reply::Shown(Box::new(shown)),
                    Err(stopped) => Reply::Failed(local.unavailable(&stopped.to_string())),
                }
            }
            Request::Execute { command, may_be_retry, remaining_ms, hops: _ } => {
                let remaining = Duration::from_millis(remaining_ms);
                Reply::Executed(self.execute_for_another(*command, may_be_retry, remaining).await)
            }
        }
    }

    /// Checks the row first: it is removed after the answer is stored.
    async fn has(&self, row: &Key, answered: Option<Uuid>) -> Result<bool, CallError> {
        let local = self.local();
        if local.world().has(row) {
            return Ok(true);
        }
        if let Some(key) = answered
            && local.knows(key).await?
        {
            return Ok(true);
        }
        // The row may be unreadable.
        let stopped = local.world().check_kind(row.kind);
        stopped.map(|()| false).map_err(|stopped| local.unavailable(&stopped.to_string()))
    }

    /// The decision checks the principal's rights, as for a local command.
    async fn execute_for_another(
        &self,
        command: Command,
        may_be_retry: bool,
        remaining: Duration,
    ) -> Result<Answer, CallError> {
        let local = self.local();
        let remaining = remaining.min(super::REMOTE_TIMEOUT);
        let key = command.key;
        match tokio::time::timeout(remaining, local.execute(command, may_be_retry, remaining)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::Unknown { key }),
        }
    }
}

/// Serialises a reply with only a few texts.
fn written(reply: &Reply) -> Bytes {
    wire::write_reply(reply).unwrap_or_default()
}
