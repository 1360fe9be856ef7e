//! `federation join`: asks the partition that made the token, and becomes a member.

use super::control::{Line, Progress, failed};
use super::door::{JoinAnswer, JoinRequest, VERSION};
use super::items::{MEMBERSHIP, Membership};
use super::ledger::Changes;
use super::renaming::{Plan, wishes};
use super::{Federation, root_key, token_of};
use actors::federation::Renames;
use anyhow::Context;
use serde_json::json;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use transport::document::SignedDocument;
use transport::identity::Fingerprint;
use transport::identity::authority::PartitionAuthority;
use transport::join;
use transport::token::Token;

/// The file with the key that a join with this token makes.
fn key_name(token: &Token) -> String {
    format!("partition-{}.key", hex::encode(token.id().as_bytes()))
}

/// The file with the request for a certificate of that key.
fn csr_name(token: &Token) -> String {
    format!("partition-{}.csr", hex::encode(token.id().as_bytes()))
}

/// Any port, of both families where the system has them.
const UNSPECIFIED: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0);

/// How long one address of the inviter is tried.
const ADDRESS_TIMEOUT: Duration = Duration::from_secs(10);

/// What a join that ends early has changed.
const UNCHANGED: &str = "nothing was changed";
const RENAMED: &str =
    "the ids have their new names, and nothing else was changed; repeat the same command to go on";
const UNKNOWN: &str = "the inviter may have admitted this partition; repeat the same command to go on";

const INCOMPATIBLE: &str = "the inviter's answer cannot be read: both partitions need compatible releases";

/// Nothing stands in the way.
fn free(remarks: &[String]) -> Line {
    let mut lines = vec![format!("nothing stands in the way; {UNCHANGED}")];
    lines.extend(remarks.iter().map(|remark| format!("  {remark}")));
    Line::Done { sentence: lines.join("\n"), result: json!({"remarks": remarks}) }
}

fn refused(changed: &str, sentence: &str, conflicts: &[String]) -> Line {
    let mut lines = vec![format!("not joined, {changed}: {sentence}")];
    lines.extend(conflicts.iter().map(|conflict| format!("  {conflict}")));
    Line::Failed { sentence: lines.join("\n"), result: json!({"conflicts": conflicts}) }
}

impl Federation {
    pub(super) async fn join(
        &self,
        token: &str,
        dry_run: bool,
        rename: &[String],
        progress: &Progress,
    ) -> Line {
        match self.joined(token, dry_run, rename, progress).await {
            Ok(line) => line,
            Err(error) => failed(format!("not joined: {error:#}")),
        }
    }

    /// Asks what stands in the way first. Only if nothing does, it renames, and then joins. If it is interrupted in
    /// between, a repetition goes on from there.
    async fn joined(
        &self,
        token: &str,
        dry_run: bool,
        rename: &[String],
        progress: &Progress,
    ) -> anyhow::Result<Line> {
        let token = token_of(token)?;
        self.may_join(&token)?;
        self.can_listen()?;
        let wishes = wishes(rename)?;
        let Plan { ids, remarks } = self.plan(&wishes)?;
        remarks.iter().for_each(|remark| progress.say(remark));
        let request = self.request(&token, true, &ids)?;
        let asked = self.ask_inviter(&token, &token.addresses, &request, progress).await;
        let (address, answer) = asked.context(UNCHANGED)?;
        match answer {
            JoinAnswer::Refused { sentence, conflicts } => {
                return Ok(refused(UNCHANGED, &sentence, &conflicts));
            }
            JoinAnswer::Free { remarks } if dry_run => return Ok(free(&remarks)),
            JoinAnswer::Free { .. } => {}
            JoinAnswer::Admitted { .. } => anyhow::bail!("{UNCHANGED}: {INCOMPATIBLE}"),
        }
        self.rename(&wishes, progress).await?;
        let changed = if wishes.is_empty() { UNCHANGED } else { RENAMED };
        let _freeze = self.freeze().await.context(changed)?;
        let request = self.request(&token, false, &Renames::default()).context(changed)?;
        let asked = self.ask_inviter(&token, &[address], &request, progress).await;
        match asked.context(UNKNOWN)?.1 {
            JoinAnswer::Refused { sentence, conflicts } => Ok(refused(changed, &sentence, &conflicts)),
            JoinAnswer::Free { .. } => anyhow::bail!("{changed}: {INCOMPATIBLE}"),
            JoinAnswer::Admitted { document, root, intermediate } => {
                progress.say("admitted: keeping the membership");
                let membership = self.membership(&token, document, root, intermediate)?;
                self.become_member(membership).await
            }
        }
    }

