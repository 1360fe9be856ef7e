//! `/v1/size/reservations` (api-resources 5.3 and 8.4).

use super::call::{Answered, Call, Reply};
use super::error::Problem;
use actors::command::Body;
use actors::ids::PartitionId;
use actors::masterdata::reservation::{self, Usage};
use actors::masterdata::{MasterdataCommand, SizeReservation};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct ReservationResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    sizeid: &'a str,
    partitionids: &'a [PartitionId],
    projectid: &'a str,
    amount: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> ReservationResponse<'a> {
    fn new(reservation: &'a SizeReservation) -> Self {
        Self {
            id: &reservation.id,
            name: &reservation.name,
            description: &reservation.description,
            sizeid: reservation.size.as_str(),
            partitionids: &reservation.partitions,
            projectid: reservation.project.as_str(),
            amount: reservation.amount,
            labels: &reservation.labels,
            created: reservation.created,
            changed: reservation.changed,
        }
    }
}

#[derive(Serialize)]
struct UsageResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    sizeid: &'a str,
    partitionid: &'a str,
    projectid: &'a str,
    amount: u64,
    usedamount: u64,
    projectallocations: u64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'a BTreeMap<String, String>,
}

impl<'a> UsageResponse<'a> {
    fn new(usage: &'a Usage) -> Self {
        let Usage { reservation, partition, allocations } = usage;
        Self {
            id: &reservation.id,
            name: &reservation.name,
            description: &reservation.description,
            sizeid: reservation.size.as_str(),
            partitionid: partition.as_str(),
            projectid: reservation.project.as_str(),
            amount: reservation.amount,
            usedamount: usage.used(),
            projectallocations: *allocations,
            labels: &reservation.labels,
        }
    }
}

pub(super) fn list(call: &Call) -> Answered {
    show(call, &reservation::SizeReservationFind::default())
}

pub(super) fn find(call: &Call) -> Answered {
    show(call, &call.read()?)
}

fn show(call: &Call, wanted: &reservation::SizeReservationFind) -> Answered {
    let rows = reservation::find(call.world(), wanted);
    Reply::ok(&rows.iter().map(|row| ReservationResponse::new(row)).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.world().size_reservations.get(call.id());
    let row = row.ok_or_else(|| Refusal::not_found(Kind::SizeReservation.entity(), call.id()))?;
    Reply::ok(&ReservationResponse::new(&row))
}

/// `null` when there is none.
pub(super) fn usage(call: &Call) -> Answered {
    let usage = reservation::usage(call.world(), &call.read()?);
    let rows: Vec<_> = usage.iter().map(UsageResponse::new).collect();
    Reply::ok(&(!rows.is_empty()).then_some(rows))
}

pub(super) async fn create(call: Call) -> Answered {
    let command = MasterdataCommand::SizeReservationCreate(Box::new(call.read()?));
    Reply::created(&ReservationResponse::new(&written(&call, command).await?))
}

pub(super) async fn update(call: Call) -> Answered {
    let command = MasterdataCommand::SizeReservationUpdate(Box::new(call.read()?));
    Reply::ok(&ReservationResponse::new(&written(&call, command).await?))
}

pub(super) async fn delete(call: Call) -> Answered {
    let command = MasterdataCommand::SizeReservationDelete(call.id().to_owned());
    Reply::ok(&ReservationResponse::new(&written(&call, command).await?))
}

async fn written(call: &Call, command: MasterdataCommand) -> Result<SizeReservation, Problem> {
    let answer = call.ask(Body::Masterdata(command)).await?;
    answer.into_record().ok_or_else(Problem::unexpected_answer)
}
