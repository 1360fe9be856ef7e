//! Commands about switches; shapes as in [`crate::machine::command`].

use crate::ids::SwitchId;
use crate::record::switch::BgpPortState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command about switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchCommand {
    /// api-machines 4.2 and 4.7.1
    Register(Box<SwitchRegistration>),
    /// api-machines 4.4; `mode` as sent.
    Update { id: SwitchId, description: Option<String>, console_command: String, mode: String },
    /// api-machines 4.5
    Notify {
        id: SwitchId,
        sync_duration_ns: i64,
        error: Option<String>,
        port_states: Option<BTreeMap<String, String>>,
        bgp_port_states: Option<BTreeMap<String, BgpPortState>>,
    },
    /// api-machines 4.6; `status` as sent.
    Toggle { id: SwitchId, nic: String, status: String },
    /// api-machines 4.7
    Migrate { old: SwitchId, new: SwitchId },
    /// api-machines 4.8
    Delete { id: SwitchId, force: bool },
}

/// api-machines 4.2
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchRegistration {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub partition_id: String,
    pub rack_id: String,
    pub nics: Vec<SwitchNic>,
    pub os: Option<OsReport>,
    pub management_ip: String,
    pub management_user: String,
    pub console_command: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SwitchNic {
    pub mac: String,
    pub name: String,
    pub identifier: String,
    pub vrf: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OsReport {
    pub vendor: String,
    pub version: String,
    pub metal_core_version: String,
}
