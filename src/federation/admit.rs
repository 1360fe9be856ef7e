//! The holder of the root admits a partition with a token: one commit spends the token and adds the member.

use super::door::{JoinAnswer, JoinRequest};
use super::freeze::{COMMIT_WITHIN, silent};
use super::items::{INVITATIONS, Invitation, Membership, Spent};
use super::ledger::{Changes, Kept};
use super::{Federation, Member, root_key};
use actors::federation::{Comparison, FINDINGS_MAX, Finding, Inventory, Severity, compare};
use actors::ids::PartitionId;
use actors::time::Timestamp;
use anyhow::Context;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;
use transport::document;
use transport::identity::KeyHash;
use transport::identity::authority::{Root, requested_key};
use transport::token::Secret;

/// Two clocks may differ by this much: certificates of the joiner's nodes must not be in the future for others.
const SKEW_MAX: Duration = Duration::from_secs(3600);

/// Maximum of members: every pair has links.
const MEMBERS_MAX: usize = 256;

/// Why a partition is not admitted, in a sentence with the way out.
type Refused = JoinAnswer;

impl Federation {
    /// Answers a partition that wants to join; it has proven nothing yet but that it reached this port.
    pub(super) async fn admit(&self, request: &[u8]) -> JoinAnswer {
        let request: JoinRequest = match JoinRequest::decode(request) {
            Ok(request) => request,
            Err(error) => {
                return JoinAnswer::refused(format!(
                    "the inviter could not read the request ({error:#}): both partitions need compatible releases"
                ));
            }
        };
        let until = Instant::now() + COMMIT_WITHIN;
        let _turn = self.shared.turn.lock().await;
        let answer = match self.decide(&request, until).await {
            Ok(answer) | Err(Stop::Refused(answer)) => answer,
            Err(Stop::Failed(error)) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    partition = request.partition,
                    "a join failed here"
                );
                JoinAnswer::refused("the inviter could not write its rows: repeat the command".to_owned())
            }
        };
        let verdict = answer.verdict();
        tracing::info!(
            partition = request.partition,
            dry_run = request.dry_run,
            verdict,
            "a partition asks to join"
        );
        answer
    }

    /// `until`: a join is written before, while the freezes last.
    async fn decide(&self, request: &JoinRequest, until: Instant) -> Result<JoinAnswer, Stop> {
        let member = self.member().ok_or_else(|| refuse("the inviter is in no federation any more"))?;
        if self.holds_root(&member).is_err() {
            return Err(refuse(
                "the inviter does not hold the root of its federation any more: ask for a new token",
            ));
        }
        let now = self.shared.clock.now();
        let invitation = self.invitation(request, now).await?;
        let key = requested_key(&request.csr).map_err(|error| refuse(&error.to_string()))?;
        if let Some(spent) = &invitation.value.spent {
            if spent.key != key.to_string() {
                return Err(refuse(
                    "this token was used already, by a partition with another key: ask for a new token. If the other one was not \
                     you, evict it",
                ));
            }
            if request.dry_run {
                return Ok(JoinAnswer::Free { remarks: Vec::new() });
            }
            return Ok(admitted(&member, &spent.intermediate));
        }
        if member.document.members.contains_key(&request.partition) {
            return Err(refuse("a partition with this name is a member: give yours another name"));
        }
        if member.document.members.len() >= MEMBERS_MAX {
            return Err(refuse("the federation has as many members as it can have"));
        }
        let _freeze = match request.dry_run {
            true => None,
            false => Some(self.freeze_all(&member).await.map_err(refuse_with)?),
        };
        let found = self.compared(request, &member).await?;
        if found.conflicts > 0 {
            let conflicts = found.texts(Severity::Conflict);
            let sentence =
                format!("{} conflicts stand in the way, {} are listed", found.conflicts, conflicts.len());
            return Ok(JoinAnswer::Refused { sentence, conflicts });
        }
        if request.dry_run {
            return Ok(JoinAnswer::Free { remarks: found.texts(Severity::Remark) });
        }
        if Instant::now() >= until {
            return Err(refuse("it took too long to compare all partitions: repeat the command"));
        }
        self.add(request, &member, invitation, key).await
    }

    /// The open or spent invitation of the request's token.
    async fn invitation(&self, request: &JoinRequest, now: Timestamp) -> Result<Kept<Invitation>, Stop> {
        let id = format!("{INVITATIONS}{}", hex::encode(Secret::from_bytes(request.secret).id().as_bytes()));
        let kept = self.shared.ledger.read::<Invitation>(&id).await.map_err(anyhow::Error::from)?;
        let kept = kept.ok_or_else(|| {
            refuse("the inviter does not know this token, or has forgotten it since it expired: ask for a new token")
        })?;
        let invitation = &kept.value;
        if invitation.partition != request.partition {
            return Err(Stop::Refused(JoinAnswer::refused(format!(
                "this token is for {}, and you are {}: ask for a token with your name",
                invitation.partition, request.partition
            ))));
        }
        if now.millis() >= invitation.expires_ms && invitation.spent.is_none() {
            return Err(refuse("this token has expired: ask for a new one"));
        }
        if now.millis().abs_diff(request.now_ms) > u64::try_from(SKEW_MAX.as_millis()).unwrap_or(u64::MAX) {
            return Err(Stop::Refused(JoinAnswer::refused(format!(
                "the clocks differ by more than an hour: it is {now} at the inviter and {} at {}; set the wrong one",
                Timestamp::from_millis(request.now_ms),
                request.partition
            ))));
        }
        Ok(kept)
    }

    /// Compares the joiner with all members.
    async fn compared(&self, request: &JoinRequest, member: &Member) -> Result<Found, Stop> {
        let joiner = Inventory::decode(&request.inventory).map_err(|error| refuse(&error.to_string()))?;
        let own = self.shared.gateway.partition();
        let inventory = self.inventory(&request.secret).map_err(|error| {
            Stop::Refused(JoinAnswer::refused(format!(
                "{own} cannot be compared with you: {error}; mend it first"
            )))
        })?;
        let mut found = Found::default();
        found.add(compare(&joiner, own, &inventory));
        let others = member.document.members.keys().filter(|name| *name != own.as_str());
        let theirs = others.map(async |name| (name, self.inventory_of(name, &request.secret).await));
        for (name, theirs) in join_all(theirs).await {
            let theirs = theirs.ok_or_else(|| refuse_with(silent(name)))?;
            found.add(compare(&joiner, &PartitionId::from(name.as_str()), &theirs));
        }
        Ok(found)
    }

    async fn add(
        &self,
        request: &JoinRequest,
        member: &Member,
        mut invitation: Kept<Invitation>,
        key: KeyHash,
    ) -> Result<JoinAnswer, Stop> {
        let root = self.root()?;
        let now = self.shared.clock.now();
        let intermediate = root.admit(&request.csr, &request.partition, (self.wall_clock())());
        let intermediate = intermediate.map_err(|error| refuse(&error.to_string()))?;
        let mut document = member.document.clone();
        document.number += 1;
        let epoch = document.members.values().map(|member| member.epoch).max().unwrap_or_default() + 1;
        document.members.insert(
            request.partition.clone(),
            document::Member {
                epoch,
                addresses: request.addresses.clone(),
                joined_at_ms: now.millis(),
                features: BTreeSet::new(),
                intermediate: intermediate.clone(),
                is_root_holder: false,
            },
        );
        let mut membership = member.kept.clone();
        membership.value.document = root.sign(&document).map_err(anyhow::Error::from)?.encode();
        invitation.value.spent =
            Some(Spent { at_ms: now.millis(), key: key.to_string(), intermediate: intermediate.to_vec() });
        let changes = Changes::default().replace(&invitation).replace(&membership);
        let written = self.shared.ledger.write(changes).await;
        // Also after a failure: its outcome may be unknown, and what is in use is what the store has.
        let entered = self.enter_again().await?;
        written.map_err(anyhow::Error::from)?;
        Ok(admitted(&entered, &intermediate))
    }

    pub(super) fn root(&self) -> anyhow::Result<Root> {
        let member = self.member().context("this partition is in no federation")?;
        let name = root_key(&member.document.federation);
        let key = self.shared.keys.read(&name)?;
        let key =
            key.with_context(|| format!("{name} is missing in the node's folder: restore it from a backup"))?;
        Ok(Root::open(&key.into(), member.kept.value.root.clone().into())?)
    }
}

/// What was found about all members.
#[derive(Default)]
struct Found {
    findings: Vec<Finding>,
    conflicts: u64,
}

impl Found {
    fn add(&mut self, comparison: Comparison) {
        self.conflicts = self.conflicts.saturating_add(comparison.conflicts);
        self.findings.extend(comparison.findings);
        self.findings.truncate(FINDINGS_MAX);
    }

    fn texts(&self, severity: Severity) -> Vec<String> {
        let of_severity = self.findings.iter().filter(|finding| finding.severity == severity);
        of_severity.map(|finding| finding.text.clone()).collect()
    }
}

/// Why a join ends.
enum Stop {
    Refused(Refused),
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

fn refuse(sentence: &str) -> Stop {
    refuse_with(sentence.to_owned())
}

const fn refuse_with(sentence: String) -> Stop {
    Stop::Refused(JoinAnswer::refused(sentence))
}

fn admitted(member: &Member, intermediate: &[u8]) -> JoinAnswer {
    let Membership { document, root, .. } = member.kept.value.clone();
    JoinAnswer::Admitted { document, root, intermediate: intermediate.to_vec() }
}
