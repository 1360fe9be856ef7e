//! The SQL stores against the promises of the port, and against faults.

mod promises;
mod sqlite;

use actors::ids::PartitionId;
use actors::time::Timestamp;

/// The clock of the tests.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn partition(name: &str) -> PartitionId {
    PartitionId(name.to_owned())
}
