//! What this partition does for another one: answer reads, and execute what users ask for ([`router::sender`]).

use super::Gateway;
use crate::command::Command;
use crate::ids::PartitionId;
use crate::mesh::{HOPS_MAX, Reply, Request};
use crate::refusal::Refusal;
use crate::router::{self, Destination};
use crate::runtime::CallError;

impl Gateway {
    /// The reply to a request that this partition does not serve for `from`: nothing is executed. The partition's rows
    /// do not matter, so a denied sender learns nothing about them.
    pub(super) fn denial(&self, from: &PartitionId, request: &Request) -> Option<Reply> {
        let is_member = self.others().is_some_and(|others| others.contains(from));
        match request {
            // What a member asks first, before this partition knows that it joined.
            Request::Ping => None,
            Request::Has { .. } | Request::Answered { .. } | Request::Show { .. } => {
                (!is_member).then(|| Reply::Failed(self.not_a_member(from)))
            }
            Request::Execute { .. } if !is_member => Some(Reply::Executed(Err(self.not_a_member(from)))),
            Request::Execute { command, hops, .. } => {
                self.refusal(from, command, *hops).map(|error| Reply::Executed(Err(error)))
            }
        }
    }

    fn not_a_member(&self, from: &PartitionId) -> CallError {
        let reason = format!("\"{from}\" is not a member of its federation; nothing was executed");
        self.local().unavailable(&reason)
    }

    fn refusal(&self, from: &PartitionId, command: &Command, hops: u8) -> Option<CallError> {
        let here = self.partition();
        if let Some(what) = router::sender(&command.body).denied() {
            if self.shared.peers.is_news_that_denied(from) {
                tracing::warn!(%from, what, "another partition sent what only this site may send");
            }
            let text = format!(
                "not executed: \"{here}\" accepts {what} only from its own site, not from \"{from}\""
            );
            return Some(Refusal::forbidden(text).into());
        }
        let elsewhere = |partition: &PartitionId| CallError::Unavailable {
            partition: partition.clone(),
            reason: format!("a command for {partition} came to {here}; it was not executed"),
        };
        if hops > HOPS_MAX || command.partition != *here {
            return Some(elsewhere(&command.partition));
        }
        let others = self.others()?;
        match router::destination(self.here(), &others, &command.body) {
            Destination::At(partition) => Some(elsewhere(&partition)),
            Destination::Refused(refusal) => Some(refusal.into()),
            Destination::Here | Destination::Anywhere | Destination::OwnerOf(_) => None,
        }
    }
}
