//! The port of the hardware directly on a gateway, through the services that the node's endpoints use, without sockets.

use crate::checkers::installers;
use crate::hardware::{
    AllocationView, ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent,
    SwitchView,
};
use crate::monitor::Monitor;
use actors::command::ask::switch::SwitchReport;
use actors::command::ask::{self, Ask, FromAnswer, Registered};
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{Allocation, BootInfo, EventKind};
use actors::service::events::{self, Recorded, Reported};
use actors::service::orders;
use actors::service::wait::{self, News, Waiters};
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The services of one node for hardware. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LocalApi {
    gateway: Gateway,
    waiters: Waiters,
    monitor: Option<Arc<Monitor>>,
}

/// Interval of keep-alive messages to a waiting machine: longer than any run. Each would also read the machine's row,
/// which would hide a lost wake-up.
const PATIENCE_INTERVAL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The principal of hardware.
fn principal() -> Principal {
    Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit }
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::Failed(error.to_string())
}

impl LocalApi {
    pub fn new(gateway: Gateway) -> Self {
        Self { gateway, waiters: Waiters::default(), monitor: None }
    }

    /// Answers to hardware are checked.
    #[must_use]
    pub fn watched_by(mut self, monitor: &Arc<Monitor>) -> Self {
        self.monitor = Some(Arc::clone(monitor));
        self
    }

    async fn execute<A: FromAnswer>(&self, ask: Ask<A>) -> Result<A, ApiError> {
        self.gateway.execute(&principal(), None, ask).await.map_err(failed)
    }

    fn view(&self, allocation: &Allocation) -> AllocationView {
        let image = self.gateway.local().world().images.get(allocation.image.as_str());
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
}

#[async_trait]
impl MetalApi for LocalApi {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        let event = (EventKind::PxeBooting, String::new());
        self.send_events(BTreeMap::from([(machine.clone(), event)])).await.map(drop)
    }

    async fn boot(&self, _mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        let found = self.gateway.local().world().partitions.get(partition.as_str());
        found.map(|_| BootConfig::default()).ok_or_else(|| failed("no such partition"))
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        Ok(String::new())
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        match self.execute(ask::machine::register(told)).await? {
            Registered::As { .. } => Ok(()),
            Registered::Refused(message) => Err(ApiError::Failed(message)),
        }
    }

    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        let mut wait =
            wait::open(&self.gateway, &self.waiters, &principal(), machine.clone()).await.map_err(failed)?;
        while wait.next(PATIENCE_INTERVAL).await.map_err(failed)? == News::BePatient {}
        if let Some(monitor) = &self.monitor
            && let Err(what) = installers::may_begin(self.gateway.local().world(), machine)
        {
            monitor.object("installs-for-its-own-allocation", what);
        }
        wait.done().await;
        Ok(())
    }

    async fn report(&self, report: Report) -> Result<(), ApiError> {
        let Report { machine, console_password, boot_info } = report;
        self.execute(ask::machine::report(machine, console_password, Some(Box::new(boot_info)))).await
    }

    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        let ask = ask::machine::abort_reinstall(machine.clone(), primary_disk_wiped);
        Ok(self.execute(ask).await?.map(|known| *known))
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        let reported = events.into_iter().map(|(machine, (event, message))| {
            let event = event.as_str().to_owned();
            Reported { machine, event, message }
        });
        let Recorded { stored, not_events, refused } =
            events::record(&self.gateway, &principal(), reported.collect()).await;
        match refused.into_iter().next() {
            Some(error) => Err(failed(error)),
            None => Ok(Sent { stored, failed: not_events }),
        }
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let row = self.gateway.local().world().machines.get(machine.as_str());
        let row = row.ok_or_else(|| ApiError::Missing("no such machine".to_owned()))?;
        Ok(MachineView { allocation: row.allocation.as_ref().map(|allocation| self.view(allocation)) })
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.execute(ask::switch::register(told)).await.map(drop)
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        let row = self.gateway.local().world().switches.get(switch.as_str());
        let row = row.ok_or_else(|| ApiError::Missing("no such switch".to_owned()))?;
        Ok(SwitchView { vrfs: row.nics.iter().map(|nic| (nic.name.clone(), nic.vrf.clone())).collect() })
    }

    async fn switch_notify(&self, switch: &SwitchId, told: Notification) -> Result<(), ApiError> {
        let report = SwitchReport {
            sync_duration_ns: told.sync_duration_ns,
            error: told.error,
            port_states: Some(told.port_states),
            bgp_port_states: None,
        };
        self.execute(ask::switch::notify(switch.clone(), report)).await.map(drop)
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        for (machine, report) in reports {
            let partition = partition.clone();
            self.execute(ask::machine::ipmi_report(machine, partition, report)).await?;
        }
        Ok(())
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        let machines = orders::wait_for(&self.gateway, partition, wait).await;
        let due = orders::all_due(&machines, self.gateway.local().now());
        let shown = due.map(|(machine, order)| Order {
            id: order.id,
            machine: machine.id.clone(),
            action: order.action,
        });
        Ok(shown.collect())
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        self.execute(ask::machine::orders_done(machine.clone(), orders.to_vec())).await
    }
}
