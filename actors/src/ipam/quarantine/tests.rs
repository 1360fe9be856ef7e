use super::*;
use crate::ipam::fixture::{self, Fixture, said};
use crate::ipam::{AddressCommand, usage};
use crate::network::Network;
use crate::record::network::PoolPolicy;
use crate::store::Generation;
use serde_json::json;
use std::time::Duration;

fn scene(quarantine_s: u32) -> Fixture {
    let fixture = Fixture::new();
    let pool = PoolPolicy { quarantine_s, ..PoolPolicy::default() };
    fixture.world.insert(Generation(1), Network { pool, ..fixture::network("n", &["10.0.0.0/29"]) });
    fixture
}

fn allocate(fixture: &mut Fixture, specific: Option<&str>) -> Result<String, String> {
    let request = json!({"networkid": "n", "projectid": "a", "specific": specific});
    let command = AddressCommand::Allocate(serde_json::from_value(request).unwrap());
    let given = fixture.address(&command).map_err(|refusal| said(&refusal))?;
    Ok(given.address.to_string())
}

fn free(fixture: &mut Fixture, id: &str) {
    fixture.address(&AddressCommand::Free(id.to_owned())).unwrap();
}

fn used(fixture: &Fixture) -> u128 {
    let prefix = "10.0.0.0/29".parse().unwrap();
    fixture.world.occupancy(&"n".into(), |used| used.count(&prefix))
}

#[test]
fn without_a_quarantine_an_address_is_free_at_once() {
    let mut fixture = scene(0);
    assert_eq!(allocate(&mut fixture, None).unwrap(), "10.0.0.1");
    free(&mut fixture, "10.0.0.1");
    assert!(fixture.world.quarantined.is_empty());
    assert_eq!(allocate(&mut fixture, None).unwrap(), "10.0.0.1");
}

#[test]
fn a_resting_address_is_passed_over_refused_and_counted() {
    let mut fixture = scene(60);
    assert_eq!(allocate(&mut fixture, None).unwrap(), "10.0.0.1");
    free(&mut fixture, "10.0.0.1");
    assert_eq!(used(&fixture), 1, "it counts as used");
    assert_eq!(allocate(&mut fixture, None).unwrap(), "10.0.0.2");
    let refused = allocate(&mut fixture, Some("10.0.0.1")).unwrap_err();
    assert!(refused.starts_with("409 Conflict ip is in quarantine until 1970-01-01T00:01:"), "{refused}");
    let network = fixture.world.networks.get("n").unwrap();
    let prefix = "10.0.0.0/29".parse().unwrap();
    assert!(usage::first_used(&fixture.world, &network, &prefix).is_some(), "its network stays");
    let rest = fixture.world.quarantined.get("10.0.0.1").unwrap();
    assert_eq!(rest.length(), Duration::from_secs(60));
}

#[test]
fn when_all_that_is_left_rests_the_pool_is_dry() {
    let mut fixture = scene(60);
    for _ in 0..6 {
        let given = allocate(&mut fixture, None).unwrap();
        free(&mut fixture, &given);
    }
    assert_eq!(
        allocate(&mut fixture, None).unwrap_err(),
        "500 Internal cannot allocate free ip in ipam, no ips left"
    );
}

#[test]
fn a_lift_frees_it_early_and_what_is_due_late() {
    let mut fixture = scene(60);
    let given = allocate(&mut fixture, None).unwrap();
    free(&mut fixture, &given);
    let address: IpAddr = given.parse().unwrap();
    let due = AddressCommand::EndDueQuarantines { network: "n".into(), addresses: vec![address] };
    let decided = fixture.decided(|world, context| super::super::decide(world, &due, context)).unwrap();
    assert!(decided.is_empty(), "its time is not over");
    let end_quarantine = AddressCommand::EndQuarantine(given.clone());
    fixture
        .decided(|world, context| super::super::decide(world, &end_quarantine, context))
        .unwrap()
        .apply(&fixture.world);
    assert_eq!((used(&fixture), allocate(&mut fixture, None).unwrap()), (0, given.clone()));
    let again =
        fixture.decided(|world, context| super::super::decide(world, &end_quarantine, context)).unwrap_err();
    assert_eq!(said(&again), "404 NotFound no quarantined ip with id \"10.0.0.1\" found");
}

/// A world that loads the rows again, in any order, has the same index.
#[test]
fn an_index_that_is_rebuilt_from_rows_rests_the_same() {
    let mut fixture = scene(60);
    for _ in 0..3 {
        allocate(&mut fixture, None).unwrap();
    }
    free(&mut fixture, "10.0.0.2");
    let again = World::default();
    for rest in fixture.world.quarantined.all() {
        again.insert(rest.generation, QuarantinedAddress::clone(&rest.value));
    }
    for address in fixture.world.addresses.all() {
        again.insert(address.generation, Address::clone(&address.value));
    }
    let prefix = "10.0.0.0/29".parse().unwrap();
    for world in [&again, &fixture.world] {
        let free =
            |from| world.occupancy(&"n".into(), |used| used.first_gap(&prefix, from, u128::from(u32::MAX)));
        let first = crate::addressing::block::number("10.0.0.1".parse().unwrap());
        assert_eq!(free(first), Some(first + 3));
    }
}
