//! Version 1: the messages of this release, one file per noun. The inbox stores the same types as JSON, in the shape
//! that releases without versions wrote (`tests/golden/v0`).
//!
//! A new field has `#[serde(default)]`, and its default must have the meaning of older releases. Renaming or removing a
//! field or changing its meaning requires version 2.

pub(super) mod answer;
pub(super) mod command;
pub(super) mod ipam;
pub(super) mod machine;
pub(super) mod masterdata;
pub(super) mod mesh;
pub(super) mod namespace;
pub(super) mod network;
pub(super) mod switch;
