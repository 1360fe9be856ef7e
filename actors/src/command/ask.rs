//! Commands with the types of their answers. The file of each noun pairs them, so that callers need not.

pub mod ipam;
pub mod machine;
pub mod masterdata;
pub mod namespace;
pub mod network;
pub mod switch;

use super::Body;
use crate::answer::{Answer, IpmiOutcome};
use crate::ids::{MachineId, PartitionId, SwitchId};
use crate::record::Record;
use crate::record::ipam::Address;
use crate::record::machine::{BootInfo, Machine};
use crate::record::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::record::network::Network;
use crate::record::switch::{Switch, SwitchStatus};
use std::marker::PhantomData;
use uuid::Uuid;

/// A command whose answer is an `A`: the argument of [`crate::gateway::Gateway::execute`].
#[derive(Clone, Debug)]
pub struct Ask<A> {
    body: Body,
    answer: PhantomData<fn() -> A>,
}

impl<A: FromAnswer> Ask<A> {
    pub(crate) fn new(command: impl Into<Body>) -> Self {
        Self { body: command.into(), answer: PhantomData }
    }

    pub const fn body(&self) -> &Body {
        &self.body
    }

    pub fn into_body(self) -> Body {
        self.body
    }
}

/// The type of a command's answer.
pub trait FromAnswer: Sized {
    /// `None`: the answer of another command.
    fn from_answer(answer: Answer) -> Option<Self>;
}

macro_rules! answers {
    ($($answer:ty { $($pattern:pat => $read:expr),* $(,)? })*) => {
        $(impl FromAnswer for $answer {
            fn from_answer(answer: Answer) -> Option<Self> {
                match answer {
                    $($pattern => Some($read),)*
                    _ => None,
                }
            }
        })*
    };
}

answers! {
    () { Answer::Done => () }
    MachineId { Answer::Machine(id) => id }
    Allocated { Answer::Allocated { machine, allocation } => Self { machine, allocation } }
    Freed {
        Answer::Machine(machine) => Self::Freed(machine),
        Answer::MachineLocked => Self::Locked,
    }
    Box<Machine> { Answer::MachineRemoved(machine) => machine }
    Registered {
        Answer::Registered { machine, size, partition } => Self::As { machine, size, partition },
        Answer::RegisterRefused { message } => Self::Refused(message),
    }
    Option<Box<BootInfo>> { Answer::BootInfo(info) => info }
    IpmiOutcome { Answer::IpmiReported(outcome) => outcome }
    Corrected { Answer::Reconciled(rows) | Answer::Undone(rows) => Self(rows) }
    SwitchWritten {
        Answer::Switch { id, created } => Self::Row { id, created },
        Answer::SwitchShown { switch, created } => Self::Shown { switch, created },
    }
    Notified {
        Answer::SwitchStatus(status) => Self::Kept(status),
        Answer::SwitchUnknown(id) => Self::Unknown(id),
    }
    Box<Network> { Answer::Network(network) => network }
    Box<Address> { Answer::Address(address) => address }
    Vec<Address> { Answer::Addresses(addresses) => addresses }
    Box<Partition> { Answer::Partition(partition) => partition }
    Box<Size> { Answer::Size(size) => size }
    Box<Image> { Answer::Image(image) => image }
    Option<Box<Image>> {
        Answer::Image(image) => Some(image),
        Answer::Done => None,
    }
    Box<Layout> { Answer::Layout(layout) => layout }
    Box<Project> { Answer::Project(project) => project }
    Box<Tenant> { Answer::Tenant(tenant) => tenant }
    Box<Prefix> { Answer::Prefix(prefix) => prefix }
    Box<PrefixAddress> { Answer::PrefixAddress(address) => address }
}

/// The record of a kind without its own answer, as written, or as it was before its removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<R>(pub R);

impl<R: Record> FromAnswer for Written<R> {
    fn from_answer(answer: Answer) -> Option<Self> {
        answer.into_record().map(Self)
    }
}

/// The allocated machine and its allocation: the machine may have another one when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocated {
    pub machine: MachineId,
    pub allocation: Uuid,
}

/// The outcome of freeing a machine (api-machines 3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freed {
    Freed(MachineId),
    /// It stays allocated, its LED is off.
    Locked,
}

/// The outcome of a registration (api-machines 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    As {
        machine: MachineId,
        size: String,
        partition: PartitionId,
    },
    /// The decision is written, but the machine must not continue, and why.
    Refused(String),
}

/// Number of corrected or removed rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected(pub usize);

/// A written switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchWritten {
    /// Shown from its row.
    Row { id: SwitchId, created: bool },
    /// The switch itself: removed, or registered as a replacement (api-machines 4.2).
    Shown { switch: Box<Switch>, created: bool },
}

/// The outcome of a switch's report (api-machines 4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    Kept(Box<SwitchStatus>),
    /// The report is stored, but the switch does not exist.
    Unknown(SwitchId),
}
