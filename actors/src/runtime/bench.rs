//! The cost of a command actor: a call through the directory and a decision, compared with a plain actix actor in the
//! same run.
//!
//! `cargo bench -p actors`

use actix::{Actor, AtomicResponse, Context, Handler, Message, WrapFuture};
use actors::answer::Answer;
use actors::command::Body;
use actors::decide::DOMAIN;
use actors::decision::{Decided, Decision, DecisionContext, Principal, Role};
use actors::masterdata::MasterdataCommand;
use actors::runtime::{Clock, Domain, Env, LocalPartition, LocalPartitionConfig};
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use actors::world::World;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

const ASKS: u32 = 200_000;
const ROUNDS: usize = 5;

struct Bare;

impl Actor for Bare {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "u64")]
struct Number(u64);

impl Handler<Number> for Bare {
    type Result = AtomicResponse<Self, u64>;

    fn handle(&mut self, number: Number, _: &mut Self::Context) -> Self::Result {
        AtomicResponse::new(Box::pin(async move { number.0 + 1 }.into_actor(self)))
    }
}

/// The wall clock, as in a node.
struct Wall;

impl Clock for Wall {
    #[expect(clippy::disallowed_methods, reason = "nothing is replayed here")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A decision without writes.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a decision")]
fn nothing(_: &World, _: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    Ok(Decision::new(context.now, Answer::Done))
}

fn body() -> Body {
    Body::Masterdata(MasterdataCommand::SizeDelete(String::new()))
}

async fn per_second<F: Future>(clients: u32, one: impl Fn() -> F) -> f64 {
    let started = Instant::now();
    let client = async || {
        for _ in 0..ASKS / clients {
            one().await;
        }
    };
    futures_util::future::join_all((0..clients).map(|_| client())).await;
    f64::from(ASKS) / started.elapsed().as_secs_f64()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
fn main() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let bare = Bare.start();
        let local = LocalPartition::start(LocalPartitionConfig {
            partition: "plant-a".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(Wall), 1),
            domain: Domain { decide: nothing, ..DOMAIN },
        })
        .await
        .expect("an empty store loads");
        let principal = Principal { email: String::new(), role: Role::Admin };
        println!("clients  bare actix asks/s  through the shell  ratio  with a timer on each  ratio");
        for clients in [1, 64] {
            let (mut raw, mut ours, mut timed) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                raw.push(per_second(clients, || bare.send(Number(1))).await);
                ours.push(
                    per_second(clients, || {
                        local.execute(local.command(&principal, None, body()), false, Duration::from_secs(10))
                    })
                    .await,
                );
                timed.push(per_second(clients, || local.ask(&principal, None, body())).await);
            }
            let (raw, ours, timed) = (median(raw), median(ours), median(timed));
            let (ratio, timed_ratio) = (ours / raw, timed / raw);
            println!("{clients:7}  {raw:17.0}  {ours:17.0}  {ratio:5.2}  {timed:20.0}  {timed_ratio:5.2}");
        }
    });
}
