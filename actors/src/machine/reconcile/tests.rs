use super::*;
use crate::ipam::AddressType;
use crate::machine::command::{AllocateRequest, MachineCommand};
use crate::machine::fixture::{self, Fixture, INTERNET, PRIVATE};
use crate::machine::{Liveliness, Role};
use crate::network::Network;
use rand::RngExt;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rounds that any test here may need.
const ROUNDS_MAX: usize = 100;

fn round(fixture: &mut Fixture) -> usize {
    match fixture.ask(&MachineCommand::Reconcile) {
        Ok(Answer::Reconciled(corrected)) => corrected,
        other => panic!("{other:?}"),
    }
}

fn settle(fixture: &mut Fixture) -> usize {
    let mut corrected = 0;
    for _ in 0..ROUNDS_MAX {
        match round(fixture) {
            0 => return corrected,
            some => corrected += some,
        }
    }
    panic!("reconciling does not come to an end");
}

/// The machine's row loses its allocation, and no claim is released.
fn crash(fixture: &Fixture, id: &MachineId) {
    fixture.edit_machine(id, |machine| machine.allocation = None);
}

fn fixture(machines: usize) -> Fixture {
    let fixture = Fixture::new(1);
    fixture.add_private(0);
    for number in 0..machines {
        fixture.add_machine(&format!("m{number}"));
    }
    fixture
}

fn owner(uuid: u128, machine: &str) -> ClaimOwner {
    ClaimOwner::Allocation { allocation: Uuid::from_u128(uuid), machine: machine.into() }
}

#[test]
fn nothing_is_corrected_while_everything_is_right() {
    let mut fixture = fixture(2);
    fixture.allocate(Role::Firewall, &fixture::firewall_request()).unwrap();
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    fixture.put(Claim { pool: Pool::Vrf, number: 42, owners: vec![ClaimOwner::Network(PRIVATE.into())] });
    assert_eq!(round(&mut fixture), 0);
}

#[test]
fn claims_of_a_lost_allocation_return() {
    let mut fixture = fixture(1);
    fixture.add_address(&INTERNET.into(), "203.0.113.200", AddressType::Static);
    let ips = vec!["203.0.113.200".into()];
    let asked = AllocateRequest { ips, ..fixture::firewall_request() };
    let id = fixture.allocate(Role::Firewall, &asked).unwrap();
    crash(&fixture, &id);
    assert_eq!(settle(&mut fixture), 5, "four addresses and the ASN");
    assert_eq!(fixture.world.addresses.len(), 1);
    let kept = fixture.address("203.0.113.200").unwrap();
    assert!(kept.tags.is_empty() && kept.attachments.is_empty());
    assert!(fixture.world.claims.is_empty());
}

#[test]
fn claims_of_a_machine_that_is_gone_return() {
    let mut fixture = fixture(1);
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    fixture.world.forget::<Machine>(id.as_str());
    settle(&mut fixture);
    assert!(fixture.world.addresses.is_empty() && fixture.world.claims.is_empty());
}

#[test]
fn tags_that_users_wrote_stay() {
    let mut fixture = fixture(1);
    fixture.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Ephemeral);
    let mut address = fixture.address("10.0.0.9").unwrap();
    address.tags = vec!["machine.metal-stack.io/id=m0".into()];
    fixture.put(address.clone());
    assert_eq!(round(&mut fixture), 0);
    assert_eq!(fixture.address("10.0.0.9"), Some(address));
}

#[test]
fn an_address_with_two_stale_attachments_takes_two_rounds() {
    let mut fixture = fixture(0);
    fixture.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Static);
    let mut address = fixture.address("10.0.0.9").unwrap();
    for machine in ["m1", "m2"] {
        let attachment = Attachment { allocation: Uuid::nil(), machine: machine.into() };
        address = ipam::attach(&address, attachment, fixture.now);
    }
    fixture.put(Address { attachments: address.attachments, ..fixture.address("10.0.0.9").unwrap() });
    settle(&mut fixture);
    assert!(fixture.address("10.0.0.9").unwrap().attachments.is_empty());
}

