//! The port of the hardware over simulated links to one node: calls take time, get lost, and may find the node down.

use crate::hardware::{
    ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent, SwitchView,
};
use crate::link::Link;
use crate::local_api::LocalApi;
use crate::path::{Path, Unanswered};
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BootInfo, EventKind};
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Hardware's timeout for an answer; longer than the ten seconds of a write.
const PATIENCE: Duration = Duration::from_secs(15);

/// Interval in which a stream's keep-alive checks the other end.
const STREAM_PATIENCE: Duration = Duration::from_secs(60);

/// Bytes of a call; for hardware's calls, only their number matters.
const CALL_BYTES: u64 = 500;

/// A rack's connection to its node.
#[derive(Debug)]
pub struct RemoteApi {
    pub path: Path,
}

impl RemoteApi {
    /// Sends a read.
    async fn read<T, F, W>(&self, patience: Duration, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(LocalApi) -> W + Send + 'static,
        W: Future<Output = Result<T, ApiError>> + 'static,
    {
        let answer = self.path.ask(patience, CALL_BYTES, move |inside| work(inside.local_api)).await;
        answer.unwrap_or_else(|unanswered| Err(failed(unanswered)))
    }

    /// Sends a write: it may arrive twice, or much later.
    async fn tell<T, F, W>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(LocalApi) -> W + Clone + Send + 'static,
        W: Future<Output = Result<T, ApiError>> + 'static,
    {
        let answer = self.path.tell(PATIENCE, CALL_BYTES, move |inside| work(inside.local_api)).await;
        answer.unwrap_or_else(|unanswered| Err(failed(unanswered)))
    }
}

/// Waits until a message has arrived; fails if it was lost.
async fn arrives(link: &Link) -> Result<(), ApiError> {
    tokio::time::timeout(PATIENCE, link.carry(CALL_BYTES)).await.map_err(|_| silence())
}

fn failed(unanswered: Unanswered) -> ApiError {
    match unanswered {
        Unanswered::Closed => ApiError::Failed("the connection was closed".to_owned()),
        Unanswered::Silence => silence(),
    }
}

fn silence() -> ApiError {
    ApiError::Failed("no answer in time".to_owned())
}

#[async_trait]
impl MetalApi for RemoteApi {
    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        let machine = machine.clone();
        self.tell(move |local_api: LocalApi| async move { local_api.dhcp(&machine).await }).await
    }

    async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        let (mac, partition) = (mac.to_owned(), partition.clone());
        self.read(PATIENCE, move |local_api: LocalApi| async move { local_api.boot(&mac, &partition).await })
            .await
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        self.read(PATIENCE, move |local_api: LocalApi| async move { local_api.super_user_password().await })
            .await
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        self.tell(move |local_api: LocalApi| async move { local_api.register(told).await }).await
    }

    // A stream has its own connection, so late and duplicate messages cannot belong to it.
    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        let machine = machine.clone();
        let Path { node, there, back } = &self.path;
        arrives(there).await?;
        let told = node.call(move |inside| async move { inside.local_api.wait(&machine).await });
        tokio::pin!(told);
        let told = loop {
            tokio::select! {
                biased;
                told = &mut told => break told,
                () = tokio::time::sleep(STREAM_PATIENCE) => {}
            }
            if there.is_cut() || back.is_cut() {
                return Err(silence());
            }
        };
        arrives(back).await?;
        told.unwrap_or_else(|_| Err(failed(Unanswered::Closed)))
    }

    async fn report(&self, report: Report) -> Result<(), ApiError> {
        self.tell(move |local_api: LocalApi| async move { local_api.report(report).await }).await
    }

    async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        let machine = machine.clone();
        let abort = move |local_api: LocalApi| async move {
            local_api.abort_reinstall(&machine, primary_disk_wiped).await
        };
        self.tell(abort).await
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        self.tell(move |local_api: LocalApi| async move { local_api.send_events(events).await }).await
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let machine = machine.clone();
        self.read(PATIENCE, move |local_api: LocalApi| async move { local_api.machine_get(&machine).await })
            .await
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.tell(move |local_api: LocalApi| async move { local_api.switch_register(told).await }).await
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        let switch = switch.clone();
        self.read(PATIENCE, move |local_api: LocalApi| async move { local_api.switch_get(&switch).await })
            .await
    }

    async fn switch_notify(&self, switch: &SwitchId, told: Notification) -> Result<(), ApiError> {
        let switch = switch.clone();
        self.tell(move |local_api: LocalApi| async move { local_api.switch_notify(&switch, told).await })
            .await
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        let partition = partition.clone();
        self.tell(move |local_api: LocalApi| async move { local_api.ipmi_report(&partition, reports).await })
            .await
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        let partition = partition.clone();
        let orders = move |local_api: LocalApi| async move { local_api.bmc_orders(&partition, wait).await };
        self.read(PATIENCE + wait, orders).await
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        let (machine, orders) = (machine.clone(), orders.to_vec());
        self.tell(
            move |local_api: LocalApi| async move { local_api.bmc_orders_done(&machine, &orders).await },
        )
        .await
    }
}
