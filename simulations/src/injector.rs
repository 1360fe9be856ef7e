//! Executes the plan of faults: begins and ends each.

use crate::cluster::{Cluster, admin};
use crate::fault::{Fault, What};
use crate::hardware::BmcHealth;
use crate::link::Link;
use crate::node::Node;
use crate::sometimes::LEAF_REPLACED;
use crate::store::{CrashPoint, StoreFaults};
use actors::command::Body;
use actors::ids::{PartitionId, SwitchId};
use actors::machine::BmcAction;
use actors::runtime::CallError;
use actors::switch::SwitchCommand;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// If a partition has several nodes, another one starts this long after the serving one has died.
const TAKE_OVER_AFTER: Duration = Duration::from_secs(5);

/// A frozen host that continues is switched off after this time.
const NOTICED_AFTER: Duration = Duration::from_secs(20);

/// Time after which an operator retries a request without an answer.
const OPERATOR_RETRY: Duration = Duration::from_secs(5);

/// Begins and ends all faults of a plan at their times.
pub async fn run(cluster: Arc<Cluster>, faults: Vec<Fault>) {
    let mut steps: Vec<(Duration, bool, usize)> = Vec::new();
    for (index, fault) in faults.iter().enumerate() {
        steps.push((fault.begins(), true, index));
        steps.push((fault.ends(), false, index));
    }
    steps.sort_unstable();
    for (at, begins, index) in steps {
        let Some(fault) = faults.get(index) else { continue };
        tokio::time::sleep_until(cluster.trace.started() + at).await;
        let (kind, place) = (fault.what.kind(), fault.what.place());
        cluster.trace.record(format_args!("fault {index} {kind} at {place} begins={begins}"));
        if begins {
            cover(&cluster, &kind, place);
        }
        apply(&cluster, &fault.what, begins);
        if let (What::Flapping { node, machine, every_s }, true) = (&fault.what, begins) {
            let until = cluster.trace.started() + fault.ends();
            flap(&cluster, node, *machine, Duration::from_secs(*every_s), until);
        }
    }
}

/// Counts which faults met machines in which state.
fn cover(cluster: &Cluster, kind: &str, place: &str) {
    cluster.trace.saw(&format!("fault {kind}"));
    for chassis in cluster.cases(place) {
        let state = format!("{:?}", chassis.running());
        let state = state.split('(').next().unwrap_or_default();
        cluster.trace.saw(&format!("fault {kind} while {state}"));
    }
}

fn apply(cluster: &Arc<Cluster>, what: &What, begins: bool) {
    match what {
        What::Crash { .. }
        | What::CrashAtCommit { .. }
        | What::CrashAtTurn { .. }
        | What::Restart { .. }
        | What::Pause { .. }
        | What::TakeOver { .. }
        | What::PowerCut { .. } => {
            process(cluster, what, begins);
        }
        What::Cut { from, to } => cut(cluster, from, to, begins),
        What::Split { a, b } => {
            cut(cluster, a, b, begins);
            cut(cluster, b, a, begins);
        }
        What::Isolate { node } => {
            for other in cluster.partitions.keys().filter(|other| other.as_str() != node) {
                cut(cluster, node, other.as_str(), begins);
                cut(cluster, other.as_str(), node, begins);
            }
        }
        What::CutRacks { node } => {
            let played = cluster.partitions.get(&PartitionId::from(node.as_str()));
            for end in played.into_iter().flat_map(|played| &played.rack_ends) {
                cut(cluster, node, end, begins);
                cut(cluster, end, node, begins);
            }
        }
        What::Slow { from, to, by_ms } => {
            let by = Duration::from_millis(if begins { *by_ms } else { 0 });
            change(cluster, from, to, |link| link.slow_down(by));
        }
        What::Loss { from, to, share } => {
            change(cluster, from, to, |link| link.lose(if begins { *share } else { 0.0 }));
        }
        What::StoreBusy { node, share } => {
            store(cluster, node, |faults| faults.busy = if begins { *share } else { 0.0 });
        }
        What::StoreForgets { node, share } => {
            store(cluster, node, |faults| faults.forgets = if begins { *share } else { 0.0 });
        }
        What::StoreSilent { node, share } => {
            store(cluster, node, |faults| faults.silent = if begins { *share } else { 0.0 });
        }
        What::StoreFull { node } => store(cluster, node, |faults| faults.full = begins),
        What::StoreStall { node } => store(cluster, node, |faults| faults.stalled = begins),
        What::StoreSlow { node, by_ms } => {
            let slower = Duration::from_millis(if begins { *by_ms } else { 0 });
            store(cluster, node, |faults| faults.slower = slower);
        }
        What::Drift { node, ppm } => {
            if let Some(played) = cluster.partitions.get(&PartitionId::from(node.as_str())) {
                played.node.clock.drift(if begins { *ppm } else { 0 });
            }
        }
        What::Clock { node, by_ms } => {
            if let Some(played) = cluster.partitions.get(&PartitionId::from(node.as_str())) {
                played.node.clock.skew(if begins { *by_ms } else { 0 });
            }
        }
        What::BmcDead { .. }
        | What::BmcLies { .. }
        | What::BmcIgnoresBoot { .. }
        | What::BmcSlow { .. }
        | What::Unplug { .. }
        | What::Flapping { .. } => {
            hardware(cluster, what, begins);
        }
        What::LeafReplaced { node, rack } => replace_leaf(cluster, node, *rack, begins),
    }
}

