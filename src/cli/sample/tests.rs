use super::*;
use actors::decide::decide;
use actors::decision::{DecisionContext, Principal, Role};
use actors::federation::{Inventory, Settings, compare};
use actors::ids::PartitionId;
use actors::machine::MachineCommand;
use actors::network::NetworkCreate;
use actors::switch::SwitchCommand;
use actors::time::Timestamp;
use actors::world::World;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use simulations::hardware::{Profile, RackPlan};
use std::collections::BTreeSet;
use uuid::Uuid;

fn networks(partition: &str) -> Vec<NetworkCreate> {
    let bodies = commands(partition).unwrap();
    bodies
        .into_iter()
        .filter_map(|body| match body {
            Body::Network(NetworkCommand::Create(create)) => Some(*create),
            _ => None,
        })
        .collect()
}

#[test]
fn the_mini_lab_has_its_own_facts() {
    let networks = networks(MINI_LAB);
    assert_eq!(networks.len(), 3);
    assert_eq!(networks[0].id, "tenant-super-network-mini-lab");
    assert_eq!(networks[0].prefixes, ["10.0.0.0/16", "2001:db8:0:10::/64"]);
    assert_eq!(networks[0].additionalannouncablecidrs, ["10.240.0.0/12"]);
    assert_eq!(networks[1].vrf, 104_009);
}

#[test]
fn no_two_slots_overlap_and_none_overlaps_the_mini_lab() {
    let mut prefixes: Vec<ipnet::Ipv4Net> =
        ["10.0.0.0/16", "10.1.0.0/24", "10.240.0.0/12", "203.0.113.128/25"]
            .map(|own| own.parse().unwrap())
            .into();
    for slot in 0..SLOTS {
        let plan = SamplePrefixes::at(slot, slot);
        let internet: ipnet::Ipv4Net = plan.internet_v4.parse().unwrap();
        assert!(internet.contains(&plan.reserved_v4.parse::<std::net::Ipv4Addr>().unwrap()), "{plan:?}");
        let [projects, underlay] = [&plan.super_v4, &plan.underlay_v4].map(|text| text.parse().unwrap());
        prefixes.extend([projects, internet, underlay]);
    }
    prefixes.sort();
    for pair in prefixes.windows(2) {
        assert!(pair[0].broadcast() < pair[1].network(), "{pair:?}");
    }
    assert!(prefixes.iter().all(|prefix| prefix.trunc() == *prefix));
}

#[test]
fn other_partitions_share_neither_ids_nor_prefixes() {
    let mut seen = BTreeSet::new();
    for partition in [MINI_LAB, "plant-a", "plant-b", "plant-q", "munich", "hamburg", "ulm"] {
        for network in networks(partition) {
            assert!(seen.insert(network.id.clone()), "{}", network.id);
            for prefix in network.prefixes {
                prefix.parse::<ipnet::IpNet>().unwrap();
                assert!(seen.insert(prefix.clone()), "{prefix} of {partition}");
            }
        }
    }
}

/// A fresh `metalmesh dev --partition` that was started at `now`, with its rack.
fn fresh(partition: &str, now: Timestamp) -> Inventory {
    let world = World::default();
    let partition = PartitionId::from(partition);
    let mut bodies = commands(partition.as_str()).unwrap();
    let rack = RackPlan::new(&partition, &"test-rack".into(), 4, &Profile::default());
    let switches = rack.switches.map(|switch| SwitchCommand::Register(Box::new(switch.registration)));
    bodies.extend(switches.map(Body::Switch));
    let machines =
        rack.machines.into_iter().map(|machine| MachineCommand::Register(Box::new(machine.registration)));
    bodies.extend(machines.map(Body::Machine));
    let principal = Principal { email: String::new(), role: Role::Admin };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for body in bodies {
        let mut context = DecisionContext {
            now,
            rng: &mut rng,
            principal: &principal,
            key: Uuid::nil(),
            partition: &partition,
            again: false,
        };
        decide(&world, &body, &mut context).unwrap().apply(&world);
    }
    Inventory::of(&world, Settings { partition, ..Settings::default() }).unwrap()
}

#[test]
fn fresh_plants_can_be_joined_as_they_are() {
    let first = fresh(MINI_LAB, Timestamp::from_millis(1_700_000_000_000));
    assert_eq!((first.machines.len(), first.switches.len(), first.images.len()), (4, 2, 3));
    for (partition, expected) in [("plant-b", true), ("munich", true), (MINI_LAB, false)] {
        let joiner = fresh(partition, Timestamp::from_millis(1_800_000_000_000));
        let comparison = compare(&joiner, &MINI_LAB.into(), &first);
        assert_eq!(comparison.is_clear(), expected, "{partition}: {:?}", comparison.findings);
        assert_eq!(comparison.findings.is_empty(), expected, "{partition}: {:?}", comparison.findings);
    }
}
