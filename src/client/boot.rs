//! The gRPC half: calls of machines, their installers and switches (api-machines 5).

use super::ClientError;
use crate::grpc::api;
use crate::grpc::api::boot_service_client::BootServiceClient;
use crate::grpc::api::event_service_client::EventServiceClient;
use actors::ids::{MachineId, PartitionId};
use actors::machine::command::Registration;
use actors::machine::{BootInfo, EventKind};
use simulations::hardware::{ApiError, BootConfig, Report, Sent};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

/// Machines that share a connection. Real ones have one each; thousands of sockets would only test the kernel.
const MACHINES_PER_CONNECTION: u32 = 64;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Clients ping this often (api-machines 5.1).
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// A connection whose pings are not answered by then is closed.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// For all calls except Wait: longer than a node works on a command.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// The gRPC endpoint.
#[derive(Clone, Debug)]
pub struct GrpcTarget {
    /// `http://host:port`, or `https` with `tls`.
    pub url: String,
    pub tls: Option<GrpcTls>,
}

/// Mutual TLS; PEM.
#[derive(Clone)]
pub struct GrpcTls {
    pub ca: String,
    pub certificate: String,
    pub key: String,
}

impl fmt::Debug for GrpcTls {
    /// Omits the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcTls").finish_non_exhaustive()
    }
}

/// A few connections; at least one.
#[derive(Debug)]
pub(super) struct Grpc {
    channels: Vec<Channel>,
}

fn failed(status: Status) -> ApiError {
    match status.code() {
        Code::Unknown => ApiError::Failed(status.message().to_owned()),
        code => ApiError::Failed(format!("{code}: {}", status.message())),
    }
}

/// Sets a timeout for the call.
fn bounded<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.set_timeout(CALL_TIMEOUT);
    request
}

impl Grpc {
    pub(super) fn new(target: &GrpcTarget, machines: u32) -> Result<Self, ClientError> {
        let bad = |source| ClientError::Grpc { url: target.url.clone(), source };
        let mut endpoint = Endpoint::from_shared(target.url.clone())
            .map_err(bad)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .keep_alive_while_idle(true);
        if let Some(tls) = &target.tls {
            let config = ClientTlsConfig::new()
                .ca_certificate(Certificate::from_pem(&tls.ca))
                .identity(Identity::from_pem(&tls.certificate, &tls.key));
            endpoint = endpoint.tls_config(config).map_err(bad)?;
        }
        let connections = machines / MACHINES_PER_CONNECTION + 1;
        Ok(Self { channels: (0..connections).map(|_| endpoint.connect_lazy()).collect() })
    }

    /// Returns the same connection for the same machine.
    fn channel(&self, machine: &MachineId) -> Channel {
        let sum = machine
            .as_str()
            .bytes()
            .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.channels[sum % self.channels.len()].clone()
    }

    fn boot_client(&self, machine: &MachineId) -> BootServiceClient<Channel> {
        BootServiceClient::new(self.channel(machine))
    }

    pub(super) async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        let request = bounded(api::BootServiceDhcpRequest { uuid: machine.0.clone() });
        self.boot_client(machine).dhcp(request).await.map(drop).map_err(failed)
    }

    pub(super) async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        let request =
            bounded(api::BootServiceBootRequest { mac: mac.to_owned(), partition_id: partition.to_string() });
        let mut client = self.boot_client(&MachineId::from(mac));
        let answer = client.boot(request).await.map_err(failed)?.into_inner();
        Ok(BootConfig {
            kernel: answer.kernel,
            init_ram_disks: answer.init_ram_disks,
            cmdline: answer.cmdline.unwrap_or_default(),
        })
    }

    pub(super) async fn super_user_password(&self) -> Result<String, ApiError> {
        let request = bounded(api::BootServiceSuperUserPasswordRequest {});
        let mut client = BootServiceClient::new(self.channels[0].clone());
        let answer = client.super_user_password(request).await.map_err(failed)?;
        Ok(answer.into_inner().super_user_password)
    }

    pub(super) async fn register(&self, told: Registration) -> Result<(), ApiError> {
        let mut client = self.boot_client(&told.machine);
        let request = bounded(api::BootServiceRegisterRequest::from(told));
        client.register(request).await.map(drop).map_err(failed)
    }

    /// Empty messages are keep-alives; the end without an error is the signal (api-machines 5.5).
    pub(super) async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        let request = api::BootServiceWaitRequest { machine_id: machine.0.clone() };
        let mut stream = self.boot_client(machine).wait(request).await.map_err(failed)?.into_inner();
        while stream.message().await.map_err(failed)?.is_some() {}
        Ok(())
    }

    pub(super) async fn report(&self, report: Report) -> Result<(), ApiError> {
        let mut client = self.boot_client(&report.machine);
        let request = bounded(api::BootServiceReportRequest {
            uuid: report.machine.0,
            console_password: report.console_password,
            boot_info: Some(report.boot_info.into()),
            success: true,
            message: String::new(),
        });
        client.report(request).await.map(drop).map_err(failed)
    }

    pub(super) async fn abort_reinstall(
        &self,
        machine: &MachineId,
        primary_disk_wiped: bool,
    ) -> Result<Option<BootInfo>, ApiError> {
        let request =
            bounded(api::BootServiceAbortReinstallRequest { uuid: machine.0.clone(), primary_disk_wiped });
        let answer = self.boot_client(machine).abort_reinstall(request).await.map_err(failed)?;
        Ok(answer.into_inner().boot_info.map(Into::into))
    }

    pub(super) async fn send_events(
        &self,
        events: BTreeMap<MachineId, (EventKind, String)>,
    ) -> Result<Sent, ApiError> {
        let channel =
            events.keys().next().map_or_else(|| self.channels[0].clone(), |first| self.channel(first));
        let message = |(event, message): (EventKind, String)| api::MachineProvisioningEvent {
            time: None,
            event: event.as_str().to_owned(),
            message,
        };
        let events = events.into_iter().map(|(machine, event)| (machine.0, message(event))).collect();
        let request = bounded(api::EventServiceSendRequest { events });
        let answer = EventServiceClient::new(channel).send(request).await.map_err(failed)?.into_inner();
        Ok(Sent { stored: answer.events, failed: answer.failed.into_iter().map(MachineId).collect() })
    }
}
