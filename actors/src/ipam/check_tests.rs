use super::*;
use crate::command::Answer;
use crate::ipam::{AddressType, Attachment};
use crate::machine::testing::{self, Lab, PRIVATE};
use crate::machine::{MachineCommand, Role};

/// A lab with an allocated machine, in which nothing is wrong.
fn lab() -> (Lab, MachineId) {
    let mut lab = Lab::new(1);
    lab.add_private(0);
    lab.add_machine("m0");
    let id = lab.allocate(Role::Machine, &testing::request()).unwrap();
    for network in lab.world.networks.all() {
        if network.vrf != 0 {
            let owners = vec![ClaimOwner::Network(network.id.clone())];
            lab.put(Claim { pool: Pool::Vrf, number: network.vrf, owners });
        }
    }
    assert_eq!(check(&lab.world), []);
    (lab, id)
}

fn said(world: &World) -> Vec<(Fault, String, String)> {
    check(world).into_iter().map(|found| (found.fault, found.subject, found.text)).collect()
}

/// The only subject and fault of a look, whose text contains `text`.
fn only(world: &World, fault: Fault, subject: &str, text: &str) {
    let found = said(world);
    let fits = |(is, of, why): &(Fault, String, String)| *is == fault && of == subject && why.contains(text);
    assert!(found.len() == 1 && found.iter().all(fits), "{found:?}");
}

#[test]
fn what_is_held_for_somebody_who_is_gone_is_a_leak_until_the_reconciler_came() {
    let (mut lab, id) = lab();
    let held = lab.machine(&id).allocation.unwrap();
    lab.edit_machine(&id, |machine| machine.allocation = None);
    let ips: Vec<String> = held.networks.iter().flat_map(|network| network.ips.clone()).collect();
    let found = said(&lab.world);
    assert_eq!(found.len(), ips.len() + 1, "its addresses and its ASN: {found:?}");
    assert!(found.iter().all(|(fault, ..)| *fault == Fault::Leak));
    while lab.ask(&MachineCommand::Reconcile) != Ok(Answer::Reconciled(0)) {}
    assert_eq!(check(&lab.world), []);
}

#[test]
fn a_number_of_nobody_is_a_leak() {
    let (lab, _) = lab();
    lab.put(Claim { pool: Pool::Vrf, number: 77, owners: Vec::new() });
    only(&lab.world, Fault::Leak, "vrf 77", "nobody has it");
}

#[test]
fn what_an_allocation_has_and_no_row_says_is_missing() {
    let (lab, id) = lab();
    let held = lab.machine(&id).allocation.unwrap();
    let ip = held.networks[0].ips[0].clone();
    let address = lab.address(&ip).unwrap();
    lab.put(Address { attachments: Vec::new(), ..address.clone() });
    only(&lab.world, Fault::Missing, &ip, "has it");
    lab.put(address);
    lab.world.forget::<Claim>("asn/000001");
    only(&lab.world, Fault::Missing, "asn 1", "has it");
}

#[test]
fn a_number_of_two_is_a_duplicate() {
    let (mut lab, id) = lab();
    lab.add_machine("m1");
    let other = lab.allocate(Role::Machine, &testing::request()).unwrap();
    let owner = |id: &MachineId| ClaimOwner::Allocation {
        allocation: lab.machine(id).allocation.unwrap().uuid,
        machine: id.clone(),
    };
    let owners = vec![owner(&id), owner(&other)];
    lab.put(Claim { pool: Pool::Asn, number: 1, owners });
    only(&lab.world, Fault::Duplicate, "asn 1", "1 others have it");
}

#[test]
fn addresses_and_networks_lie_where_they_may() {
    let (lab, _) = lab();
    let network = Network::clone(&lab.world.networks.get(PRIVATE).unwrap().value);
    let (first, _) = block::bounds(&network.prefixes[0]);
    let reserved = block::address(crate::network::Family::IPv4, first).unwrap();
    lab.add_address(&PRIVATE.into(), &reserved.to_string(), AddressType::Static);
    only(&lab.world, Fault::Misplaced, &reserved.to_string(), "reserved");
    lab.world.forget::<Address>(&reserved.to_string());

    let orphan = Network { parent: Some("gone".into()), id: "orphan".into(), vrf: 0, ..network.clone() };
    lab.put(orphan);
    only(&lab.world, Fault::Misplaced, "orphan", "gone");
    lab.world.forget::<Network>("orphan");

    let prefixes = vec![network.prefixes[0]];
    let twin = Network { id: "twin".into(), vrf: 0, prefixes, ..network };
    lab.put(twin);
    only(&lab.world, Fault::Duplicate, "twin", "overlaps");
}

#[test]
fn what_is_just_being_written_is_no_finding() {
    let (lab, _) = lab();
    let stale = Attachment { allocation: Uuid::nil(), machine: "m9".into() };
    lab.add_address(&PRIVATE.into(), "10.0.0.99", AddressType::Static);
    lab.put(Address { attachments: vec![stale], ..lab.address("10.0.0.99").unwrap() });
    let held = lab.world.hold_rows([&Key::new(Kind::Machine, "m9")]);
    assert_eq!(check(&lab.world), []);
    drop(held);
    only(&lab.world, Fault::Leak, "10.0.0.99", "machine m9 is gone");
}
