//! Machines with their BMCs, and the reports of BMC agents (api-machines 1.5 and 6.1).

use super::Shown;
use super::find::MachineFind;
use crate::api::body::typed;
use crate::api::bounds::parameter;
use crate::api::call::{Answered, ApiResponse, Call, json};
use crate::api::error::Problem;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, BytesMut};
use actors::answer::IpmiOutcome;
use actors::command::ask;
use actors::gateway::View;
use actors::ids::{MachineId, PartitionId};
use actors::machine::command::IpmiReport;
use actors::machine::{Fru, Ipmi, PowerMetric, PowerSupply};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Maximum of machines in one BMC report: a whole partition.
const REPORTS_MAX: usize = 10_000;

/// Maximum of reports of one request in parallel.
const REPORTS_AT_ONCE: usize = 64;

#[derive(Serialize)]
pub(crate) struct IpmiResponse<'a> {
    address: &'a str,
    mac: &'a str,
    user: &'a str,
    password: &'a str,
    interface: &'a str,
    fru: &'a Fru,
    bmcversion: &'a str,
    powerstate: &'a str,
    powermetric: Option<&'a PowerMetric>,
    powersupplies: Vec<SupplyResponse<'a>>,
    last_updated: Timestamp,
}

#[derive(Serialize)]
struct SupplyResponse<'a> {
    status: &'a PowerSupply,
}

impl<'a> IpmiResponse<'a> {
    pub(crate) fn new(ipmi: &'a Ipmi) -> Self {
        let supplies = ipmi.power_supplies.iter().map(|status| SupplyResponse { status });
        Self {
            address: &ipmi.address,
            mac: &ipmi.mac,
            user: &ipmi.user,
            password: &ipmi.password,
            interface: &ipmi.interface,
            fru: &ipmi.fru,
            bmcversion: &ipmi.bmc_version,
            powerstate: &ipmi.power_state,
            powermetric: ipmi.power_metric.as_ref(),
            powersupplies: supplies.collect(),
            last_updated: ipmi.last_updated.unwrap_or(Timestamp::ZERO),
        }
    }
}

/// The machine's JSON object with one additional member.
fn with_ipmi(shown: &Shown) -> Result<Bytes, Problem> {
    let ipmi = json(&IpmiResponse::new(&shown.row.ipmi))?;
    let object = shown.as_json.body.strip_suffix(b"}").unwrap_or_default();
    let mut whole = BytesMut::with_capacity(object.len() + ipmi.len() + 10);
    whole.extend_from_slice(object);
    whole.extend_from_slice(b",\"ipmi\":");
    whole.extend_from_slice(&ipmi);
    whole.extend_from_slice(b"}");
    Ok(whole.freeze())
}

pub(in crate::api) fn get(call: &Call, view: &View) -> Answered {
    let shown = super::one(call, view, call.id())?;
    match &shown.as_json.dangling {
        None => Ok(ApiResponse::bytes(with_ipmi(&shown)?)),
        Some(missing) => Err(Refusal::missing(missing.to_string()).into()),
    }
}

pub(in crate::api) fn find(call: &Call, views: &[View]) -> Answered {
    let wanted: MachineFind = call.read()?;
    let shown = super::everywhere(call, views, &|machine| wanted.matches(machine))?;
    let bodies: Result<Vec<Bytes>, Problem> = shown.iter().map(with_ipmi).collect();
    Ok(ApiResponse::bytes(super::array(bodies?.into_iter())))
}

/// An invalid report does not affect the others.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ReportRequest {
    partitionid: String,
    reports: Map<String, Value>,
}

impl ReportRequest {
    fn read(call: &Call) -> Result<Self, Problem> {
        let mut heard = call.heard()?;
        let reports = heard.as_object_mut().and_then(|body| body.remove("reports"));
        let rest: Self = typed(heard)?;
        match reports {
            None => Ok(rest),
            Some(Value::Object(reports)) if reports.len() > REPORTS_MAX => {
                Err(Problem::bad_request(format!(
                    "json: field reports has {} elements, at most {REPORTS_MAX} are allowed",
                    reports.len()
                )))
            }
            Some(Value::Object(reports)) => Ok(Self { reports, ..rest }),
            Some(_) => Err(Problem::bad_request("json: cannot read field reports: it is not a map")),
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct ReportResponse {
    updated: Vec<String>,
    created: Vec<String>,
}

/// `POST /v1/machine/ipmi`: one command per machine; the answer joins the results.
pub(in crate::api) async fn report(call: Call) -> Answered {
    let request = ReportRequest::read(&call)?;
    if request.partitionid.is_empty() {
        return Err(Problem::bad_request("partition id must not be empty"));
    }
    if !call.whole(|| Ok(call.here().partitions.contains(&request.partitionid)))? {
        return Err(Refusal::not_found("partition", &request.partitionid).into());
    }
    let partition = PartitionId::from(request.partitionid);
    call.api.gateway.refuse_other_site(&partition, "a report of BMCs")?;
    let reports = request.reports.into_iter().filter(|(id, _)| !id.is_empty());
    let asked = reports.map(|(id, report)| one_report(&call, partition.clone(), id, report));
    let mut outcomes = stream::iter(asked).buffered(REPORTS_AT_ONCE);
    let mut response = ReportResponse::default();
    while let Some((id, outcome)) = outcomes.next().await {
        match outcome? {
            IpmiOutcome::Updated => response.updated.push(id),
            IpmiOutcome::Created => response.created.push(id),
            IpmiOutcome::Ignored => {}
        }
    }
    ApiResponse::ok(&response)
}

async fn one_report(
    call: &Call,
    partition: PartitionId,
    id: String,
    report: Value,
) -> (String, Result<IpmiOutcome, Problem>) {
    let report: IpmiReport = match parameter("id", &id).and_then(|()| typed(report)) {
        Ok(report) => report,
        Err(problem) => {
            tracing::info!(machine = id, problem = problem.message, "a BMC report cannot be read");
            return (id, Ok(IpmiOutcome::Ignored));
        }
    };
    let machine = MachineId::from(id.as_str());
    let outcome = match call.execute_with(None, ask::machine::ipmi_report(machine, partition, report)).await {
        Ok(outcome) => Ok(outcome),
        // A machine whose report is refused is in neither list; its next report comes in five minutes.
        Err(problem) if problem.status != StatusCode::SERVICE_UNAVAILABLE => {
            tracing::info!(machine = id, problem = problem.message, "a BMC report was refused");
            Ok(IpmiOutcome::Ignored)
        }
        Err(problem) => Err(problem),
    };
    (id, outcome)
}
