//! The operations of users and their outcomes: invoked, then ok, failed or unknown. An unknown outcome stays unknown.

use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use uuid::Uuid;

/// One operation of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Operation {
    pub user: usize,
    pub what: String,
    /// For writes.
    pub key: Option<Uuid>,
    pub invoked_ms: u64,
    /// Number of tries.
    pub tries: u32,
    pub ended_ms: Option<u64>,
    pub outcome: OperationResult,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationResult {
    /// Running, or its outcome is never known.
    Unknown,
    Ok(String),
    /// Refused: nothing was changed.
    Failed(String),
}

/// All operations of a run.
#[derive(Debug, Default)]
pub struct History {
    operations: Mutex<Vec<Operation>>,
}

/// An operation in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry(usize);

impl History {
    fn operations(&self) -> MutexGuard<'_, Vec<Operation>> {
        self.operations.lock()
    }

    pub fn invoke(&self, user: usize, what: String, key: Option<Uuid>, at_ms: u64) -> Entry {
        let mut operations = self.operations();
        operations.push(Operation {
            user,
            what,
            key,
            invoked_ms: at_ms,
            tries: 0,
            ended_ms: None,
            outcome: OperationResult::Unknown,
        });
        Entry(operations.len() - 1)
    }

    pub fn tried(&self, entry: Entry) {
        if let Some(operation) = self.operations().get_mut(entry.0) {
            operation.tries += 1;
        }
    }

    pub fn end(&self, entry: Entry, outcome: OperationResult, at_ms: u64) {
        if let Some(operation) = self.operations().get_mut(entry.0) {
            operation.outcome = outcome;
            operation.ended_ms = Some(at_ms);
        }
    }

    pub fn all(&self) -> Vec<Operation> {
        self.operations().clone()
    }
}
