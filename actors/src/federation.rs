//! What two populated partitions compare before one joins the federation of the other. Pure.
//!
//! Each describes itself in an [`Inventory`]. [`compare()`] lists what cannot stay as it is in both, with the way out,
//! and [`rename()`] is one of these ways: it gives an id and all references to it another name in one decision.
//!
//! **Architecture invariant:** comparing changes nothing, and an inventory has no secrets: of a key, it has only a
//! fingerprint that is keyed by the caller.

mod compare;
mod content;
mod digest;
#[cfg(test)]
mod fixture;
mod inventory;
mod key;
mod prefix;
mod references;
mod rename;

pub use compare::{Comparison, FINDINGS_MAX, Finding, Severity, compare};
pub use digest::Digest;
pub use inventory::{
    COMPARED, Contents, IDS_MAX, INVENTORY_BYTES_MAX, Inventory, InventoryError, Settings, VERSION,
};
pub use key::{KeyFingerprint, RoleKeys};
pub use prefix::Announced;
pub use rename::{BadRename, RENAMABLE, Rename, RenameRefusal, Renamed, Renames, rename};
