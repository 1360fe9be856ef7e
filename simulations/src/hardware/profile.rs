//! The hardware of a simulated machine, from a JSON file or built in.

use actors::machine::{Disk, Gpu, Hardware, Nic, Processor};
use serde::Deserialize;

/// A virtual machine of the mini-lab: one core, 2 GiB, one disk of 10 GiB.
const MINI_LAB: &str = r#"{
 "memory": 2147483648,
 "cpus": [{"vendor": "GenuineIntel", "model": "QEMU Virtual CPU", "cores": 1, "threads": 1}],
 "disks": [{"name": "/dev/sda", "size": 10737418240}]
}"#;

/// Maximum of processors, disks and graphics cards of a profile; a registration must stay small.
const PARTS_MAX: usize = 256;

/// The hardware of many machines of a rack: `{"memory": bytes, "cpus": [..], "gpus": [..], "disks": [{"name","size"}],
/// "bios_settings": bool}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Profile {
    memory: u64,
    #[serde(default)]
    cpus: Vec<Processor>,
    #[serde(default)]
    gpus: Vec<Gpu>,
    #[serde(default)]
    disks: Vec<ProfileDisk>,
    /// The board has settings that installers change once, with a reboot; virtual machines have none.
    #[serde(default, rename = "bios_settings")]
    pub(super) has_bios_settings: bool,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct ProfileDisk {
    name: String,
    size: u64,
}

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadProfile {
    #[error("the hardware profile is not valid JSON of a profile")]
    Json(#[from] serde_json::Error),
    #[error("the hardware profile has more than {PARTS_MAX} processors, graphics cards or disks")]
    TooLarge,
}

impl Profile {
    pub fn parse(json: &str) -> Result<Self, BadProfile> {
        let profile: Self = serde_json::from_str(json)?;
        if [profile.cpus.len(), profile.gpus.len(), profile.disks.len()].iter().any(|len| *len > PARTS_MAX) {
            return Err(BadProfile::TooLarge);
        }
        Ok(profile)
    }

    /// A machine of this profile with these interfaces.
    pub fn hardware(&self, nics: Vec<Nic>) -> Hardware {
        let disk = |disk: &ProfileDisk| Disk { name: disk.name.clone(), size_bytes: disk.size };
        Hardware {
            memory_bytes: self.memory,
            disks: self.disks.iter().map(disk).collect(),
            cpus: self.cpus.clone(),
            gpus: self.gpus.clone(),
            nics,
            left_out: 0,
        }
    }

    /// The disk for the operating system.
    pub(super) fn primary_disk(&self) -> String {
        self.disks.first().map(|disk| disk.name.clone()).unwrap_or_default()
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::parse(MINI_LAB).expect("the built-in profile is well-formed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_with_what_it_leaves_out() {
        let profile =
            Profile::parse(r#"{"_comment": "x", "memory": 5, "disks": [{"name": "/dev/sdb", "size": 7}]}"#)
                .unwrap();
        let hardware = profile.hardware(Vec::new());
        assert_eq!((hardware.memory_bytes, hardware.disks[0].size_bytes, hardware.cpus.len()), (5, 7, 0));
        assert_eq!(profile.primary_disk(), "/dev/sdb");
        assert_eq!(Profile::default().hardware(Vec::new()).cpus[0].cores, 1);
    }

    #[test]
    fn nonsense_and_giants_are_refused() {
        assert!(matches!(Profile::parse("{}"), Err(BadProfile::Json(_))));
        let disks = vec![r#"{"name": "d", "size": 1}"#; PARTS_MAX + 1].join(",");
        let giant = format!(r#"{{"memory": 1, "disks": [{disks}]}}"#);
        assert!(matches!(Profile::parse(&giant), Err(BadProfile::TooLarge)));
    }
}
