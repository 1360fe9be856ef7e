//! The generation of a row rises with every write, and a row that was removed and created again never reuses a
//! generation of its earlier life: a holder of an old generation must not mistake the new row for the old one.

use super::Commit;
use actors::ids::PartitionId;
use actors::store::{Generation, Key};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct Generations {
    rows: BTreeMap<PartitionId, BTreeMap<Key, Lives>>,
}

/// First and last generation of each life of a row, the current one last.
#[derive(Debug, Default)]
struct Lives {
    all: Vec<(Generation, Generation)>,
    lives: bool,
}

impl Generations {
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let rows = self.rows.entry(commit.partition.clone()).or_default();
        for delete in &commit.transaction.deletes {
            if let Some(lives) = rows.get_mut(&delete.key) {
                lives.lives = false;
            }
        }
        for put in &commit.transaction.puts {
            let (key, new) = (&put.row.key, put.row.generation);
            if !rows.contains_key(key) {
                rows.insert(key.clone(), Lives::default());
            }
            let Some(lives) = rows.get_mut(key) else { continue };
            lives.write(new).map_err(|old| {
                format!(
                    "{} {} was at generation {} and got {} again",
                    key.kind.entity(),
                    key.id,
                    old.0,
                    new.0
                )
            })?;
        }
        Ok(())
    }
}

impl Lives {
    fn write(&mut self, new: Generation) -> Result<(), Generation> {
        let current = usize::from(self.lives);
        let old = &self.all[..self.all.len() - current];
        if let Some((_, last)) = old.iter().find(|(first, last)| (*first..=*last).contains(&new)) {
            return Err(*last);
        }
        match self.all.last_mut() {
            Some((_, last)) if self.lives => {
                if new <= *last {
                    return Err(*last);
                }
                *last = new;
            }
            _ => self.all.push((new, new)),
        }
        self.lives = true;
        Ok(())
    }
}
