//! Size-image-constraints: which versions of which images may be installed on machines of a size (api-resources 5.4).
//! Allocations call [`check`].

use super::command::About;
use super::image;
use super::lookup::{existing, free, named};
use super::version::{Version, VersionConstraint, check_images};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::SizeId;
use crate::record::masterdata::{Image, ImageConstraints, Size, SizeImageConstraint};
use crate::refusal::Refusal;
use crate::world::World;
use serde::{Deserialize, Serialize};

/// The wire's shape, of `create` and `update`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeImageConstraintRequest {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    /// An update replaces it, given or not.
    pub constraints: ImageConstraints,
}

impl About for SizeImageConstraintRequest {
    fn target(&self) -> &str {
        &self.id
    }
}

pub(super) fn create(
    world: &World,
    request: &SizeImageConstraintRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    named::<SizeImageConstraint>(world, &request.id)?;
    check_grammar(request)?;
    free::<SizeImageConstraint>(world, &request.id)?;
    let constraint = SizeImageConstraint {
        id: request.id.as_str().into(),
        name: request.name.clone().unwrap_or_default(),
        description: request.description.clone().unwrap_or_default(),
        constraints: request.constraints.clone(),
    };
    let mut decision = Decision::new(context.now, Answer::record(&constraint));
    decision.create(constraint);
    Ok(decision)
}

pub(super) fn update(
    world: &World,
    request: &SizeImageConstraintRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = existing::<SizeImageConstraint>(world, &request.id)?;
    check_grammar(request)?;
    let old = (*read.value).clone();
    let constraint = SizeImageConstraint {
        name: request.name.clone().unwrap_or(old.name),
        description: request.description.clone().unwrap_or(old.description),
        constraints: request.constraints.clone(),
        ..old
    };
    let mut decision = Decision::new(context.now, Answer::record(&constraint));
    decision.update(&read, constraint);
    Ok(decision)
}

pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<SizeImageConstraint>(world, id)?;
    let mut decision = Decision::new(context.now, Answer::record(&*read.value));
    decision.delete(&read);
    Ok(decision)
}

fn check_grammar(request: &SizeImageConstraintRequest) -> Result<(), Refusal> {
    request.constraints.images.as_ref().map_or(Ok(()), check_images).map_err(Refusal::bad_request)
}

/// Refuses an image whose version violates the size's constraint for its operating system, if there is one (also
/// api-machines 3.3, check 7).
pub fn check(world: &World, size: &SizeId, image: &Image) -> Result<(), Refusal> {
    let known = world.size_image_constraints.get(size.as_str());
    let images = known.as_ref().and_then(|known| known.constraints.images.as_ref());
    let Some(text) = images.and_then(|images| images.get(&image.os)) else { return Ok(()) };
    let (os, unprocessable) = (&image.os, |text: String| Refusal::unprocessable(text));
    let version = Version::parse(&image.version)
        .map_err(|error| unprocessable(format!("version of image is invalid {error}")))?;
    if version.patch == 0 {
        return Err(Refusal::unprocessable("no patch version given"));
    }
    let constraint = VersionConstraint::parse(text).map_err(|error| unprocessable(error.to_string()))?;
    if constraint.admits(&version) {
        return Ok(());
    }
    let shown = text.replacen(' ', "", 1);
    Err(unprocessable(format!(
        "given size:{size} with image:{os}-{version} does violate image constraint:{os} {shown}"
    )))
}

/// The same for an image id as users write it (`POST /v1/size-image-constraint/try`).
pub fn try_out(world: &World, size: &str, image: &str) -> Result<(), Refusal> {
    if size.is_empty() || image.is_empty() {
        return Err(Refusal::bad_request("size and image must be given"));
    }
    let size = existing::<Size>(world, size)?;
    check(world, &size.id, &*image::resolve(world, image)?)
}

#[cfg(test)]
mod tests;
