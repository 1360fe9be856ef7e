//! What hardware asks of the control plane. One method per call of api-machines 8; shapes of the rooms where they fit,
//! small views of answers where hardware needs a few fields only.

use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BmcAction, BootInfo, EventKind};
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A call that failed. Hardware rarely looks why: it tries again, or crashes and boots again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The control plane answered that what was asked for does not exist.
    #[error("{0}")]
    Missing(String),
    /// It refused, or did not answer.
    #[error("{0}")]
    Failed(String),
}

/// The control plane as hardware sees it.
#[async_trait]
pub trait MetalApi: Send + Sync {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError>;

    async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError>;

    /// Empty: leave the BMC's root user alone.
    async fn super_user_password(&self) -> Result<String, ApiError>;

    async fn register(&self, told: Registration) -> Result<(), ApiError>;

    /// Returns well when the machine was allocated, and never else.
    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError>;

    async fn report(&self, report: Report) -> Result<(), ApiError>;

    /// What to boot instead; `None`: nothing is known.
    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError>;

    /// Kind and message by machine.
    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError>;

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError>;

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError>;

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError>;

    async fn switch_notify(&self, switch: &SwitchId, notification: Notification) -> Result<(), ApiError>;

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError>;

    /// What the BMCs of a partition still have to do, oldest first; waits for something to do, `wait` at most.
    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError>;

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError>;
}

/// What to boot from the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootConfig {
    pub kernel: String,
    pub init_ram_disks: Vec<String>,
    pub cmdline: String,
}

/// The installer is done (api-machines 5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub machine: MachineId,
    pub console_password: String,
    pub boot_info: BootInfo,
}

/// api-machines 5.8
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub stored: u64,
    pub failed: Vec<MachineId>,
}

/// What the installer reads of its machine (api-machines 8, steps 11 and 14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineView {
    pub allocation: Option<AllocationView>,
}

/// What an installer needs of an allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllocationView {
    pub uuid: Uuid,
    pub reinstall: bool,
    /// `None`: the image is gone.
    pub image_url: Option<String>,
    pub has_layout: bool,
    pub hostname: String,
    /// `machine` or `firewall`.
    pub role: String,
    /// Present once an installation for this allocation was reported.
    pub boot_info: Option<BootInfo>,
}

/// What a switch reads of itself: the VRF of each port, by port name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchView {
    pub vrfs: BTreeMap<String, String>,
}

/// api-machines 4.5
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    pub sync_duration_ns: i64,
    pub error: Option<String>,
    /// `UP` or `DOWN` by port name.
    pub port_states: BTreeMap<String, String>,
}

/// One thing a BMC has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: Uuid,
    pub machine: MachineId,
    pub action: BmcAction,
}