    /// A federation of one counts as none.
    fn may_join(&self, token: &Token) -> anyhow::Result<()> {
        let own = self.shared.gateway.partition();
        anyhow::ensure!(
            token.partition == own.as_str(),
            "this token is for {}, and this partition is {own}: ask for a token with its name",
            token.partition
        );
        if let Some(member) = self.member() {
            let document = &member.document;
            anyhow::ensure!(
                document.federation != token.federation,
                "this partition is a member of that federation already"
            );
            anyhow::ensure!(
                document.members.len() == 1,
                "this partition is a member of federation {}; two federations do not merge",
                document.federation
            );
        }
        Ok(())
    }

    /// Key and request are kept before they are used, so that the same key repeats a join that was interrupted.
    fn request(&self, token: &Token, dry_run: bool, ids: &Renames) -> anyhow::Result<JoinRequest> {
        let partition = self.shared.gateway.partition().to_string();
        let [key, csr] = [key_name(token), csr_name(token)];
        let csr = match (self.shared.keys.read(&key)?, self.shared.keys.read(&csr)?) {
            (Some(_), Some(csr)) => csr,
            _ => {
                let (private, request) = PartitionAuthority::request(&partition)?;
                self.shared.keys.write(&csr, &request)?;
                self.shared.keys.write(&key, private.secret_pkcs8_der())?;
                request
            }
        };
        Ok(JoinRequest {
            version: VERSION,
            secret: *token.secret.expose(),
            partition,
            csr,
            addresses: self.addresses()?,
            now_ms: self.shared.clock.now().millis(),
            build: self.shared.settings.build.clone(),
            dry_run,
            inventory: self.inventory_after(token.secret.expose(), ids)?.encode()?,
        })
    }

    /// The first of the addresses that answers, and the answer.
    async fn ask_inviter(
        &self,
        token: &Token,
        addresses: &[String],
        request: &JoinRequest,
        progress: &Progress,
    ) -> anyhow::Result<(String, JoinAnswer)> {
        let bytes = request.encode()?;
        let mut faults = Vec::new();
        for address in addresses {
            progress.say(format!("asking the inviter at {address}"));
            let socket = transport::socket::udp(UNSPECIFIED)?.socket;
            let (clock, request) = (self.wall_clock(), bytes.clone().into());
            let asked = join::ask(socket, address, token.root, &clock, request, ADDRESS_TIMEOUT);
            match asked.await {
                Ok(reply) => {
                    let answer = serde_json::from_slice(&reply).context(INCOMPATIBLE)?;
                    return Ok((address.clone(), answer));
                }
                Err(fault) => faults.push(format!("{address}: {fault}")),
            }
        }
        anyhow::bail!(
            "the inviter cannot be reached: {}. Open the UDP port of its mesh, or ask for a token with \
             other addresses",
            faults.join("; ")
        )
    }

    /// Checks what the inviter sent.
    fn membership(
        &self,
        token: &Token,
        document: Vec<u8>,
        root: Vec<u8>,
        intermediate: Vec<u8>,
    ) -> anyhow::Result<Membership> {
        anyhow::ensure!(
            Fingerprint::of(&root.clone().into()) == token.root,
            "the inviter sent another root than the token names"
        );
        let opened = SignedDocument::decode(&document)?.open(&[root.clone().into()])?;
        let own = self.shared.gateway.partition().as_str();
        let entry = opened.members.get(own).context("the inviter's document does not have this partition")?;
        anyhow::ensure!(
            entry.intermediate.as_ref() == intermediate,
            "the inviter sent another certificate than its document has"
        );
        // The certificate must be for the key that was made here.
        self.partition_authority(&key_name(token), &intermediate, &root)?;
        Ok(Membership {
            federation: opened.federation,
            document,
            key: key_name(token),
            intermediate,
            root,
            holds_root: false,
            since_ms: self.shared.clock.now().millis(),
            forked: false,
        })
    }

    async fn become_member(&self, membership: Membership) -> anyhow::Result<Line> {
        let old = self.shared.ledger.read::<Membership>(MEMBERSHIP).await?;
        self.shared.ledger.write(Changes::default().set(old.as_ref(), &membership)).await?;
        if let Some(old) = old {
            self.stop_links(Duration::ZERO).await;
            self.shared.keys.remove(&root_key(&old.value.federation))?;
            self.shared.keys.remove(&old.value.key)?;
        }
        let member = self.enter_again().await?;
        let names: Vec<&str> = member.document.members.keys().map(String::as_str).collect();
        let own = self.shared.gateway.partition();
        Ok(Line::Done {
            sentence: format!("{own} is a member of the federation of {}", names.join(", ")),
            result: json!({"federation": member.document.federation, "members": names}),
        })
    }
}
