//! Commands about namespaces; shapes as in [`crate::machine::command`]. Prefixes and addresses are texts as the caller
//! wrote them.

use super::dump::{PlannedAddress, PlannedPrefix};
use crate::ids::NamespaceId;
use uuid::Uuid;

/// A command about address spaces (ipam 1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceCommand {
    Create(NamespaceId),
    Delete(NamespaceId),
    CreatePrefix {
        namespace: NamespaceId,
        cidr: String,
    },
    DeletePrefix {
        namespace: NamespaceId,
        cidr: String,
    },
    AcquireChild {
        namespace: NamespaceId,
        parent: String,
        child: Child,
    },
    ReleaseChild {
        namespace: NamespaceId,
        cidr: String,
    },
    /// The lowest free address, or a specific one.
    AcquireAddress {
        namespace: NamespaceId,
        prefix: String,
        address: Option<String>,
    },
    ReleaseAddress {
        namespace: NamespaceId,
        prefix: String,
        address: String,
    },
    Load {
        namespace: NamespaceId,
        step: LoadCommand,
    },
}

/// The requested child of a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Child {
    /// The best fitting one of this length.
    Length(u8),
    Specific(String),
}

/// A step of a load of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadCommand {
    /// Only into an empty namespace.
    Begin { load: Uuid },
    /// Part of the dump; parents come before their children and addresses.
    Add { load: Uuid, prefixes: Vec<PlannedPrefix>, addresses: Vec<PlannedAddress> },
    /// The dump is complete: makes it visible.
    End { load: Uuid },
    /// Removes loaded rows step by step, until none is left. `None`: the loader has disappeared.
    Undo { load: Option<Uuid> },
}

impl NamespaceCommand {
    pub const fn namespace(&self) -> &NamespaceId {
        match self {
            Self::Create(namespace)
            | Self::Delete(namespace)
            | Self::CreatePrefix { namespace, .. }
            | Self::DeletePrefix { namespace, .. }
            | Self::AcquireChild { namespace, .. }
            | Self::ReleaseChild { namespace, .. }
            | Self::AcquireAddress { namespace, .. }
            | Self::ReleaseAddress { namespace, .. }
            | Self::Load { namespace, .. } => namespace,
        }
    }
}
