//! A refused registration.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximal stored bytes of the reason.
const WHY_BYTES_MAX: usize = 1024;

/// The last registration was refused. The machine is not allocated until one is accepted.
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
