//! Commands about address spaces.

use crate::ids::NamespaceId;
use crate::namespace::dump::{PlannedAddress, PlannedPrefix};
use crate::namespace::{self as domain, command};
use crate::wire::travel::{as_it_is, wire_enum};
use uuid::Uuid;

as_it_is!(PlannedAddress, PlannedPrefix, domain::Prefix, domain::PrefixAddress);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    NamespaceCommand = domain::NamespaceCommand {
        Create(namespace: NamespaceId),
        Delete(namespace: NamespaceId),
        CreatePrefix { namespace: NamespaceId, cidr: String },
        DeletePrefix { namespace: NamespaceId, cidr: String },
        AcquireChild { namespace: NamespaceId, parent: String, child: Child },
        ReleaseChild { namespace: NamespaceId, cidr: String },
        AcquireAddress { namespace: NamespaceId, prefix: String, address: Option<String> },
        ReleaseAddress { namespace: NamespaceId, prefix: String, address: String },
        Load { namespace: NamespaceId, step: LoadCommand },
    }

    #[serde(rename_all = "snake_case")]
    Child = command::Child {
        Length(bits: u8),
        Specific(cidr: String),
    }

    #[serde(rename_all = "snake_case")]
    LoadCommand = command::LoadCommand {
        Begin { load: Uuid },
        Add { load: Uuid, prefixes: Vec<PlannedPrefix>, addresses: Vec<PlannedAddress> },
        End { load: Uuid },
        Undo { load: Option<Uuid> },
    }
}
