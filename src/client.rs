//! The client side of a node over real sockets: signed HTTP for all our commands, and the port of simulated hardware:
//! signed HTTP and gRPC, as metal-hammer, metal-core, pixie and metal-bmc use them (api-machines 8).
//!
//! Owns only the protocols: callers decide what to send and when.

mod api;
mod boot;
mod rest;
mod signature;
#[cfg(test)]
mod tests;

pub use api::{Api, Unanswered};
pub use boot::{GrpcTarget, GrpcTls};
pub use rest::HttpTarget;
pub use signature::{Key, headers};

use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BootInfo, EventKind};
use actors::runtime::Clock;
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use boot::Grpc;
use rest::Rest;
use simulations::hardware::{
    ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent, SwitchView,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Why a client cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{url:?} is not a URL of a gRPC service")]
    Grpc { url: String, source: tonic::transport::Error },
    #[error("the HTTP client cannot start")]
    Http(#[source] reqwest::Error),
}

/// A node as hardware reaches it. Connects at the first call, and again after a broken connection.
#[derive(Debug)]
pub struct Client {
    grpc: Grpc,
    rest: Rest,
}

impl Client {
    /// For `machines` machines, which share connections.
    pub fn new(
        http: HttpTarget,
        grpc: &GrpcTarget,
        machines: u32,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        Ok(Self { grpc: Grpc::new(grpc, machines)?, rest: Rest::new(http, clock)? })
    }
}

#[async_trait]
impl MetalApi for Client {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.grpc.dhcp(machine).await
    }

    async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        self.grpc.boot(mac, partition).await
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        self.grpc.super_user_password().await
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        self.grpc.register(told).await
    }

    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.grpc.wait(machine).await
    }

    async fn report(&self, report: Report) -> Result<(), ApiError> {
        self.grpc.report(report).await
    }

    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        self.grpc.abort_reinstall(machine, primary_disk_wiped).await
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        self.grpc.send_events(events).await
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        self.rest.machine_get(machine).await
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.rest.switch_register(&told).await
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        self.rest.switch_get(switch).await
    }

    async fn switch_notify(&self, switch: &SwitchId, notification: Notification) -> Result<(), ApiError> {
        self.rest.switch_notify(switch, notification).await
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        self.rest.ipmi_report(partition, &reports).await
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        self.rest.bmc_orders(partition, wait).await
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        self.rest.bmc_orders_done(machine, orders).await
    }
}
