//! Version 1: the messages of this release, one file per noun. Its JSON is also what the inbox remembers, in the shape
//! that releases without versions wrote (`tests/golden/v0`).
//!
//! A field that is added takes `#[serde(default)]`, and its value of before must mean what an older release meant. A
//! field is never renamed, removed or given another meaning here: that is version 2.

pub(super) mod answer;
pub(super) mod command;
pub(super) mod ipam;
pub(super) mod machine;
pub(super) mod masterdata;
pub(super) mod mesh;
pub(super) mod namespace;
pub(super) mod network;
pub(super) mod switch;
