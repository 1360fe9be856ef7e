//! Finds the size of a machine's hardware (api-resources 5.2).

use super::glob::Glob;
use crate::ids::SizeId;
use crate::record::machine::Hardware;
use crate::record::masterdata::{Constraint, Size};
use crate::world::World;

/// The size of hardware that matches no size, or more than one.
pub const UNKNOWN: &str = "unknown";

/// The one size whose constraints all match and cover all of the hardware.
pub fn matching(world: &World, hardware: &Hardware) -> SizeId {
    match &world.sizes.filter(|size| describes(size, hardware))[..] {
        [size] => size.id.clone(),
        _ => SizeId::from(UNKNOWN),
    }
}

fn describes(size: &Size, hardware: &Hardware) -> bool {
    let mut left = Undescribed::of(hardware);
    !size.constraints.is_empty()
        && size.constraints.iter().all(|constraint| left.take(constraint, hardware))
        && left.is_nothing()
}

/// Devices that no constraint has selected yet; one flag per device.
struct Undescribed {
    cpus: Vec<bool>,
    disks: Vec<bool>,
    gpus: Vec<bool>,
    memory: bool,
}

impl Undescribed {
    fn of(hardware: &Hardware) -> Self {
        Self {
            cpus: vec![true; hardware.cpus.len()],
            disks: vec![true; hardware.disks.len()],
            gpus: vec![true; hardware.gpus.len()],
            memory: hardware.memory_bytes > 0,
        }
    }

    /// False when the hardware violates the constraint.
    fn take(&mut self, constraint: &Constraint, hardware: &Hardware) -> bool {
        let value = match constraint.kind.as_str() {
            "memory" => {
                self.memory = false;
                Some(hardware.memory_bytes)
            }
            "cores" => {
                let cpus = hardware.cpus.iter().map(|cpu| (cpu.model.as_str(), u64::from(cpu.cores)));
                select(constraint, cpus, &mut self.cpus)
            }
            "storage" => {
                let disks = hardware.disks.iter().map(|disk| (disk.name.as_str(), disk.size_bytes));
                select(constraint, disks, &mut self.disks)
            }
            "gpu" => {
                select(constraint, hardware.gpus.iter().map(|gpu| (gpu.model.as_str(), 1)), &mut self.gpus)
            }
            _ => None,
        };
        value.is_some_and(|value| (constraint.min..=constraint.max).contains(&value))
    }

    fn is_nothing(&self) -> bool {
        let devices = self.cpus.iter().chain(&self.disks).chain(&self.gpus);
        !self.memory && devices.copied().all(|left| !left)
    }
}

/// The sum over the devices whose names match the identifier; an empty identifier matches all. `None`: the identifier
/// is an invalid pattern, from a damaged row.
fn select<'a>(
    constraint: &Constraint,
    devices: impl Iterator<Item = (&'a str, u64)>,
    left: &mut [bool],
) -> Option<u64> {
    let glob = Glob::parse(&constraint.identifier).ok()?;
    let mut sum = 0_u64;
    for ((name, value), left) in devices.zip(left) {
        if constraint.identifier.is_empty() || glob.matches(name) {
            sum = sum.saturating_add(value);
            *left = false;
        }
    }
    Some(sum)
}
