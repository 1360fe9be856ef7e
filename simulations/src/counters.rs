//! Counters from durable commits for the report: used addresses per network, machines in a crash loop. Parses bodies
//! only where necessary.

use actors::addressing::block;
use actors::network::Network;
use actors::store::{Kind, Row, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum of counted networks; a run with more shows the first ones.
const NETWORKS_MAX: usize = 64;

/// A network's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pool {
    pub network: String,
    pub name: String,
    pub partition: String,
    /// Addresses that can be allocated.
    pub capacity: u64,
    pub used: u64,
}

/// The counts so far.
#[derive(Debug, Default)]
pub struct Counters {
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

impl Counters {
    /// Number of machines that this commit put into a crash loop.
    pub fn committed(&mut self, transaction: &Transaction) -> u64 {
        let mut entered = 0;
        for delete in transaction.deletes.iter().filter(|delete| delete.key.kind == Kind::Address) {
            if let Some(place) = self.addresses.remove(&delete.key.id) {
                self.pools[place].used -= 1;
            }
        }
        for put in &transaction.puts {
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
        let Ok(network) = serde_json::from_str::<Network>(&row.body) else { return };
        // Its prefixes are cut into children.
        if network.private_super {
            return;
        }
        let usable = network.prefixes.iter().filter_map(block::usable);
        let capacity = usable.fold(0, |sum, (first, last)| {
            u64::try_from(last - first).unwrap_or(u64::MAX).saturating_add(1).saturating_add(sum)
        });
        if let Some(place) = self.places.get(&row.key.id) {
            self.pools[*place].capacity = capacity;
        } else if self.pools.len() < NETWORKS_MAX {
            self.places.insert(row.key.id.clone(), self.pools.len());
            self.pools.push(Pool {
                network: row.key.id.clone(),
                name: network.name,
                partition: network.partition.to_string(),
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
        // Few machines loop, and events are frequent.
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
    use actors::ids::MachineId;
    use actors::machine::Events;
    use actors::store::{Delete, Generation, Key, Put};
    use actors::time::Timestamp;

    fn row(kind: Kind, id: &str, parent: &str, body: String) -> Row {
        Row { parent: parent.to_owned(), ..Row::bare(Key::new(kind, id), Generation(1), body) }
    }

    fn commit(counters: &mut Counters, puts: Vec<Row>, deletes: &[&str]) -> u64 {
        let puts = puts.into_iter().map(|row| Put { row, expected: None }).collect();
        let deletes = deletes
            .iter()
            .map(|id| Delete { key: Key::new(Kind::Address, *id), expected: Generation(1) })
            .collect();
        let transaction = Transaction { puts, deletes, ..Transaction::default() };
        counters.committed(&transaction)
    }

    #[test]
    fn addresses_are_counted_once_and_come_back() {
        let network = |name: &str, private_super: bool| {
            let body = serde_json::json!({
                "id": name, "name": name, "description": "", "partition": "a", "vrf": 0,
                "created": Timestamp::from_millis(0), "changed": Timestamp::from_millis(0),
                "prefixes": ["10.0.0.0/28"], "destination_prefixes": [], "network_type": "external",
                "shared": false, "nat": false, "underlay": false, "private_super": private_super,
            });
            row(Kind::Network, name, "", body.to_string())
        };
        let mut counters = Counters::default();
        commit(&mut counters, vec![network("super", true), network("n", false)], &[]);
        let address = |id: &str| row(Kind::Address, id, "n", String::new());
        commit(&mut counters, vec![address("10.0.0.1"), address("10.0.0.2")], &[]);
        commit(&mut counters, vec![address("10.0.0.1")], &[]);
        assert_eq!((counters.pools()[0].used, counters.pools()[0].capacity), (2, 14));
        commit(&mut counters, Vec::new(), &["10.0.0.1", "10.0.0.9"]);
        assert_eq!(counters.pools()[0].used, 1);
    }

    #[test]
    fn a_crash_loop_is_entered_once_until_it_is_left() {
        let mut counters = Counters::default();
        let mut says = |crash_loop: bool| {
            let events = Events { crash_loop, ..Events::new(MachineId("m".to_owned())) };
            let body = serde_json::to_string(&events).unwrap();
            commit(&mut counters, vec![row(Kind::Events, "m", "", body)], &[])
        };
        let entered: Vec<u64> = [false, true, true, false, true].map(&mut says).into();
        assert_eq!(entered, [0, 1, 0, 0, 1]);
    }
}
