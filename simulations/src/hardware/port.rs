//! The calls of hardware to the control plane. One method per call of api-machines 8; the domain's types where they
//! fit, small views of answers where hardware needs only a few fields.

use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BmcAction, BootInfo, EventKind};
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A failed call. Hardware rarely examines the reason: it retries, or crashes and reboots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The requested entity does not exist.
    #[error("{0}")]
    Missing(String),
    /// The call was refused or got no answer.
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

    /// Returns `Ok` only when the machine was allocated.
    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError>;

    async fn report(&self, report: Report) -> Result<(), ApiError>;

    /// The system to boot instead; `None`: unknown.
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

    /// Pending orders of a partition's BMCs, oldest first; waits for orders, at most `wait`.
    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError>;

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError>;
}

/// The system to boot from the network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootConfig {
    pub kernel: String,
    pub init_ram_disks: Vec<String>,
    pub cmdline: String,
}

/// The installer has finished (api-machines 5.6).
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

/// The machine as the installer reads it (api-machines 8, steps 11 and 14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineView {
    pub allocation: Option<AllocationView>,
}

/// The fields of an allocation that an installer needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllocationView {
    pub uuid: Uuid,
    pub reinstall: bool,
    /// `None`: the image was deleted.
    pub image_url: Option<String>,
    pub has_layout: bool,
    pub hostname: String,
    /// `machine` or `firewall`.
    pub role: String,
    /// Present once an installation for this allocation was reported.
    pub boot_info: Option<BootInfo>,
}

/// A switch's configuration: the VRF of each port, by port name.
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

/// An order for a BMC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: Uuid,
    pub machine: MachineId,
    pub action: BmcAction,
}
