//! Commands with the answers that they have. Each noun's `ask.rs` says which belongs to which, so that no caller has
//! to.

use super::{Answer, Body, IpmiOutcome};
use crate::ids::{MachineId, PartitionId, SwitchId};
use crate::ipam::Address;
use crate::machine::{BootInfo, Machine};
use crate::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::namespace::{Prefix, PrefixAddress};
use crate::network::Network;
use crate::switch::{Switch, SwitchStatus};
use crate::world::Record;
use std::marker::PhantomData;
use uuid::Uuid;

/// A command whose answer is an `A`: what [`crate::gateway::Gateway::execute`] takes.
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

/// What a command answers, apart from what all others do.
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

/// A record of a kind that has no answer of its own, as it was written, or as it was before it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<R>(pub R);

impl<R: Record> FromAnswer for Written<R> {
    fn from_answer(answer: Answer) -> Option<Self> {
        answer.into_record().map(Self)
    }
}

/// The machine that was allocated, and the allocation: by the time it is shown the machine may have another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocated {
    pub machine: MachineId,
    pub allocation: Uuid,
}

/// What became of a machine that was to be freed (api-machines 3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freed {
    Freed(MachineId),
    /// It stays allocated, its LED is off.
    Locked,
}

/// What became of a registration (api-machines 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    As {
        machine: MachineId,
        size: String,
        partition: PartitionId,
    },
    /// What was decided is written, but the machine must not go on, and why.
    Refused(String),
}

/// How many rows were corrected or taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrected(pub usize);

/// A switch that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchWritten {
    /// Shown as its row is.
    Row { id: SwitchId, created: bool },
    /// Shown as given: it was removed, or registered as a replacement (api-machines 4.2).
    Shown { switch: Box<Switch>, created: bool },
}

/// What became of a switch's report (api-machines 4.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notified {
    Kept(Box<SwitchStatus>),
    /// It is kept, but there is no such switch.
    Unknown(SwitchId),
}
