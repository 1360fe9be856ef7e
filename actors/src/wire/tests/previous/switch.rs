//! Records of switches as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Switch {
    pub(crate) id: SwitchId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) partition: PartitionId,
    pub(crate) rack: RackId,
    pub(crate) nics: Vec<SwitchPort>,
    pub(crate) connections: BTreeMap<MachineId, Vec<Connection>>,
    pub(crate) mode: SwitchMode,
    pub(crate) os: SwitchOs,
    pub(crate) management_ip: String,
    pub(crate) management_user: String,
    pub(crate) console_command: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SwitchPort {
    pub(crate) name: String,
    pub(crate) mac: String,
    pub(crate) identifier: String,
    pub(crate) vrf: String,
    #[serde(default)]
    pub(crate) state: Option<PortState>,
    #[serde(default)]
    pub(crate) bgp: Option<BgpPortState>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ordered: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PortState {
    #[serde(default)]
    pub(crate) desired: Option<String>,
    pub(crate) actual: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BgpPortState {
    #[serde(rename = "Neighbor", alias = "neighbor")]
    pub(crate) neighbor: String,
    #[serde(rename = "PeerGroup", alias = "peergroup")]
    pub(crate) peer_group: String,
    #[serde(rename = "VrfName", alias = "vrfname")]
    pub(crate) vrf_name: String,
    #[serde(rename = "BgpState", alias = "bgpstate")]
    pub(crate) bgp_state: String,
    #[serde(rename = "BgpTimerUpEstablished", alias = "bgptimerupestablished")]
    pub(crate) bgp_timer_up_established: i64,
    #[serde(rename = "SentPrefixCounter", alias = "sentprefixcounter")]
    pub(crate) sent_prefix_counter: i64,
    #[serde(rename = "AcceptedPrefixCounter", alias = "acceptedprefixcounter")]
    pub(crate) accepted_prefix_counter: i64,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) nic: SwitchPort,
    pub(crate) machine: MachineId,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SwitchMode {
    #[default]
    #[serde(rename = "")]
    Fresh,
    #[serde(rename = "operational")]
    Operational,
    #[serde(rename = "replace")]
    Replace,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SwitchOs {
    pub(crate) vendor: SwitchVendor,
    pub(crate) version: String,
    pub(crate) metal_core_version: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SwitchVendor {
    #[serde(rename = "SONiC")]
    Sonic,
    #[serde(rename = "Cumulus")]
    Cumulus,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SwitchStatus {
    pub(crate) id: SwitchId,
    #[serde(default)]
    pub(crate) last_sync: Option<Sync>,
    #[serde(default)]
    pub(crate) last_sync_error: Option<Sync>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sync {
    pub(crate) time: Timestamp,
    pub(crate) duration_ns: i64,
    #[serde(default)]
    pub(crate) error: Option<String>,
}
