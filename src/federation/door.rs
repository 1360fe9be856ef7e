//! What partitions send each other about the federation: JSON with a version, read by the releases before and after.

use super::Federation;
use crate::mesh::{FEDERATION, GATEWAY};
use actors::federation::{Inventory, Renames};
use actors::ids::PartitionId;
use anyhow::Context;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use transport::Hello;
use transport::identity::NodeName;

/// How long a member may take to answer a question about the federation.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// What a partition that wants to join says of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct JoinRequest {
    pub(super) version: u16,
    /// The token's secret: the other side has proven to be the one that made it.
    #[serde(with = "hex::serde")]
    pub(super) secret: [u8; 16],
    pub(super) partition: String,
    /// The request for a certificate of its intermediate (PKCS #10, DER).
    #[serde(with = "hex::serde")]
    pub(super) csr: Vec<u8>,
    pub(super) addresses: Vec<String>,
    /// Its clock.
    pub(super) now_ms: i64,
    pub(super) build: String,
    #[serde(default)]
    pub(super) dry_run: bool,
    /// What it has ([`Inventory::encode`]). It is large: it travels behind the JSON and a line break.
    #[serde(skip)]
    pub(super) inventory: Vec<u8>,
}

impl JoinRequest {
    pub(super) fn encode(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        bytes.extend(&self.inventory);
        Ok(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> anyhow::Result<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n').context("the inventory is missing")?;
        let (head, inventory) = bytes.split_at(end);
        let request: Self = serde_json::from_slice(head)?;
        Ok(Self { inventory: inventory[1..].to_vec(), ..request })
    }
}

/// The version of what this release sends about the federation.
pub(super) const VERSION: u16 = 1;

/// The answer to a partition that wants to join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum JoinAnswer {
    /// Nothing was changed.
    Refused {
        sentence: String,
        #[serde(default)]
        conflicts: Vec<String>,
    },
    /// A dry run: nothing stands in the way.
    Free {
        #[serde(default)]
        remarks: Vec<String>,
    },
    /// The partition is a member.
    Admitted {
        #[serde(with = "hex::serde")]
        document: Vec<u8>,
        #[serde(with = "hex::serde")]
        root: Vec<u8>,
        #[serde(with = "hex::serde")]
        intermediate: Vec<u8>,
    },
}

impl JoinAnswer {
    pub(super) const fn refused(sentence: String) -> Self {
        Self::Refused { sentence, conflicts: Vec::new() }
    }

    /// For the log.
    pub(super) fn verdict(&self) -> &str {
        match self {
            Self::Refused { sentence, .. } => sentence,
            Self::Free { .. } => "nothing stands in the way",
            Self::Admitted { .. } => "admitted",
        }
    }
}

/// A question of a member to another.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// The sender's newest document.
    Document {
        #[serde(with = "hex::serde")]
        document: Vec<u8>,
    },
    /// What the partition has, to compare it with a partition that wants to join. Keys are shown as fingerprints under
    /// the token's secret.
    Inventory {
        #[serde(with = "hex::serde")]
        secret: [u8; 16],
    },
    /// From the holder of the root: create nothing that partitions compare, for this time and not longer.
    Freeze { for_ms: u64 },
}

/// The answer of a member.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    /// The newest document that the partition has now.
    Document {
        #[serde(with = "hex::serde")]
        document: Vec<u8>,
    },
    Inventory {
        #[serde(with = "hex::serde")]
        inventory: Vec<u8>,
    },
    Frozen,
    /// The partition does not know the question, or is in no federation.
    NotUnderstood {
        reason: String,
    },
}

/// Serves the links of this node. The transport calls it from its own tasks; what is about the federation is answered
/// by a task on the partition's thread.
pub(super) struct Door {
    federation: Federation,
    asked: mpsc::Sender<Asked>,
}

/// Maximum of questions about the federation that wait.
const ASKED_MAX: usize = 64;

/// A question about the federation.
struct Asked {
    from: From,
    question: Bytes,
    answer: oneshot::Sender<Bytes>,
}

/// Who asks.
enum From {
    Member(NodeName),
    /// It has proven nothing.
    Newcomer(SocketAddr),
}

impl Door {
    /// Starts the task that answers. Must run on the partition's thread.
    pub(super) fn open(federation: Federation) -> Self {
        let (asked, mut next) = mpsc::channel::<Asked>(ASKED_MAX);
        let answering = federation.clone();
        tokio::task::spawn_local(async move {
            while let Some(Asked { from, question, answer }) = next.recv().await {
                let federation = answering.clone();
                tokio::task::spawn_local(async move {
                    let bytes = match from {
                        From::Member(name) => written(&federation.answer(&name, &question).await),
                        From::Newcomer(address) => {
                            tracing::info!(%address, "a partition asks to join");
                            written(&federation.admit(&question).await)
                        }
                    };
                    // The one who asked may have left.
                    answer.send(bytes).ok();
                });
            }
        });
        Self { federation, asked }
    }

