//! What hardware says of itself, made fit to be kept (`actors::spoken`), before anything is checked or matched. What an
//! operator set, as the user of a BMC and its password, is left as it is.

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
mod tests {
    use super::*;
    use crate::grpc::registration::registration;

    fn spoken(name: &str) -> String {
        format!(" {name}\0\0 ")
    }

    fn nic(name: &str) -> api::MachineNic {
        let text = || spoken(name);
        api::MachineNic {
            mac: text(),
            name: text(),
            identifier: text(),
            hostname: text(),
            ..api::MachineNic::default()
        }
    }

    /// A neighbour with a stray byte kept its machine from registering.
    #[test]
    fn what_hardware_says_is_cleaned_and_what_people_set_is_not() {
        let text = || spoken("a");
        let fru = api::MachineFru {
            chassis_part_number: Some(text()),
            product_serial: Some(text()),
            ..api::MachineFru::default()
        };
        let ipmi = api::MachineIpmi {
            mac: text(),
            user: text(),
            password: text(),
            power_state: text(),
            fru: Some(fru),
            ..api::MachineIpmi::default()
        };
        let hardware = api::MachineHardware {
            disks: vec![api::MachineBlockDevice { name: text(), size: 1 }],
            nics: vec![api::MachineNic { neighbors: vec![nic("b")], ..nic("a") }],
            gpus: vec![api::MachineGpu { vendor: text(), model: text() }],
            ..api::MachineHardware::default()
        };
        let mut told = api::BootServiceRegisterRequest {
            uuid: "m1".to_owned(),
            hardware: Some(hardware),
            bios: Some(api::MachineBios { version: text(), vendor: text(), date: text() }),
            ipmi: Some(ipmi),
            ..api::BootServiceRegisterRequest::default()
        };
        clean_registration(&mut told);
        crate::grpc::bounds::registration(&told).unwrap_err();
        let Some(ipmi) = &mut told.ipmi else { unreachable!() };
        assert_eq!((ipmi.user.as_str(), ipmi.password.as_str()), (" a\0\0 ", " a\0\0 "));
        (ipmi.user, ipmi.password) = ("root".to_owned(), "secret".to_owned());
        crate::grpc::bounds::registration(&told).unwrap();
        let told = registration(told).unwrap();
        let (ours, neighbor) = (&told.hardware.nics[0], &told.hardware.nics[0].neighbors[0]);
        assert_eq!((ours.identifier.as_str(), neighbor.identifier.as_str()), ("a", "b"));
        assert_eq!((neighbor.mac.as_str(), neighbor.hostname.as_str()), ("b", "b"));
        assert_eq!((told.bios.date.as_str(), told.hardware.disks[0].name.as_str()), ("a", "a"));
        assert_eq!(told.ipmi.unwrap().fru.product_serial, "a");
    }
}
