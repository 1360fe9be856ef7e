//! Bounds on the content of a message. The contract's only bound is 4 MiB per message; these are far above any real
//! machine, and low enough that a broken client can neither exceed its row nor keep an actor busy.
//!
//! Checks only counts and lengths. Excess is refused as INVALID_ARGUMENT, and a message that is too long as
//! OUT_OF_RANGE before it is parsed. Excess neighbours of an interface are dropped.

use super::api;
use actors::store::INDEXED_BYTES_MAX;
use tonic::Status;

/// Maximal bytes of a booting machine's message: a MiB of hardware, and the rest.
pub(super) const REGISTRATION_BYTES_MAX: usize = (1 << 20) + (128 << 10);

/// Maximum of machines in one call with events: all that the switches of a partition see.
const EVENTS_MAX: usize = 10_000;

/// Maximum of disks, processors, graphics cards or tags of a machine. Of an interface's neighbours, only the first are
/// used.
pub(super) const PARTS_MAX: usize = 1024;

/// Maximum of network interfaces of a machine: each of a few cards may be split into hundreds (SR-IOV).
const NICS_MAX: usize = 4096;

/// Maximal bytes of any text except ids: names of parts, versions, a kernel command line.
const TEXT_BYTES_MAX: usize = 16 << 10;

/// Checks that an id can be stored.
pub(super) fn id(name: &str, id: &str) -> Result<(), Status> {
    if id.is_empty() {
        return Err(Status::unknown(format!("{name} is empty")));
    }
    text(name, id, INDEXED_BYTES_MAX)
}

pub(super) fn registration(told: &api::BootServiceRegisterRequest) -> Result<(), Status> {
    text("uuid", &told.uuid, INDEXED_BYTES_MAX)?;
    text("partition_id", &told.partition_id, INDEXED_BYTES_MAX)?;
    texts("metal_hammer_version", [&told.metal_hammer_version])?;
    counted("tags", told.tags.len())?;
    texts("tags", &told.tags)?;
    told.bios.iter().try_for_each(|bios| texts("bios", [&bios.version, &bios.vendor, &bios.date]))?;
    told.ipmi.iter().try_for_each(ipmi)?;
    told.hardware.iter().try_for_each(hardware)
}

pub(super) fn report(told: &api::BootServiceReportRequest) -> Result<(), Status> {
    text("uuid", &told.uuid, INDEXED_BYTES_MAX)?;
    texts("console_password", [&told.console_password])?;
    told.boot_info.iter().try_for_each(|info| {
        let api::BootInfo { image_id, primary_disk, os_partition, initrd, cmdline, kernel, bootloader_id } =
            info;
        texts("boot_info", [image_id, primary_disk, os_partition, initrd, cmdline, kernel, bootloader_id])
    })
}

fn hardware(told: &api::MachineHardware) -> Result<(), Status> {
    counted("disks", told.disks.len())?;
    texts("disks", told.disks.iter().map(|disk| &disk.name))?;
    counted("cpus", told.cpus.len())?;
    texts("cpus", told.cpus.iter().flat_map(|cpu| [&cpu.vendor, &cpu.model]))?;
    counted("gpus", told.gpus.len())?;
    texts("gpus", told.gpus.iter().flat_map(|gpu| [&gpu.vendor, &gpu.model]))?;
    at_most("nics", told.nics.len(), NICS_MAX, "elements")?;
    told.nics.iter().try_for_each(|nic| {
        texts("nics", [&nic.mac, &nic.name, &nic.identifier, &nic.hostname])?;
        nic.neighbors.iter().try_for_each(|other| {
            texts("neighbors", [&other.mac, &other.name, &other.identifier, &other.hostname])
        })
    })
}

fn ipmi(told: &api::MachineIpmi) -> Result<(), Status> {
    let api::MachineIpmi { address, mac, user, password, interface, fru, bmc_version, power_state } = told;
    texts("ipmi", [address, mac, user, password, interface, bmc_version, power_state])?;
    let Some(fru) = fru else { return Ok(()) };
    let parts = [
        &fru.chassis_part_number,
        &fru.chassis_part_serial,
        &fru.board_mfg,
        &fru.board_mfg_serial,
        &fru.board_part_number,
        &fru.product_manufacturer,
        &fru.product_part_number,
        &fru.product_serial,
    ];
    texts("fru", parts.into_iter().flatten())
}

fn counted(what: &str, count: usize) -> Result<(), Status> {
    at_most(what, count, PARTS_MAX, "elements")
}

pub(super) fn events(count: usize) -> Result<(), Status> {
    at_most("events", count, EVENTS_MAX, "elements")
}

fn texts<'a>(what: &str, texts: impl IntoIterator<Item = &'a String>) -> Result<(), Status> {
    texts.into_iter().try_for_each(|one| text(what, one, TEXT_BYTES_MAX))
}

fn text(what: &str, text: &str, max: usize) -> Result<(), Status> {
    if text.contains('\0') {
        return Err(Status::invalid_argument(format!("{what} contains a NUL character")));
    }
    at_most(what, text.len(), max, "bytes")
}

fn at_most(what: &str, count: usize, max: usize, unit: &str) -> Result<(), Status> {
    if count <= max {
        return Ok(());
    }
    Err(Status::invalid_argument(format!("{what} has {count} {unit}, at most {max} are allowed")))
}
