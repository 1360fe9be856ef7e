//! The reader of the release before wire versions: its types, copied from commit e7d8d3e without their docs. Never
//! edited. What this release writes, that one must read: it may run beside it, and may be installed again in its place.

pub(super) mod columns;
pub(super) mod command;
pub(super) mod ids;
pub(super) mod ipam;
pub(super) mod machine;
pub(super) mod machine_command;
pub(super) mod masterdata;
pub(super) mod message;
pub(super) mod namespace;
pub(super) mod network;
pub(super) mod switch;
pub(super) mod time;
