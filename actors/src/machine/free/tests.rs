use super::*;
use crate::ids::NetworkId;
use crate::ipam::{AddressType, Attachment};
use crate::machine::command::{AllocateRequest, MachineCommand};
use crate::machine::fixture::{self, Fixture, INTERNET, PRIVATE};
use crate::machine::{Awaits, BmcOrder, Liveliness, Role};
use crate::refusal::RefusalKind;
use crate::switch::Switch;

const M1: &str = "00000000-0000-0000-0000-00000000000a";

fn fixture() -> Fixture {
    let fixture = Fixture::new(1);
    fixture.add_private(0);
    fixture.add_machine(M1);
    fixture
}

fn free(fixture: &mut Fixture) -> Result<Answer, Refusal> {
    fixture.ask(&MachineCommand::Free { machine: M1.into() })
}

fn vrfs(fixture: &Fixture) -> Vec<String> {
    let switches = fixture.world.switches.all();
    switches.iter().map(|switch| switch.nics[0].vrf.clone()).collect()
}

fn enslave(fixture: &Fixture, vrf: &str) {
    for switch in fixture.world.switches.all() {
        let mut switch = Switch::clone(&switch);
        for port in &mut switch.nics {
            vrf.clone_into(&mut port.vrf);
        }
        fixture.put(switch);
    }
}

fn actions(machine: &Machine) -> Vec<BmcAction> {
    machine.orders.iter().map(|order| order.action).collect()
}

#[test]
fn free_returns_everything_in_one_decision() {
    let mut fixture = fixture();
    fixture.add_address(&INTERNET.into(), "203.0.113.200", AddressType::Static);
    let asked = AllocateRequest { ips: vec!["203.0.113.200".into()], ..fixture::firewall_request() };
    fixture.allocate(Role::Firewall, &asked).unwrap();
    enslave(&fixture, "default");
    assert_eq!(fixture.world.addresses.len(), 4);

    assert_eq!(free(&mut fixture), Ok(Answer::Machine(M1.into())));

    let machine = fixture.machine(&M1.into());
    assert!(machine.allocation.is_none() && machine.tags.is_empty());
    assert!(machine.waiting, "only its wait stream says that it does not wait");
    assert_eq!(machine.changed, fixture.now);
    assert_eq!(actions(&machine), [BmcAction::LedOff, BmcAction::Delete]);
    assert!(machine.orders.iter().all(|order| order.allocation.is_none()));
    assert_eq!(machine.expectation.unwrap().awaits, Awaits::NetworkBoot);
    assert_eq!(vrfs(&fixture), ["", ""]);
    let left = fixture.world.addresses.all();
    assert_eq!(left.len(), 1, "what was taken for the allocation is gone");
    assert_eq!(left[0].address.to_string(), "203.0.113.200");
    assert!(left[0].tags.is_empty() && left[0].attachments.is_empty());
    assert!(fixture.world.claims.is_empty());
    let events = fixture.world.events.get(M1).unwrap();
    let newest = events.log.front().unwrap();
    assert_eq!((newest.event, newest.message.as_str()), (EventKind::MachineReclaim, "free machine called"));
}

/// api-machines 3.7: also an address that the user brought, if it is ephemeral and no other machine uses it.
#[test]
fn a_given_ephemeral_address_goes_with_its_last_machine() {
    let mut fixture = fixture();
    fixture.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Ephemeral);
    fixture.add_address(&PRIVATE.into(), "10.0.0.10", AddressType::Ephemeral);
    let mut shared = fixture.address("10.0.0.10").unwrap();
    shared.tags.push("machine.metal-stack.io/id=m2".into());
    shared.attachments.push(Attachment { allocation: Uuid::from_u128(9), machine: "m2".into() });
    fixture.put(shared.clone());
    let ips = vec!["10.0.0.9".into(), "10.0.0.10".into()];
    fixture.allocate(Role::Machine, &AllocateRequest { ips, ..fixture::request() }).unwrap();
    free(&mut fixture).unwrap();
    assert_eq!(fixture.address("10.0.0.9"), None);
    let left = fixture.address("10.0.0.10").unwrap();
    assert_eq!((left.tags, left.attachments), (shared.tags, shared.attachments));
}

