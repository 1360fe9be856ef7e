//! Cleans texts of hardware (`actors::spoken`) before any check or match. Texts that operators set, such as a BMC's
//! user and password, stay as they are.

use super::api;
use super::bounds::PARTS_MAX;
use actors::spoken::clean;

/// A machine's registration.
pub(super) fn clean_registration(told: &mut api::BootServiceRegisterRequest) {
    clean(&mut told.metal_hammer_version);
    if let Some(bios) = &mut told.bios {
        [&mut bios.version, &mut bios.vendor, &mut bios.date].into_iter().for_each(clean);
    }
    if let Some(ipmi) = &mut told.ipmi {
        clean_ipmi(ipmi);
    }
    if let Some(hardware) = &mut told.hardware {
        clean_hardware(hardware);
    }
}

fn clean_ipmi(ipmi: &mut api::MachineIpmi) {
    [&mut ipmi.address, &mut ipmi.mac, &mut ipmi.interface, &mut ipmi.bmc_version, &mut ipmi.power_state]
        .into_iter()
        .for_each(clean);
    let Some(fru) = &mut ipmi.fru else { return };
    let parts = [
        &mut fru.chassis_part_number,
        &mut fru.chassis_part_serial,
        &mut fru.board_mfg,
        &mut fru.board_mfg_serial,
        &mut fru.board_part_number,
        &mut fru.product_manufacturer,
        &mut fru.product_part_number,
        &mut fru.product_serial,
    ];
    parts.into_iter().flatten().for_each(clean);
}

fn clean_hardware(hardware: &mut api::MachineHardware) {
    hardware.disks.iter_mut().for_each(|disk| clean(&mut disk.name));
    for cpu in &mut hardware.cpus {
        [&mut cpu.vendor, &mut cpu.model].into_iter().for_each(clean);
    }
    for gpu in &mut hardware.gpus {
        [&mut gpu.vendor, &mut gpu.model].into_iter().for_each(clean);
    }
    for nic in &mut hardware.nics {
        clean_nic(nic);
        nic.neighbors.truncate(PARTS_MAX);
        nic.neighbors.iter_mut().for_each(clean_nic);
    }
}

fn clean_nic(nic: &mut api::MachineNic) {
    [&mut nic.mac, &mut nic.name, &mut nic.identifier, &mut nic.hostname].into_iter().for_each(clean);
}

#[cfg(test)]
mod tests;
