//! The federation that this partition belongs to: how it is made, joined and left, and what its members know of each
//! other.
//!
//! * [`control`]: commands of the operator, over a socket in the node's folder.
//! * `ledger`: what the node keeps, in rows of the partition's store. Private keys are files (`keys`).
//! * `items`: what the rows say: the membership, and invitations.
//! * `found`, `invite`, `join`, `admit`, `evict`: one file for each step of a partition's life.
//! * `freeze`, `renaming`: what a join needs of the partitions that take part.
//! * `spread`: how a new document reaches the other members.
//! * `door`: what members may send each other besides the gateway's messages.
//!
//! The mesh carries the links (`transport`); the gateway uses them through [`Links`]. A partition without
//! a federation has neither, and costs nothing.

mod admit;
pub mod control;
mod door;
mod enter;
mod evict;
mod found;
mod freeze;
mod invite;
mod items;
mod join;
mod keys;
mod ledger;
mod renaming;
mod settings;
mod spread;
mod status;
#[cfg(test)]
mod tests;

pub use settings::{Compared, Settings};

use crate::mesh::Links;
use actors::gateway::Gateway;
use actors::runtime::{Clock, Freeze};
use actors::store::Store;
use control::{Command, ControlSocket, Line, Progress};
use items::Membership;
use keys::KeyFolder;
use ledger::{Kept, Ledger};
use parking_lot::{Mutex, RwLock};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use transport::WallMs;
use transport::document::{Document, SignedDocument};
use transport::identity::{SharedTrust, WallClock};
use transport::token::Token;

/// The name of the node in its partition. A partition has one node today.
const NODE: &str = "1";

/// The name of the file with the private key of the federation's root, at the partition that holds it.
fn root_key(federation: &str) -> String {
    format!("root-{federation}.key")
}

/// What a node knows of its federation. Cheap to clone.
#[derive(Clone)]
pub struct Federation {
    shared: Arc<Shared>,
}

struct Shared {
    gateway: Gateway,
    ledger: Ledger,
    keys: KeyFolder,
    settings: Settings,
    clock: Arc<dyn Clock>,
    links: Arc<Links>,
    /// The current membership with its opened document; `None`: the partition is alone.
    member: RwLock<Option<Arc<Member>>>,
    /// Creations are refused for a partition that joins elsewhere in the federation.
    frozen: Mutex<Option<Freeze>>,
    /// One step at a time.
    turn: tokio::sync::Mutex<()>,
    /// A document changed, or a member asks for one.
    changed: Notify,
    /// The node stops.
    stop: CancellationToken,
    /// The links stop, and what runs beside them.
    links_stop: Mutex<CancellationToken>,
}

/// A membership in use.
struct Member {
    kept: Kept<Membership>,
    signed: SignedDocument,
    document: Document,
    trust: SharedTrust,
}

/// A running node's part of the federation. The control socket closes when it is dropped.
#[derive(Debug)]
pub struct Running {
    federation: Federation,
    _socket: Option<ControlSocket>,
}

impl fmt::Debug for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Federation")
            .field("partition", self.shared.gateway.partition())
            .finish_non_exhaustive()
    }
}

/// Parses a token that an operator typed.
pub fn token_of(text: &str) -> anyhow::Result<Token> {
    Ok(text.trim().parse::<Token>()?)
}

impl Federation {
    /// Starts what the partition's membership needs, and listens for the operator. Must run on the partition's thread.
    pub async fn start(
        gateway: Gateway,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        links: Arc<Links>,
        settings: Settings,
    ) -> anyhow::Result<Running> {
        let keys = KeyFolder::open(&settings.folder)?;
        let federation = Self {
            shared: Arc::new(Shared {
                ledger: Ledger::new(store, Arc::clone(&clock)),
                gateway,
                keys,
                clock,
                links,
                member: RwLock::default(),
                frozen: Mutex::default(),
                turn: tokio::sync::Mutex::default(),
                changed: Notify::new(),
                stop: CancellationToken::new(),
                links_stop: Mutex::default(),
                settings,
            }),
        };
        if let Some(kept) = federation.shared.ledger.read::<Membership>(items::MEMBERSHIP).await?
            && let Err(error) = federation.enter(kept)
        {
            // A partition serves its own machines without the others.
            tracing::error!(error = format!("{error:#}"), "the partition is without its federation");
        }
        let Shared { keys, stop, .. } = &*federation.shared;
        let socket = ControlSocket::listen(keys.path(), federation.clone(), stop.clone());
        let socket = socket.inspect_err(|error| {
            tracing::warn!(error = format!("{error:#}"), "`metalmesh federation` cannot reach this node");
        });
        Ok(Running { federation, _socket: socket.ok() })
    }

    /// Executes a command of the operator. Commands that change something run one after the other.
    async fn run(&self, who: &str, command: Command, progress: Progress) -> Line {
        if command == Command::Status {
            return self.status();
        }
        let _turn = self.shared.turn.lock().await;
        let what = what(&command);
        tracing::info!(who, what, "a command for the federation");
        let line = match command {
            Command::Status => self.status(),
            Command::Init => self.init().await,
            Command::Invite { partition, ttl_s } => self.invite(&partition, ttl_s).await,
            Command::Join { token, dry_run, rename } => self.join(&token, dry_run, &rename, &progress).await,
            Command::Evict { partition, fenced } => self.evict(&partition, &fenced).await,
        };
        match &line {
            Line::Failed { sentence, .. } => tracing::warn!(who, what, sentence, "the command failed"),
            Line::Done { .. } => tracing::info!(who, what, "the command is done"),
            Line::Progress(_) => {}
        }
        line
    }

    fn member(&self) -> Option<Arc<Member>> {
        self.shared.member.read().clone()
    }

    /// The node's clock for certificates.
    fn wall_clock(&self) -> WallClock {
        let clock = Arc::clone(&self.shared.clock);
        Arc::new(move || {
            let seconds = u64::try_from(clock.now().millis() / 1000).unwrap_or_default();
            rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
        })
    }

    /// Milliseconds since 1970.
    fn wall_ms(&self) -> WallMs {
        let clock = Arc::clone(&self.shared.clock);
        Arc::new(move || clock.now().millis())
    }
}

/// A command in the log, without the token's secret.
fn what(command: &Command) -> String {
    match command {
        Command::Status => "status".to_owned(),
        Command::Init => "init".to_owned(),
        Command::Invite { partition, ttl_s } => format!("invite {partition} for {ttl_s} s"),
        Command::Join { dry_run: true, .. } => "join --dry-run".to_owned(),
        Command::Join { .. } => "join".to_owned(),
        Command::Evict { partition, fenced } => format!("evict {partition}, fenced: {fenced}"),
    }
}

impl Running {
    /// Closes the links. What is under way gets `patience`.
    pub async fn stop(self, patience: std::time::Duration) {
        self.federation.shared.stop.cancel();
        self.federation.stop_links(patience).await;
    }
}
