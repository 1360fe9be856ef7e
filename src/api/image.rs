//! `/v1/image` (api-resources 5.5 and 8.3).

use super::call::{Answered, Call, Reply};
use super::error::Problem;
use super::reachable;
use actors::command::{Answer, Body};
use actors::ids::MachineId;
use actors::masterdata::find::{ImageFind, images};
use actors::masterdata::image::resolve;
use actors::masterdata::{self, Image, ImageFeature, MasterdataCommand};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use actors::world::World;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub(super) struct ImageResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    url: &'a str,
    features: &'a [ImageFeature],
    #[serde(rename = "expirationDate")]
    expiration_date: Timestamp,
    classification: &'static str,
    /// `null` unless asked for and not empty.
    usedby: Option<&'a [MachineId]>,
    created: Timestamp,
    changed: Timestamp,
}

impl<'a> ImageResponse<'a> {
    pub(super) fn new(image: &'a Image) -> Self {
        Self {
            id: image.id.as_str(),
            name: &image.name,
            description: &image.description,
            url: &image.url,
            features: &image.features,
            expiration_date: image.expiration,
            classification: image.classification.as_str(),
            usedby: None,
            created: image.created,
            changed: image.changed,
        }
    }

    pub(super) const fn empty() -> Self {
        Self {
            id: "",
            name: "",
            description: "",
            url: "",
            features: &[],
            expiration_date: Timestamp::ZERO,
            classification: "",
            usedby: None,
            created: Timestamp::ZERO,
            changed: Timestamp::ZERO,
        }
    }
}

pub(super) fn list(call: &Call) -> Answered {
    show(call, &ImageFind::default())
}

pub(super) fn find(call: &Call) -> Answered {
    show(call, &call.read()?)
}

fn show(call: &Call, wanted: &ImageFind) -> Answered {
    let usage = if call.query.flag("show-usage")? { usage(call.world()) } else { BTreeMap::new() };
    let rows = images(call.world(), wanted);
    let images = rows.iter().map(|row| {
        let usedby = usage.get(row.id.as_str()).map(Vec::as_slice);
        ImageResponse { usedby, ..ImageResponse::new(row) }
    });
    Reply::ok(&images.collect::<Vec<_>>())
}

/// Which machines hold which image.
fn usage(world: &World) -> BTreeMap<String, Vec<MachineId>> {
    let mut usage: BTreeMap<String, Vec<MachineId>> = BTreeMap::new();
    for machine in world.machines.filter(|machine| machine.allocation.is_some()) {
        if let Some(allocation) = &machine.allocation {
            usage.entry(allocation.image.0.clone()).or_default().push(machine.id.clone());
        }
    }
    usage
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.world().images.get(call.id()).ok_or_else(|| Refusal::not_found("image", call.id()))?;
    Reply::ok(&ImageResponse::new(&row))
}

/// The newest image that a partial id means.
pub(super) fn latest(call: &Call) -> Answered {
    Reply::ok(&ImageResponse::new(&*resolve(call.world(), call.id())?))
}

/// All images that a partial id means.
pub(super) fn query(call: &Call) -> Answered {
    let rows = masterdata::image::query(call.world(), call.id())?;
    Reply::ok(&rows.iter().map(|row| ImageResponse::new(row)).collect::<Vec<_>>())
}

pub(super) async fn create(call: Call) -> Answered {
    let command = MasterdataCommand::ImageCreate(Box::new(call.read()?));
    Reply::created(&ImageResponse::new(&*written(&call, command).await?))
}

pub(super) async fn update(call: Call) -> Answered {
    let command = MasterdataCommand::ImageUpdate(Box::new(call.read()?));
    Reply::ok(&ImageResponse::new(&*written(&call, command).await?))
}

pub(super) async fn delete(call: Call) -> Answered {
    let image = written(&call, MasterdataCommand::ImageDelete(call.id().to_owned())).await?;
    Reply::ok(&ImageResponse::new(&image))
}

async fn written(call: &Call, command: MasterdataCommand) -> Result<Box<Image>, Problem> {
    reachable::check(call, &command).await?;
    match call.ask(Body::Masterdata(command)).await? {
        Answer::Image(image) => Ok(image),
        _ => Err(Problem::unexpected_answer()),
    }
}
