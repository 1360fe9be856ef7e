use super::*;
use crate::answer::Answer;
use crate::index::Place;
use crate::ipam::{AddressType, Attachment};
use crate::machine::fixture::{self, Fixture, PRIVATE};
use crate::machine::{MachineCommand, Role};
use crate::namespace::{Prefix, PrefixAddress, ROOT};
use crate::time::Timestamp;

/// A partition with an allocated machine and without findings.
fn fixture() -> (Fixture, MachineId) {
    let mut fixture = Fixture::new(1);
    fixture.add_private(0);
    fixture.add_machine("m0");
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    for network in fixture.world.networks.all() {
        if network.vrf != 0 {
            let owners = vec![ClaimOwner::Network(network.id.clone())];
            fixture.put(Claim { pool: Pool::Vrf, number: network.vrf, owners });
        }
    }
    assert_eq!(check(&fixture.world), []);
    (fixture, id)
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
    let (mut fixture, id) = fixture();
    let held = fixture.machine(&id).allocation.unwrap();
    fixture.edit_machine(&id, |machine| machine.allocation = None);
    let ips: Vec<String> = held.networks.iter().flat_map(|network| network.ips.clone()).collect();
    let found = said(&fixture.world);
    assert_eq!(found.len(), ips.len() + 1, "its addresses and its ASN: {found:?}");
    assert!(found.iter().all(|(fault, ..)| *fault == Fault::Leak));
    while fixture.ask(&MachineCommand::Reconcile) != Ok(Answer::Reconciled(0)) {}
    assert_eq!(check(&fixture.world), []);
}

#[test]
fn a_number_of_nobody_is_a_leak() {
    let (fixture, _) = fixture();
    fixture.put(Claim { pool: Pool::Vrf, number: 77, owners: Vec::new() });
    only(&fixture.world, Fault::Leak, "vrf 77", "it has no owner");
}

#[test]
fn what_an_allocation_has_and_no_row_says_is_missing() {
    let (fixture, id) = fixture();
    let held = fixture.machine(&id).allocation.unwrap();
    let ip = held.networks[0].ips[0].clone();
    let address = fixture.address(&ip).unwrap();
    fixture.put(Address { attachments: Vec::new(), ..address.clone() });
    only(&fixture.world, Fault::Missing, &ip, "has it");
    fixture.put(address);
    fixture.world.forget::<Claim>("asn/000001");
    only(&fixture.world, Fault::Missing, "asn 1", "has it");
}

#[test]
fn a_number_of_two_is_a_duplicate() {
    let (mut fixture, id) = fixture();
    fixture.add_machine("m1");
    let other = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    let owner = |id: &MachineId| ClaimOwner::Allocation {
        allocation: fixture.machine(id).allocation.unwrap().uuid,
        machine: id.clone(),
    };
    let owners = vec![owner(&id), owner(&other)];
    fixture.put(Claim { pool: Pool::Asn, number: 1, owners });
    only(&fixture.world, Fault::Duplicate, "asn 1", "1 others have it");
}

#[test]
fn addresses_and_networks_lie_where_they_may() {
    let (fixture, _) = fixture();
    let network = Network::clone(&fixture.world.networks.get(PRIVATE).unwrap().value);
    let (first, _) = block::bounds(&network.prefixes[0]);
    let reserved = block::address(crate::addressing::Family::IPv4, first).unwrap();
    fixture.add_address(&PRIVATE.into(), &reserved.to_string(), AddressType::Static);
    only(&fixture.world, Fault::Misplaced, &reserved.to_string(), "reserved");
    fixture.world.forget::<Address>(&reserved.to_string());

    let orphan = Network { parent: Some("gone".into()), id: "orphan".into(), vrf: 0, ..network.clone() };
    fixture.put(orphan);
    only(&fixture.world, Fault::Misplaced, "orphan", "gone");
    fixture.world.forget::<Network>("orphan");

    let prefixes = vec![network.prefixes[0]];
    let twin = Network { id: "twin".into(), vrf: 0, prefixes, ..network };
    fixture.put(twin);
    only(&fixture.world, Fault::Duplicate, "twin", "overlaps");
}

