//! `/v1/size-image-constraint` (api-resources 5.4). The stored shape is that of the API.

use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask::{self, Written};
use actors::masterdata::image_constraint;
use actors::refusal::Refusal;
use actors::store::Kind;
use serde::{Deserialize, Serialize};

pub(super) fn list(call: &Call) -> Answered {
    let rows = call.here().size_image_constraints.all();
    ApiResponse::ok(&rows.iter().map(|row| &*row.value).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.here().size_image_constraints.get(call.id());
    let row = row.ok_or_else(|| Refusal::not_found(Kind::SizeImageConstraint.entity(), call.id()))?;
    ApiResponse::ok(&*row.value)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Question {
    size: String,
    image: String,
}

/// An object without fields.
#[derive(Serialize)]
struct Possible {}

/// Whether a machine of this size may get this image.
pub(super) fn try_out(call: &Call) -> Answered {
    let question: Question = call.read()?;
    image_constraint::try_out(call.here(), &question.size, &question.image)?;
    ApiResponse::ok(&Possible {})
}

pub(super) async fn create(call: Call) -> Answered {
    let Written(constraint) =
        call.execute(ask::masterdata::create_size_image_constraint(call.read()?)).await?;
    ApiResponse::created(&constraint)
}

pub(super) async fn update(call: Call) -> Answered {
    let Written(constraint) =
        call.execute(ask::masterdata::update_size_image_constraint(call.read()?)).await?;
    ApiResponse::ok(&constraint)
}

pub(super) async fn delete(call: Call) -> Answered {
    let Written(constraint) =
        call.execute(ask::masterdata::delete_size_image_constraint(call.id().to_owned())).await?;
    ApiResponse::ok(&constraint)
}
