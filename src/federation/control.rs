//! The control socket: commands of the operator to the running node, over a UNIX socket in the node's folder. Only the
//! node's user may open it, so it needs no keys.
//!
//! One request per connection: a line of JSON ([`Request`]). The answer is lines of JSON ([`Line`]): any number of
//! progress lines, and one last line.

use super::Federation;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The name of the socket in the node's folder.
pub const SOCKET: &str = "control.sock";

/// Maximal bytes of a request: the longest holds a token and some names.
const REQUEST_BYTES_MAX: u64 = 64 << 10;

/// Maximal bytes of one line of an answer: a list of conflicts of two large partitions.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// How long a client may take to send its request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// What an operator asks for. It has no debug text, which would show the secret of a token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// The members, and the links to them.
    Status,
    /// Makes a federation, with this partition as its first member and as the holder of its root.
    Init,
    /// Makes a token with which one partition may join.
    Invite { partition: String, ttl_s: u64 },
    /// Joins the federation of the partition that made the token.
    Join {
        token: String,
        /// Only lists what stands in the way.
        #[serde(default)]
        dry_run: bool,
        /// New ids of this partition's own entities, as `old=new` or `kind/old=new`.
        #[serde(default)]
        rename: Vec<String>,
    },
    /// Removes a partition that is gone for good.
    Evict {
        partition: String,
        /// Who made sure that it no longer runs, and how.
        fenced: String,
    },
}

#[derive(Clone, Serialize, Deserialize)]
pub struct Request {
    pub version: u16,
    pub command: Command,
}

/// The version of requests and answers that this release writes.
pub const VERSION: u16 = 1;

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What the node does now.
    Progress(String),
    /// What is true now, as a sentence and for programs.
    Done { sentence: String, result: Value },
    /// Nothing was changed, or what was.
    Failed { sentence: String, result: Value },
}

/// Progress lines of a command.
#[derive(Clone, Debug)]
pub(super) struct Progress(mpsc::UnboundedSender<Line>);

impl Progress {
    /// Sends a line to the operator, who may have left.
    pub(super) fn say(&self, text: impl Into<String>) {
        self.0.send(Line::Progress(text.into())).ok();
    }
}

/// A listening socket. Its file is removed when it is dropped.
#[derive(Debug)]
pub(super) struct ControlSocket {
    path: PathBuf,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        // A file that is left over is replaced at the next start.
        fs::remove_file(&self.path).ok();
    }
}

impl ControlSocket {
    /// Serves commands until `stop`. The folder is private, so the socket is, too, before its permissions are set.
    pub(super) fn listen(
        folder: &Path,
        federation: Federation,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let path = folder.join(SOCKET);
        if StdStream::connect(&path).is_ok() {
            anyhow::bail!("{}: another node listens there; give each node its own folder", path.display());
        }
        fs::remove_file(&path).ok();
        let listener = UnixListener::bind(&path).with_context(|| {
            format!("{}: the control socket cannot be opened (a path has at most 107 bytes)", path.display())
        })?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        tokio::task::spawn_local(async move {
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = stop.cancelled() => break,
                    accepted = listener.accept() => accepted,
                };
                match accepted {
                    Ok((stream, _)) => {
                        tokio::task::spawn_local(serve(stream, federation.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the control socket cannot accept");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
        Ok(Self { path })
    }
}

async fn serve(stream: UnixStream, federation: Federation) {
    let who = stream.peer_cred().map_or_else(|_| "unknown".to_owned(), |peer| format!("uid {}", peer.uid()));
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let mut read = BufReader::new(reading.take(REQUEST_BYTES_MAX));
    if !matches!(tokio::time::timeout(REQUEST_TIMEOUT, read.read_line(&mut line)).await, Ok(Ok(1..))) {
        return;
    }
    let (lines, mut next) = mpsc::unbounded_channel();
    let answering = async {
        let last = answer(&federation, &who, &line, Progress(lines.clone())).await;
        lines.send(last).ok();
        drop(lines);
    };
    let writing = async {
        while let Some(line) = next.recv().await {
            let Ok(mut text) = serde_json::to_vec(&line) else { continue };
            text.push(b'\n');
            // The operator may have left; the command goes on.
            if writing.write_all(&text).await.is_err() {
                next.close();
            }
        }
    };
    futures_util::future::join(answering, writing).await;
}

async fn answer(federation: &Federation, who: &str, line: &str, progress: Progress) -> Line {
    let request: Request = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return failed(format!("this node does not know the command ({error}): update it")),
    };
    federation.run(who, request.command, progress).await
}

/// A failure without more than its sentence.
pub(super) fn failed(sentence: impl Into<String>) -> Line {
    Line::Failed { sentence: sentence.into(), result: Value::Null }
}

/// Sends a command to the node that listens in `folder`; `progress` gets the lines before the last one.
pub async fn call(folder: &Path, command: Command, mut progress: impl FnMut(&str)) -> anyhow::Result<Line> {
    let path = folder.join(SOCKET);
    let stream = UnixStream::connect(&path).await.with_context(|| {
        format!(
            "no node listens at {}: start it, or name its folder with --data-dir or --config",
            path.display()
        )
    })?;
    let (reading, mut writing) = stream.into_split();
    let mut request = serde_json::to_vec(&Request { version: VERSION, command })?;
    request.push(b'\n');
    writing.write_all(&request).await?;
    let mut lines = BufReader::new(reading.take(LINE_BYTES_MAX)).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)
            .context("the node answers in a way that this release cannot read")?
        {
            Line::Progress(text) => progress(&text),
            last => return Ok(last),
        }
    }
    anyhow::bail!("the node ended before it answered: ask it with `metalmesh federation status`")
}
