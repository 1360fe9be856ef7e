//! The switch's rows (api-machines 4.1).

use crate::ids::{MachineId, PartitionId, RackId, SwitchId};
use crate::spoken::folded;
use crate::time::Timestamp;
use crate::world::Record;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A leaf switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    pub id: SwitchId,
    /// Matched with the hostname of a machine's LLDP neighbours.
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub partition: PartitionId,
    pub rack: RackId,
    pub nics: Vec<SwitchPort>,
    /// Shared: nearly every write of a switch leaves them as they are.
    pub connections: Arc<BTreeMap<MachineId, Vec<Connection>>>,
    pub mode: SwitchMode,
    pub os: SwitchOs,
    pub management_ip: String,
    pub management_user: String,
    pub console_command: String,
}

impl Switch {
    /// Which machine hangs at this port.
    pub fn machine_at(&self, port: &SwitchPort) -> Option<&MachineId> {
        let mut connections = self.connections.values().flatten();
        let connection = connections.find(|connection| connection.nic.folded() == port.folded());
        connection.map(|connection| &connection.machine)
    }
}

impl Record for Switch {
    fn id(&self) -> String {
        self.id.0.clone()
    }

    fn parent(&self) -> String {
        self.partition.to_string()
    }
}

/// A port of a switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchPort {
    pub name: String,
    pub mac: String,
    pub identifier: String,
    /// Empty: in the PXE VLAN. `default`: a firewall's. `vrf<N>`: a tenant's.
    pub vrf: String,
    #[serde(default)]
    pub state: Option<PortState>,
    #[serde(default)]
    pub bgp: Option<BgpPortState>,
    /// The operator's last order, `UP` or `DOWN`; `None`: no order. Observed states do not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<String>,
}

impl SwitchPort {
    /// What identifies the port: the identifier, or the MAC where there is none.
    pub fn identity(&self) -> &str {
        if self.identifier.is_empty() { &self.mac } else { &self.identifier }
    }

    /// [`SwitchPort::identity`], to be compared with what others say.
    pub fn folded(&self) -> Cow<'_, str> {
        folded(self.identity())
    }

    /// What an operator ordered last. Rows of before have an order only as long as it was pending.
    pub fn order(&self) -> Option<&str> {
        let pending = self.state.as_ref().and_then(|state| state.desired.as_deref());
        self.ordered.as_deref().or(pending)
    }

    /// What the switch is to make of the port.
    pub fn admin_status(&self) -> &str {
        self.order().unwrap_or("UP")
    }
}

/// `UP`, `DOWN`, `UNKNOWN` or whatever a switch reported (api-machines 4.5 does not validate it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortState {
    /// Pending: what an operator wants and the switch has not reported yet.
    #[serde(default)]
    pub desired: Option<String>,
    pub actual: String,
}

/// As a switch reports it; keys are the wire's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BgpPortState {
    #[serde(rename = "Neighbor", alias = "neighbor")]
    pub neighbor: String,
    #[serde(rename = "PeerGroup", alias = "peergroup")]
    pub peer_group: String,
    #[serde(rename = "VrfName", alias = "vrfname")]
    pub vrf_name: String,
    #[serde(rename = "BgpState", alias = "bgpstate")]
    pub bgp_state: String,
    #[serde(rename = "BgpTimerUpEstablished", alias = "bgptimerupestablished")]
    pub bgp_timer_up_established: i64,
    #[serde(rename = "SentPrefixCounter", alias = "sentprefixcounter")]
    pub sent_prefix_counter: i64,
    #[serde(rename = "AcceptedPrefixCounter", alias = "acceptedprefixcounter")]
    pub accepted_prefix_counter: i64,
}

/// A machine at a port, with the port as it was when the machine registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub nic: SwitchPort,
    pub machine: MachineId,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwitchMode {
    #[default]
    #[serde(rename = "")]
    Fresh,
    #[serde(rename = "operational")]
    Operational,
    #[serde(rename = "replace")]
    Replace,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchOs {
    pub vendor: SwitchVendor,
    pub version: String,
    pub metal_core_version: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SwitchVendor {
    #[serde(rename = "SONiC")]
    Sonic,
    #[serde(rename = "Cumulus")]
    Cumulus,
}

impl SwitchVendor {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sonic => "SONiC",
            Self::Cumulus => "Cumulus",
        }
    }
}

/// When the switch last applied its configuration; its own row, also for switches that are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchStatus {
    pub id: SwitchId,
    #[serde(default)]
    pub last_sync: Option<Sync>,
    #[serde(default)]
    pub last_sync_error: Option<Sync>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    pub time: Timestamp,
    pub duration_ns: i64,
    #[serde(default)]
    pub error: Option<String>,
}

impl Record for SwitchStatus {
    fn id(&self) -> String {
        self.id.0.clone()
    }
}
