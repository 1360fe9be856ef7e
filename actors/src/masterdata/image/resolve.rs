//! Resolves an image id as users write it (api-resources 5.5).

use crate::masterdata::version::{BadVersion, Version};
use crate::record::masterdata::Image;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// Why a text is no image id; with the texts of api-resources 5.5.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadImageId {
    #[error("invalid format for os image, expected <os>-<major>.<minor>[.<patch>]: {0}")]
    Format(String),
    #[error(transparent)]
    Version(#[from] BadVersion),
}

/// Splits `<os>-<version>` at the last `-`.
pub fn parse(id: &str) -> Result<(&str, Version), BadImageId> {
    let (os, version) = id.rsplit_once('-').ok_or_else(|| BadImageId::Format(id.to_owned()))?;
    Ok((os, Version::parse(version)?))
}

/// The newest image that matches `id`, including expired ones (also `GET /v1/image/{id}/latest`). The text of the
/// refusal is that of api-machines 3.2, row 3.
pub fn resolve(world: &World, id: &str) -> Result<Arc<Versioned<Image>>, Refusal> {
    let missing = |reason: String| Refusal::missing(format!("NotFound no image for id:{id} found:{reason}"));
    let (os, version) = parse(id).map_err(|error| missing(error.to_string()))?;
    candidates(world, os, &version)
        .into_iter()
        .max_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| (left.id.as_str() == id).cmp(&(right.id.as_str() == id)))
        })
        .map(|(_, image)| image)
        .ok_or_else(|| missing(format!("no image for os:{os} version:{version} found")))
}

/// Every image that matches `id`, ascending by id (`GET /v1/image/{id}/query`).
pub fn query(world: &World, id: &str) -> Result<Vec<Arc<Versioned<Image>>>, Refusal> {
    let (os, version) = parse(id)
        .map_err(|error| Refusal::missing(format!("NotFound no images for id:{id} found:{error}")))?;
    Ok(candidates(world, os, &version).into_iter().map(|(_, image)| image).collect())
}

fn candidates(world: &World, os: &str, asked: &Version) -> Vec<(Version, Arc<Versioned<Image>>)> {
    let images = world.images.filter(|image| image.os == os);
    let parsed = images.into_iter().filter_map(|image| Some((Version::parse(&image.version).ok()?, image)));
    parsed.filter(|(version, _)| is_meant(asked, version)).collect()
}

/// A patch must be equal; without one, any patch of the same `major.minor` matches, and `0.0` matches any version.
fn is_meant(asked: &Version, version: &Version) -> bool {
    match (asked.major, asked.minor, asked.patch) {
        (0, 0, 0) => true,
        (major, minor, 0) => (major, minor) == (version.major, version.minor),
        _ => asked == version,
    }
}
