//! The namespace room: address spaces for clients of go-ipam (ipam 1), apart from metal-api's networks.
//!
//! A namespace holds prefixes, a prefix gives single addresses or child prefixes, never both. One row for each
//! namespace, prefix and address: what is free follows from them. The reserved addresses of a prefix have no rows, so
//! that nobody can release them; they are counted all the same.
//!
//! # What keeps two writers apart
//!
//! - Decisions about the roots of a namespace run one after the other in its actor, each one transaction. A new root
//!   relies on its namespace's row.
//! - A child taken or returned is one transaction, too, and relies on its parent's row. Many share a commit: what keeps
//!   children apart is the index, which has what is about to be cut until its commit is known.
//! - An address relies on its prefix's row: none comes to be in a prefix that goes, or that becomes a parent. Its row is
//!   named by namespace and address, so that the store refuses a second one whatever memory says.
//! - A dump is loaded in many transactions. Until the last one its namespace says that it is being loaded: it looks
//!   empty, and nothing else is decided in it.
//!
//! # Where go-ipam loses something, and this does not
//!
//! Errors are go-ipam's, text for text, and name a prefix as its caller sent it. What differs, differs on purpose:
//!
//! | go-ipam | here |
//! | --- | --- |
//! | deletes a parent that has children | refused: `prefix P has childprefixes, delete prefix not possible` |
//! | deletes a child as if it were a root; its parent never gives that space again | refused: release it instead |
//! | gives back the network's own address, which the next caller then gets | refused: `given ip:A is reserved in prefix:P, ..` |
//! | dumps, lists and loads the root, whatever namespace is named | those of the namespace that is named |
//! | a dump whose parents and children do not agree: gives space twice, or never | children that are there count; what that mends is told (log, `metalmesh-mended`) |
//! | a load that ends in the middle leaves half of it | undone |
//! | answers a released address with the parent of its prefix | with its prefix |
//! | counters that wrap around, or end at different bounds | all end at 2147483647 |
//! | an address with a zone is an address of its own | refused: `given ip:A in not valid` |
//! | children of a length that the family has not: `invalid Prefix is not valid` | says what is available |
//! | a missing prefix: with the words of its database | without |

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
