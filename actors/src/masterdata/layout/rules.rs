//! Checks the consistency of a layout: every used device is defined before, and sizes add up.

use super::choose::bare;
use super::kinds::RAID_LEVELS;
use crate::masterdata::version;
use crate::record::masterdata::{Layout, LayoutConstraints, LayoutDisk, LogicalVolume};
use std::collections::BTreeSet;

/// Names of the block devices so far.
type Provided = BTreeSet<String>;

/// The first broken rule, in the order of the table of api-resources 5.6.
pub(super) fn check(layout: &Layout) -> Result<(), String> {
    let mut provided = Provided::new();
    let mut devices = BTreeSet::new();
    if let Some(twice) = layout.disks.iter().find(|disk| !devices.insert(bare(&disk.device))) {
        return Err(format!("device:{} given more than once", twice.device));
    }
    for disk in &layout.disks {
        check_disk(disk)?;
        provide_disk(disk, &mut provided);
    }
    check_raids(layout, &mut provided)?;
    check_volume_groups(layout, &provided)?;
    check_volumes(layout, &mut provided)?;
    check_filesystems(layout, &provided)?;
    check_constraints(&layout.constraints)
}

fn check_disk(disk: &LayoutDisk) -> Result<(), String> {
    let LayoutDisk { device, partitions, .. } = disk;
    let mut numbers = BTreeSet::new();
    if let Some(twice) = partitions.iter().find(|partition| !numbers.insert(partition.number)) {
        return Err(format!("device:{device} partition number:{} given more than once", twice.number));
    }
    let count = i64::try_from(partitions.len()).unwrap_or(i64::MAX);
    if let Some(outside) = numbers.iter().find(|number| !(0..=count).contains(*number)) {
        return Err(format!("device:{device} partition number:{outside} is not within 0..{count}"));
    }
    if let Some(negative) = partitions.iter().find(|partition| partition.size < 0) {
        return Err(format!("device:{device} partition number:{} has a negative size", negative.number));
    }
    let takes_rest =
        |number: i64| partitions.iter().any(|partition| partition.number == number && partition.size == 0);
    if partitions.iter().any(|partition| partition.size == 0) && !takes_rest(count) {
        return Err(format!("device:{device} variable sized partition not the last one"));
    }
    Ok(())
}

/// Kernels put a `p` before the number if the name of the disk ends in a digit, as for NVMe and MMC.
fn provide_disk(disk: &LayoutDisk, provided: &mut Provided) {
    let device = &disk.device;
    let infix = if device.ends_with(|last: char| last.is_ascii_digit()) { "p" } else { "" };
    provided.insert(device.clone());
    provided.extend(disk.partitions.iter().map(|partition| format!("{device}{infix}{}", partition.number)));
}

fn check_raids(layout: &Layout, provided: &mut Provided) -> Result<(), String> {
    for raid in &layout.raid {
        if let Some(device) = raid.devices.iter().find(|device| !provided.contains(*device)) {
            return Err(format!("device:{device} not provided by disk for raid:{}", raid.arrayname));
        }
        if !RAID_LEVELS.contains(&raid.level.as_str()) {
            return Err(format!("given raidlevel:{} is not supported", raid.level));
        }
        provided.insert(raid.arrayname.clone());
    }
    Ok(())
}

fn check_volume_groups(layout: &Layout, provided: &Provided) -> Result<(), String> {
    for group in &layout.volumegroups {
        if let Some(device) = group.devices.iter().find(|device| !provided.contains(*device)) {
            return Err(format!("device:{device} not provided by machine for vg:{}", group.name));
        }
    }
    Ok(())
}

fn check_volumes(layout: &Layout, provided: &mut Provided) -> Result<(), String> {
    for (index, volume) in layout.logicalvolumes.iter().enumerate() {
        let LogicalVolume { name, volumegroup, size, lvmtype } = volume;
        if *size < 0 {
            return Err(format!("lv:{name} in vg:{volumegroup}, has a negative size"));
        }
        if *size == 0 && index + 1 != layout.logicalvolumes.len() {
            return Err(format!("lv:{name} in vg:{volumegroup}, variable sized lv must be the last"));
        }
        let Some(group) = layout.volumegroups.iter().find(|group| group.name == *volumegroup) else {
            return Err(format!("volumegroup:{volumegroup} not configured for lv:{name}"));
        };
        let disks = group.devices.len();
        if disks < 2 && matches!(lvmtype.as_str(), "raid1" | "striped") {
            return Err(format!(
                "fsl:\"{}\" lv:{name} in vg:{volumegroup} is configured for lvmtype:{lvmtype} \
                 but has only {disks} disk, consider linear instead",
                layout.id
            ));
        }
        provided.insert(clean_path(&format!("/dev/{volumegroup}/{name}")));
    }
    Ok(())
}

fn check_filesystems(layout: &Layout, provided: &Provided) -> Result<(), String> {
    let mut paths = BTreeSet::new();
    for filesystem in &layout.filesystems {
        let device = &filesystem.device;
        let path = filesystem.path.as_deref().filter(|path| !path.is_empty());
        if let Some(twice) = path.filter(|path| !paths.insert(clean_path(path))) {
            return Err(format!("filesystem:{twice} given more than once"));
        }
        if filesystem.format != "tmpfs" && !provided.contains(device) {
            let path = filesystem.path.as_deref().unwrap_or_default();
            return Err(format!("device:{device} for filesystem:{path} is not configured"));
        }
        let spaced = |option: &&String| option.contains(char::is_whitespace);
        if let Some(option) = filesystem.createoptions.iter().find(spaced) {
            return Err(format!(
                "the given createoption:\"{option}\" contains whitespace and must be split into separate options"
            ));
        }
    }
    Ok(())
}

fn check_constraints(constraints: &LayoutConstraints) -> Result<(), String> {
    version::check_images(&constraints.images)?;
    if constraints.sizes.iter().any(|size| size.contains('*')) {
        return Err("no wildcard allowed in size constraint".to_owned());
    }
    let mut sizes = BTreeSet::new();
    match constraints.sizes.iter().find(|size| !sizes.insert(*size)) {
        Some(twice) => Err(format!("size {twice} is configured more than once")),
        None => Ok(()),
    }
}

/// Without empty, `.` and `..` elements, because names of volumes may be `/var` or `var`.
fn clean_path(path: &str) -> String {
    let mut elements = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                elements.pop();
            }
            name => elements.push(name),
        }
    }
    format!("/{}", elements.join("/"))
}