/// Applies faults of machines and BMCs.
fn hardware(cluster: &Cluster, what: &What, begins: bool) {
    match what {
        What::BmcDead { node, machine } => bmc(cluster, node, *machine, BmcHealth::Dead, begins),
        What::BmcLies { node, machine } => bmc(cluster, node, *machine, BmcHealth::Lies, begins),
        What::BmcIgnoresBoot { node, machine } => {
            bmc(cluster, node, *machine, BmcHealth::IgnoresBoot, begins)
        }
        What::BmcSlow { node, machine, by_s } => {
            if let Some(chassis) = cluster.cases(node).nth(*machine) {
                chassis.slow_bmc_down(Duration::from_secs(if begins { *by_s } else { 0 }));
            }
        }
        What::Unplug { node, machine } | What::Flapping { node, machine, .. } => {
            if let Some(chassis) = cluster.cases(node).nth(*machine) {
                chassis.obey(if begins { BmcAction::Off } else { BmcAction::On });
            }
        }
        _ => {}
    }
}

fn process(cluster: &Arc<Cluster>, what: &What, begins: bool) {
    let Some(played) = cluster.partitions.get(&PartitionId::from(what.place())) else { return };
    let node = &played.node;
    match what {
        What::Crash { .. } if begins => {
            node.crash();
            if played.nodes > 1 {
                after(TAKE_OVER_AFTER, node, Node::start);
            }
        }
        What::TakeOver { .. } if begins => node.take_over(),
        What::TakeOver { .. } => {
            node.thaw();
            after(NOTICED_AFTER, node, |node| node.switch_off_frozen());
        }
        What::PowerCut { .. } if begins => {
            node.crash();
            cluster.cases(what.place()).for_each(|chassis| chassis.obey(BmcAction::Off));
        }
        What::CrashAtCommit { durable, .. } if begins => {
            let point = if *durable { CrashPoint::AfterCommit } else { CrashPoint::BeforeCommit };
            node.disk.crash_at_next_commit(Some(point));
        }
        What::CrashAtTurn { turn, .. } if begins => {
            node.crash_at_turn(*turn);
            // A node that is down dies while it starts.
            node.start();
        }
        What::Restart { .. } if begins => {
            let node = Arc::clone(node);
            tokio::task::spawn_local(async move { node.stop().await });
        }
        What::Pause { .. } => node.pause(begins),
        What::PowerCut { .. } => {
            cluster.cases(what.place()).for_each(|chassis| chassis.obey(BmcAction::On));
            node.start();
        }
        _ => {
            node.disk.crash_at_next_commit(None);
            node.crash_at_turn(0);
            node.start();
        }
    }
}

/// Executes an action on a node after a while.
fn after(wait: Duration, node: &Arc<Node>, act: impl FnOnce(&Arc<Node>) + 'static) {
    let node = Arc::clone(node);
    tokio::task::spawn_local(async move {
        tokio::time::sleep(wait).await;
        act(&node);
    });
}

