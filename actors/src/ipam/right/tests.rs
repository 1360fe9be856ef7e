use super::super::AddressCommand;
use super::super::fixture::{self, Fixture};
use super::*;
use crate::record::network::{AddressRange, PoolPolicy};
use crate::store::Generation;
use serde_json::json;

fn said(fixture: &Fixture, address: &str) -> String {
    let Some(state) = state_of(&fixture.world, &"own".into(), address.parse().unwrap()) else {
        return "in no network".to_owned();
    };
    let right = match state.right {
        Right::Held(holder) => holder.to_string(),
        other => format!("{other:?}"),
    };
    let standing = match state.standing {
        Some(Standing::Allocated(row)) => format!("allocated to {}", row.project.as_str()),
        other => format!("{other:?}"),
    };
    format!("{address} of {} of {}: {right}, {standing}", state.prefix, state.network)
}

#[test]
fn what_is_said_of_addresses() {
    let mut fixture = Fixture::new();
    let excluded =
        vec![AddressRange::new("192.0.2.8".parse().unwrap(), "192.0.2.9".parse().unwrap()).unwrap()];
    let pool = PoolPolicy { excluded, quarantine_s: 600, ..PoolPolicy::default() };
    let ours = Network { partition: "ours".into(), ..fixture::network("n", &["192.0.2.0/24"]) };
    let networks = [
        Network { pool, ..ours },
        fixture::network("m", &["2001:db8::/64"]),
        fixture::super_network("s", &["10.0.0.0/16"]),
        fixture::child("c", "s", &["10.0.4.0/22"]),
    ];
    for network in networks {
        fixture.world.insert(Generation(1), network);
    }
    let request = json!({"networkid": "n", "projectid": "a"});
    for _ in 0..2 {
        fixture.address(&AddressCommand::Allocate(serde_json::from_value(request.clone()).unwrap())).unwrap();
    }
    fixture.address(&AddressCommand::Free("192.0.2.1".to_owned())).unwrap();
    let until = fixture.world.quarantined.get("192.0.2.1").unwrap().until;
    let table = [
        ("192.0.2.0", "192.0.2.0/24 of n: Reserved(Policy), None".to_owned()),
        ("192.0.2.1", format!("192.0.2.0/24 of n: ours, Some(Quarantined({until:?}))")),
        ("192.0.2.2", "192.0.2.0/24 of n: ours, allocated to a".to_owned()),
        ("192.0.2.3", "192.0.2.0/24 of n: ours, Some(Available)".to_owned()),
        ("192.0.2.9", "192.0.2.0/24 of n: Reserved(Policy), None".to_owned()),
        ("2001:db8::1", "2001:db8::/64 of m: own, Some(Available)".to_owned()),
        ("10.0.0.1", "10.0.0.0/16 of s: Reserved(ForChildren), None".to_owned()),
        ("10.0.4.1", "10.0.4.0/22 of c: own, Some(Available)".to_owned()),
    ];
    for (address, wanted) in table {
        assert_eq!(said(&fixture, address), format!("{address} of {wanted}"));
    }
    assert_eq!(said(&fixture, "203.0.113.1"), "in no network");
}