#[test]
fn numbers_return_with_their_last_owner() {
    let mut fixture = fixture(1);
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let held = fixture.machine(&id).allocation.unwrap().uuid;
    let live = ClaimOwner::Allocation { allocation: held, machine: id.clone() };
    let vrf = |number, owners| Claim { pool: Pool::Vrf, number, owners };
    let network = |id: &str| ClaimOwner::Network(id.into());
    fixture.put(vrf(1, vec![network("gone")]));
    fixture.put(vrf(2, vec![network("gone"), network(PRIVATE)]));
    fixture.put(vrf(3, Vec::new()));
    let asn = |owners| Claim { pool: Pool::Asn, number: 1, owners };
    fixture.put(asn(vec![owner(9, "m0"), live.clone(), owner(9, "m9")]));
    assert_eq!(settle(&mut fixture), 4);
    let left: BTreeMap<_, _> =
        fixture.world.claims.all().iter().map(|claim| (claim.value.id(), claim.owners.clone())).collect();
    let expected = [("vrf/000002".to_owned(), vec![network(PRIVATE)]), ("asn/000001".to_owned(), vec![live])];
    assert_eq!(left, BTreeMap::from(expected));
}

#[test]
fn a_lost_asn_is_taken_again_if_it_is_free() {
    let mut fixture = fixture(2);
    let first = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    fixture.world.forget::<Claim>("asn/000001");
    assert_eq!(settle(&mut fixture), 1);
    let claim = fixture.world.claims.get("asn/000001").unwrap();
    assert_eq!(asn_of(&fixture.machine(&first)).map(|(_, owner)| vec![owner]), Some(claim.owners.clone()));

    fixture.world.forget::<Claim>("asn/000001");
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let before = fixture.world.claims.get("asn/000001").unwrap();
    assert_eq!(round(&mut fixture), 0, "somebody else has it now");
    assert_eq!(fixture.world.claims.get("asn/000001"), Some(before));
}

#[test]
fn rows_in_flight_are_left_alone() {
    let mut fixture = fixture(1);
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    crash(&fixture, &id);
    fixture.put(Claim { pool: Pool::Vrf, number: 9, owners: vec![ClaimOwner::Network("coming".into())] });
    let machine = Key::new(Kind::Machine, id.as_str());
    let network = Key::new(Kind::Network, "coming");
    let owners = fixture.world.hold_rows([&machine, &network]);
    assert_eq!(round(&mut fixture), 0, "their owners may be coming to be");
    drop(owners);
    let keys: Vec<Key> = ["10.0.0.1", "2001:db8:0:10::1"]
        .map(|ip| Key::new(Kind::Address, ip))
        .into_iter()
        .chain(["asn/000001", "vrf/000009"].map(|id| Key::new(Kind::Claim, id)))
        .collect();
    let claims = fixture.world.hold_rows(&keys);
    assert_eq!(round(&mut fixture), 0, "somebody is writing them");
    drop(claims);
    assert_eq!(round(&mut fixture), 4);
}

#[test]
fn a_round_is_bounded() {
    let mut fixture = fixture(0);
    for number in 0..250 {
        fixture.put(Claim { pool: Pool::Asn, number: number + 1, owners: vec![owner(9, "gone")] });
    }
    assert_eq!(round(&mut fixture), ROWS_MAX);
    assert_eq!(round(&mut fixture), 50);
    assert_eq!(round(&mut fixture), 0);
}

/// Allocates, frees and loses machines at random; in the end every claim has an owner.
#[test]
fn no_claim_survives_its_owner() {
    for seed in 0..40 {
        let mut fixture = Fixture::new(seed);
        fixture.add_private(0);
        fixture.add_shared(1, fixture::PROVIDER);
        for number in 0..6 {
            fixture.add_machine(&format!("m{number}"));
        }
        for number in 200..204 {
            let kind = if number % 2 == 0 { AddressType::Static } else { AddressType::Ephemeral };
            fixture.add_address(&INTERNET.into(), &format!("203.0.113.{number}"), kind);
        }
        for _ in 0..60 {
            step(&mut fixture);
            check_live(&fixture, seed);
        }
        settle(&mut fixture);
        check_live(&fixture, seed);
        check_settled(&fixture, seed);
    }
}

