//! A partition with a row of every kind, and references between them.

use super::inventory::{Inventory, Settings};
use super::key::{KeyFingerprint, RoleKeys};
use crate::fixture::rows;
use crate::ids::MachineId;
use crate::ipam::fixture as ipam;
use crate::record::ipam::{Address, Attachment, Claim, ClaimOwner, Pool, QuarantinedAddress};
use crate::record::machine::{Allocation, AllocationNetwork, BootInfo, Events, Machine};
use crate::record::masterdata::*;
use crate::record::namespace::{Namespace, Prefix, PrefixAddress};
use crate::record::network::{Network, NetworkType};
use crate::record::switch::SwitchStatus;
use crate::store::Generation;
use crate::switch::fixture::sonic;
use crate::time::Timestamp;
use crate::world::{Kept, World};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(super) const MACHINE: &str = "00000000-0000-0000-0000-000000000001";
pub(super) const IMAGE: &str = "ubuntu-26.4.77001";

const ALLOCATION: Uuid = Uuid::from_u128(7);
const VRF: u32 = 41;

pub(super) fn insert<R: Kept>(world: &World, record: R) {
    world.insert(Generation(1), record);
}

fn meta(id: &str) -> Option<Meta> {
    Some(Meta { id: id.to_owned(), version: 3, created_time: Some(AT), ..Meta::default() })
}

/// Partition `plant-a` with `old-tenant`, `old-project`, `old-size`, [`IMAGE`], `old-layout`, the networks `old-super`,
/// `old-child` and `old-internet`, and a machine that uses all of them.
pub(super) fn world() -> World {
    let world = World::default();
    insert(&world, Tenant { meta: meta("old-tenant"), ..Tenant::default() });
    let project = Project { meta: meta("old-project"), tenant_id: "old-tenant".into(), ..Project::default() };
    insert(&world, project);
    insert(&world, rows::partition("plant-a", AT));
    insert(&world, rows::size("old-size", AT));
    insert(&world, rows::image(IMAGE, "ubuntu", "26.4.77001", AT));
    insert(&world, layout());
    insert(&world, reservation());
    insert(&world, SizeImageConstraint { id: "old-size".into(), ..SizeImageConstraint::default() });
    networks(&world);
    hardware(&world);
    let namespace = Namespace { name: "shoots".into(), created: AT, load: None };
    insert(&world, namespace);
    let (cidr, parent) = ("10.64.0.0/16".parse().unwrap(), None);
    insert(&world, Prefix { namespace: "shoots".into(), cidr, parent, is_parent: false, created: AT });
    let address = "10.64.0.1".parse().unwrap();
    insert(&world, PrefixAddress { namespace: "shoots".into(), prefix: cidr, address, created: AT });
    world
}

fn layout() -> Layout {
    let constraints = LayoutConstraints {
        sizes: vec!["other".to_owned(), "old-size".to_owned()],
        images: BTreeMap::from([("ubuntu".to_owned(), "*".to_owned())]),
    };
    Layout { id: "old-layout".into(), constraints, ..Layout::default() }
}

fn reservation() -> SizeReservation {
    SizeReservation {
        id: "r".to_owned(),
        name: String::new(),
        description: String::new(),
        created: AT,
        changed: AT,
        size: "old-size".into(),
        project: "old-project".into(),
        partitions: vec!["plant-a".into()],
        amount: 1,
        labels: BTreeMap::new(),
    }
}

fn networks(world: &World) {
    let private =
        Network { partition: "plant-a".into(), ..ipam::super_network("old-super", &["10.0.0.0/16"]) };
    insert(world, private);
    let child = Network {
        partition: "plant-a".into(),
        project: "old-project".into(),
        vrf: VRF,
        ..ipam::child("old-child", "old-super", &["10.0.4.0/22"])
    };
    insert(world, child.clone());
    let owners = vec![ClaimOwner::Network("old-child".into())];
    insert(world, Claim { pool: Pool::Vrf, number: VRF, owners });
    let internet = Network { nat: true, ..ipam::network("old-internet", &["203.0.113.0/24"]) };
    insert(world, internet.clone());
    let held = Attachment { allocation: ALLOCATION, machine: MACHINE.into() };
    for (network, address) in [(&child, "10.0.4.1"), (&internet, "203.0.113.9")] {
        let attachments = vec![held.clone()];
        let row = Address { project: "old-project".into(), attachments, ..ipam::address(network, address) };
        insert(world, row);
    }
    let rest = QuarantinedAddress {
        address: "203.0.113.10".parse().unwrap(),
        parent_prefix: "203.0.113.0/24".parse().unwrap(),
        network: "old-internet".into(),
        project: "old-project".into(),
        allocation_uuid: ALLOCATION,
        since: AT,
        until: AT,
    };
    insert(world, rest);
}

fn hardware(world: &World) {
    insert(world, sonic("leaf01"));
    insert(world, SwitchStatus { id: "leaf01".into(), last_sync: None, last_sync_error: None });
    let machine = Machine {
        partition: "plant-a".into(),
        size: "old-size".into(),
        allocation: Some(allocation()),
        ..Machine::new(MACHINE.into(), AT)
    };
    insert(world, machine);
    insert(world, Events::new(MACHINE.into()));
    let owners = vec![ClaimOwner::Allocation { allocation: ALLOCATION, machine: MachineId::from(MACHINE) }];
    insert(world, Claim { pool: Pool::Asn, number: 1, owners });
}

fn allocation() -> Allocation {
    let network = |id: &str, ip: &str, kind: NetworkType| AllocationNetwork {
        network: id.into(),
        prefixes: Vec::new(),
        destination_prefixes: Vec::new(),
        ips: vec![ip.to_owned()],
        vrf: 0,
        asn: crate::record::ipam::ASN_BASE + 1,
        nat: false,
        private: kind == NetworkType::Child,
        private_primary: kind == NetworkType::Child,
        shared: false,
        underlay: false,
        project: "old-project".into(),
        network_type: Some(kind),
    };
    Allocation {
        layout: Some(layout()),
        networks: vec![
            network("old-child", "10.0.4.1", NetworkType::Child),
            network("old-internet", "203.0.113.9", NetworkType::External),
        ],
        boot_info: Some(BootInfo { image_id: IMAGE.to_owned(), ..BootInfo::default() }),
        ..rows::allocation(ALLOCATION, "old-project", IMAGE, AT)
    }
}

/// The settings of a node of `partition`, with one key per role.
pub(super) fn settings(partition: &str) -> Settings {
    let keys = ["admin", "edit", "view"].map(|role| (role.to_owned(), keys(role, &[role])));
    Settings {
        partition: partition.into(),
        keys: keys.into(),
        provider_tenant: "metal-stack".to_owned(),
        base_path: "/metal/".to_owned(),
    }
}

/// The fingerprints of one key, or of two.
pub(super) fn keys(role: &str, keys: &[&str]) -> RoleKeys {
    let mut keys = keys.iter().map(|key| KeyFingerprint::of(b"a secret of a token", role, key.as_bytes()));
    RoleKeys { current: keys.next(), previous: keys.next() }
}

/// The inventory of a world that serves `partition`.
pub(super) fn inventory(partition: &str, world: &World) -> Inventory {
    Inventory::of(world, settings(partition)).unwrap()
}
