//! The namespaces: address spaces for clients of go-ipam (ipam 1), separate from metal-api's networks.
//!
//! A namespace holds prefixes. A prefix holds single addresses or child prefixes, never both. Namespaces, prefixes and
//! addresses have one row each, and the rows determine what is free. The reserved addresses of a prefix have no rows,
//! so they cannot be released; they still count as used.
//!
//! # How concurrent writers are isolated
//!
//! - The namespace's actor decides about its roots one after the other, each decision in one transaction. A new root
//!   relies on its namespace's row.
//! - Acquiring or releasing a child is one transaction, too, and relies on its parent's row. Many share a commit: the
//!   index prevents duplicate children, because it includes children whose commit is pending.
//! - An address relies on its prefix's row: it cannot be created in a prefix that is being deleted or becomes a parent.
//!   Namespace and address are the key of its row, so the store refuses a duplicate regardless of memory.
//! - A dump is loaded in many transactions. Until the last one, its namespace is marked as loading: it looks empty, and
//!   refuses all other commands.
//!
//! # Where go-ipam loses data, and this does not
//!
//! Errors have go-ipam's exact texts, and name a prefix as its caller sent it. These differences are deliberate:
//!
//! | go-ipam | here |
//! | --- | --- |
//! | deletes a parent that has children | refused: `prefix P has childprefixes, delete prefix not possible` |
//! | deletes a child as if it were a root; its parent never allocates that space again | refused: release it instead |
//! | releases the network's own address, which the next caller then gets | refused: `given ip:A is reserved in prefix:P, ..` |
//! | dumps, lists and loads the root, whatever namespace is named | uses the named namespace |
//! | a dump whose parents and children do not agree: allocates space twice, or never | existing children count; the repairs are reported (log, `metalmesh-mended`) |
//! | a load that ends in the middle leaves half of it | the load is undone |
//! | answers a released address with the parent of its prefix | with its prefix |
//! | counters that wrap around, or end at different bounds | all end at 2147483647 |
//! | an address with a zone is a separate address | refused: `given ip:A in not valid` |
//! | children of a length that the family does not have: `invalid Prefix is not valid` | reports what is available |
//! | a missing prefix: with its database's error text | without it |

mod addresses;
pub mod command;
mod decide;
pub mod dump;
mod load;
mod names;
mod prefixes;
pub mod read;
mod refuse;
#[cfg(test)]
mod tests;

pub use crate::record::namespace::*;
pub(crate) use addresses::is_reserved;
pub use command::{Child, LoadCommand, NamespaceCommand};
pub use decide::decide;
pub use load::{ROWS_PER_STEP, is_dead};
pub use names::{ROOT, check_name};
