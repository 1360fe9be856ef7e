//! One run: a safety phase with users and faults, then a liveness phase in which the cluster must converge within a
//! bound. One thread, paused time: events depend only on scenario, seed and plan.

use crate::checkers::audit;
use crate::cluster::Cluster;
use crate::convergence::{self, Holdings};
use crate::fault::Fault;
use crate::final_checks;
use crate::history::Operation;
use crate::injector;
use crate::monitor::Violation;
use crate::outcome::RunOutcome;
use crate::panics;
use crate::plan;
use crate::progress::Progress;
use crate::sampler::Sampler;
use crate::samples::Samples;
use crate::scenario::Scenario;
use crate::seed::Seed;
use crate::sometimes::WIPED_AFTER_FREE;
use crate::trace::{Recording, Trace};
use crate::workload::User;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Interval of audits of disks and memories during faults.
const AUDIT_EVERY: Duration = Duration::from_secs(60);

/// Interval of checks for wiped machines.
const WIPES_EVERY: Duration = Duration::from_secs(5);

/// Interval of checks for convergence.
const SETTLE_EVERY: Duration = Duration::from_secs(5);

/// Options of a run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub seed: u64,
    /// Instead of the seed's faults.
    pub faults: Option<Vec<Fault>>,
    /// The run ends here, even with pending work.
    pub until: Option<Duration>,
    /// Keeps the texts of this window of events.
    pub keep: Option<u64>,
    /// The callback for the run's progress.
    pub progress: Progress,
}

/// Runs a scenario once.
pub fn play(scenario: &Scenario, options: &Options) -> RunOutcome {
    let began = Instant::now();
    let seed = Seed(options.seed);
    let faults = options.faults.clone().unwrap_or_else(|| plan::draw(scenario, seed));
    panics::forget();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without sockets starts");
    let (violation, recording, operations, samples, simulated) = LocalSet::new()
        .block_on(&runtime, perform(Arc::new(scenario.clone()), seed, faults.clone(), options));
    let took = began.elapsed();
    RunOutcome { seed: options.seed, faults, violation, recording, operations, samples, simulated, took }
}

type Performance = (Option<Violation>, Recording, Vec<Operation>, Samples, Duration);

async fn perform(scenario: Arc<Scenario>, seed: Seed, faults: Vec<Fault>, options: &Options) -> Performance {
    let trace = Arc::new(Trace::new(options.keep));
    let mut cluster = match Cluster::build(scenario, seed, Arc::clone(&trace)).await {
        Ok(cluster) => cluster,
        Err(what) => {
            let violation = Violation { checker: "plants-start".to_owned(), at_ms: 0, what };
            return (Some(violation), trace.recording(), Vec::new(), Samples::default(), trace.now());
        }
    };
    cluster.power_on();
    let cluster = Arc::new(cluster);
    let mut sampler = Sampler::new(&cluster);
    let until = options.until.unwrap_or(Duration::MAX);
    tokio::select! {
        biased;
        () = cluster.monitor.until_violation() => {}
        () = tokio::time::sleep(until) => {}
        never = watch_wipes(&cluster) => match never {},
        never = watch_rows(&cluster) => match never {},
        never = sampler.watch(&cluster, &options.progress) => match never {},
        () = phases(&cluster, faults) => {}
    }
    if let Some(panic) = panics::take() {
        cluster.monitor.object("no-panic", panic);
    }
    let wiped = cluster.all_cases().map(|chassis| u64::from(chassis.wiped_after_free())).sum();
    trace.saw_times(WIPED_AFTER_FREE, wiped);
    let samples = sampler.end(&cluster);
    (cluster.monitor.violation(), trace.recording(), cluster.history.all(), samples, trace.now())
}

async fn phases(cluster: &Arc<Cluster>, faults: Vec<Fault>) {
    // Not a watch channel: it wakes its receivers in an order that tokio draws.
    let stop = CancellationToken::new();
    let users: Vec<_> = (0..cluster.scenario.workload.users)
        .map(|number| tokio::task::spawn_local(User::new(number, Arc::clone(cluster)).work(stop.clone())))
        .collect();
    let injecting = tokio::task::spawn_local(injector::run(Arc::clone(cluster), faults));
    tokio::time::sleep(cluster.scenario.duration()).await;
    // All faults end with this phase.
    injecting.await.ok();
    cluster.trace.record(format_args!("faults are over"));
    cluster.partitions.values().for_each(|played| played.node.start());
    stop.cancel();
    let deadline = Instant::now() + cluster.scenario.converge();
    let mut owned = Holdings::default();
    for user in users {
        match tokio::time::timeout_at(deadline, user).await {
            Ok(Ok(user)) => {
                owned.machines.extend(user.owned);
                owned.addresses.extend(user.addresses);
                owned.networks.extend(user.networks);
            }
            Ok(Err(_)) => return cluster.monitor.object("no-panic", "a user's task died".to_owned()),
            Err(_) => {
                let what = "a user does not know what became of a write".to_owned();
                return cluster.monitor.object("outcomes-are-found-out", what);
            }
        }
    }
    loop {
        cluster.partitions.values().for_each(|played| played.node.start());
        match convergence::look(cluster, &owned).await {
            Ok(()) => break,
            Err(what) if Instant::now() >= deadline => return cluster.monitor.object("converges", what),
            Err(_) => tokio::time::sleep(SETTLE_EVERY).await,
        }
    }
    cluster.trace.record(format_args!("all is well"));
    final_checks::pools_give(cluster).await;
    audit_rows(cluster).await;
}

async fn watch_wipes(cluster: &Cluster) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(WIPES_EVERY).await;
        if let Some(chassis) = cluster.all_cases().find(|chassis| chassis.wiped_while_installed() > 0) {
            let what = format!("machine {} was wiped while its allocation was in force", chassis.plan.id);
            cluster.monitor.object("never-wiped-while-installed", what);
        }
        if let Some(panic) = panics::take() {
            cluster.monitor.object("no-panic", panic);
        }
    }
}

async fn watch_rows(cluster: &Cluster) -> std::convert::Infallible {
    loop {
        tokio::time::sleep(AUDIT_EVERY).await;
        audit_rows(cluster).await;
    }
}

/// Disks are consistent at any moment, and memories equal them except for rows in flight.
async fn audit_rows(cluster: &Cluster) {
    for played in cluster.partitions.values() {
        let node = &played.node;
        let verdict = match played.durable.lock().await.look(&node.disk.rows).await {
            Ok(world) => audit::claims(world),
            Err(what) => Err(what),
        };
        if let Err(what) = verdict {
            cluster.monitor.object("claims-have-owners", format!("{}: {what}", node.partition));
        }
        // A paused node is audited when it continues.
        let Ok(Some(inside)) = tokio::time::timeout(SETTLE_EVERY, node.look()).await else { continue };
        let memory = inside.gateway.local().world();
        if let Err(what) = audit::memory_is_disk(memory, &node.disk.rows).await {
            cluster.monitor.object("memory-is-disk", format!("{}: {what}", node.partition));
        }
    }
}
