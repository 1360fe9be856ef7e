//! The SQL stores against the guarantees of the port, and against faults.

mod addresses;
mod batches;
mod faults;
mod promises;
mod sqlite;
mod takeover;

use actors::ids::PartitionId;
use actors::store::{Generation, InboxEntry, Key, Kind, Put, Row, Store, Transaction};
use actors::time::Timestamp;
use uuid::Uuid;

/// The clock of the tests.
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn partition(name: &str) -> PartitionId {
    name.into()
}

fn put(id: &str, expected: Option<i64>, generation: i64) -> Transaction {
    let row = Row::bare(Key::new(Kind::Machine, id), Generation(generation), "{}");
    Transaction { puts: vec![Put { row, expected: expected.map(Generation) }], ..Transaction::default() }
}

fn remembered(transaction: Transaction, number: u128) -> Transaction {
    let key = Uuid::from_u128(number);
    let entry = InboxEntry { key, fingerprint: "print".to_owned(), reply: "{}".to_owned(), at: NOW };
    Transaction { inbox: Some(entry), ..transaction }
}

/// The ids of all machines.
async fn rows(store: &dyn Store) -> Vec<String> {
    let rows = store.rows(Kind::Machine, None, 1000).await.unwrap();
    rows.into_iter().map(|row| row.key.id).collect()
}
