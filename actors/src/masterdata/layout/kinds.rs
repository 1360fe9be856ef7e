//! The valid words in a layout: formats, partition types, RAID levels and kinds of logical volumes.

use crate::record::masterdata::Layout;

const FORMATS: &[&str] = &["ext3", "ext4", "none", "swap", "tmpfs", "vfat"];
const PARTITION_TYPES: &[&str] = &["8300", "8e00", "ef00", "fd00"];
pub(super) const RAID_LEVELS: &[&str] = &["0", "1"];
const VOLUME_KINDS: &[&str] = &["linear", "raid1", "striped"];

/// The first invalid word.
pub(super) fn check(layout: &Layout) -> Result<(), String> {
    for filesystem in &layout.filesystems {
        one_of("format", &filesystem.format, FORMATS)?;
    }
    for partition in layout.disks.iter().flat_map(|disk| &disk.partitions) {
        if let Some(gpttype) = &partition.gpttype {
            one_of("GPTType", gpttype, PARTITION_TYPES)?;
        }
    }
    for raid in &layout.raid {
        one_of("raidlevel", &raid.level, RAID_LEVELS)?;
    }
    for volume in &layout.logicalvolumes {
        one_of("lvmtype", &volume.lvmtype, VOLUME_KINDS)?;
    }
    Ok(())
}

fn one_of(what: &str, word: &str, supported: &[&str]) -> Result<(), String> {
    if supported.contains(&word) {
        return Ok(());
    }
    Err(format!("given {what}:{word} is not supported, but:{}", supported.join(",")))
}
