//! A machine has at most one allocation, and belongs to one partition (invariant 2): an allocation ends before the next
//! begins.

use super::Commit;
use actors::ids::PartitionId;
use actors::store::Kind;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Allocations {
    machines: BTreeMap<String, (PartitionId, Option<Uuid>)>,
}

impl Allocations {
    /// The machines with an allocation.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        let machines = self.machines.iter();
        machines.filter(|(_, (_, allocation))| allocation.is_some()).map(|(id, _)| id.as_str())
    }

    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        for row in &commit.machines {
            let (id, now) = (row.id, row.held.as_ref().map(|held| held.allocation));
            let seen = (commit.partition.clone(), now);
            let Some((home, before)) = self.machines.insert(id.to_owned(), seen) else { continue };
            if home != *commit.partition {
                return Err(format!("machine {id} is in {home} and in {}", commit.partition));
            }
            if let (Some(before), Some(now)) = (before, now)
                && before != now
            {
                return Err(format!("machine {id} was allocated to {now} while {before} had it"));
            }
        }
        let gone = commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Machine);
        for delete in gone {
            self.machines.remove(&delete.key.id);
        }
        Ok(())
    }
}
