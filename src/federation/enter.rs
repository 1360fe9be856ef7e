//! A membership in use: the certificate of this node, the links to the other members, and who they are for the gateway.

use super::door::Door;
use super::items::{MEMBERSHIP, Membership};
use super::ledger::Kept;
use super::{Federation, Member, NODE};
use actors::ids::PartitionId;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use transport::document::SignedDocument;
use transport::identity::authority::PartitionAuthority;
use transport::identity::{Credentials, SharedTrust};
use transport::socket::Bound;
use transport::{Mesh, MeshConfig, Settings as LinkSettings};

/// A node's certificate is valid for 24 hours and is issued again this often.
const ISSUE_EVERY: Duration = Duration::from_secs(6 * 3600);

impl Federation {
    /// Reads the membership again and uses it.
    pub(super) async fn enter_again(&self) -> anyhow::Result<Arc<Member>> {
        let kept = self.shared.ledger.read::<Membership>(MEMBERSHIP).await?;
        self.enter(kept.context("the membership is gone")?)
    }

    /// Uses a membership that was read: starts the links if they do not run, or tells them what changed.
    pub(super) fn enter(&self, kept: Kept<Membership>) -> anyhow::Result<Arc<Member>> {
        let signed =
            SignedDocument::decode(&kept.value.document).context("the document of the federation")?;
        let document =
            signed.open(&[kept.value.root.clone().into()]).context("the document of the federation")?;
        let trust = document.trust();
        let old = self.member().filter(|old| old.document.federation == document.federation);
        let shared_trust = old.map_or_else(|| SharedTrust::new(trust.clone()), |old| old.trust.clone());
        let member = Arc::new(Member { kept, signed, document, trust: shared_trust });
        *self.shared.member.write() = Some(Arc::clone(&member));
        match self.shared.links.mesh() {
            Some(mesh) => mesh.set_trust(trust),
            None => self.start_links(&member)?,
        }
        self.apply(&member);
        self.shared.changed.notify_waiters();
        Ok(member)
    }

    /// Tells the links and the gateway who the other members are. An evicted partition, and one that saw two documents
    /// with one number, has no others.
    fn apply(&self, member: &Member) {
        let own = self.shared.gateway.partition().as_str();
        let alone = member.kept.value.forked || !member.document.members.contains_key(own);
        let others = member.document.members.iter().filter(|(name, _)| !alone && *name != own);
        let others: BTreeMap<String, Vec<String>> =
            others.map(|(name, member)| (name.clone(), member.addresses.clone())).collect();
        let names: BTreeSet<PartitionId> =
            others.keys().map(|name| PartitionId::from(name.as_str())).collect();
        if let Some(mesh) = self.shared.links.mesh() {
            mesh.set_peers(others);
        }
        self.shared.gateway.set_others(names);
    }

    fn start_links(&self, member: &Member) -> anyhow::Result<()> {
        let settings = &self.shared.settings;
        let listen = settings.listen.context(NO_LISTEN)?;
        let bound = bind(listen)?;
        let mesh = Mesh::start(MeshConfig {
            credentials: self.credentials(member)?,
            trust: member.trust.clone(),
            wall_ms: self.wall_ms(),
            seed: settings.seed,
            incarnation: settings.incarnation,
            build: settings.build.clone(),
            features: BTreeSet::new(),
            socket: bound.socket,
            settings: LinkSettings { gso: settings.gso, ..LinkSettings::default() },
            server: Arc::new(Door::open(self.clone())),
        })?;
        tracing::info!(%listen, federation = member.document.federation, "the mesh is open");
        self.shared.links.set(mesh);
        let stop = self.shared.stop.child_token();
        *self.shared.links_stop.lock() = stop.clone();
        tokio::task::spawn_local(renew(self.clone(), stop.clone()));
        tokio::task::spawn_local(super::spread::spread(self.clone(), stop));
        Ok(())
    }

    /// A new certificate for this node.
    fn credentials(&self, member: &Member) -> anyhow::Result<Credentials> {
        let Membership { key, intermediate, root, .. } = &member.kept.value;
        let authority = self.partition_authority(key, intermediate, root)?;
        Ok(authority.issue(NODE, (self.wall_clock())())?)
    }

    /// The intermediate with its key, if they belong together.
    pub(super) fn partition_authority(
        &self,
        key: &str,
        intermediate: &[u8],
        root: &[u8],
    ) -> anyhow::Result<PartitionAuthority> {
        let private = self.shared.keys.read(key)?;
        let private = private
            .with_context(|| format!("{key} is missing in the node's folder: restore it from a backup"))?;
        Ok(PartitionAuthority::open(&private.into(), intermediate.to_vec().into(), root.to_vec().into())?)
    }

    /// Closes the links and ends what runs beside them; calls that are under way get `patience`.
    pub(super) async fn stop_links(&self, patience: Duration) {
        self.shared.links_stop.lock().cancel();
        self.shared.links.stop(patience).await;
    }

    /// Checks that the mesh can listen, before anything is written that needs it.
    pub(super) fn can_listen(&self) -> anyhow::Result<()> {
        let listen = self.shared.settings.listen.context(NO_LISTEN)?;
        if self.shared.links.mesh().is_none() {
            bind(listen)?;
        }
        Ok(())
    }

    /// Where other partitions reach this node.
    pub(super) fn addresses(&self) -> anyhow::Result<Vec<String>> {
        let settings = &self.shared.settings;
        let listen = settings.listen.context(NO_LISTEN)?;
        if !settings.advertise.is_empty() {
            return Ok(settings.advertise.clone());
        }
        anyhow::ensure!(
            !listen.ip().is_unspecified(),
            "the mesh listens on {listen}, which is no address for others: set mesh.advertise, as in [\"plant-a.example.com:4443\"]"
        );
        Ok(vec![listen.to_string()])
    }
}

fn bind(listen: SocketAddr) -> anyhow::Result<Bound> {
    transport::socket::udp(listen)
        .with_context(|| format!("the mesh cannot listen on UDP {listen}: free the port, or set another one"))
}

const NO_LISTEN: &str =
    "this node has no address for other partitions: set mesh.listen, as in \"0.0.0.0:4443\", and restart it";

/// Issues the node's certificate again, long before it ends. The partition needs no other one for it.
async fn renew(federation: Federation, stop: CancellationToken) {
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(ISSUE_EVERY) => {}
        }
        let (Some(member), Some(mesh)) = (federation.member(), federation.shared.links.mesh()) else {
            return;
        };
        let renewed = match federation.credentials(&member) {
            Ok(credentials) => mesh.set_credentials(&credentials).map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        if let Err(error) = renewed {
            tracing::error!(error = format!("{error:#}"), "the certificate of this node was not renewed");
        }
    }
}