/// api-machines 9.3: addresses that carry the machine's tag without being in its networks.
#[test]
fn dangling_addresses_return_too() {
    for allocate in [false, true] {
        let mut fixture = fixture();
        let tag = |fixture: &Fixture, ip: &str, kind| {
            fixture.add_address(&NetworkId::from(PRIVATE), ip, kind);
            let mut address = fixture.address(ip).unwrap();
            address.tags = vec!["a".into(), format!("machine.metal-stack.io/id={M1}")];
            fixture.put(address);
        };
        tag(&fixture, "10.0.0.9", AddressType::Ephemeral);
        tag(&fixture, "10.0.0.10", AddressType::Static);
        let mut orphan = fixture.address("10.0.0.9").unwrap();
        orphan.address = "10.0.0.11".parse().unwrap();
        orphan.attachments = vec![Attachment { allocation: Uuid::from_u128(9), machine: M1.into() }];
        if !allocate {
            fixture.put(orphan);
        } else {
            fixture.allocate(Role::Machine, &fixture::request()).unwrap();
        }
        free(&mut fixture).unwrap();
        let left: Vec<_> = fixture.world.addresses.all().iter().map(|row| row.address.to_string()).collect();
        assert_eq!(left, ["10.0.0.10"]);
        assert_eq!(fixture.address("10.0.0.10").unwrap().tags, ["a"]);
    }
}

#[test]
fn a_locked_machine_is_not_freed() {
    let mut fixture = fixture();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    fixture.edit_machine(&M1.into(), |machine| machine.state.value = StateValue::Locked);
    let rest = |fixture: &Fixture| {
        (fixture.world.events.get(M1), fixture.world.addresses.all(), fixture.world.switches.all())
    };
    let (before, rest_before) = (fixture.machine(&M1.into()), rest(&fixture));
    let refusal = fixture.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unprocessable);
    assert_eq!(fixture.machine(&M1.into()), before);
    assert_eq!(free(&mut fixture), Ok(Answer::MachineLocked));
    let locked = fixture.machine(&M1.into());
    assert_eq!(
        actions(&locked),
        [BmcAction::LedOff],
        "api-machines 3.7: ordered before the lock is looked at"
    );
    assert_eq!(Machine { orders: before.orders.clone(), ..locked }, before);
    assert_eq!(rest(&fixture), rest_before);
}

#[test]
fn an_unknown_machine_is_not_found() {
    let refusal = Fixture::new(1).ask(&MachineCommand::Free { machine: "m9".into() }).unwrap_err();
    let text = "NotFound no machine with id \"m9\" found";
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::NotFound, text));
}

#[test]
fn a_machine_without_allocation_is_reset() {
    let mut fixture = fixture();
    enslave(&fixture, "vrf42");
    fixture.world.forget::<Events>(M1);
    free(&mut fixture).unwrap();
    assert_eq!(actions(&fixture.machine(&M1.into())), [BmcAction::LedOff, BmcAction::Delete]);
    assert_eq!(vrfs(&fixture), ["", ""]);
    assert_eq!(fixture.world.events.get(M1).unwrap().log.len(), 1, "a missing container is made");
}

/// api-machines 2.7
#[test]
fn resurrecting_lights_nothing_and_reclaims_nothing() {
    let mut fixture = fixture();
    enslave(&fixture, "vrf42");
    fixture.set_liveliness(&M1.into(), Liveliness::Dead);
    fixture.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap();
    assert_eq!(actions(&fixture.machine(&M1.into())), [BmcAction::Delete]);
    assert_eq!(vrfs(&fixture), ["", ""]);
    let events = fixture.world.events.get(M1).unwrap();
    assert!(events.log.is_empty() && events.liveliness == Liveliness::Dead);
}

#[test]
fn an_allocated_machine_is_never_resurrected() {
    let mut fixture = fixture();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let before = fixture.machine(&M1.into());
    let refusal = fixture.ask(&MachineCommand::Resurrect { machine: M1.into() }).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Unprocessable);
    assert_eq!(fixture.machine(&M1.into()), before);
}

/// An order for the allocation that ends must not be carried out on what comes after it.
#[test]
fn what_the_allocation_ordered_is_called_off() {
    let mut fixture = fixture();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    fixture.ask(&MachineCommand::Reinstall { machine: M1.into(), image: "ubuntu-26.4".into() }).unwrap();
    let now = fixture.now;
    fixture.edit_machine(&M1.into(), |machine| {
        let action = BmcAction::Disk;
        machine.orders.push(BmcOrder { id: Uuid::nil(), action, issued: now, tries: 0, allocation: None });
    });
    free(&mut fixture).unwrap();
    assert_eq!(actions(&fixture.machine(&M1.into())), [BmcAction::LedOff, BmcAction::Delete]);
}

#[test]
fn a_freed_machine_can_be_allocated_again_once_it_was_reset() {
    let mut fixture = fixture();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    free(&mut fixture).unwrap();
    let refusal = fixture.allocate(Role::Machine, &fixture::request()).unwrap_err();
    assert_eq!(refusal.message, "no machine available");
    let orders = fixture.machine(&M1.into()).orders.iter().map(|order| order.id).collect();
    fixture.ask(&MachineCommand::OrdersDone { machine: M1.into(), orders }).unwrap();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let networks = fixture.machine(&M1.into()).allocation.unwrap().networks;
    assert_eq!(networks[0].ips, ["10.0.0.1", "2001:db8:0:10::1"]);
    assert_eq!(networks[0].asn, 4_210_000_001);
}
