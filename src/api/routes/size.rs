//! `/v1/size` (api-resources 5.2).

use super::partition::NO_LABELS;
use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::masterdata::{Constraint, Size};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The id of the size for hardware that matches no size; never stored.
pub(super) const UNKNOWN: &str = "unknown";

#[derive(Serialize)]
pub(super) struct SizeResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    constraints: &'a [Constraint],
    labels: &'a BTreeMap<String, String>,
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> SizeResponse<'a> {
    pub(super) fn new(size: &'a Size) -> Self {
        Self {
            id: size.id.as_str(),
            name: &size.name,
            description: &size.description,
            constraints: &size.constraints,
            labels: &size.labels,
            created: size.created,
            changed: size.changed,
        }
    }

    /// A size with only an id: `unknown` (api-machines 1.3), or empty for a deleted one.
    pub(super) const fn named(id: &'static str) -> Self {
        Self {
            id,
            name: id,
            description: "",
            constraints: &[],
            labels: &NO_LABELS,
            created: Timestamp::ZERO,
            changed: Timestamp::ZERO,
        }
    }
}

pub(super) fn list(call: &Call) -> Answered {
    let rows = call.here().sizes.all();
    ApiResponse::ok(&rows.iter().map(|row| SizeResponse::new(row)).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.here().sizes.get(call.id()).ok_or_else(|| Refusal::not_found("size", call.id()))?;
    ApiResponse::ok(&SizeResponse::new(&row))
}

pub(super) async fn create(call: Call) -> Answered {
    let size = call.execute(ask::masterdata::create_size(call.read()?)).await?;
    ApiResponse::created(&SizeResponse::new(&size))
}

pub(super) async fn update(call: Call) -> Answered {
    let size = call.execute(ask::masterdata::update_size(call.read()?)).await?;
    ApiResponse::ok(&SizeResponse::new(&size))
}

pub(super) async fn delete(call: Call) -> Answered {
    let size = call.execute(ask::masterdata::delete_size(call.id().to_owned())).await?;
    ApiResponse::ok(&SizeResponse::new(&size))
}
