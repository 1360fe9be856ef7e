//! Newtypes for all ids, so that a switch id cannot be used as a machine id.
//!
//! Ids are opaque text: the wire contract never validates them (api-machines 0.4).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident($text:ty)),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $text);

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
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    )+};
}

text_id! {
    /// A machine: its SMBIOS UUID in lower case.
    MachineId(String),
    /// A switch: its hostname.
    SwitchId(String),
    /// A rack inside a partition.
    RackId(String),
    /// A partition. Every command and most rows contain one, so clones share the text.
    PartitionId(Arc<str>),
    /// A size: a class of hardware.
    SizeId(String),
    /// An image: `<os>-<major>.<minor>[.<patch>]`.
    ImageId(String),
    /// A filesystem layout.
    LayoutId(String),
    /// A network of any kind.
    NetworkId(String),
    /// A project of a tenant.
    ProjectId(String),
    /// A tenant.
    TenantId(String),
    /// An address space of go-ipam's clients.
    NamespaceId(String),
}