/// The operator announces the replacement of the leaf before plugging the new one in (api-machines 4.7.1), with retries
/// until the request is answered.
fn replace_leaf(cluster: &Cluster, node: &str, rack: usize, begins: bool) {
    let Some(played) = cluster.partitions.get(&PartitionId::from(node)) else { return };
    let Some(rack) = played.racks.get(rack) else { return };
    let [leaf, _] = &rack.leaves;
    leaf.break_down();
    if begins {
        return;
    }
    let (node, leaf, trace) = (Arc::clone(&played.node), Arc::clone(leaf), Arc::clone(&cluster.trace));
    tokio::task::spawn_local(async move {
        let told = |id: SwitchId| SwitchCommand::Update {
            id,
            description: None,
            console_command: String::new(),
            mode: "replace".to_owned(),
        };
        loop {
            let body = Body::Switch(told(leaf.plan.id.clone()));
            let heard = node.call(async move |inside| inside.gateway.execute_any(&admin(), None, body).await);
            match heard.await {
                Ok(Ok(_) | Err(CallError::Refused(_))) => break,
                Ok(Err(_)) | Err(_) => tokio::time::sleep(OPERATOR_RETRY).await,
            }
        }
        leaf.plug_in();
        trace.saw(LEAF_REPLACED);
    });
}

fn bmc(cluster: &Cluster, node: &str, machine: usize, health: BmcHealth, begins: bool) {
    if let Some(chassis) = cluster.cases(node).nth(machine) {
        chassis.set_bmc(if begins { health } else { BmcHealth::Well });
    }
}

/// Switches a machine on and off repeatedly; it is off when this begins. Stops at `until`: the end of the fault
/// switches the machine on.
fn flap(cluster: &Cluster, node: &str, machine: usize, every: Duration, until: Instant) {
    let Some(chassis) = cluster.cases(node).nth(machine).cloned() else { return };
    tokio::task::spawn_local(async move {
        let mut next = Instant::now() + every;
        for action in [BmcAction::On, BmcAction::Off].into_iter().cycle() {
            if next >= until {
                return;
            }
            tokio::time::sleep_until(next).await;
            chassis.obey(action);
            next += every;
        }
    });
}

fn cut(cluster: &Cluster, from: &str, to: &str, begins: bool) {
    change(cluster, from, to, |link| link.cut(begins));
}

fn change(cluster: &Cluster, from: &str, to: &str, change: impl FnOnce(&Link)) {
    if let Some(link) = cluster.links.link(from, to) {
        change(&link);
    }
}

fn store(cluster: &Cluster, node: &str, change: impl FnOnce(&mut StoreFaults)) {
    if let Some(played) = cluster.partitions.get(&PartitionId::from(node)) {
        played.node.disk.change(change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{cluster, on_paused_time, scenario};

    fn at(at_s: u64, for_s: u64, what: What) -> Fault {
        Fault { at_ms: at_s * 1000, for_ms: for_s * 1000, what }
    }

    /// The seconds, of a hundred, in which the second machine of a partition has no power.
    fn dark_seconds(faults: Vec<Fault>) -> Vec<u64> {
        on_paused_time(|| async {
            let mut cluster = cluster(scenario(100, &["a"], "")).await;
            cluster.power_on();
            let cluster = Arc::new(cluster);
            let injecting = tokio::task::spawn_local(run(Arc::clone(&cluster), faults));
            let mut dark = Vec::new();
            for second in 0..100 {
                let context = Duration::from_millis(second * 1000 + 500);
                tokio::time::sleep_until(cluster.trace.started() + context).await;
                assert!(cluster.cases("a").next().unwrap().is_powered(), "it is another machine's fault");
                if !cluster.cases("a").nth(1).unwrap().is_powered() {
                    dark.push(second);
                }
            }
            injecting.await.unwrap();
            dark
        })
    }

    #[test]
    fn a_flapping_machine_is_off_and_on_and_stays_on_at_the_end() {
        let flapping = |every_s| What::Flapping { node: "a".to_owned(), machine: 1, every_s };
        assert_eq!(dark_seconds(vec![at(20, 10, flapping(3))]), [20, 21, 22, 26, 27, 28]);
        // The fault ends at a switch-off, at a switch-on, and in the middle of the dark.
        assert_eq!(dark_seconds(vec![at(20, 6, flapping(3))]), [20, 21, 22]);
        assert_eq!(dark_seconds(vec![at(20, 3, flapping(3))]), [20, 21, 22]);
        assert_eq!(dark_seconds(vec![at(20, 8, flapping(3))]), [20, 21, 22, 26, 27]);
    }

    #[test]
    fn a_plug_that_is_pulled_is_pushed_in_again() {
        let unplug = What::Unplug { node: "a".to_owned(), machine: 1 };
        assert_eq!(dark_seconds(vec![at(20, 3, unplug)]), [20, 21, 22]);
    }
}
