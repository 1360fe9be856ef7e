//! Images of operating systems (api-resources 5.5).

mod expiry;
mod resolve;

pub use expiry::superfluous;
pub(super) use expiry::sweep;
pub use resolve::{BadImageId, parse, query, resolve};

use super::command::ImageRequest;
use super::lookup::{existing, free};
use super::version::Version;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::{ImageId, MachineId};
use crate::naming;
use crate::record::machine::Allocation;
use crate::record::masterdata::{Classification, Image, ImageFeature};
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::time::Timestamp;
use crate::world::World;
use std::collections::BTreeSet;
use std::time::Duration;

/// Default time until an image expires.
pub const EXPIRES_AFTER: Duration = Duration::from_hours(2160);

/// The machines whose allocation has exactly this image, or returns to it if its reinstallation is aborted; ascending.
pub fn used_by(world: &World, image: &ImageId) -> Vec<MachineId> {
    let goes_back_to = |allocation: &Allocation| {
        let installed = allocation.boot_info.as_ref().map(|boot| boot.image_id.as_str());
        allocation.reinstall && installed == Some(image.as_str())
    };
    let users = world.machines.filter(|machine| {
        machine
            .allocation
            .as_ref()
            .is_some_and(|allocation| allocation.image == *image || goes_back_to(allocation))
    });
    users.iter().map(|machine| machine.id.clone()).collect()
}

/// The checked content of a request to create an image.
pub(super) struct Draft {
    url: String,
    os: String,
    version: Version,
    features: Vec<ImageFeature>,
    classification: Classification,
}

impl Draft {
    /// All checks except that of the URL.
    pub(super) fn read(request: &ImageRequest) -> Result<Self, Refusal> {
        naming::check(Kind::Image, &request.id)?;
        let url = request.url.clone().unwrap_or_default();
        if url.is_empty() {
            return Err(Refusal::bad_request("url should not be empty"));
        }
        let features = features(&request.features)?;
        let (os, version) = parse(&request.id).map_err(|error| Refusal::bad_request(error.to_string()))?;
        let classification = request.classification.as_deref().map(classification).transpose()?;
        Ok(Self {
            url,
            os: os.to_owned(),
            version,
            features,
            classification: classification.unwrap_or(Classification::Preview),
        })
    }
}

pub(super) fn create(
    world: &World,
    request: &ImageRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let Draft { url, os, version, features, classification } = Draft::read(request)?;
    free::<Image>(world, &request.id)?;
    let image = Image {
        id: ImageId(request.id.clone()),
        name: request.name.clone().unwrap_or_default(),
        description: request.description.clone().unwrap_or_default(),
        created: context.now,
        changed: context.now,
        url,
        os,
        version: version.to_string(),
        features,
        expiration: expiration(request).unwrap_or(context.now + EXPIRES_AFTER),
        classification,
    };
    let mut decision = Decision::new(context.now, Answer::Image(Box::new(image.clone())));
    decision.create(image);
    Ok(decision)
}

pub(super) fn update(
    world: &World,
    request: &ImageRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = existing::<Image>(world, &request.id)?;
    let mut image = (*read.value).clone();
    let request = request.clone();
    if !request.features.is_empty() {
        image.features = features(&request.features)?;
    }
    if let Some(text) = &request.classification {
        image.classification = classification(text)?;
    }
    let expiration = expiration(&request).unwrap_or(image.expiration);
    let image = Image {
        name: request.name.unwrap_or(image.name),
        description: request.description.unwrap_or(image.description),
        url: request.url.unwrap_or(image.url),
        expiration,
        changed: context.now,
        ..image
    };
    let mut decision = Decision::new(context.now, Answer::Image(Box::new(image.clone())));
    decision.update(&read, image);
    Ok(decision)
}

pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Image>(world, id)?;
    let users = used_by(world, &read.id);
    if !users.is_empty() {
        let users: Vec<_> = users.iter().map(MachineId::as_str).collect();
        return Err(Refusal::unprocessable(format!(
            "image {id} is in use by machines:[{}]",
            users.join(" ")
        )));
    }
    let mut decision = Decision::new(context.now, Answer::Image(Box::new((*read.value).clone())));
    decision.delete(&read);
    Ok(decision)
}

/// Clients that cannot omit a time send the zero time.
fn expiration(request: &ImageRequest) -> Option<Timestamp> {
    request.expirationdate.filter(|at| !at.is_zero())
}

fn features(texts: &[String]) -> Result<Vec<ImageFeature>, Refusal> {
    let parse = |text: &String| match text.as_str() {
        "machine" => Ok(ImageFeature::Machine),
        "firewall" => Ok(ImageFeature::Firewall),
        _ => Err(Refusal::bad_request(format!("unknown ImageFeatureType:{text}"))),
    };
    let unique: BTreeSet<_> = texts.iter().map(parse).collect::<Result<_, _>>()?;
    Ok(unique.into_iter().collect())
}

fn classification(text: &str) -> Result<Classification, Refusal> {
    match text {
        "preview" => Ok(Classification::Preview),
        "supported" => Ok(Classification::Supported),
        "deprecated" => Ok(Classification::Deprecated),
        _ => Err(Refusal::bad_request(format!("given versionclassification is not valid:{text}"))),
    }
}

#[cfg(test)]
mod tests;
