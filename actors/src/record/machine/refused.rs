//! A registration that was not accepted.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes kept of why.
const WHY_BYTES_MAX: usize = 1024;

/// The last registration was refused. The machine is not handed out until one is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    pub at: Timestamp,
    /// For people.
    pub why: String,
}

impl Refused {
    pub fn new(at: Timestamp, why: &str) -> Self {
        Self { at, why: why[..why.floor_char_boundary(WHY_BYTES_MAX)].to_owned() }
    }
}
