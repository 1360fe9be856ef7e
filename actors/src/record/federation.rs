//! Rows of the federation that the partition belongs to: membership, invitations, what peers were seen to be.

use crate::record::Record;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An item that the node keeps about its federation. Its content belongs to the node: the domain neither reads nor
/// shows it, and it never travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederationItem {
    pub id: String,
    pub content: Value,
}

impl Record for FederationItem {
    fn id(&self) -> String {
        self.id.clone()
    }
}