#[test]
fn what_is_just_being_written_is_no_finding() {
    let (fixture, _) = fixture();
    let stale = Attachment { allocation: Uuid::nil(), machine: "m9".into() };
    fixture.add_address(&PRIVATE.into(), "10.0.0.99", AddressType::Static);
    fixture.put(Address { attachments: vec![stale], ..fixture.address("10.0.0.99").unwrap() });
    let held = fixture.world.hold_rows([&Key::new(Kind::Machine, "m9")]);
    assert_eq!(check(&fixture.world), []);
    drop(held);
    only(&fixture.world, Fault::Leak, "10.0.0.99", "machine m9 is gone");
}

/// One row of each kind with an index, besides those of [`fixture`].
fn furnished() -> Fixture {
    let (fixture, _) = fixture();
    fixture.add_address(&PRIVATE.into(), "10.0.0.99", AddressType::Static);
    let Address { parent_prefix, network, project, allocation_uuid, .. } =
        fixture.address("10.0.0.99").unwrap();
    let (since, until) = (Timestamp::from_millis(1), Timestamp::from_millis(2));
    let address = "10.0.0.98".parse().unwrap();
    fixture.put(QuarantinedAddress {
        address,
        parent_prefix,
        network,
        project,
        allocation_uuid,
        since,
        until,
    });
    fixture.put(prefix("10.0.0.0/8", None));
    fixture.put(prefix("10.1.0.0/16", Some("10.0.0.0/8")));
    fixture.put(taken("10.1.0.1"));
    assert_eq!(check(&fixture.world), []);
    fixture
}

fn prefix(cidr: &str, parent: Option<&str>) -> Prefix {
    let (cidr, parent) = (cidr.parse().unwrap(), parent.map(|parent| parent.parse().unwrap()));
    let created = Timestamp::from_millis(1);
    Prefix { namespace: ROOT.into(), cidr, parent, is_parent: cidr.prefix_len() == 8, created }
}

fn taken(address: &str) -> PrefixAddress {
    let (prefix, address) = ("10.1.0.0/16".parse().unwrap(), address.parse().unwrap());
    PrefixAddress { namespace: ROOT.into(), prefix, address, created: Timestamp::from_millis(1) }
}

type Spoil = fn(&Fixture);

/// Each index loses an entry of a row, or has an entry without a row; with the expected findings.
fn damages() -> [(Spoil, &'static [&'static str]); 11] {
    [
        (
            |fixture| {
                let address = fixture.address("10.0.0.99");
                fixture.world.occupancy_change(|used| used.replace(address.as_ref(), None));
            },
            &["10.0.0.99"],
        ),
        (
            |fixture| {
                let address = "10.0.0.100".parse().unwrap();
                let free = Address { address, ..fixture.address("10.0.0.99").unwrap() };
                fixture.world.occupancy_change(|used| used.replace(None, Some(&free)));
            },
            &["10.0.0.100"],
        ),
        (
            |fixture| {
                let rest = fixture.world.quarantined.get("10.0.0.98").unwrap();
                let at_rest = Some((rest.address, Place::at_rest(&rest)));
                fixture.world.occupancy_change(|used| used.rest(at_rest, None));
            },
            &["10.0.0.98", "10.0.0.98"],
        ),
        (|fixture| fixture.world.numbers_change(|numbers| numbers.insert(Pool::Vrf, 77)), &["vrf 77"]),
        (|fixture| fixture.world.numbers_change(|numbers| numbers.remove(Pool::Asn, 1)), &["asn 1"]),
        (
            |fixture| {
                let private = fixture.world.networks.get(PRIVATE).unwrap();
                fixture.world.registry_change(|registry| registry.replace(Some(&private), None));
            },
            &[PRIVATE, fixture::SUPER],
        ),
        (
            |fixture| {
                let parent = fixture.world.networks.get(fixture::SUPER).unwrap();
                let prefixes = vec!["10.0.252.0/22".parse().unwrap()];
                let child = Network { prefixes, id: "nobody".into(), ..Network::clone(&parent.value) };
                let child = Network { parent: Some(fixture::SUPER.into()), private_super: false, ..child };
                fixture.world.registry_change(|registry| registry.replace(None, Some(&child)));
            },
            &["nobody", fixture::SUPER],
        ),
        (
            |fixture| {
                fixture.world.spaces_change(|spaces| spaces.replace_address(Some(&taken("10.1.0.1")), None))
            },
            &["10.1.0.1@root"],
        ),
        (
            |fixture| {
                fixture.world.spaces_change(|spaces| spaces.replace_address(None, Some(&taken("10.1.0.2"))))
            },
            &["10.1.0.2@root"],
        ),
        (
            |fixture| {
                let child = prefix("10.1.0.0/16", Some("10.0.0.0/8"));
                fixture.world.spaces_change(|spaces| spaces.replace_prefix(Some(&child), None));
            },
            &["10.0.0.0/8@root", "10.1.0.0/16@root"],
        ),
        (
            |fixture| {
                let used = fixture.world.addresses.filter(|address| !address.attachments.is_empty());
                fixture.world.attachments_change(Some(&used[0]), None);
            },
            &["m0"],
        ),
    ]
}

