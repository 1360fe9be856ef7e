//! The switch's rows (api-machines 4.1).

use crate::ids::{MachineId, PartitionId, RackId, SwitchId};
use crate::record::Record;
use crate::spoken::folded;
use crate::time::Timestamp;
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
    /// Shared: nearly every write of a switch leaves them unchanged.
    pub connections: Arc<BTreeMap<MachineId, Vec<Connection>>>,
    pub mode: SwitchMode,
    pub os: SwitchOs,
    pub management_ip: String,
    pub management_user: String,
    pub console_command: String,
}

impl Switch {
    /// The machine at this port.
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
    /// Empty: in the PXE VLAN. `default`: of a firewall. `vrf<N>`: of a tenant.
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
    /// The identity of the port: the identifier, or the MAC without one.
    pub fn identity(&self) -> &str {
        if self.identifier.is_empty() { &self.mac } else { &self.identifier }
    }

    /// [`SwitchPort::identity`] in the form for comparisons.
    pub fn folded(&self) -> Cow<'_, str> {
        folded(self.identity())
    }

    /// The operator's last order. Rows of older releases have an order only while it was pending.
    pub fn order(&self) -> Option<&str> {
        let pending = self.state.as_ref().and_then(|state| state.desired.as_deref());
        self.ordered.as_deref().or(pending)
    }

    /// The state that the switch should set.
    pub fn admin_status(&self) -> &str {
        self.order().unwrap_or("UP")
    }
}

/// `UP`, `DOWN`, `UNKNOWN` or any text that a switch reported (api-machines 4.5 does not validate it).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortState {
    /// Pending: the wanted state that the switch has not reported yet.
    #[serde(default)]
    pub desired: Option<String>,
    pub actual: String,
}

/// A switch's report; keys are the wire's.
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

/// A machine at a port, with a copy of the port at the machine's registration.
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

/// The time when the switch last applied its configuration; a separate row, also for unknown switches.
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
