//! Names of actors.

use crate::ids::PartitionId;
use std::borrow::Cow;
use std::fmt;
use strum::{EnumCount, IntoStaticStr};

/// An actor's name. The place where it runs is not part of it.
#[derive(Debug)]
pub(super) struct ActorId<'a> {
    pub(super) partition: PartitionId,
    pub(super) name: ActorName<'a>,
}

/// An actor of a partition: its kind, and its target; empty if the partition has one such actor.
pub type ActorName<'a> = (ActorKind, Cow<'a, str>);

/// The kinds of actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumCount, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum ActorKind {
    /// One machine.
    Machine,
    /// Chooses machines for allocations.
    Allocator,
    /// All switches of a partition: changes of cabling affect pairs of them.
    Switches,
    /// The registry of networks.
    Networks,
    /// Addresses of one network.
    Pool,
    /// One kind of masterdata: its checks read all entities of the kind.
    Masterdata,
    /// Compares claims with their owners.
    Reconciler,
    /// The roots of one namespace.
    Namespace,
    /// Child prefixes of one namespace.
    Children,
    /// Addresses of one prefix of a namespace.
    Prefix,
}

impl ActorKind {
    /// A serial actor finishes one command before it starts the next. Other actors also decide one command after the
    /// other, but do not wait for commits: a command that needs any free item skips rows in flight, so many commands
    /// share one commit.
    pub const fn is_serial(self) -> bool {
        !matches!(self, Self::Allocator | Self::Pool | Self::Children | Self::Prefix)
    }

    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

impl fmt::Display for ActorId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, key) = &self.name;
        write!(f, "{}/{}/{key}", self.partition, kind.as_str())
    }
}
