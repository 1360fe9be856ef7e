//! `federation evict`: a partition that is gone for good is no member any more, so that it does not block the others.

use super::control::{Line, failed};
use super::ledger::Changes;
use super::{Federation, Member};
use anyhow::Context;
use serde_json::json;
use transport::identity::{Denied, key_of};

/// Maximal bytes of the reason.
const REASON_BYTES_MAX: usize = 1024;

impl Federation {
    pub(super) async fn evict(&self, partition: &str, fenced: &str) -> Line {
        let Some(member) = self.member() else {
            return failed("this partition is in no federation: nothing was changed");
        };
        self.evicted(&member, partition, fenced)
            .await
            .unwrap_or_else(|error| failed(format!("{partition} was not evicted: {error:#}")))
    }

    async fn evicted(&self, member: &Member, partition: &str, fenced: &str) -> anyhow::Result<Line> {
        self.holds_root(member)?;
        anyhow::ensure!(
            !fenced.trim().is_empty() && fenced.len() <= REASON_BYTES_MAX,
            "--fenced: say who made sure that no node of {partition} runs, and how, in up to {REASON_BYTES_MAX} bytes"
        );
        anyhow::ensure!(
            partition != self.shared.gateway.partition().as_str(),
            "it holds the root of the federation"
        );
        let mut document = member.document.clone();
        let gone = document.members.remove(partition).with_context(|| {
            let names: Vec<&str> = member.document.members.keys().map(String::as_str).collect();
            format!("it is no member; members are {}", names.join(", "))
        })?;
        document.number += 1;
        // Its certificates stay valid for years: its key is refused, and the name is free for another one.
        document.denied.insert(Denied::Key(key_of(&gone.intermediate)?));
        let mut membership = member.kept.clone();
        membership.value.document = self.root()?.sign(&document)?.encode();
        let written = self.shared.ledger.write(Changes::default().replace(&membership)).await;
        // Also after a failure: its outcome may be unknown, and what is in use is what the store has.
        self.enter_again().await?;
        written?;
        tracing::warn!(partition, fenced, "evicted from the federation");
        Ok(Line::Done {
            sentence: format!(
                "{partition} is no member any more; the others learn it when they are reached, and refuse it from then on"
            ),
            result: json!({"partition": partition, "document": document.number}),
        })
    }
}
