//! The port of the hardware spoken straight to a federation, as the node's doors do it but without sockets.

use crate::hardware::{
    AllocationView, ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent,
    SwitchView,
};
use actors::command::{Answer, Body};
use actors::decision::{Principal, Role};
use actors::federation::Federation;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{Allocation, BootInfo, EventKind, MachineCommand, orders};
use actors::switch::{SwitchCommand, SwitchRegistration};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use uuid::Uuid;

/// The doors of one node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LocalApi {
    federation: Federation,
    /// Wakes those who wait for orders in the order in which they came; a watch channel wakes them in any.
    orders: Arc<Notify>,
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::Failed(error.to_string())
}

impl LocalApi {
    /// Must run where the site was started.
    pub fn start(federation: Federation) -> Self {
        let orders = Arc::new(Notify::new());
        let mut news = federation.site().world().watch_orders();
        let wake = Arc::clone(&orders);
        tokio::task::spawn_local(async move {
            while news.changed().await.is_ok() {
                wake.notify_waiters();
            }
        });
        Self { federation, orders }
    }

    async fn ask(&self, body: Body) -> Result<Answer, ApiError> {
        let somebody = Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit };
        self.federation.ask(&somebody, None, body).await.map_err(failed)
    }

    async fn machine(&self, command: MachineCommand) -> Result<Answer, ApiError> {
        self.ask(Body::Machine(command)).await
    }

    fn view(&self, allocation: &Allocation) -> AllocationView {
        let image = self.federation.site().world().images.get(allocation.image.as_str());
        AllocationView {
            uuid: allocation.uuid,
            reinstall: allocation.reinstall,
            image_url: image.map(|image| image.url.clone()),
            has_layout: allocation.layout.is_some(),
            hostname: allocation.hostname.clone(),
            role: allocation.role.as_str().to_owned(),
            boot_info: allocation.boot_info.clone(),
        }
    }

    fn is_allocated(&self, machine: &MachineId) -> Result<bool, ApiError> {
        let row = self.federation.site().world().machines.get(machine.as_str());
        Ok(row.ok_or_else(|| failed("no such machine"))?.allocation.is_some())
    }

    fn due(&self, partition: &PartitionId) -> Vec<Order> {
        let site = self.federation.site();
        let machines = site.world().machines_with_orders();
        let of_partition = machines.iter().filter(|machine| machine.partition == *partition);
        let due = of_partition.flat_map(|machine| {
            orders::due(machine, site.now()).map(|order| Order {
                id: order.id,
                machine: machine.id.clone(),
                action: order.action,
            })
        });
        due.collect()
    }
}

#[async_trait]
impl MetalApi for LocalApi {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        let event = (EventKind::PxeBooting, String::new());
        self.send_events(BTreeMap::from([(machine.clone(), event)])).await.map(drop)
    }

    async fn boot(&self, _mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        let found = self.federation.site().world().partitions.get(partition.as_str());
        found.map(|_| BootConfig::default()).ok_or_else(|| failed("no such partition"))
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        Ok(String::new())
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        match self.machine(MachineCommand::Register(Box::new(told))).await? {
            Answer::RegisterRefused { message } => Err(ApiError::Failed(message)),
            _ => Ok(()),
        }
    }

    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        let mut changes = self.federation.site().world().watch_machine(machine);
        if self.is_allocated(machine)? {
            return Ok(());
        }
        self.machine(MachineCommand::StartWaiting { machine: machine.clone() }).await?;
        while !self.is_allocated(machine)? {
            changes.changed().await.map_err(failed)?;
        }
        self.machine(MachineCommand::StopWaiting { machine: machine.clone() }).await.map(drop)
    }

    async fn report(&self, report: Report) -> Result<(), ApiError> {
        let Report { machine, console_password, boot_info } = report;
        let command =
            MachineCommand::Report { machine, console_password, boot_info: Some(Box::new(boot_info)) };
        self.machine(command).await.map(drop)
    }

    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        let command = MachineCommand::AbortReinstall { machine: machine.clone(), primary_disk_wiped };
        match self.machine(command).await? {
            Answer::BootInfo(boot_info) => Ok(boot_info.map(|known| *known)),
            answer => Err(failed(format!("{answer:?}"))),
        }
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        let mut sent = Sent::default();
        for (machine, (event, message)) in events {
            let command = MachineCommand::Event { machine: machine.clone(), event, message };
            match self.machine(command).await {
                Ok(_) => sent.stored += 1,
                Err(_) => sent.failed.push(machine),
            }
        }
        if sent.stored == 0 && !sent.failed.is_empty() {
            return Err(failed("no event was stored"));
        }
        Ok(sent)
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let row = self.federation.site().world().machines.get(machine.as_str());
        let row = row.ok_or_else(|| ApiError::Missing("no such machine".to_owned()))?;
        Ok(MachineView { allocation: row.allocation.as_ref().map(|allocation| self.view(allocation)) })
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.ask(Body::Switch(SwitchCommand::Register(Box::new(told)))).await.map(drop)
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        let row = self.federation.site().world().switches.get(switch.as_str());
        let row = row.ok_or_else(|| ApiError::Missing("no such switch".to_owned()))?;
        Ok(SwitchView { vrfs: row.nics.iter().map(|nic| (nic.name.clone(), nic.vrf.clone())).collect() })
    }

    async fn switch_notify(&self, switch: &SwitchId, told: Notification) -> Result<(), ApiError> {
        let command = SwitchCommand::Notify {
            id: switch.clone(),
            sync_duration_ns: told.sync_duration_ns,
            error: told.error,
            port_states: Some(told.port_states),
            bgp_port_states: None,
        };
        self.ask(Body::Switch(command)).await.map(drop)
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        for (machine, report) in reports {
            let partition = partition.clone();
            self.machine(MachineCommand::IpmiReport { machine, partition, report: Box::new(report) }).await?;
        }
        Ok(())
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let news = self.orders.notified();
            let due = self.due(partition);
            if !due.is_empty() || tokio::time::timeout_at(deadline, news).await.is_err() {
                return Ok(due);
            }
        }
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        let command = MachineCommand::OrdersDone { machine: machine.clone(), orders: orders.to_vec() };
        self.machine(command).await.map(drop)
    }
}
