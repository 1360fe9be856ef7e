//! Chooses a machine's layout, and checks whether it fits the machine's disks (api-resources 5.6).

use crate::ids::SizeId;
use crate::masterdata::image;
use crate::masterdata::version::{Version, VersionConstraint};
use crate::record::machine::Hardware;
use crate::record::masterdata::{Image, Layout};
use crate::refusal::Refusal;
use crate::world::World;

const BYTES_PER_MIB: u64 = 1 << 20;

/// The first layout (by id) for the size and the image, as allocations choose it (api-machines 3.3, row 10).
pub fn choose(world: &World, size: &SizeId, image: &Image) -> Result<Layout, Refusal> {
    let version = Version::parse(&image.version).ok();
    version
        .and_then(|version| first(world, size.as_str(), &image.os, &version))
        .ok_or_else(|| no_match(size.as_str(), image.id.as_str()))
}

/// The same for a literal image id: `debian-10` is 10.0.0 (`POST /v1/filesystemlayout/try`).
pub fn choose_literally(world: &World, size: &str, image_id: &str) -> Result<Layout, Refusal> {
    let (os, version) = image::parse(image_id).map_err(|error| Refusal::unprocessable(error.to_string()))?;
    first(world, size, os, &version).ok_or_else(|| no_match(size, image_id))
}

fn first(world: &World, size: &str, os: &str, version: &Version) -> Option<Layout> {
    let layouts = world.layouts.all();
    let layout = layouts.iter().find(|layout| is_for(layout, size, os, version))?;
    Some((*layout.value).clone())
}

fn is_for(layout: &Layout, size: &str, os: &str, version: &Version) -> bool {
    layout.constraints.sizes.iter().any(|listed| listed == size)
        && layout.constraints.images.get(os).is_some_and(|constraint| {
            VersionConstraint::parse(constraint).is_ok_and(|constraint| constraint.admits(version))
        })
}

fn no_match(size: &str, image: &str) -> Refusal {
    Refusal::unprocessable(format!(
        "could not find a matching filesystemLayout for size:{size} and image:{image}"
    ))
}

/// Checks that every disk of the layout exists in the machine and has room for the layout's partitions. Layouts of
/// older releases may name a disk twice.
pub fn check_fits(layout: &Layout, hardware: &Hardware) -> Result<(), Refusal> {
    for disk in &layout.disks {
        let device = &disk.device;
        let Some(existing) = hardware.disks.iter().find(|existing| bare(&existing.name) == bare(device))
        else {
            return Err(Refusal::unprocessable(format!("device:{device} does not exist on given hardware")));
        };
        let same = layout.disks.iter().filter(|other| bare(&other.device) == bare(device));
        let required = same
            .flat_map(|disk| &disk.partitions)
            .fold(0_u64, |sum, partition| sum.saturating_add(u64::try_from(partition.size).unwrap_or(0)));
        let existing = existing.size_bytes / BYTES_PER_MIB;
        if existing < required {
            return Err(Refusal::unprocessable(format!(
                "device:{device} is not big enough required:{required}MiB, existing:{existing}MiB"
            )));
        }
    }
    Ok(())
}

/// `/dev/` at the beginning of a name is optional.
pub(super) fn bare(device: &str) -> &str {
    device.strip_prefix("/dev/").unwrap_or(device)
}

/// A layout that wipes no disk cannot be reinstalled (api-machines 3.6).
pub fn reinstallable(layout: &Layout) -> bool {
    layout.disks.iter().any(|disk| disk.wipeonreinstall)
}
