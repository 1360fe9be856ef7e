//! The invariants of the house as predicates over durable commits and answers. Each file one, each linear in what it is
//! shown.

mod allocations;
pub mod audit;
mod generations;
mod holders;
mod keys;
mod pools;
mod registers;

use serde::Deserialize;
use uuid::Uuid;

/// All of them.
#[derive(Debug, Default)]
pub struct Checkers {
    pub generations: generations::Generations,
    pub holders: holders::Holders,
    pub allocations: allocations::Allocations,
    pub keys: keys::Keys,
    pub registers: registers::Registers,
}

/// What the checkers read of a machine's row.
#[derive(Debug, Deserialize)]
struct MachineRow {
    #[serde(default)]
    allocation: Option<AllocationRow>,
}

#[derive(Debug, Deserialize)]
struct AllocationRow {
    uuid: Uuid,
    networks: Vec<NetworkRow>,
}

#[derive(Debug, Deserialize)]
struct NetworkRow {
    ips: Vec<String>,
}

fn machine(body: &str) -> Result<MachineRow, String> {
    serde_json::from_str(body).map_err(|error| format!("a machine's row cannot be read: {error}"))
}

#[cfg(test)]
mod tests;
