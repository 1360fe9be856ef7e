//! The answers to the commands of all nouns.

use crate::ids::{MachineId, PartitionId, SwitchId};
use crate::record::Record;
use crate::record::ipam::Address;
use crate::record::machine::{BootInfo, Machine};
use crate::record::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::record::network::Network;
use crate::record::switch::{Switch, SwitchStatus};
use crate::store::Kind;
use serde_json::Value;
use uuid::Uuid;

/// The answer to a command. Stored with the write, so that a retry gets the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Done,
    /// The machine as written; the API shows its current row.
    Machine(MachineId),
    /// The allocated machine and its allocation: the machine may have another one when it is shown.
    Allocated {
        machine: MachineId,
        allocation: Uuid,
    },
    /// Not freed because it is locked, although its LED is switched off: shown as the 422 (api-machines 3.7).
    MachineLocked,
    /// The machine as it was before it was removed.
    MachineRemoved(Box<Machine>),
    /// api-machines 5.4
    Registered {
        machine: MachineId,
        size: String,
        partition: PartitionId,
    },
    /// The decision is written, but the caller must not continue: the gRPC service answers UNKNOWN with this text
    /// (api-machines 4.3, and the refusal to wipe an installed machine).
    RegisterRefused {
        message: String,
    },
    /// api-machines 5.7
    BootInfo(Option<Box<BootInfo>>),
    /// api-machines 6.1: the outcome of an IPMI report.
    IpmiReported(IpmiOutcome),
    /// Number of corrected rows.
    Reconciled(usize),
    Switch {
        id: SwitchId,
        created: bool,
    },
    /// The switch itself: removed, or registered as a replacement (api-machines 4.2).
    SwitchShown {
        switch: Box<Switch>,
        created: bool,
    },
    SwitchStatus(Box<SwitchStatus>),
    /// The status is stored, but the switch does not exist: shown as its 404 (api-machines 4.5, steps 1 and 2).
    SwitchUnknown(SwitchId),
    Network(Box<Network>),
    Address(Box<Address>),
    /// Ordered by family, then in the order of allocation.
    Addresses(Vec<Address>),
    Partition(Box<Partition>),
    Size(Box<Size>),
    Image(Box<Image>),
    Layout(Box<Layout>),
    Project(Box<Project>),
    Tenant(Box<Tenant>),
    /// A prefix of a namespace: acquired, or as it was before its release.
    Prefix(Box<Prefix>),
    PrefixAddress(Box<PrefixAddress>),
    /// Number of removed rows of a failed load.
    Undone(usize),
    /// The record of a kind without its own answer, as written, or as it was before its removal.
    Record {
        kind: Kind,
        record: Value,
    },
}

impl Answer {
    /// [`Answer::Record`] of this record.
    pub fn record<R: Record>(record: &R) -> Self {
        // Records are maps with text keys. A record that cannot be serialised becomes null, which no reader accepts.
        Self::Record { kind: R::KIND, record: serde_json::to_value(record).unwrap_or_default() }
    }

    /// The record of an [`Answer::Record`] of this kind.
    pub fn into_record<R: Record>(self) -> Option<R> {
        match self {
            Self::Record { kind, record } if kind == R::KIND => serde_json::from_value(record).ok(),
            _ => None,
        }
    }
}

/// api-machines 6.1
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpmiOutcome {
    Updated,
    Created,
    /// In neither list.
    Ignored,
}
