//! A released public address has no owner for the quarantine time of its pool (ipam 5.4, I7).

use super::Commit;
use crate::entities;
use actors::store::Kind;
use std::collections::BTreeMap;
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Quarantine {
    /// Zero: no quarantine.
    length: Duration,
    /// Public addresses and the time of their release; `None`: in use.
    public: BTreeMap<String, Option<Duration>>,
}

impl Quarantine {
    /// The quarantine time that the run configures.
    pub fn expect(&mut self, length: Duration) {
        self.length = length;
    }

    /// A commit that became durable at `now`, since the start of the run.
    pub fn committed(&mut self, commit: &Commit<'_>, now: Duration) -> Result<(), String> {
        if self.length.is_zero() {
            return Ok(());
        }
        let internet = entities::internet(commit.partition.as_str());
        let puts = commit.transaction.puts.iter().map(|put| &put.row);
        for row in puts.filter(|row| row.key.kind == Kind::Address && row.parent == internet) {
            let before = self.public.insert(row.key.id.clone(), None).flatten();
            if let Some(released) = before
                && now < released + self.length
            {
                let (id, after, wanted) = (&row.key.id, now - released, self.length);
                return Err(format!("{id} was given again after {after:?}, it should rest for {wanted:?}"));
            }
        }
        for delete in commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Address) {
            if let Some(free) = self.public.get_mut(&delete.key.id) {
                *free = Some(now);
            }
        }
        Ok(())
    }
}
