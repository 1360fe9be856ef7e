//! Nothing that partitions compare is created while one joins: from the last comparison until the join is written.

use super::door::{Answer, Question, refused};
use super::{Federation, Member};
use actors::federation::COMPARED;
use actors::runtime::{CallError, Freeze};
use futures_util::future::join_all;
use std::time::Duration;

/// How long a freeze lasts, if it does not end before. Its start takes up to a second more.
pub(super) const FREEZE: Duration = Duration::from_secs(4);

/// A join is written this long after its request has come, or refused: all freezes still last then.
pub(super) const COMMIT_WITHIN: Duration = Duration::from_secs(3);

impl Federation {
    /// Refuses creations here for [`FREEZE`], or until the result is dropped.
    pub(super) async fn freeze(&self) -> Result<Freeze, CallError> {
        self.shared.gateway.local().freeze(COMPARED.into(), FREEZE).await
    }

    /// Refuses creations in all partitions of the federation. Those of the others end by themselves. The error is a
    /// sentence with the name of a partition.
    pub(super) async fn freeze_all(&self, member: &Member) -> Result<Freeze, String> {
        let own = self.shared.gateway.partition().as_str();
        let here = self.freeze().await.map_err(|error| error.to_string())?;
        let for_ms = u64::try_from(FREEZE.as_millis()).unwrap_or(u64::MAX);
        let others = member.document.members.keys().filter(|name| *name != own).map(async |name| match self
            .question(name, &Question::Freeze { for_ms })
            .await
        {
            Some(Answer::Frozen) => Ok(()),
            Some(Answer::NotUnderstood { reason }) => {
                Err(format!("{name} cannot stop creations for the join: {reason}"))
            }
            Some(_) | None => Err(silent(name)),
        });
        join_all(others).await.into_iter().collect::<Result<Vec<()>, String>>().map(|_| here)
    }

    /// Answers the holder of the root.
    pub(super) async fn frozen(&self, for_ms: u64) -> Answer {
        let time = Duration::from_millis(for_ms);
        if time > FREEZE {
            return refused(format!("creations stop for at most {} ms", FREEZE.as_millis()));
        }
        match self.shared.gateway.local().freeze(COMPARED.into(), time).await {
            Ok(freeze) => {
                *self.shared.frozen.lock() = Some(freeze);
                Answer::Frozen
            }
            Err(error) => refused(error.to_string()),
        }
    }
}

/// The sentence about a member that does not answer.
pub(super) fn silent(name: &str) -> String {
    format!(
        "{name} does not answer, and must be compared with you: repeat the command when it does, or evict it"
    )
}
