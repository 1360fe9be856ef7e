//! The product's invariants as predicates over durable commits and answers. One file per invariant; each is linear in
//! its input.

mod allocations;
pub mod audit;
mod generations;
mod holders;
pub mod installers;
mod keys;
mod pools;
mod quarantine;
mod registers;
mod releases;
mod steps;

use actors::ids::PartitionId;
use actors::store::{Generation, Kind, Row, Transaction};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// All checkers.
#[derive(Debug, Default)]
pub struct Checkers {
    pub generations: generations::Generations,
    pub holders: holders::Holders,
    pub allocations: allocations::Allocations,
    pub keys: keys::Keys,
    pub registers: registers::Registers,
    pub quarantined: quarantine::Quarantine,
    pub releases: releases::Releases,
    pub steps: steps::Steps,
}

/// A transaction that has just become durable.
#[derive(Debug)]
pub struct Commit<'a> {
    pub partition: &'a PartitionId,
    pub transaction: &'a Transaction,
    /// The machine rows that it writes, in order.
    machines: Vec<MachineRow<'a>>,
}

impl<'a> Commit<'a> {
    /// Parses machines' rows once for all checkers.
    pub fn read(partition: &'a PartitionId, transaction: &'a Transaction) -> Result<Self, String> {
        let rows = transaction.puts.iter().map(|put| &put.row);
        let machines = rows.filter(|row| row.key.kind == Kind::Machine).map(MachineRow::read);
        Ok(Self { partition, transaction, machines: machines.collect::<Result<_, _>>()? })
    }
}

/// The fields of a machine's row for checkers.
#[derive(Debug)]
struct MachineRow<'a> {
    id: &'a str,
    generation: Generation,
    held: Option<Held>,
}

/// An allocation and its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Held {
    allocation: Uuid,
    ips: BTreeSet<String>,
}

impl<'a> MachineRow<'a> {
    fn read(row: &'a Row) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Body {
            #[serde(default)]
            allocation: Option<Allocation>,
        }

        #[derive(Deserialize)]
        struct Allocation {
            uuid: Uuid,
            networks: Vec<Network>,
        }

        #[derive(Deserialize)]
        struct Network {
            ips: Vec<String>,
        }

        let body: Body = serde_json::from_str(&row.body)
            .map_err(|error| format!("the row of machine {} cannot be read: {error}", row.key.id))?;
        let held = body.allocation.map(|Allocation { uuid, networks }| Held {
            allocation: uuid,
            ips: networks.into_iter().flat_map(|network| network.ips).collect(),
        });
        Ok(Self { id: &row.key.id, generation: row.generation, held })
    }
}

#[cfg(test)]
mod tests;
