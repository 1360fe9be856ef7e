//! Unused images are removed (api-resources 5.5, the housekeeping job): expired, without an allocation, and not the
//! newest of their os. Until then, an expired one can still be installed.

use super::used_by;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::ImageId;
use crate::masterdata::version::Version;
use crate::record::masterdata::Image;
use crate::time::Timestamp;
use crate::world::World;

/// The images to remove; ascending.
pub fn superfluous(world: &World, now: Timestamp) -> Vec<ImageId> {
    let images = world.images.filter(|image| image.expiration < now);
    images.iter().filter(|image| is_superfluous(world, image, now)).map(|image| image.id.clone()).collect()
}

/// `ImageSweep`: answers with the removed image, or with nothing if it is in use again.
pub(in crate::masterdata) fn sweep(
    world: &World,
    id: &ImageId,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    if let Some(read) = world.images.get(id.as_str())
        && is_superfluous(world, &read, context.now)
    {
        decision.answer = Answer::Image(Box::new(Image::clone(&read)));
        decision.delete(&read);
    }
    Ok(decision)
}

fn is_superfluous(world: &World, image: &Image, now: Timestamp) -> bool {
    image.expiration < now && is_succeeded(world, image) && used_by(world, &image.id).is_empty()
}

/// True when there is a newer one of the same os. Of two spellings of the newest version both stay.
fn is_succeeded(world: &World, image: &Image) -> bool {
    let Ok(version) = Version::parse(&image.version) else { return false };
    let newer = |other: &Image| Version::parse(&other.version).is_ok_and(|other| other > version);
    !world.images.filter(|other| other.os == image.os && newer(other)).is_empty()
}
