//! The generation of a row never falls, not even when the row was removed and created again.

use crate::referee::Commit;
use actors::ids::PartitionId;
use actors::store::{Generation, Key};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Generations {
    last: BTreeMap<PartitionId, BTreeMap<Key, Generation>>,
}

impl Generations {
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let last = self.last.entry(commit.partition.clone()).or_default();
        for put in &commit.transaction.puts {
            let (key, new) = (&put.row.key, put.row.generation);
            match last.get_mut(key) {
                Some(old) if new <= *old => {
                    let (kind, id) = (key.kind.entity(), &key.id);
                    return Err(format!("{kind} {id} went from generation {} to {}", old.0, new.0));
                }
                Some(old) => *old = new,
                None => {
                    last.insert(key.clone(), new);
                }
            }
        }
        Ok(())
    }
}
