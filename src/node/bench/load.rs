//! A load generator: connections that repeat one request. Implements only the HTTP/1.1 that it needs.

use actors::decision::Role;
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use metalmesh::cli::sign::signature;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// The end of a head.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// The bytes of a request, signed now. `path` is below the base path.
pub(crate) fn request(method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
    let mut text = format!("{method} /metal{path} HTTP/1.1\r\nHost: bench\r\n");
    for (name, value) in signature(Role::Admin, b"metal-admin", method) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(&body);
    text.into_bytes()
}

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Sends a request and reads the whole response; returns the body of a success.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> anyhow::Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
            let end = self.buffer.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE);
            if let Some(end) = end {
                break end + BLANK_LINE.len();
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let success = text.starts_with("HTTP/1.1 2");
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>())
        });
        let whole = head + length.context("an answer has a length")??;
        self.buffer.reserve(whole.saturating_sub(self.buffer.len()));
        while self.buffer.len() < whole {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the server hung up");
        }
        ensure!(success, "refused: {}", String::from_utf8_lossy(&self.buffer));
        Ok(&self.buffer[head..])
    }
}

/// The result of a load.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Latency of each request, from its first byte sent to its last byte received.
    pub(crate) waits: Vec<Duration>,
    pub(crate) took: Duration,
    /// CPU time of the server.
    pub(crate) cpu: Duration,
}

impl Figures {
    pub(crate) fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.took += other.took;
        self.cpu += other.cpu;
    }

    pub(crate) fn per_second(&self) -> f64 {
        per_second(self.waits.len(), self.took)
    }

    pub(crate) fn cpu_each(&self) -> Duration {
        u32::try_from(self.waits.len()).ok().and_then(|count| self.cpu.checked_div(count)).unwrap_or_default()
    }

    /// Percentiles of the latencies; sorts them.
    pub(crate) fn percentiles<const N: usize>(&mut self, percents: [usize; N]) -> [Duration; N] {
        self.waits.sort_unstable();
        percents.map(|percent| self.waits.get(self.waits.len() * percent / 100).copied().unwrap_or_default())
    }
}

pub(crate) fn per_second(count: usize, took: Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let count = count as f64;
    count / took.as_secs_f64()
}

/// Sends requests on this many connections for this long.
pub(crate) async fn run(
    address: SocketAddr,
    request: &[u8],
    connections: usize,
    length: Duration,
) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let clients = (0..connections).map(|_| async {
        let mut connection = Connection::open(address).await?;
        let mut waits = Vec::new();
        while started.elapsed() < length {
            let sent = Instant::now();
            connection.ask(request).await?;
            waits.push(sent.elapsed());
        }
        anyhow::Ok(waits)
    });
    let waits = try_join_all(clients).await?.into_iter().flatten().collect();
    Ok(Figures { waits, took: started.elapsed(), cpu: Duration::ZERO })
}
