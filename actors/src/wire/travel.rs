//! Conversion between domain values and wire values. Two macros make both directions from one table.

use super::BadMessage;
use crate::ids::{
    ImageId, LayoutId, MachineId, NamespaceId, NetworkId, PartitionId, ProjectId, RackId, SizeId, SwitchId,
    TenantId,
};
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use uuid::Uuid;

/// A domain value with a wire form, for messages or the inbox.
pub(super) trait Travels: Sized {
    type Wire;

    /// Never fails: every domain value has a wire form.
    fn pack(&self) -> Self::Wire;

    /// Fails where the domain has a rule that the wire format cannot express.
    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage>;
}

/// Values that are their own wire form: texts, numbers, and the content of records (see [`super`]).
macro_rules! as_it_is {
    ($($value:ty),+ $(,)?) => {$(
        impl $crate::wire::travel::Travels for $value {
            type Wire = Self;

            fn pack(&self) -> Self {
                self.clone()
            }

            fn unpack(wire: Self) -> Result<Self, $crate::wire::BadMessage> {
                Ok(wire)
            }
        }
    )+};
}
pub(super) use as_it_is;

as_it_is! {
    bool, i32, i64, u8, u32, u64, String, Uuid, IpAddr, Timestamp,
    MachineId, SwitchId, RackId, PartitionId, SizeId, ImageId, LayoutId, NetworkId, ProjectId, TenantId, NamespaceId,
}

/// Counts have 64 bits on every platform.
impl Travels for usize {
    type Wire = u64;

    fn pack(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }

    fn unpack(wire: u64) -> Result<Self, BadMessage> {
        Self::try_from(wire).map_err(|_| BadMessage::new(format!("{wire} is not a number of rows")))
    }
}

impl<T: Travels> Travels for Option<T> {
    type Wire = Option<T::Wire>;

    fn pack(&self) -> Self::Wire {
        self.as_ref().map(T::pack)
    }

    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage> {
        wire.map(T::unpack).transpose()
    }
}

impl<T: Travels> Travels for Box<T> {
    type Wire = Box<T::Wire>;

    fn pack(&self) -> Self::Wire {
        Box::new(T::pack(self))
    }

    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage> {
        T::unpack(*wire).map(Self::new)
    }
}

impl<T: Travels> Travels for Vec<T> {
    type Wire = Vec<T::Wire>;

    fn pack(&self) -> Self::Wire {
        self.iter().map(T::pack).collect()
    }

    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage> {
        wire.into_iter().map(T::unpack).collect()
    }
}

impl<T: Travels> Travels for BTreeMap<String, T> {
    type Wire = BTreeMap<String, T::Wire>;

    fn pack(&self) -> Self::Wire {
        self.iter().map(|(name, value)| (name.clone(), value.pack())).collect()
    }

    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage> {
        wire.into_iter().map(|(name, value)| Ok((name, T::unpack(value)?))).collect()
    }
}

impl<T: Travels, E: Travels> Travels for Result<T, E> {
    type Wire = Result<T::Wire, E::Wire>;

    fn pack(&self) -> Self::Wire {
        self.as_ref().map(T::pack).map_err(E::pack)
    }

    fn unpack(wire: Self::Wire) -> Result<Self, BadMessage> {
        Ok(match wire {
            Ok(value) => Ok(T::unpack(value)?),
            Err(error) => Err(E::unpack(error)?),
        })
    }
}

/// Structs: the name on the wire, the domain's, and the fields in wire form. A field that only the domain or only the
/// table has does not compile.
macro_rules! wire_struct {
    ($(
        $(#[$meta:meta])*
        $name:ident = $domain:ty { $( $(#[$field_meta:meta])* $field:ident: $wire:ty ),* $(,)? }
    )+) => {$(
        #[derive(serde::Serialize, serde::Deserialize)]
        $(#[$meta])*
        pub(in crate::wire) struct $name {
            $( $(#[$field_meta])* pub(in crate::wire) $field: $wire, )*
        }

        impl $crate::wire::travel::Travels for $domain {
            type Wire = $name;

            fn pack(&self) -> $name {
                let Self { $($field),* } = self;
                $name { $( $field: $crate::wire::travel::Travels::pack($field) ),* }
            }

            fn unpack(wire: $name) -> Result<Self, $crate::wire::BadMessage> {
                let $name { $($field),* } = wire;
                Ok(Self { $( $field: $crate::wire::travel::Travels::unpack($field)? ),* })
            }
        }
    )+};
}
pub(super) use wire_struct;

/// Enums, in the same way; a value within a variant gets a name, which is not sent.
macro_rules! wire_enum {
    ($(
        $(#[$meta:meta])*
        $name:ident = $domain:ty {
            $(
                $(#[$variant_meta:meta])*
                $variant:ident
                $( ( $inner:ident: $inner_wire:ty ) )?
                $( { $( $(#[$field_meta:meta])* $field:ident: $wire:ty ),* $(,)? } )?
            ),* $(,)?
        }
    )+) => {$(
        #[derive(serde::Serialize, serde::Deserialize)]
        $(#[$meta])*
        pub(in crate::wire) enum $name {
            $(
                $(#[$variant_meta])*
                $variant $( ($inner_wire) )? $( { $( $(#[$field_meta])* $field: $wire ),* } )?,
            )*
        }

        #[cfg(test)]
        impl $crate::wire::tests::Named for $name {
            const VARIANTS: &'static [&'static str] = &[$(stringify!($variant)),*];

            fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant),)*
                }
            }
        }

        impl $crate::wire::travel::Travels for $domain {
            type Wire = $name;

            fn pack(&self) -> $name {
                match self {
                    $(
                        Self::$variant $( ($inner) )? $( { $($field),* } )? => $name::$variant
                            $( ($crate::wire::travel::Travels::pack($inner)) )?
                            $( { $( $field: $crate::wire::travel::Travels::pack($field) ),* } )?,
                    )*
                }
            }

            fn unpack(wire: $name) -> Result<Self, $crate::wire::BadMessage> {
                Ok(match wire {
                    $(
                        $name::$variant $( ($inner) )? $( { $($field),* } )? => Self::$variant
                            $( ($crate::wire::travel::Travels::unpack($inner)?) )?
                            $( { $( $field: $crate::wire::travel::Travels::unpack($field)? ),* } )?,
                    )*
                })
            }
        }
    )+};
}
pub(super) use wire_enum;
