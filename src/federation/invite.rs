//! `federation invite`: a token with which one partition may join, once.

use super::control::{Line, failed};
use super::items::{INVITATIONS, Invitation};
use super::ledger::Changes;
use super::{Federation, Member};
use crate::config;
use anyhow::Context;
use serde_json::json;
use std::time::Duration;
use transport::identity::Fingerprint;
use transport::token::{Secret, Token};

/// The longest time for which a token is valid.
const TTL_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// Maximum of open tokens.
const OPEN_MAX: usize = 256;

impl Federation {
    pub(super) async fn invite(&self, partition: &str, ttl_s: u64) -> Line {
        let Some(member) = self.member() else {
            return failed("this partition is in no federation: `metalmesh federation init` makes one");
        };
        self.invited(&member, partition, ttl_s)
            .await
            .unwrap_or_else(|error| failed(format!("no token was made: {error:#}")))
    }

    async fn invited(&self, member: &Member, partition: &str, ttl_s: u64) -> anyhow::Result<Line> {
        config::partition_name(partition).map_err(|why| anyhow::anyhow!("--partition: the name {why}"))?;
        self.holds_root(member)?;
        anyhow::ensure!(
            !member.document.members.contains_key(partition),
            "{partition} is a member already: a partition with another name may join"
        );
        let ttl = Duration::from_secs(ttl_s);
        anyhow::ensure!(!ttl.is_zero() && ttl <= TTL_MAX, "--ttl: a token is valid for at most 7d");
        self.forget_expired().await?;
        let open = self.shared.ledger.list::<Invitation>(INVITATIONS).await?;
        anyhow::ensure!(open.len() < OPEN_MAX, "{OPEN_MAX} tokens are open: wait until some have expired");
        let own = member.document.members.get(self.shared.gateway.partition().as_str());
        let expires = self.shared.clock.now() + ttl;
        let token = Token::new(
            &member.document.federation,
            partition,
            Secret::from_bytes(rand::random()),
            Fingerprint::of(&member.kept.value.root.clone().into()),
            own.map(|own| own.addresses.clone()).unwrap_or_default(),
            expires.millis(),
        )?;
        let invitation = Invitation {
            token: hex::encode(token.id().as_bytes()),
            partition: partition.to_owned(),
            expires_ms: expires.millis(),
            made_by: self.shared.gateway.partition().to_string(),
            spent: None,
        };
        self.shared.ledger.write(Changes::default().create(&invitation)).await?;
        let text = token.to_string();
        Ok(Line::Done {
            sentence: format!(
                "{partition} may join until {expires}; fingerprint of the root: {}. At a node of {partition}:\n  \
                 metalmesh federation join {text}",
                token.root
            ),
            result: json!({"token": text, "partition": partition, "expires": expires.to_string(), "root": token.root.to_string()}),
        })
    }

    /// The root is where tokens are made and partitions are admitted.
    pub(super) fn holds_root(&self, member: &Member) -> anyhow::Result<()> {
        if member.kept.value.holds_root {
            return Ok(());
        }
        let holder = member.document.members.iter().find(|(_, member)| member.is_root_holder);
        let holder = holder.map(|(name, _)| name.as_str()).context("no member holds the root")?;
        anyhow::bail!("{holder} holds the root of the federation: run the command there")
    }

    /// Removes tokens that expired a day ago: until then their use has its own sentence.
    async fn forget_expired(&self) -> anyhow::Result<()> {
        let now = self.shared.clock.now();
        let mut old = self.shared.ledger.list::<Invitation>(INVITATIONS).await?;
        old.retain(|kept| kept.value.expires_ms + 86_400_000 < now.millis());
        if !old.is_empty() {
            self.shared.ledger.remove(&old).await?;
        }
        Ok(())
    }
}
