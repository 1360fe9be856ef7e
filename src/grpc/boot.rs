//! `BootService`: calls of a booting machine and of its installer (api-machines 5.3 to 5.7).

use super::api::boot_service_server::BootService;
use super::api::{
    BootServiceAbortReinstallRequest, BootServiceAbortReinstallResponse, BootServiceBootRequest,
    BootServiceBootResponse, BootServiceDhcpRequest, BootServiceDhcpResponse, BootServiceRegisterRequest,
    BootServiceRegisterResponse, BootServiceReportRequest, BootServiceReportResponse,
    BootServiceSuperUserPasswordRequest, BootServiceSuperUserPasswordResponse, BootServiceWaitRequest,
};
use super::wait::WaitStream;
use super::{SuperUserPassword, bounds, peer, registration, spoken};
use actors::command::ask::{self, Registered};
use actors::gateway::Gateway;
use actors::ids::MachineId;
use actors::machine::EventKind;
use actors::refusal::Refusal;
use actors::service::wait::Waiters;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

/// The service.
#[derive(Debug)]
pub(super) struct Boot {
    gateway: Gateway,
    super_user_password: SuperUserPassword,
    waiters: Waiters,
    stop: CancellationToken,
}

impl Boot {
    pub(super) fn new(
        gateway: Gateway,
        super_user_password: SuperUserPassword,
        stop: CancellationToken,
    ) -> Self {
        Self { gateway, super_user_password, waiters: Waiters::default(), stop }
    }
}

#[tonic::async_trait]
impl BootService for Boot {
    /// api-machines 2.8 and 5.3
    async fn dhcp(
        &self,
        request: Request<BootServiceDhcpRequest>,
    ) -> Result<Response<BootServiceDhcpResponse>, Status> {
        let BootServiceDhcpRequest { uuid } = request.into_inner();
        bounds::id("uuid", &uuid)?;
        let message = "machine sent extended dhcp request".to_owned();
        let ask = ask::machine::event(MachineId(uuid), EventKind::PxeBooting, message);
        peer::execute(&self.gateway, ask).await.map_err(peer::refused)?;
        Ok(Response::new(BootServiceDhcpResponse {}))
    }

    /// api-machines 5.3
    async fn boot(
        &self,
        request: Request<BootServiceBootRequest>,
    ) -> Result<Response<BootServiceBootResponse>, Status> {
        let id = request.into_inner().partition_id;
        let world = self.gateway.here();
        let known = world
            .whole(|| world.partitions.get(&id))
            .map_err(|stopped| peer::refused(stopped.to_string()))?;
        let Some(partition) = known else {
            let missing = Refusal::not_found("partition", &id);
            return Err(peer::refused(format!("no partition with id:\"{id}\" found {missing}")));
        };
        let config = &partition.boot_config;
        Ok(Response::new(BootServiceBootResponse {
            kernel: config.kernel_url.clone(),
            init_ram_disks: vec![config.image_url.clone()],
            cmdline: Some(config.command_line.clone()),
        }))
    }

    /// Reports the feature as disabled when it is (api-machines 5.3 describes servers that report the opposite;
    /// installers only check whether the password is empty).
    async fn super_user_password(
        &self,
        _request: Request<BootServiceSuperUserPasswordRequest>,
    ) -> Result<Response<BootServiceSuperUserPasswordResponse>, Status> {
        let SuperUserPassword(password) = &self.super_user_password;
        Ok(Response::new(BootServiceSuperUserPasswordResponse {
            feature_disabled: password.is_empty(),
            super_user_password: password.clone(),
        }))
    }

    /// api-machines 5.4
    async fn register(
        &self,
        request: Request<BootServiceRegisterRequest>,
    ) -> Result<Response<BootServiceRegisterResponse>, Status> {
        let mut request = request.into_inner();
        spoken::clean_registration(&mut request);
        bounds::registration(&request)?;
        let told = registration::registration(request).map_err(peer::refused)?;
        match peer::execute(&self.gateway, ask::machine::register(told)).await.map_err(peer::refused)? {
            Registered::As { machine, size, partition } => Ok(Response::new(BootServiceRegisterResponse {
                uuid: machine.0,
                size,
                partition_id: partition.to_string(),
            })),
            Registered::Refused(message) => Err(peer::refused(message)),
        }
    }

    type WaitStream = WaitStream;

    /// api-machines 5.5
    async fn wait(
        &self,
        request: Request<BootServiceWaitRequest>,
    ) -> Result<Response<Self::WaitStream>, Status> {
        let machine = MachineId(request.into_inner().machine_id);
        let stream = super::wait::open(&self.gateway, &self.waiters, &self.stop, machine).await?;
        Ok(Response::new(stream))
    }

    /// api-machines 5.6; installers call it only after success, so `success` and `message` are not used.
    async fn report(
        &self,
        request: Request<BootServiceReportRequest>,
    ) -> Result<Response<BootServiceReportResponse>, Status> {
        let request = request.into_inner();
        bounds::report(&request)?;
        let BootServiceReportRequest { uuid, console_password, boot_info, success: _, message: _ } = request;
        let boot_info = boot_info.map(|told| Box::new(told.into()));
        let ask = ask::machine::report(MachineId(uuid), console_password, boot_info);
        peer::execute(&self.gateway, ask).await.map_err(peer::refused)?;
        Ok(Response::new(BootServiceReportResponse {}))
    }

    /// api-machines 5.7
    async fn abort_reinstall(
        &self,
        request: Request<BootServiceAbortReinstallRequest>,
    ) -> Result<Response<BootServiceAbortReinstallResponse>, Status> {
        let BootServiceAbortReinstallRequest { uuid, primary_disk_wiped } = request.into_inner();
        let ask = ask::machine::abort_reinstall(MachineId(uuid), primary_disk_wiped);
        let boot_info = peer::execute(&self.gateway, ask).await.map_err(peer::refused)?;
        Ok(Response::new(BootServiceAbortReinstallResponse {
            boot_info: boot_info.map(|known| (*known).into()),
        }))
    }
}
