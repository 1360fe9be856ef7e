//! Each machine as a register: a read shows at least what was acknowledged or read before it started, and only durable
//! state. Necessary for linearizability, and linear in the history; single rows are written by compare-and-swap, so
//! their writes are ordered anyway.

use super::Commit;
use actors::store::Generation;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Debug, Default)]
pub struct Registers {
    durable: BTreeMap<String, Generation>,
    floors: BTreeMap<String, Generation>,
    /// Machines changed by a write, until it is acknowledged.
    written: BTreeMap<Uuid, Vec<(String, Generation)>>,
}

impl Registers {
    /// A write that changes no machine cannot violate this.
    #[expect(clippy::unnecessary_wraps, reason = "the shape of a checker")]
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let machines: Vec<_> =
            commit.machines.iter().map(|row| (row.id.to_owned(), row.generation)).collect();
        self.durable.extend(machines.iter().cloned());
        if let Some(entry) = &commit.transaction.inbox {
            self.written.insert(entry.key, machines);
        }
        Ok(())
    }

    pub fn acknowledged(&mut self, key: Uuid) {
        for (machine, generation) in self.written.remove(&key).unwrap_or_default() {
            self.raise(machine, generation);
        }
    }

    fn raise(&mut self, machine: String, generation: Generation) {
        let floor = self.floors.entry(machine).or_insert(generation);
        *floor = generation.max(*floor);
    }

    pub fn floor(&self, machine: &str) -> Generation {
        self.floors.get(machine).copied().unwrap_or(Generation(i64::MIN))
    }

    pub fn read(&mut self, machine: &str, floor: Generation, seen: Generation) -> Result<(), String> {
        let durable = self.durable.get(machine).copied().unwrap_or(Generation(i64::MIN));
        if seen > durable {
            return Err(format!("{machine} was read at {}, which is not durable ({})", seen.0, durable.0));
        }
        if seen < floor {
            return Err(format!(
                "{machine} was read at {} after {} had been acknowledged or read",
                seen.0, floor.0
            ));
        }
        self.raise(machine.to_owned(), seen);
        Ok(())
    }
}
