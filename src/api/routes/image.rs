//! `/v1/image` (api-resources 5.5 and 8.3).

use crate::api::call::{Answered, ApiResponse, Call};
use crate::api::error::Problem;
use crate::api::reachable;
use actors::command::{Ask, ask};
use actors::gateway::View;
use actors::ids::MachineId;
use actors::masterdata::find::{ImageFind, images};
use actors::masterdata::image::resolve;
use actors::masterdata::{self, Image, ImageFeature};
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::time::Timestamp;
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
    /// `null` unless requested and not empty.
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

pub(super) async fn list(call: Call) -> Answered {
    show(&call, &ImageFind::default()).await
}

pub(super) async fn find(call: Call) -> Answered {
    show(&call, &call.read()?).await
}

async fn show(call: &Call, wanted: &ImageFind) -> Answered {
    let (views, unreachable) = match call.query.flag("show-usage")? {
        true => call.views(Kind::Machine).await,
        false => Default::default(),
    };
    call.whole(|| {
        let usage = usage(&views);
        let rows = images(call.here(), wanted);
        let images = rows.iter().map(|row| {
            let usedby = usage.get(row.id.as_str()).map(Vec::as_slice);
            ImageResponse { usedby, ..ImageResponse::new(row) }
        });
        ApiResponse::ok(&images.collect::<Vec<_>>()).map(|reply| reply.without(unreachable))
    })
}

/// The machines that use each image.
fn usage(views: &[View]) -> BTreeMap<String, Vec<MachineId>> {
    let mut usage: BTreeMap<String, Vec<MachineId>> = BTreeMap::new();
    for view in views {
        for machine in view.world().machines.filter(|machine| machine.allocation.is_some()) {
            if let Some(allocation) = &machine.allocation {
                usage.entry(allocation.image.0.clone()).or_default().push(machine.id.clone());
            }
        }
    }
    usage
}

pub(super) fn get(call: &Call) -> Answered {
    let row = call.here().images.get(call.id()).ok_or_else(|| Refusal::not_found("image", call.id()))?;
    ApiResponse::ok(&ImageResponse::new(&row))
}

/// The newest image that matches a partial id.
pub(super) fn latest(call: &Call) -> Answered {
    ApiResponse::ok(&ImageResponse::new(&*resolve(call.here(), call.id())?))
}

/// All images that match a partial id.
pub(super) fn query(call: &Call) -> Answered {
    let rows = masterdata::image::query(call.here(), call.id())?;
    ApiResponse::ok(&rows.iter().map(|row| ImageResponse::new(row)).collect::<Vec<_>>())
}

pub(super) async fn create(call: Call) -> Answered {
    let ask = ask::masterdata::create_image(call.read()?);
    ApiResponse::created(&ImageResponse::new(&*written(&call, ask).await?))
}

pub(super) async fn update(call: Call) -> Answered {
    let ask = ask::masterdata::update_image(call.read()?);
    ApiResponse::ok(&ImageResponse::new(&*written(&call, ask).await?))
}

pub(super) async fn delete(call: Call) -> Answered {
    let image = written(&call, ask::masterdata::delete_image(call.id().to_owned())).await?;
    ApiResponse::ok(&ImageResponse::new(&image))
}

async fn written(call: &Call, ask: Ask<Box<Image>>) -> Result<Box<Image>, Problem> {
    reachable::check(call, ask.body()).await?;
    call.execute(ask).await
}
