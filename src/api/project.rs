//! `/v1/project` (api-resources 6). The stored shape is the wire's.

use super::call::{Answered, Call, Reply};
use super::error::Problem;
use super::tenant::{Removed, list_or_null};
use actors::command::{Answer, Body};
use actors::masterdata::find::projects;
use actors::masterdata::{MasterdataCommand, Project, project};

pub(super) fn list(call: &Call) -> Answered {
    list_or_null(&call.world().projects.all())
}

pub(super) fn find(call: &Call) -> Answered {
    list_or_null(&projects(call.world(), &call.read()?))
}

pub(super) fn get(call: &Call) -> Answered {
    let row = project::get(call.world(), call.id())?;
    Reply::ok(&project::with_usage(call.world(), &row))
}

pub(super) async fn create(call: Call) -> Answered {
    let request: Project = call.read()?;
    Reply::created(&*written(&call, MasterdataCommand::ProjectCreate(Box::new(request))).await?)
}

pub(super) async fn update(call: Call) -> Answered {
    let request: Project = call.read()?;
    Reply::ok(&*written(&call, MasterdataCommand::ProjectUpdate(Box::new(request))).await?)
}

pub(super) async fn delete(call: Call) -> Answered {
    written(&call, MasterdataCommand::ProjectDelete(call.id().to_owned())).await?;
    Reply::ok(&Removed::new(call.id()))
}

async fn written(call: &Call, command: MasterdataCommand) -> Result<Box<Project>, Problem> {
    match call.ask(Body::Masterdata(command)).await? {
        Answer::Project(project) => Ok(project),
        _ => Err(Problem::unexpected_answer()),
    }
}