#[test]
fn an_index_that_is_not_what_the_rows_say_is_stale_until_it_is_built_anew() {
    for (place, (spoil, subjects)) in damages().into_iter().enumerate() {
        let fixture = furnished();
        spoil(&fixture);
        let found = check(&fixture.world);
        assert!(found.iter().all(|found| found.fault == Fault::Stale), "{place}: {found:?}");
        assert_eq!(found.iter().map(|found| found.subject.as_str()).collect::<Vec<_>>(), subjects, "{place}");
        assert_eq!(check_twice(&fixture.world), found, "{place}");
        assert!(fixture.world.reindex());
        assert_eq!(check(&fixture.world), [], "{place}");
    }
}

/// Rows in flight stay in the indexes. A reindex waits while a row is being written that must be added only once.
#[test]
fn indexes_are_built_anew_while_commits_are_under_way() {
    let fixture = furnished();
    let taken_off = [Key::new(Kind::Address, "10.0.0.100"), taken("10.1.0.9").key()];
    let number = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, 99));
    let held = fixture.world.hold_rows(taken_off.iter().chain([&number]));
    let shown = || fixture.world.unlike();
    assert!(fixture.world.reindex());
    assert_eq!(shown(), []);
    let gap = || {
        let network = fixture.world.networks.get(PRIVATE).unwrap();
        let at = block::number("10.0.0.100".parse().unwrap());
        let free = fixture.world.occupancy(&network.id, |used| used.first_gap(&network.prefixes[0], at, at));
        (free.is_some(), fixture.world.numbers(|numbers| numbers.first_gap(Pool::Vrf, 99, 99)).is_some())
    };
    assert_eq!(gap(), (false, false), "an address in flight is not picked");
    drop(held);
    assert_eq!(gap(), (true, true));

    let held = fixture.world.hold_rows([&Key::new(Kind::Network, "coming")]);
    assert!(!fixture.world.reindex());
    drop(held);
    assert!(fixture.world.reindex());
}

/// A row that was written between two looks is evidence of nothing.
#[test]
fn only_what_stays_as_it_was_is_believed() {
    let (fixture, _) = fixture();
    let stray = Claim { pool: Pool::Vrf, number: 77, owners: Vec::new() };
    fixture.world.insert(Generation(1), stray.clone());
    let first = look(&fixture.world);
    assert_eq!((first.len(), &first), (1, &look(&fixture.world)));
    fixture.world.insert(Generation(2), stray);
    assert_ne!(first, look(&fixture.world));
}
