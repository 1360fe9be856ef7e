//! How a document reaches all members: each sends its newest one to those who have not said that they have it, and
//! keeps a newer one that it gets. A member that is away gets it when it is back.

use super::Federation;
use super::door::{Answer, Question};
use super::items::{MEMBERSHIP, Membership};
use super::ledger::Changes;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use transport::document::{Order, SignedDocument, order};

/// Interval of offers to members that have not answered.
const OFFER_EVERY: Duration = Duration::from_secs(1);

/// Offers this partition's document to the others until its links stop.
pub(super) async fn spread(federation: Federation, stop: CancellationToken) {
    // The document that each member is known to have.
    let mut known: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    loop {
        let Some(member) = federation.member() else { return };
        let own = federation.shared.gateway.partition().as_str();
        let document = &member.kept.value.document;
        known.retain(|name, _| member.document.members.contains_key(name));
        for name in member.document.members.keys().filter(|name| *name != own) {
            let reachable = federation.shared.links.mesh().is_some_and(|mesh| mesh.is_reachable(name));
            if !reachable || known.get(name) == Some(document) {
                continue;
            }
            let question = Question::Document { document: document.clone() };
            if let Some(Answer::Document { document: theirs }) = federation.question(name, &question).await {
                federation.offered(name, &theirs).await;
                known.insert(name.clone(), theirs);
            }
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = federation.shared.changed.notified() => {}
            () = tokio::time::sleep(OFFER_EVERY) => {}
        }
    }
}

impl Federation {
    /// Takes a document that a member has, if it is newer than this partition's. The signature decides, not the sender.
    pub(super) async fn offered(&self, from: &str, bytes: &[u8]) {
        if let Err(error) = self.take(from, bytes).await {
            tracing::warn!(from, error = format!("{error:#}"), "a document of the federation was not taken");
        }
    }

    async fn take(&self, from: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let Some(member) = self.member() else { return Ok(()) };
        if member.kept.value.document == bytes {
            return Ok(());
        }
        let offered = SignedDocument::decode(bytes)?;
        let document = offered.open(&member.document.roots)?;
        match order(&member.signed, &offered) {
            Order::Same | Order::Older => return Ok(()),
            Order::Newer => {}
            Order::Fork => {
                tracing::error!(
                    from,
                    number = document.number,
                    "two different documents of the federation have one number: this partition lives alone until an operator decides"
                );
            }
        }
        let Some(mut kept) = self.shared.ledger.read::<Membership>(MEMBERSHIP).await? else { return Ok(()) };
        if kept.value.document != member.kept.value.document {
            // Another offer was faster; this one comes again.
            return Ok(());
        }
        if order(&member.signed, &offered) == Order::Fork {
            kept.value.forked = true;
        } else {
            kept.value.document = bytes.to_vec();
        }
        let written = self.shared.ledger.write(Changes::default().replace(&kept)).await;
        // Also after a failure: its outcome may be unknown, and what is in use is what the store has.
        let entered = self.enter_again().await?;
        written?;
        tracing::info!(from, number = entered.document.number, "the federation has a new document");
        Ok(())
    }
}
