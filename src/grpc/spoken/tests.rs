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

/// A neighbour's stray byte must not prevent a machine's registration.
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
