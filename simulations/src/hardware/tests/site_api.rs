//! The port spoken straight to a site, without sockets; loses what it is told to lose.

use crate::hardware::{
    AllocationView, ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent,
    SwitchView,
};
use actors::command::{Answer, Body};
use actors::decision::{Principal, Role};
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{Allocation, BootInfo, EventKind, MachineCommand, orders};
use actors::runtime::Site;
use actors::switch::{SwitchCommand, SwitchRegistration};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct SiteApi {
    pub(super) site: Site,
    /// So many reports are carried out and their answers lost.
    pub(super) lose_report_answers: AtomicU32,
    /// So many times a machine that is to be installed again finds no image.
    pub(super) hide_images: AtomicU32,
    /// So many acknowledgements of BMC orders are lost before they arrive.
    pub(super) lose_acknowledgements: AtomicU32,
}

fn take(counter: &AtomicU32) -> bool {
    counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1)).is_ok()
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::Failed(error.to_string())
}

impl SiteApi {
    pub(super) fn new(site: Site) -> Self {
        let none = || AtomicU32::new(0);
        Self { site, lose_report_answers: none(), hide_images: none(), lose_acknowledgements: none() }
    }

    pub(super) async fn ask(&self, body: Body) -> Result<Answer, ApiError> {
        let somebody = Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit };
        self.site.ask(&somebody, None, body).await.map_err(failed)
    }

    async fn machine(&self, command: MachineCommand) -> Result<Answer, ApiError> {
        self.ask(Body::Machine(command)).await
    }

    fn view(&self, allocation: &Allocation) -> AllocationView {
        let hidden = allocation.reinstall && take(&self.hide_images);
        let image = self.site.world().images.get(allocation.image.as_str()).filter(|_| !hidden);
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
        let row =
            self.site.world().machines.get(machine.as_str()).ok_or_else(|| failed("no such machine"))?;
        Ok(row.allocation.is_some())
    }
}

#[async_trait]
impl MetalApi for SiteApi {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        let event = (EventKind::PxeBooting, String::new());
        self.send_events(BTreeMap::from([(machine.clone(), event)])).await.map(drop)
    }

    async fn boot(&self, _mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        let found = self.site.world().partitions.get(partition.as_str());
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
        let mut changes = self.site.world().watch_machine(machine);
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
        self.machine(command).await?;
        if take(&self.lose_report_answers) { Err(failed("the answer was lost")) } else { Ok(()) }
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
            self.machine(MachineCommand::Event { machine, event, message }).await?;
            sent.stored += 1;
        }
        Ok(sent)
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let row = self.site.world().machines.get(machine.as_str());
        let row = row.ok_or_else(|| ApiError::Missing("no such machine".to_owned()))?;
        Ok(MachineView { allocation: row.allocation.as_ref().map(|allocation| self.view(allocation)) })
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.ask(Body::Switch(SwitchCommand::Register(Box::new(told)))).await.map(drop)
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        let row = self.site.world().switches.get(switch.as_str());
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
        let world = self.site.world();
        let mut news = world.watch_orders();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            let machines = world.machines.filter(|machine| machine.partition == *partition);
            let due = machines.iter().flat_map(|machine| {
                let order = |order: &actors::machine::BmcOrder| Order {
                    id: order.id,
                    machine: machine.id.clone(),
                    action: order.action,
                };
                orders::due(machine, self.site.now()).map(order).collect::<Vec<_>>()
            });
            let due: Vec<Order> = due.collect();
            let patience = tokio::time::timeout_at(deadline, news.changed());
            if !due.is_empty() || patience.await.is_err() {
                return Ok(due);
            }
        }
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        if take(&self.lose_acknowledgements) {
            return Err(failed("the acknowledgement was lost"));
        }
        let command = MachineCommand::OrdersDone { machine: machine.clone(), orders: orders.to_vec() };
        self.machine(command).await.map(drop)
    }
}
