use super::*;
use crate::ids::NetworkId;
use crate::ipam::{AddressType, Attachment};
use crate::machine::command::{AllocateRequest, MachineCommand};
use crate::machine::testing::{self, INTERNET, Lab, PRIVATE};
use crate::machine::{Awaits, BmcOrder, Liveliness, Role};
use crate::refusal::RefusalKind;
use crate::switch::Switch;

const M1: &str = "00000000-0000-0000-0000-00000000000a";

fn lab() -> Lab {
    let lab = Lab::new(1);
    lab.add_private(0);
    lab.add_machine(M1);
    lab
}

fn free(lab: &mut Lab) -> Result<Answer, Refusal> {
    lab.ask(&MachineCommand::Free { machine: M1.into() })
}

fn vrfs(lab: &Lab) -> Vec<String> {
    let switches = lab.world.switches.all();
    switches.iter().map(|switch| switch.nics[0].vrf.clone()).collect()
}

fn enslave(lab: &Lab, vrf: &str) {
    for switch in lab.world.switches.all() {
        let mut switch = Switch::clone(&switch);
        for port in &mut switch.nics {
            vrf.clone_into(&mut port.vrf);
        }
        lab.put(switch);
    }
}

fn actions(machine: &Machine) -> Vec<BmcAction> {
    machine.orders.iter().map(|order| order.action).collect()
}

#[test]
fn free_returns_everything_in_one_decision() {
    let mut lab = lab();
    lab.add_address(&INTERNET.into(), "203.0.113.200", AddressType::Static);
    let asked = AllocateRequest { ips: vec!["203.0.113.200".into()], ..testing::firewall_request() };
    lab.allocate(Role::Firewall, &asked).unwrap();
    enslave(&lab, "default");
    assert_eq!(lab.world.addresses.len(), 4);

    assert_eq!(free(&mut lab), Ok(Answer::Machine(M1.into())));

    let machine = lab.machine(&M1.into());
    assert!(machine.allocation.is_none() && machine.tags.is_empty());
    assert!(machine.waiting, "only its wait stream says that it does not wait");
    assert_eq!(machine.changed, lab.now);
    assert_eq!(actions(&machine), [BmcAction::LedOff, BmcAction::Delete]);
    assert!(machine.orders.iter().all(|order| order.allocation.is_none()));
    assert_eq!(machine.expectation.unwrap().awaits, Awaits::NetworkBoot);
    assert_eq!(vrfs(&lab), ["", ""]);
    let left = lab.world.addresses.all();
    assert_eq!(left.len(), 1, "what was taken for the allocation is gone");
    assert_eq!(left[0].address.to_string(), "203.0.113.200");
    assert!(left[0].tags.is_empty() && left[0].attachments.is_empty());
    assert!(lab.world.claims.is_empty());
    let events = lab.world.events.get(M1).unwrap();
    let newest = events.log.front().unwrap();
    assert_eq!((newest.event, newest.message.as_str()), (EventKind::MachineReclaim, "free machine called"));
}

/// api-machines 3.7: also an address that the user brought, if it is ephemeral and no other machine uses it.
#[test]
fn a_given_ephemeral_address_goes_with_its_last_machine() {
    let mut lab = lab();
    lab.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Ephemeral);
    lab.add_address(&PRIVATE.into(), "10.0.0.10", AddressType::Ephemeral);
    let mut shared = lab.address("10.0.0.10").unwrap();
    shared.tags.push("machine.metal-stack.io/id=m2".into());
    shared.attachments.push(Attachment { allocation: Uuid::from_u128(9), machine: "m2".into() });
    lab.put(shared.clone());
    let ips = vec!["10.0.0.9".into(), "10.0.0.10".into()];
    lab.allocate(Role::Machine, &AllocateRequest { ips, ..testing::request() }).unwrap();
    free(&mut lab).unwrap();
    assert_eq!(lab.address("10.0.0.9"), None);
    let left = lab.address("10.0.0.10").unwrap();
    assert_eq!((left.tags, left.attachments), (shared.tags, shared.attachments));
}

/// api-machines 9.3: addresses that carry the machine's tag without being in its networks.
#[test]
fn dangling_addresses_return_too() {
    for allocate in [false, true] {
        let mut lab = lab();
        let tag = |lab: &Lab, ip: &str, kind| {
            lab.add_address(&NetworkId::from(PRIVATE), ip, kind);
            let mut address = lab.address(ip).unwrap();
            address.tags = vec!["a".into(), format!("machine.metal-stack.io/id={M1}")];
            lab.put(address);
        };
        tag(&lab, "10.0.0.9", AddressType::Ephemeral);
        tag(&lab, "10.0.0.10", AddressType::Static);
        let mut orphan = lab.address("10.0.0.9").unwrap();
        orphan.address = "10.0.0.11".parse().unwrap();
        orphan.attachments = vec![Attachment { allocation: Uuid::from_u128(9), machine: M1.into() }];
        if !allocate {
            lab.put(orphan);
        } else {
            lab.allocate(Role::Machine, &testing::request()).unwrap();
        }
        free(&mut lab).unwrap();
        let left: Vec<_> = lab.world.addresses.all().iter().map(|row| row.address.to_string()).collect();
        assert_eq!(left, ["10.0.0.10"]);
        assert_eq!(lab.address("10.0.0.10").unwrap().tags, ["a"]);
    }
}

