//! An acknowledged write is durable and applied exactly once, even if it was sent many times; a refused write is never
//! applied (invariant 3).

use super::Commit;
use crate::seed::digest;
use actors::ids::PartitionId;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Keys {
    applied: BTreeMap<Uuid, PartitionId>,
    /// Outcomes without rows: refusals, and answers of commands that had nothing to do.
    concluded: BTreeSet<Uuid>,
    refused: BTreeSet<Uuid>,
    /// Digests of the answers that callers got.
    answers: BTreeMap<Uuid, u64>,
}

impl Keys {
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let Some(entry) = &commit.transaction.inbox else { return Ok(()) };
        let key = entry.key;
        if commit.transaction.puts.is_empty() && commit.transaction.deletes.is_empty() {
            self.concluded.insert(key);
            return Ok(());
        }
        if let Some(before) = self.applied.insert(key, commit.partition.clone()) {
            return Err(format!("the write {key} was applied in {before} and again in {}", commit.partition));
        }
        if self.refused.contains(&key) {
            return Err(format!("the write {key} was applied after its caller heard that it was refused"));
        }
        Ok(())
    }

    pub fn acknowledged(&mut self, key: Uuid) -> Result<(), String> {
        if self.applied.contains_key(&key) || self.concluded.contains(&key) {
            return Ok(());
        }
        Err(format!("the write {key} was acknowledged and is not in any store"))
    }

    /// A retry gets the same answer (ipam 5.4, I8).
    pub fn answered(&mut self, key: Uuid, answer: &str) -> Result<(), String> {
        let heard = digest(answer);
        if *self.answers.entry(key).or_insert(heard) == heard {
            return Ok(());
        }
        Err(format!("the write {key} was answered before, and now with something else: {answer}"))
    }

    pub fn refused(&mut self, key: Uuid) -> Result<(), String> {
        self.refused.insert(key);
        match self.applied.get(&key) {
            Some(partition) => Err(format!("the write {key} was refused and is in the store of {partition}")),
            None => Ok(()),
        }
    }
}
