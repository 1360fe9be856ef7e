//! The HTTP half: what installers, switches and BMC agents ask of metal-api v1 and of its `mesh/v1` neighbour.

use super::{ClientError, headers};
use actors::decision::Role;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::BmcAction;
use actors::machine::BootInfo;
use actors::machine::command::IpmiReport;
use actors::runtime::Clock;
use actors::switch::SwitchRegistration;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value, json};
use simulations::hardware::{AllocationView, ApiError, MachineView, Notification, Order, SwitchView};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// metal-core gives up after this.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// An answer that is longer is none of ours: a switch with a thousand ports has half a megabyte.
const ANSWER_BYTES_MAX: usize = 32 << 20;

/// Where the HTTP door is, and who calls: installers may only look (api-machines 8, steps 6 and 11), agents may change.
#[derive(Clone)]
pub struct HttpTarget {
    /// With the base path, with or without a `/` at its end.
    pub url: String,
    pub view_key: String,
    pub edit_key: String,
}

impl fmt::Debug for HttpTarget {
    /// Leaves the keys out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTarget").field("url", &self.url).finish_non_exhaustive()
    }
}

pub(super) struct Rest {
    http: reqwest::Client,
    target: HttpTarget,
    clock: Arc<dyn Clock>,
    calls: AtomicU64,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").field("target", &self.target).finish_non_exhaustive()
    }
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

fn failed(error: impl fmt::Display) -> ApiError {
    ApiError::Failed(error.to_string())
}

/// The reason of a transport error is in its sources.
fn unreachable(error: reqwest::Error) -> ApiError {
    let error = error.without_url();
    let sources = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    ApiError::Failed(sources.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// The message inside the error envelope (api-resources 1.8), or the text as it is.
fn message(text: &str) -> String {
    let inner: Option<Value> =
        serde_json::from_str::<String>(text).ok().and_then(|inner| serde_json::from_str(&inner).ok());
    let message = inner.as_ref().and_then(|envelope| envelope.get("message")).and_then(Value::as_str);
    message.unwrap_or(text).to_owned()
}

impl Rest {
    pub(super) fn new(mut target: HttpTarget, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        target.url.truncate(target.url.trim_end_matches('/').len());
        let http = crate::tls::http_client(CALL_TIMEOUT).map_err(ClientError::Http)?;
        Ok(Self { http, target, clock, calls: AtomicU64::new(0) })
    }

    fn request(&self, role: Role, method: Method, path: &str) -> RequestBuilder {
        let key = if role == Role::View { &self.target.view_key } else { &self.target.edit_key };
        // Distinct per request is all that a salt has to be: no server remembers it.
        let salt = format!("pretend-{}", self.calls.fetch_add(1, Ordering::Relaxed));
        let signed = headers(role, key.as_bytes(), method.as_str(), self.clock.now(), &salt);
        let request = self.http.request(method, format!("{}/{path}", self.target.url));
        signed.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    async fn text(response: Response) -> Result<(StatusCode, String), ApiError> {
        let status = response.status();
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX as u64) {
            return Err(failed("the answer is too long"));
        }
        let text = response.text().await.map_err(unreachable)?;
        Ok((status, text))
    }

    async fn send(&self, request: RequestBuilder) -> Result<String, ApiError> {
        let (status, text) = Self::text(request.send().await.map_err(unreachable)?).await?;
        if status.is_success() {
            return Ok(text);
        }
        let message = message(&text);
        // Other things that do not exist, an image for example, have the same status.
        let missing = status == StatusCode::NOT_FOUND && message.starts_with("NotFound no ");
        Err(if missing {
            ApiError::Missing(message)
        } else {
            ApiError::Failed(format!("{status}: {message}"))
        })
    }

    async fn get<T: DeserializeOwned>(&self, role: Role, path: &str) -> Result<T, ApiError> {
        let text = self.send(self.request(role, Method::GET, path)).await?;
        serde_json::from_str(&text).map_err(failed)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(), ApiError> {
        self.send(self.request(Role::Edit, Method::POST, path).json(body)).await.map(drop)
    }

    pub(super) async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        let answer: MachineAnswer = self.get(Role::View, &format!("v1/machine/{machine}")).await?;
        Ok(MachineView { allocation: answer.allocation.map(Into::into) })
    }

    /// As metal-core on SONiC does it: no MACs, no states (api-machines 0.1).
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
        let answer: SwitchAnswer = self.get(Role::Edit, &format!("v1/switch/{switch}")).await?;
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
        let request = self.request(Role::Edit, Method::GET, &path).timeout(wait + CALL_TIMEOUT);
        let text = self.send(request).await?;
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

    #[test]
    fn the_message_of_an_envelope_is_found() {
        let envelope = json!({"statuscode": 404, "message": "NotFound no machine"}).to_string();
        assert_eq!(message(&Value::String(envelope).to_string()), "NotFound no machine");
        assert_eq!(message("<html>"), "<html>");
    }

    #[test]
    fn keys_are_not_shown() {
        let target = HttpTarget {
            url: "http://x".to_owned(),
            view_key: "secret-1".to_owned(),
            edit_key: "secret-2".to_owned(),
        };
        assert!(!format!("{target:?}").contains("secret"));
    }
}
