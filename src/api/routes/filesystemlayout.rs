//! `/v1/filesystemlayout` (api-resources 5.6). The stored shape is that of the API.

use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::masterdata::Layout;
use actors::masterdata::layout::{check_fits, choose_literally};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::world::Versioned;
use serde::Deserialize;
use std::sync::Arc;

pub(super) fn list(call: &Call) -> Answered {
    let rows = call.here().layouts.all();
    ApiResponse::ok(&rows.iter().map(|row| &*row.value).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    ApiResponse::ok(&*row(call, call.id())?.value)
}

fn row(call: &Call, id: &str) -> Result<Arc<Versioned<Layout>>, Refusal> {
    call.here().layouts.get(id).ok_or_else(|| Refusal::not_found("filesystemlayout", id))
}

/// The body of `try` and of `matches`; each reads its own two fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Question {
    size: String,
    image: String,
    machine: String,
    filesystemlayout: String,
}

/// The layout that a machine of this size would get for this image.
pub(super) fn try_out(call: &Call) -> Answered {
    let question: Question = call.read()?;
    ApiResponse::ok(&choose_literally(call.here(), &question.size, &question.image)?)
}

/// Whether this layout fits this machine.
pub(super) async fn matches(call: Call) -> Answered {
    let question: Question = call.read()?;
    let id = &question.machine;
    let view = call.view(Kind::Machine, id).await?;
    let machine = view.world().machines.get(id).ok_or_else(|| Refusal::not_found("machine", id))?;
    let layout = row(&call, &question.filesystemlayout)?;
    check_fits(&layout, &machine.hardware)?;
    ApiResponse::ok(&*layout.value)
}

pub(super) async fn create(call: Call) -> Answered {
    ApiResponse::created(&*call.execute(ask::masterdata::create_layout(call.read()?)).await?)
}

pub(super) async fn update(call: Call) -> Answered {
    ApiResponse::ok(&*call.execute(ask::masterdata::update_layout(call.read()?)).await?)
}

pub(super) async fn delete(call: Call) -> Answered {
    ApiResponse::ok(&*call.execute(ask::masterdata::delete_layout(call.id().to_owned())).await?)
}