    /// The answer; empty if the node stops, or has too many questions.
    fn ask(&self, from: From, question: Bytes) -> BoxFuture<'static, Bytes> {
        let (answer, answered) = oneshot::channel();
        let is_asked = self.asked.try_send(Asked { from, question, answer }).is_ok();
        async move { if is_asked { answered.await.unwrap_or_default() } else { Bytes::new() } }.boxed()
    }
}

impl transport::Server for Door {
    fn serve(&self, from: NodeName, request: Bytes, _remaining: Duration) -> BoxFuture<'static, Bytes> {
        match request.first() {
            Some(&GATEWAY) => {
                let gateway = self.federation.shared.gateway.clone();
                async move { gateway.serve(&PartitionId::from(from.partition.as_str()), &request[1..]).await }
                    .boxed()
            }
            Some(&FEDERATION) => self.ask(From::Member(from), request.slice(1..)),
            _ => {
                let reason = "an unknown kind of request".to_owned();
                std::future::ready(written(&Answer::NotUnderstood { reason })).boxed()
            }
        }
    }

    fn join(&self, from: SocketAddr, request: Bytes) -> BoxFuture<'static, Bytes> {
        self.ask(From::Newcomer(from), request)
    }

    fn admits(&self, peer: &NodeName, _hello: &Hello) -> Result<(), String> {
        let member = self.federation.member().ok_or("this partition is in no federation")?;
        if member.document.members.contains_key(&peer.partition) {
            return Ok(());
        }
        Err(format!(
            "{} is no member in document {} of the federation: it has not heard of you yet, or you were evicted",
            peer.partition, member.document.number
        ))
    }
}

/// The answer to a question that is not answered.
pub(super) fn refused(reason: impl Into<String>) -> Answer {
    Answer::NotUnderstood { reason: reason.into() }
}

/// Our own types can always be written.
fn written(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

impl Federation {
    async fn answer(&self, from: &NodeName, question: &[u8]) -> Answer {
        let question: Question = match serde_json::from_slice(question) {
            Ok(question) => question,
            Err(error) => return refused(error.to_string()),
        };
        match question {
            Question::Document { document } => {
                self.offered(&from.partition, &document).await;
                match self.member() {
                    Some(member) => Answer::Document { document: member.kept.value.document.clone() },
                    None => refused("in no federation"),
                }
            }
            Question::Inventory { secret } => {
                if !self.is_root_holder(from) {
                    return refused("only the holder of the root may compare");
                }
                match self.inventory(&secret).and_then(|inventory| Ok(inventory.encode()?)) {
                    Ok(inventory) => Answer::Inventory { inventory },
                    Err(error) => refused(format!("{error:#}")),
                }
            }
            Question::Freeze { for_ms } => {
                if !self.is_root_holder(from) {
                    return refused("only the holder of the root may stop creations");
                }
                self.frozen(for_ms).await
            }
        }
    }

    /// Only who admits partitions compares them, and only that partition sees what the others have.
    fn is_root_holder(&self, from: &NodeName) -> bool {
        self.member().is_some_and(|member| {
            member.document.members.get(&from.partition).is_some_and(|member| member.is_root_holder)
        })
    }

    /// What this partition has, with keys as fingerprints under `secret`.
    pub(super) fn inventory(&self, secret: &[u8; 16]) -> anyhow::Result<Inventory> {
        self.inventory_after(secret, &Renames::default())
    }

    /// What this partition will have after these renames.
    pub(super) fn inventory_after(&self, secret: &[u8; 16], ids: &Renames) -> anyhow::Result<Inventory> {
        let gateway = &self.shared.gateway;
        let settings = self.shared.settings.compared.fingerprints(gateway.partition(), secret);
        Ok(Inventory::renamed(gateway.here(), settings, ids)?)
    }

    /// Asks a member; `None`: it did not answer, or not what was asked.
    pub(super) async fn question(&self, to: &str, question: &Question) -> Option<Answer> {
        let request = serde_json::to_vec(question).ok()?;
        let reply = self.shared.links.ask(to, &request, ANSWER_TIMEOUT).await.ok()?;
        serde_json::from_slice(&reply).ok()
    }

    pub(super) async fn inventory_of(&self, partition: &str, secret: &[u8; 16]) -> Option<Inventory> {
        match self.question(partition, &Question::Inventory { secret: *secret }).await? {
            Answer::Inventory { inventory } => Inventory::decode(&inventory).ok(),
            _ => None,
        }
    }
}
