//! Shared by the tests of several modules: paused time, a small scenario, a cluster that plays it, a user's operation.

use crate::cluster::Cluster;
use crate::history::{Operation, OperationResult};
use crate::scenario::Scenario;
use crate::seed::Seed;
use crate::trace::Trace;
use std::sync::Arc;

pub(crate) use actors::fixture::on_paused_time;

/// A scenario of partitions with one rack of two machines each. `rest`: the end of its file.
pub(crate) fn scenario(duration_s: u64, partitions: &[&str], rest: &str) -> Scenario {
    let head = format!("name = \"t\"\ndescription = \"d\"\nduration_s = {duration_s}\nconverge_s = 60\n");
    let partition = |name: &&str| format!("[[partitions]]\nname = \"{name}\"\nracks = 1\nmachines = 2\n");
    let partitions: String = partitions.iter().map(partition).collect();
    Scenario::parse(&(head + &partitions + rest)).unwrap()
}

/// A cluster whose nodes run and whose racks are off. Must be called on paused time.
pub(crate) async fn cluster(scenario: Scenario) -> Cluster {
    Cluster::build(Arc::new(scenario), Seed(1), Arc::new(Trace::new(None))).await.unwrap()
}

/// One operation of a user, from `invoked_ms` on; without `took_ms` it has not ended.
pub(crate) fn operation(
    what: &str,
    invoked_ms: u64,
    took_ms: Option<u64>,
    outcome: OperationResult,
) -> Operation {
    Operation {
        user: 1,
        what: what.to_owned(),
        key: None,
        invoked_ms,
        tries: 1,
        ended_ms: took_ms.map(|ms| invoked_ms + ms),
        outcome,
    }
}
