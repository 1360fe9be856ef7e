//! A release ends the caller's own use of an address, never that of the next owner (ipam 5.4, I5), even if the request
//! comes twice or late.

use super::Commit;
use actors::ipam::Address;
use actors::store::{Kind, join};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Releases {
    /// The allocations that users release, by the key of their request.
    wanted: BTreeMap<Uuid, Uuid>,
    /// The allocation of every address in use.
    allocations: BTreeMap<String, Uuid>,
}

impl Releases {
    /// The write with this key releases this allocation.
    pub fn expect(&mut self, key: Uuid, allocation: Uuid) {
        self.wanted.insert(key, allocation);
    }

    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let puts = commit.transaction.puts.iter().map(|put| &put.row);
        for row in puts.filter(|row| row.key.kind == Kind::Address) {
            let address: Address =
                join(row).map_err(|error| format!("address {} cannot be read: {error}", row.key.id))?;
            self.allocations.insert(row.key.id.clone(), address.allocation_uuid);
        }
        let wanted = commit.transaction.inbox.as_ref().and_then(|entry| self.wanted.get(&entry.key));
        for delete in commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Address) {
            let ended = self.allocations.remove(&delete.key.id);
            if let Some(wanted) = wanted
                && ended != Some(*wanted)
            {
                let ip = &delete.key.id;
                return Err(format!("{ip} was given back for {wanted} and taken from {ended:?}"));
            }
        }
        Ok(())
    }
}
