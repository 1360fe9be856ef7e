//! `/v1/tenant` (api-resources 6). The stored shape is that of the API.

use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::masterdata::find::tenants;
use actors::masterdata::tenant;
use actors::record::Record;
use actors::world::Versioned;
use serde::Serialize;
use std::sync::Arc;

/// The answer to a deletion: only the id (api-resources 6.2, row "delete response").
#[derive(Serialize)]
pub(super) struct Removed<'a> {
    meta: RemovedMeta<'a>,
}

#[derive(Serialize)]
struct RemovedMeta<'a> {
    id: &'a str,
}

impl<'a> Removed<'a> {
    pub(super) const fn new(id: &'a str) -> Self {
        Self { meta: RemovedMeta { id } }
    }
}

/// A list that is `null` when empty (api-resources 0/7).
pub(super) fn list_or_null<R: Record>(rows: &[Arc<Versioned<R>>]) -> Answered {
    let list: Vec<&R> = rows.iter().map(|row| &*row.value).collect();
    ApiResponse::ok(&(!list.is_empty()).then_some(list))
}

pub(super) fn list(call: &Call) -> Answered {
    list_or_null(&call.here().tenants.all())
}

pub(super) fn find(call: &Call) -> Answered {
    list_or_null(&tenants(call.here(), &call.read()?))
}

pub(super) fn get(call: &Call) -> Answered {
    ApiResponse::ok(&*tenant::get(call.here(), call.id())?.value)
}

pub(super) async fn create(call: Call) -> Answered {
    ApiResponse::created(&*call.execute(ask::masterdata::create_tenant(call.read()?)).await?)
}

pub(super) async fn update(call: Call) -> Answered {
    ApiResponse::ok(&*call.execute(ask::masterdata::update_tenant(call.read()?)).await?)
}

pub(super) async fn delete(call: Call) -> Answered {
    call.execute(ask::masterdata::delete_tenant(call.id().to_owned())).await?;
    ApiResponse::ok(&Removed::new(call.id()))
}