fn step(fixture: &mut Fixture) {
    let id = MachineId(format!("m{}", fixture.rng.random_range(0..6)));
    match fixture.rng.random_range(0..10) {
        0..5 => {
            let role = if fixture.rng.random() { Role::Machine } else { Role::Firewall };
            let asked = random_request(fixture, role);
            // Refused when no machine is left or an address is gone; both are part of the game.
            fixture.allocate(role, &asked).ok();
        }
        5..7 => {
            fixture.ask(&MachineCommand::Free { machine: id.clone() }).unwrap();
            fixture.edit_machine(&id, |machine| machine.orders.clear());
            fixture.set_liveliness(&id, Liveliness::Alive);
        }
        7 => crash(fixture, &id),
        _ => {
            round(fixture);
        }
    }
}

fn random_request(fixture: &mut Fixture, role: Role) -> AllocateRequest {
    let base = if role == Role::Machine { fixture::request() } else { fixture::firewall_request() };
    let mut ids = vec![PRIVATE, INTERNET];
    if role == Role::Firewall && fixture.rng.random() {
        ids.push("private-1");
    }
    let mut ips = Vec::new();
    for number in 200..204 {
        let ip = format!("203.0.113.{number}");
        if fixture.rng.random_range(0..4) == 0 && fixture.address(&ip).is_some() {
            ips.push(ip);
        }
    }
    AllocateRequest { networks: fixture::networks(&ids), ips, ..base }
}

/// Always: an allocation has all its claims, and no claim of an allocation has another owner.
fn check_live(fixture: &Fixture, seed: u64) {
    let mut asns = BTreeSet::new();
    let mut assigned = BTreeSet::new();
    for machine in fixture.world.machines.filter(|machine| machine.allocation.is_some()) {
        let (number, owner) = asn_of(&machine).unwrap();
        assert!(asns.insert(number), "seed {seed}: an ASN is one machine's");
        let claim = fixture.world.claims.get(&Claim::row_id(Pool::Asn, number)).unwrap();
        assert_eq!(claim.owners, [owner], "seed {seed}");
        let allocation = machine.allocation.as_ref().unwrap();
        for ip in allocation.networks.iter().flat_map(|network| &network.ips) {
            let address = fixture.address(ip).unwrap();
            let attachment = Attachment { allocation: allocation.uuid, machine: machine.id.clone() };
            assert!(address.attachments.contains(&attachment), "seed {seed}: {ip}");
            if address.description == "autoassigned" {
                assert!(assigned.insert(ip.clone()), "seed {seed}: {ip} is used twice");
                assert_eq!(address.attachments.len(), 1, "seed {seed}: {ip}");
            }
        }
    }
}

fn check_settled(fixture: &Fixture, seed: u64) {
    let live = |allocation: &Uuid, machine: &MachineId| {
        fixture.machine(machine).allocation.is_some_and(|current| current.uuid == *allocation)
    };
    for address in fixture.world.addresses.all() {
        let attachments = &address.attachments;
        assert!(attachments.iter().all(|it| live(&it.allocation, &it.machine)), "seed {seed}: {address:?}");
        let leaked = address.description == "autoassigned" && attachments.is_empty();
        assert!(!leaked, "seed {seed}: {address:?}");
        let tags = address.tags.iter().filter(|tag| tag.starts_with("machine.metal-stack.io/id=")).count();
        assert_eq!(tags, attachments.len(), "seed {seed}: {address:?}");
    }
    for claim in fixture.world.claims.all() {
        let owned = claim.owners.iter().all(|owner| match owner {
            ClaimOwner::Allocation { allocation, machine } => live(allocation, machine),
            ClaimOwner::Network(id) => fixture.world.networks.get(id.as_str()).is_some(),
        });
        assert!(owned && !claim.owners.is_empty(), "seed {seed}: {claim:?}");
    }
    let networks: Vec<Arc<Versioned<Network>>> = fixture.world.networks.all();
    assert_eq!(networks.len(), 5, "seed {seed}: reconciling removes no network");
}