#[test]
fn a_locked_machine_is_not_freed() {
    let mut lab = lab();
    lab.allocate(Role::Machine, &testing::request()).unwrap();
    lab.edit_machine(&M1.into(), |machine| machine.state.value = StateValue::Locked);
    let rest = |lab: &Lab| (lab.world.events.get(M1), lab.world.addresses.all(), lab.world.switches.all());
    let (before, rest_before) = (lab.machine(&M1.into()), rest(&lab));
    let refusal = lab.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unprocessable);
    assert_eq!(lab.machine(&M1.into()), before);
    assert_eq!(free(&mut lab), Ok(Answer::MachineLocked));
    let locked = lab.machine(&M1.into());
    assert_eq!(
        actions(&locked),
        [BmcAction::LedOff],
        "api-machines 3.7: ordered before the lock is looked at"
    );
    assert_eq!(Machine { orders: before.orders.clone(), ..locked }, before);
    assert_eq!(rest(&lab), rest_before);
}

#[test]
fn an_unknown_machine_is_not_found() {
    let refusal = Lab::new(1).ask(&MachineCommand::Free { machine: "m9".into() }).unwrap_err();
    let text = "NotFound no machine with id \"m9\" found";
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::NotFound, text));
}

#[test]
fn a_machine_without_allocation_is_reset() {
    let mut lab = lab();
    enslave(&lab, "vrf42");
    lab.world.forget::<Events>(M1);
    free(&mut lab).unwrap();
    assert_eq!(actions(&lab.machine(&M1.into())), [BmcAction::LedOff, BmcAction::Delete]);
    assert_eq!(vrfs(&lab), ["", ""]);
    assert_eq!(lab.world.events.get(M1).unwrap().log.len(), 1, "a missing container is made");
}

/// api-machines 2.7
#[test]
fn resurrecting_lights_nothing_and_reclaims_nothing() {
    let mut lab = lab();
    enslave(&lab, "vrf42");
    lab.set_liveliness(&M1.into(), Liveliness::Dead);
    lab.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap();
    assert_eq!(actions(&lab.machine(&M1.into())), [BmcAction::Delete]);
    assert_eq!(vrfs(&lab), ["", ""]);
    let events = lab.world.events.get(M1).unwrap();
    assert!(events.log.is_empty() && events.liveliness == Liveliness::Dead);
}

#[test]
fn an_allocated_machine_is_never_resurrected() {
    let mut lab = lab();
    lab.allocate(Role::Machine, &testing::request()).unwrap();
    let before = lab.machine(&M1.into());
    let refusal = lab.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unprocessable);
    assert_eq!(lab.machine(&M1.into()), before);
}

/// An order for the allocation that ends must not be carried out on what comes after it.
#[test]
fn what_the_allocation_ordered_is_called_off() {
    let mut lab = lab();
    lab.allocate(Role::Machine, &testing::request()).unwrap();
    lab.ask(&MachineCommand::Reinstall { machine: M1.into(), image: "ubuntu-26.4".into() }).unwrap();
    let now = lab.now;
    lab.edit_machine(&M1.into(), |machine| {
        let action = BmcAction::Disk;
        machine.orders.push(BmcOrder { id: Uuid::nil(), action, issued: now, tries: 0, allocation: None });
    });
    free(&mut lab).unwrap();
    assert_eq!(actions(&lab.machine(&M1.into())), [BmcAction::LedOff, BmcAction::Delete]);
}

#[test]
fn a_freed_machine_can_be_allocated_again_once_it_was_reset() {
    let mut lab = lab();
    lab.allocate(Role::Machine, &testing::request()).unwrap();
    free(&mut lab).unwrap();
    let refusal = lab.allocate(Role::Machine, &testing::request()).unwrap_err();
    assert_eq!(refusal.message, "no machine available");
    let orders = lab.machine(&M1.into()).orders.iter().map(|order| order.id).collect();
    lab.ask(&MachineCommand::OrdersDone { machine: M1.into(), orders }).unwrap();
    lab.allocate(Role::Machine, &testing::request()).unwrap();
    let networks = lab.machine(&M1.into()).allocation.unwrap().networks;
    assert_eq!(networks[0].ips, ["10.0.0.1", "2001:db8:0:10::1"]);
    assert_eq!(networks[0].asn, 4_210_000_001);
}
