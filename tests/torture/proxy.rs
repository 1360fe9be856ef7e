//! A proxy between a node and PostgreSQL that drops every fifth `COMMIT` or its response.
//!
//! The store sends one request and waits, so the proxy forwards one request, up to its `Sync`, and then the response,
//! up to "ready for query". Knows only the parts of the protocol that it needs to detect a `COMMIT` (PostgreSQL's
//! manual, "Message Formats").

use super::{FAULTS_PERCENT, Faults, Weather};
use crate::support::postgres::Database;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::postgres::PgConnectOptions;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// Longer messages are errors: a batch has at most 16 MiB.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// The end of a statement that commits by itself (`store::single_statement`).
const AT_ONCE: &[u8] = b"SELECT holds FROM verdict";

/// Delay of a `COMMIT` after its node was cut off.
const LATE_MS: Range<u64> = 1..40;

/// One in this many is delayed so long that the next node may have started meanwhile.
const VERY_LATE_ONE_IN: u32 = 5;
const VERY_LATE_MS: Range<u64> = 200..1_500;

/// The fate of a `COMMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Passes,
    Unheard,
    Unanswered,
    Late,
}

pub(super) struct Proxy {
    address: SocketAddr,
    database: String,
    socket: PathBuf,
    weather: Cell<Weather>,
    faults: Cell<Faults>,
    rng: RefCell<ChaCha8Rng>,
}

impl Proxy {
    /// Listens as long as the caller's task set lives; `None` when the server has no socket on this machine.
    pub(super) async fn start(database: &Database, seed: u64) -> Option<Rc<Self>> {
        let options = PgConnectOptions::from_str(&database.url).unwrap();
        let socket = options.get_socket()?.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Rc::new(Self {
            address: listener.local_addr().unwrap(),
            database: database.name.clone(),
            socket,
            weather: Cell::new(Weather::Fair),
            faults: Cell::default(),
            rng: RefCell::new(ChaCha8Rng::seed_from_u64(seed)),
        });
        let accepting = Rc::clone(&proxy);
        tokio::task::spawn_local(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let proxy = Rc::clone(&accepting);
                // An error ends the connection, which is frequent here.
                tokio::task::spawn_local(async move { proxy.serve(client).await.ok() });
            }
        });
        Some(proxy)
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://metalmesh@{}/{}?sslmode=disable", self.address, self.database)
    }

    pub(super) fn weather(&self) -> Weather {
        self.weather.get()
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.weather.set(weather);
    }

    pub(super) fn faults(&self) -> Faults {
        self.faults.get()
    }

    fn fate(&self) -> Fate {
        if self.weather() == Weather::Fair {
            return Fate::Passes;
        }
        let mut faults = self.faults.get();
        let third = FAULTS_PERCENT / 3;
        let fate = match self.rng.borrow_mut().random_range(0..100) {
            // The trigger's share is added to these two.
            drawn if drawn < third => Fate::Unanswered,
            drawn if drawn < third + third / 2 => Fate::Unheard,
            drawn if drawn < 2 * third => Fate::Late,
            _ => Fate::Passes,
        };
        match fate {
            Fate::Passes => {}
            Fate::Unheard => faults.unheard += 1,
            Fate::Unanswered => faults.unanswered += 1,
            Fate::Late => faults.late += 1,
        }
        self.faults.set(faults);
        fate
    }

    fn delay(&self) -> Duration {
        let mut rng = self.rng.borrow_mut();
        let range = if rng.random_ratio(1, VERY_LATE_ONE_IN) { VERY_LATE_MS } else { LATE_MS };
        Duration::from_millis(rng.random_range(range))
    }

    /// Serves one connection to its end.
    async fn serve(&self, client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut client = BufReader::new(client);
        let mut server = BufReader::new(UnixStream::connect(&self.socket).await?);
        let hello = body(&mut client, Vec::new()).await?;
        server.write_all(&hello).await?;
        client.write_all(&answer(&mut server).await?).await?;
        let mut commits = BTreeSet::new();
        loop {
            let (request, is_commit) = request(&mut client, &mut commits).await?;
            let fate = if is_commit { self.fate() } else { Fate::Passes };
            match fate {
                Fate::Unheard => return Ok(()),
                Fate::Late => {
                    drop(client);
                    tokio::time::sleep(self.delay()).await;
                    server.write_all(&request).await?;
                    return answer(&mut server).await.map(drop);
                }
                Fate::Passes | Fate::Unanswered => server.write_all(&request).await?,
            }
            let answer = answer(&mut server).await?;
            if fate == Fate::Unanswered {
                return Ok(());
            }
            client.write_all(&answer).await?;
        }
    }
}

/// Everything up to a `Sync` or the end, and whether it runs a `COMMIT`. `commits` are the prepared ones.
async fn request(
    client: &mut (impl AsyncRead + Unpin),
    commits: &mut BTreeSet<Vec<u8>>,
) -> io::Result<(Vec<u8>, bool)> {
    let (mut request, mut is_commit) = (Vec::new(), false);
    loop {
        let message = message(client).await?;
        let mut texts = message[5..].split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap_or_default();
        match message[0] {
            // Parse: a name, the statement.
            b'P' => {
                let name = text().to_vec();
                let statement = text();
                if statement == b"COMMIT" || statement.ends_with(AT_ONCE) {
                    commits.insert(name);
                } else {
                    commits.remove(&name);
                }
            }
            // Bind: a portal, the name of a statement.
            b'B' => {
                text();
                is_commit |= commits.contains(text());
            }
            _ => {}
        }
        let ends = matches!(message[0], b'S' | b'X');
        request.extend(message);
        if ends {
            return Ok((request, is_commit));
        }
    }
}

/// Everything up to "ready for query".
async fn answer(server: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    loop {
        let message = message(server).await?;
        let ends = message[0] == b'Z';
        answer.extend(message);
        if ends {
            return Ok(answer);
        }
    }
}

async fn message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let kind = from.read_u8().await?;
    body(from, vec![kind]).await
}

/// A length, which includes itself, and the bytes.
async fn body(from: &mut (impl AsyncRead + Unpin), mut message: Vec<u8>) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    message.extend(length.to_be_bytes());
    let rest = (length as usize).checked_sub(4).filter(|rest| *rest <= MESSAGE_BYTES_MAX);
    let start = message.len();
    message.resize(start + rest.ok_or(io::ErrorKind::InvalidData)?, 0);
    from.read_exact(&mut message[start..]).await?;
    Ok(message)
}
