//! The APIs of a partition, without sockets; drops messages on request.

use crate::hardware::{
    ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent, SwitchView,
};
use crate::local_api::LocalApi;
use actors::gateway::Gateway;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BootInfo, EventKind};
use actors::mesh::{Mesh, MeshError, Outgoing};
use actors::runtime::LocalPartition;
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use uuid::Uuid;

pub(super) struct PretendApi {
    pub(super) local: LocalPartition,
    doors: LocalApi,
    /// Number of reports that are executed with a lost answer.
    pub(super) lose_report_answers: AtomicU32,
    /// Number of times that a machine with a pending reinstallation finds no image.
    pub(super) hide_images: AtomicU32,
    /// Number of acknowledgements of BMC orders that are lost before they arrive.
    pub(super) lose_acknowledgements: AtomicU32,
}

/// A partition that is the only one.
struct Alone;

#[async_trait]
impl Mesh for Alone {
    async fn call(&self, _to: &PartitionId, _outgoing: Outgoing) -> Result<Bytes, MeshError> {
        Err(MeshError::NotSent)
    }

    async fn ping(&self, _to: &PartitionId) -> Result<(), MeshError> {
        Err(MeshError::NotSent)
    }
}

fn take(counter: &AtomicU32) -> bool {
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1)).is_ok()
}

fn lost(what: &str) -> ApiError {
    ApiError::Failed(format!("{what} was lost"))
}

impl PretendApi {
    /// Must be called where the partition was started.
    pub(super) fn new(local: LocalPartition) -> Self {
        let none = || AtomicU32::new(0);
        let doors = LocalApi::new(Gateway::new(local.clone(), Arc::new(Alone), BTreeSet::new()));
        Self { local, doors, lose_report_answers: none(), hide_images: none(), lose_acknowledgements: none() }
    }
}

#[async_trait]
impl MetalApi for PretendApi {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.doors.dhcp(machine).await
    }

    async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        self.doors.boot(mac, partition).await
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        self.doors.super_user_password().await
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        self.doors.register(told).await
    }

    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.doors.wait(machine).await
    }

    async fn report(&self, report: Report) -> Result<(), ApiError> {
        self.doors.report(report).await?;
        if take(&self.lose_report_answers) { Err(lost("the answer")) } else { Ok(()) }
    }

    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        self.doors.abort_reinstall(machine, primary_disk_wiped).await
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        self.doors.send_events(events).await
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let mut view = self.doors.machine_get(machine).await?;
        if let Some(allocation) = view.allocation.as_mut().filter(|allocation| allocation.reinstall)
            && take(&self.hide_images)
        {
            allocation.image_url = None;
        }
        Ok(view)
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.doors.switch_register(told).await
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        self.doors.switch_get(switch).await
    }

    async fn switch_notify(&self, switch: &SwitchId, told: Notification) -> Result<(), ApiError> {
        self.doors.switch_notify(switch, told).await
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        self.doors.ipmi_report(partition, reports).await
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        self.doors.bmc_orders(partition, wait).await
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        if take(&self.lose_acknowledgements) {
            return Err(lost("the acknowledgement"));
        }
        self.doors.bmc_orders_done(machine, orders).await
    }
}
