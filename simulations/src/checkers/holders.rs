//! An address is in use by at most one owner in the whole federation (invariant 1): in one partition's rows, and by one
//! allocation.

use super::{Commit, Held};
use actors::ids::PartitionId;
use actors::store::Kind;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Holders {
    partitions: BTreeMap<String, PartitionId>,
    allocations: BTreeMap<String, Uuid>,
    /// By machine.
    held: BTreeMap<String, Held>,
}

impl Holders {
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        for delete in commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Address) {
            self.partitions.remove(&delete.key.id);
        }
        let puts = commit.transaction.puts.iter().map(|put| &put.row);
        for row in puts.filter(|row| row.key.kind == Kind::Address) {
            let holder =
                self.partitions.entry(row.key.id.clone()).or_insert_with(|| commit.partition.clone());
            if holder != commit.partition {
                let (ip, other) = (&row.key.id, commit.partition);
                return Err(format!("{ip} is held by {holder} and was taken in {other}"));
            }
        }
        let mut taken = Vec::new();
        for row in &commit.machines {
            if self.held.get(row.id) == row.held.as_ref() {
                continue;
            }
            for ip in self.held.remove(row.id).into_iter().flat_map(|held| held.ips) {
                self.allocations.remove(&ip);
            }
            taken.extend(row.held.as_ref().map(|held| (row.id, held)));
        }
        for (id, held) in taken {
            let allocation = held.allocation;
            for ip in &held.ips {
                if let Some(other) = self.allocations.insert(ip.clone(), allocation)
                    && other != allocation
                {
                    return Err(format!("{ip} of allocation {other} was given to {allocation} on {id}"));
                }
            }
            self.held.insert(id.to_owned(), held.clone());
        }
        Ok(())
    }
}
