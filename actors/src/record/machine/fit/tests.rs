use super::*;
use crate::machine::Disk;

fn neighbor(name: &str, length: usize) -> Nic {
    Nic { hostname: name.to_owned(), identifier: "x".repeat(length), ..Nic::default() }
}

fn nic(name: &str, neighbors: Vec<Nic>) -> Nic {
    Nic { name: name.to_owned(), neighbors, ..Nic::default() }
}

fn is_leaf(nic: &Nic) -> bool {
    nic.hostname == "leaf"
}

fn left(hardware: &Hardware) -> Vec<(&str, Vec<&str>)> {
    let names = |nic| -> Vec<&str> {
        let nic: &Nic = nic;
        nic.neighbors.iter().map(|neighbor| neighbor.hostname.as_str()).collect()
    };
    hardware.nics.iter().map(|nic| (nic.name.as_str(), names(nic))).collect()
}

#[test]
fn what_has_room_stays_as_it_is() {
    let mut hardware = Hardware { nics: vec![nic("a", vec![neighbor("b", 100)])], ..Hardware::default() };
    let before = hardware.clone();
    hardware.fit(bytes(&before), is_leaf);
    assert_eq!(hardware, before);
}

#[test]
fn the_farthest_neighbours_go_first_and_switches_of_ours_last() {
    let full = Hardware {
        nics: vec![
            nic("a", vec![neighbor("leaf", 1000), neighbor("n1", 1000)]),
            nic("b", vec![neighbor("n2", 1000), neighbor("leaf", 1000), neighbor("n3", 1000)]),
            nic("vf", vec![]),
        ],
        disks: vec![Disk { name: "d".repeat(500), size_bytes: 1 }],
        ..Hardware::default()
    };
    let whole = bytes(&full);
    let fitted = |bytes_max: usize| {
        let mut hardware = full.clone();
        hardware.fit(bytes_max, is_leaf);
        assert!(bytes(&hardware) <= bytes_max, "{} of {bytes_max}", bytes(&hardware));
        hardware
    };
    let one = fitted(whole - 1);
    assert_eq!(left(&one), [("a", vec!["leaf", "n1"]), ("b", vec!["n2", "leaf"]), ("vf", vec![])]);
    assert_eq!(one.left_out, 1);
    let three = fitted(whole - 2500);
    assert_eq!(left(&three), [("a", vec!["leaf"]), ("b", vec!["leaf"]), ("vf", vec![])]);
    let bare = fitted(whole - 3600);
    assert_eq!(left(&bare), [("a", vec!["leaf"]), ("b", vec!["leaf"])]);
    assert_eq!((bare.disks.len(), bare.left_out), (0, 5));
    assert_eq!(left(&fitted(1500)), [("a", vec!["leaf"])]);
    assert_eq!(left(&fitted(200)), []);
}

#[test]
fn every_interface_of_every_card_may_need_room() {
    let virtual_function = |number: u32| Nic {
        mac: format!("02:00:00:00:{:02x}:{:02x}", number / 256, number % 256),
        ..nic(&format!("enp129s0f0v{number}"), Vec::new())
    };
    let mut hardware = Hardware { nics: (0..4096).map(virtual_function).collect(), ..Hardware::default() };
    hardware.nics[0].neighbors = vec![neighbor("leaf", 20)];
    hardware.nics[4000].neighbors = vec![neighbor("leaf", 20)];
    hardware.fit(HARDWARE_BYTES_MAX, is_leaf);
    assert!(bytes(&hardware) <= HARDWARE_BYTES_MAX);
    assert!(
        hardware.nics.iter().filter(|nic| !nic.neighbors.is_empty()).count() == 2
            && hardware.nics.len() > 3000
    );
}
