//! Counts what durable commits say and the report shows: addresses in use per network, machines in a crash loop. Reads
//! bodies only where nothing else tells.

use crate::referee::Commit;
use actors::store::{Kind, Row};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Networks that are counted; a run with more shows the first ones.
const NETWORKS_MAX: usize = 64;

/// A network's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pool {
    pub network: String,
    pub name: String,
    pub partition: String,
    /// Addresses of all prefixes, those that nobody may have included.
    pub capacity: u64,
    pub used: u64,
}

/// What was counted up to now.
#[derive(Debug, Default)]
pub struct Tally {
    pools: Vec<Pool>,
    /// By network.
    places: BTreeMap<String, usize>,
    /// The pool of every address in use.
    addresses: BTreeMap<String, usize>,
    looping: BTreeSet<String>,
}

#[derive(Deserialize)]
struct EventsRow {
    crash_loop: bool,
}

#[derive(Deserialize)]
struct NetworkRow {
    name: String,
    #[serde(default)]
    partition: String,
    private_super: bool,
    prefixes: Vec<String>,
}

/// `None`: not a prefix.
fn capacity(prefix: &str) -> Option<u64> {
    let (address, length) = prefix.split_once('/')?;
    let bits = if address.contains(':') { 128_u32 } else { 32 };
    let free = bits.checked_sub(length.parse().ok()?)?;
    Some(1_u64.checked_shl(free).unwrap_or(u64::MAX))
}

impl Tally {
    /// How many machines entered a crash loop with this.
    pub fn committed(&mut self, commit: &Commit<'_>) -> u64 {
        let mut entered = 0;
        for delete in commit.transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Address) {
            if let Some(place) = self.addresses.remove(&delete.key.id) {
                self.pools[place].used -= 1;
            }
        }
        for put in &commit.transaction.puts {
            match put.row.key.kind {
                Kind::Network => self.network(&put.row),
                Kind::Address => self.address(&put.row),
                Kind::Events => entered += u64::from(self.enters_loop(&put.row)),
                _ => {}
            }
        }
        entered
    }

    pub fn pools(&self) -> &[Pool] {
        &self.pools
    }

    fn network(&mut self, row: &Row) {
        let Ok(network) = serde_json::from_str::<NetworkRow>(&row.body) else { return };
        // Its prefixes go to children whole.
        if network.private_super {
            return;
        }
        let sizes = network.prefixes.iter().filter_map(|prefix| capacity(prefix));
        let capacity = sizes.fold(0, u64::saturating_add);
        if let Some(place) = self.places.get(&row.key.id) {
            self.pools[*place].capacity = capacity;
        } else if self.pools.len() < NETWORKS_MAX {
            self.places.insert(row.key.id.clone(), self.pools.len());
            self.pools.push(Pool {
                network: row.key.id.clone(),
                name: network.name,
                partition: network.partition,
                capacity,
                used: 0,
            });
        }
    }

    fn address(&mut self, row: &Row) {
        let Some(place) = self.places.get(&row.parent) else { return };
        if !self.addresses.contains_key(&row.key.id) {
            self.addresses.insert(row.key.id.clone(), *place);
            self.pools[*place].used += 1;
        }
    }

    fn enters_loop(&mut self, row: &Row) -> bool {
        // Few machines loop, and events come often.
        if self.looping.is_empty() && !row.body.contains("\"crash_loop\":true") {
            return false;
        }
        let looping = serde_json::from_str::<EventsRow>(&row.body).is_ok_and(|events| events.crash_loop);
        if looping {
            return self.looping.insert(row.key.id.clone());
        }
        self.looping.remove(&row.key.id);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::ids::{MachineId, PartitionId};
    use actors::machine::Events;
    use actors::store::{Delete, Generation, Key, Put, Transaction};
    use std::time::Duration;

    fn row(kind: Kind, id: &str, parent: &str, body: String) -> Row {
        Row {
            key: Key::new(kind, id),
            generation: Generation(1),
            owner: String::new(),
            parent: parent.to_owned(),
            body,
        }
    }

    fn commit(tally: &mut Tally, puts: Vec<Row>, deletes: &[&str]) -> u64 {
        let puts = puts.into_iter().map(|row| Put { row, expected: None }).collect();
        let deletes = deletes
            .iter()
            .map(|id| Delete { key: Key::new(Kind::Address, *id), expected: Generation(1) })
            .collect();
        let transaction = Transaction { puts, deletes, ..Transaction::default() };
        let partition = PartitionId::from("a");
        tally.committed(&Commit { partition: &partition, transaction: &transaction, at: Duration::ZERO })
    }

    #[test]
    fn addresses_are_counted_once_and_come_back() {
        let network = |name: &str, private_super: bool| {
            let body = serde_json::json!({
                "name": name, "partition": "a", "private_super": private_super, "prefixes": ["10.0.0.0/28"],
            });
            row(Kind::Network, name, "", body.to_string())
        };
        let mut tally = Tally::default();
        commit(&mut tally, vec![network("super", true), network("n", false)], &[]);
        let address = |id: &str| row(Kind::Address, id, "n", String::new());
        commit(&mut tally, vec![address("10.0.0.1"), address("10.0.0.2")], &[]);
        commit(&mut tally, vec![address("10.0.0.1")], &[]);
        assert_eq!((tally.pools()[0].used, tally.pools()[0].capacity), (2, 16));
        commit(&mut tally, Vec::new(), &["10.0.0.1", "10.0.0.9"]);
        assert_eq!(tally.pools()[0].used, 1);
    }

    #[test]
    fn a_prefix_has_so_many_addresses() {
        let rows = [
            ("10.0.0.0/8", Some(1 << 24)),
            ("10.0.0.1/32", Some(1)),
            ("fd00::/64", Some(u64::MAX)),
            ("fd00::/120", Some(256)),
            ("10.0.0.0/33", None),
            ("10.0.0.0", None),
        ];
        rows.iter().for_each(|(prefix, expected)| assert_eq!(capacity(prefix), *expected, "{prefix}"));
    }

    #[test]
    fn a_crash_loop_is_entered_once_until_it_is_left() {
        let mut tally = Tally::default();
        let mut says = |crash_loop: bool| {
            let events = Events { crash_loop, ..Events::new(MachineId("m".to_owned())) };
            let body = serde_json::to_string(&events).unwrap();
            commit(&mut tally, vec![row(Kind::Events, "m", "", body)], &[])
        };
        let entered: Vec<u64> = [false, true, true, false, true].map(&mut says).into();
        assert_eq!(entered, [0, 1, 0, 0, 1]);
    }
}
