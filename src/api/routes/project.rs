//! `/v1/project` (api-resources 6). The stored shape is that of the API.

use super::tenant::{Removed, list_or_null};
use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::masterdata::find::projects;
use actors::masterdata::project;

pub(super) fn list(call: &Call) -> Answered {
    list_or_null(&call.here().projects.all())
}

pub(super) fn find(call: &Call) -> Answered {
    list_or_null(&projects(call.here(), &call.read()?))
}

pub(super) fn get(call: &Call) -> Answered {
    let row = project::get(call.here(), call.id())?;
    ApiResponse::ok(&project::with_usage(call.here(), &row))
}

pub(super) async fn create(call: Call) -> Answered {
    ApiResponse::created(&*call.execute(ask::masterdata::create_project(call.read()?)).await?)
}

pub(super) async fn update(call: Call) -> Answered {
    ApiResponse::ok(&*call.execute(ask::masterdata::update_project(call.read()?)).await?)
}

pub(super) async fn delete(call: Call) -> Answered {
    call.execute(ask::masterdata::delete_project(call.id().to_owned())).await?;
    ApiResponse::ok(&Removed::new(call.id()))
}
