//! Newtypes for every id, so that a switch id never stands where a machine id is meant.
//!
//! Ids are opaque text: the wire contract never validates them (api-machines, preface).

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// True for the id that the wire contract uses for "none".
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )+};
}

text_id! {
    /// A machine: its SMBIOS UUID in lower case.
    MachineId,
    /// A switch: its hostname.
    SwitchId,
    /// A rack inside a partition.
    RackId,
    /// A partition (a site).
    PartitionId,
    /// A size: a class of hardware.
    SizeId,
    /// An image: `<os>-<major>.<minor>[.<patch>]`.
    ImageId,
    /// A filesystem layout.
    LayoutId,
    /// A network of any kind.
    NetworkId,
    /// A project of a tenant.
    ProjectId,
    /// A tenant.
    TenantId,
    /// An address space of go-ipam's clients.
    NamespaceId,
}
