//! The HTTP half: calls of installers, switches and BMC agents to metal-api v1 and to `mesh/v1`.

use super::ClientError;
use super::api::{Api, Unanswered};
use super::signature::Key;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::BmcAction;
use actors::machine::BootInfo;
use actors::machine::command::IpmiReport;
use actors::runtime::Clock;
use actors::switch::SwitchRegistration;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value, json};
use simulations::hardware::{AllocationView, ApiError, MachineView, Notification, Order, SwitchView};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// metal-core times out after this.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// The HTTP endpoint and the keys: installers may only read (api-machines 8, steps 6 and 11), agents may change.
#[derive(Clone, Debug)]
pub struct HttpTarget {
    /// With the base path, with or without a trailing `/`.
    pub url: String,
    pub view: Key,
    pub edit: Key,
}

#[derive(Debug)]
pub(super) struct Rest {
    api: Api,
    view: Key,
    edit: Key,
}

#[derive(Deserialize)]
struct MachineAnswer {
    #[serde(default)]
    allocation: Option<AllocationAnswer>,
}

#[derive(Deserialize)]
struct AllocationAnswer {
    allocationuuid: Uuid,
    reinstall: bool,
    image: Option<ImageAnswer>,
    filesystemlayout: Option<IgnoredAny>,
    hostname: String,
    role: String,
    #[serde(default)]
    boot_info: Option<BootInfoAnswer>,
}

#[derive(Deserialize)]
struct ImageAnswer {
    #[serde(default)]
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct BootInfoAnswer {
    image_id: String,
    primary_disk: String,
    os_partition: String,
    initrd: String,
    cmdline: String,
    kernel: String,
    bootloaderid: String,
}

#[derive(Deserialize)]
struct SwitchAnswer {
    nics: Vec<NicAnswer>,
}

#[derive(Deserialize)]
struct NicAnswer {
    name: String,
    #[serde(default)]
    vrf: String,
}

#[derive(Deserialize)]
struct OrderAnswer {
    machine: String,
    order: Uuid,
    cmd: BmcAction,
}

impl From<AllocationAnswer> for AllocationView {
    fn from(answer: AllocationAnswer) -> Self {
        let boot_info = |info: BootInfoAnswer| BootInfo {
            image_id: info.image_id,
            primary_disk: info.primary_disk,
            os_partition: info.os_partition,
            initrd: info.initrd,
            cmdline: info.cmdline,
            kernel: info.kernel,
            bootloader_id: info.bootloaderid,
        };
        Self {
            uuid: answer.allocationuuid,
            reinstall: answer.reinstall,
            image_url: answer.image.and_then(|image| image.url).filter(|url| !url.is_empty()),
            has_layout: answer.filesystemlayout.is_some(),
            hostname: answer.hostname,
            role: answer.role,
            boot_info: answer.boot_info.map(boot_info),
        }
    }
}

fn failed(error: impl Display) -> ApiError {
    ApiError::Failed(error.to_string())
}

impl From<Unanswered> for ApiError {
    fn from(error: Unanswered) -> Self {
        match error {
            // Other missing things, for example an image, have the same status.
            Unanswered::Refused { status: StatusCode::NOT_FOUND, message }
                if message.starts_with("NotFound no ") =>
            {
                Self::Missing(message)
            }
            error => failed(error),
        }
    }
}

impl Rest {
    pub(super) fn new(target: HttpTarget, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let HttpTarget { url, view, edit } = target;
        Ok(Self { api: Api::new(&url, CALL_TIMEOUT, clock)?, view, edit })
    }

    async fn send(request: RequestBuilder) -> Result<String, ApiError> {
        Api::answer(request).await.map_err(Into::into)
    }

    async fn get<T: DeserializeOwned>(&self, key: &Key, path: &str) -> Result<T, ApiError> {
        let text = Self::send(self.api.request(key, Method::GET, path)).await?;
        serde_json::from_str(&text).map_err(failed)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(), ApiError> {
        Self::send(self.api.request(&self.edit, Method::POST, path).json(body)).await.map(drop)
    }

    pub(super) async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let answer: MachineAnswer = self.get(&self.view, &format!("v1/machine/{machine}")).await?;
        Ok(MachineView { allocation: answer.allocation.map(Into::into) })
    }

    /// As metal-core on SONiC sends it: without MACs and states (api-machines 0.1).
    pub(super) async fn switch_register(&self, told: &SwitchRegistration) -> Result<(), ApiError> {
        let nics = told
            .nics
            .iter()
            .map(|nic| json!({"name": nic.name, "identifier": nic.identifier, "mac": null, "actual": null}));
        let body = json!({
            "id": told.id,
            "name": told.name,
            "description": told.description,
            "partition_id": told.partition_id,
            "rack_id": told.rack_id,
            "nics": nics.collect::<Vec<_>>(),
            "os": told.os,
            "management_ip": told.management_ip,
            "management_user": told.management_user,
            "console_command": told.console_command,
        });
        self.post("v1/switch/register", &body).await
    }

    pub(super) async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        let answer: SwitchAnswer = self.get(&self.edit, &format!("v1/switch/{switch}")).await?;
        Ok(SwitchView { vrfs: answer.nics.into_iter().map(|nic| (nic.name, nic.vrf)).collect() })
    }

    pub(super) async fn switch_notify(&self, switch: &SwitchId, told: Notification) -> Result<(), ApiError> {
        let body = json!({
            "sync_duration": told.sync_duration_ns,
            "error": told.error,
            "port_states": told.port_states,
        });
        self.post(&format!("v1/switch/{switch}/notify"), &body).await
    }

    /// Keys as metal-bmc writes them (api-machines 6.1).
    pub(super) async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: &BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        let reports: Map<String, Value> = reports
            .iter()
            .map(|(machine, report)| {
                let report = json!({
                    "BMCIp": report.bmcip,
                    "FRU": report.fru,
                    "BIOSVersion": report.biosversion,
                    "BMCVersion": report.bmcversion,
                    "PowerState": report.powerstate,
                    "IndicatorLEDState": report.indicatorledstate,
                    "PowerMetric": report.powermetric,
                    "PowerSupplies": report.powersupplies,
                });
                (machine.0.clone(), report)
            })
            .collect();
        self.post("v1/machine/ipmi", &json!({"partitionid": partition, "reports": reports})).await
    }

    pub(super) async fn bmc_orders(
        &self,
        partition: &PartitionId,
        wait: Duration,
    ) -> Result<Vec<Order>, ApiError> {
        let path = format!("mesh/v1/bmc/{partition}/orders?wait_seconds={}", wait.as_secs());
        let request = self.api.request(&self.edit, Method::GET, &path).timeout(wait + CALL_TIMEOUT);
        let text = Self::send(request).await?;
        let answers: Vec<OrderAnswer> = serde_json::from_str(&text).map_err(failed)?;
        let order = |answer: OrderAnswer| Order {
            id: answer.order,
            machine: MachineId(answer.machine),
            action: answer.cmd,
        };
        Ok(answers.into_iter().map(order).collect())
    }

    pub(super) async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        self.post(&format!("mesh/v1/bmc/{machine}/orders/done"), &json!({"orders": orders})).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::decision::Role;

    #[test]
    fn keys_are_not_shown() {
        let target = HttpTarget {
            url: "http://x".to_owned(),
            view: Key { role: Role::View, secret: "secret-1".to_owned() },
            edit: Key { role: Role::Edit, secret: "secret-2".to_owned() },
        };
        assert!(!format!("{target:?}").contains("secret-"));
    }
}
