//! `/v1/size-image-constraint` (api-resources 5.4). The stored shape is the wire's.

use super::call::{Answered, Call, Reply};
use super::error::Problem;
use actors::command::Body;
use actors::masterdata::image_constraint;
use actors::masterdata::{MasterdataCommand, SizeImageConstraint};
use actors::refusal::Refusal;
use actors::store::Kind;
use serde::{Deserialize, Serialize};

pub(super) fn list(call: &Call) -> Answered {
    let rows = call.world().size_image_constraints.all();
    Reply::ok(&rows.iter().map(|row| &*row.value).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.world().size_image_constraints.get(call.id());
    let row = row.ok_or_else(|| Refusal::not_found(Kind::SizeImageConstraint.entity(), call.id()))?;
    Reply::ok(&*row.value)
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

/// May a machine of this size be given this image?
pub(super) fn try_out(call: &Call) -> Answered {
    let question: Question = call.read()?;
    image_constraint::try_out(call.world(), &question.size, &question.image)?;
    Reply::ok(&Possible {})
}

pub(super) async fn create(call: Call) -> Answered {
    let command = MasterdataCommand::SizeImageConstraintCreate(Box::new(call.read()?));
    Reply::created(&written(&call, command).await?)
}

pub(super) async fn update(call: Call) -> Answered {
    let command = MasterdataCommand::SizeImageConstraintUpdate(Box::new(call.read()?));
    Reply::ok(&written(&call, command).await?)
}

pub(super) async fn delete(call: Call) -> Answered {
    let command = MasterdataCommand::SizeImageConstraintDelete(call.id().to_owned());
    Reply::ok(&written(&call, command).await?)
}

async fn written(call: &Call, command: MasterdataCommand) -> Result<SizeImageConstraint, Problem> {
    let answer = call.ask(Body::Masterdata(command)).await?;
    answer.into_record().ok_or_else(Problem::unexpected_answer)
}
