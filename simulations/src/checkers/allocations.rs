//! A machine has at most one allocation, and lives in one partition (architecture 5, invariant 2): an allocation ends
//! before the next begins.

use super::machine;
use crate::referee::Commit;
use actors::ids::PartitionId;
use actors::store::Kind;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Allocations {
    machines: BTreeMap<String, (PartitionId, Option<Uuid>)>,
}

impl Allocations {
    /// The machines that have one now.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        let machines = self.machines.iter();
        machines.filter(|(_, (_, allocation))| allocation.is_some()).map(|(id, _)| id.as_str())
    }

    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let machines = commit.transaction.puts.iter().map(|put| &put.row);
        for row in machines.filter(|row| row.key.kind == Kind::Machine) {
            let now = machine(&row.body)?.allocation.map(|allocation| allocation.uuid);
            let seen = (commit.partition.clone(), now);
            let Some((home, before)) = self.machines.insert(row.key.id.clone(), seen) else { continue };
            let id = &row.key.id;
            if home != *commit.partition {
                return Err(format!("machine {id} is in {home} and in {}", commit.partition));
            }
            if let (Some(before), Some(now)) = (before, now)
                && before != now
            {
                return Err(format!("machine {id} was given to {now} while {before} had it"));
            }
        }
        let gone = commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Machine);
        for delete in gone {
            self.machines.remove(&delete.key.id);
        }
        Ok(())
    }
}
