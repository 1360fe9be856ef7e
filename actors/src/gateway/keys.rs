//! Commands that belong to no single partition, under a key of the caller's: executed once, although any partition may
//! execute them.
//!
//! A caller may send such a command again through another partition, while the first one has executed it, or executes
//! it now. So a partition asks all others about the key before it executes the command. It marks the key before it
//! asks, and keeps the mark until the command is executed; one that is asked about a marked key answers with an error.
//! Of two partitions that get the command at the same time, the one that marked the key later finds the other's mark,
//! and executes nothing. Both may find each other's: then their callers try again.

use super::Gateway;
use crate::answer::Answer;
use crate::command::Command;
use crate::ids::PartitionId;
use crate::mesh::{Reply, Request};
use crate::runtime::CallError;
use std::collections::BTreeSet;
use tokio::time::Instant;
use uuid::Uuid;

impl Gateway {
    /// Executes the command here, unless another partition has executed it or is executing it: then that one answers.
    /// An error if one does not tell: the outcome of an earlier request may be there.
    pub(super) async fn answer_once(
        &self,
        others: &BTreeSet<PartitionId>,
        command: Command,
        key: Uuid,
        until: Instant,
    ) -> Result<Answer, CallError> {
        let local = self.local();
        if local.knows(key).await? {
            return local.answer(command, true).await;
        }
        let _mark = self.shared.asking.hold(key);
        match self.executed_elsewhere(others, key).await? {
            None => local.answer(command, true).await,
            Some(partition) => self.pass_on(partition, command, Some(key), until).await,
        }
    }

    async fn executed_elsewhere(
        &self,
        others: &BTreeSet<PartitionId>,
        key: Uuid,
    ) -> Result<Option<PartitionId>, CallError> {
        let asked = self.ask_all(others, &Request::Answered { key }).await;
        let (mut unreachable, mut undecided) = (asked.unreachable, None);
        for (partition, reply) in asked.answers {
            match reply {
                Reply::Has(Ok(true)) => return Ok(Some(partition)),
                Reply::Has(Ok(false)) => {}
                Reply::Has(Err(error)) => undecided = Some(error),
                _ => unreachable.push(partition),
            }
        }
        match undecided {
            _ if !unreachable.is_empty() => Err(self.not_executed(&unreachable, Some(key))),
            Some(error) => Err(error),
            None => Ok(None),
        }
    }

    /// Whether a command with the key was executed here, or is being executed.
    pub(super) async fn answered(&self, key: Uuid) -> Result<bool, CallError> {
        let local = self.local();
        // Before the store: if the command is executed meanwhile, the mark was there.
        let is_asking = self.shared.asking.contains(key);
        if local.knows(key).await? {
            return Ok(true);
        }
        if is_asking {
            let reason = format!("another request with key {key} is being executed; try again");
            return Err(local.unavailable(&reason));
        }
        Ok(false)
    }
}
