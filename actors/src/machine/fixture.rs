//! The mini-lab as a world, for tests of all modules: partition, size, images, layout, projects, networks, switches and
//! any number of waiting machines.

pub(crate) mod alone;

use super::command::{AllocateRequest, MachineCommand, NetworkChoice};
use crate::addressing::Family;
use crate::answer::Answer;
use crate::decision::{self, Decided, DecisionContext, Principal};
use crate::fixture::rows;
use crate::ids::{MachineId, NetworkId, PartitionId, ProjectId};
use crate::ipam::{Address, AddressType};
use crate::masterdata::{
    Classification, Constraint, Image, ImageFeature, Layout, LayoutConstraints, LayoutDisk, LayoutPartition,
    Meta, Partition, Project, Size,
};
use crate::network::{Network, NetworkType};
use crate::record::machine::{
    AllocationNetwork, Disk, Events, Fru, Hardware, Ipmi, Liveliness, Machine, Nic, Processor, Role,
};
use crate::refusal::Refusal;
use crate::store::Generation;
use crate::switch::{Connection, Switch, SwitchMode, SwitchOs, SwitchPort, SwitchVendor};
use crate::time::Timestamp;
use crate::world::{Kept, World};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(crate) const PARTITION: &str = "mini-lab";
pub(crate) const SIZE: &str = "v1-small-x86";
pub(crate) const RACK: &str = "test-rack";
pub(crate) const PROVIDER: &str = "00000000-0000-0000-0000-000000000000";
pub(crate) const PROJECT: &str = "00000000-0000-0000-0000-000000000001";
pub(crate) const SUPER: &str = "tenant-super-network-mini-lab";
pub(crate) const INTERNET: &str = "internet-mini-lab";
pub(crate) const UNDERLAY: &str = "underlay-mini-lab";
/// The first network of [`Fixture::add_private`].
pub(crate) const PRIVATE: &str = "private-0";
pub(crate) const IMAGE: &str = "debian-13.0";
pub(crate) const FIREWALL_IMAGE: &str = "firewall-ubuntu-3.0";

/// Creation time of everything in the fixture.
const BEGINNING: Timestamp = Timestamp::from_millis(1_767_261_600_000);

/// A world and the inputs of a decision.
pub(crate) struct Fixture {
    pub(crate) world: Arc<World>,
    pub(crate) rng: ChaCha8Rng,
    pub(crate) principal: Principal,
    pub(crate) partition: PartitionId,
    pub(crate) now: Timestamp,
    /// Whether the next decision repeats a command.
    pub(crate) again: bool,
}

impl Fixture {
    /// The mini-lab without machines.
    pub(crate) fn new(seed: u64) -> Self {
        let fixture = Self {
            world: Arc::new(World::default()),
            rng: ChaCha8Rng::seed_from_u64(seed),
            principal: Principal { email: "metal-edit@metal-stack.io".into(), role: decision::Role::Edit },
            partition: PARTITION.into(),
            now: BEGINNING + Duration::from_secs(3600),
            again: false,
        };
        fixture.put(partition(PARTITION));
        fixture.put(size(SIZE));
        fixture.put(image(FIREWALL_IMAGE, "firewall-ubuntu", "3.0.0", ImageFeature::Firewall));
        fixture.put(image("ubuntu-26.4", "ubuntu", "26.4.0", ImageFeature::Machine));
        fixture.put(image(IMAGE, "debian", "13.0.0", ImageFeature::Machine));
        fixture.put(layout("default"));
        fixture.put(project(PROVIDER, "provider-project"));
        fixture.put(project(PROJECT, "sample-project"));
        let of = |id, prefixes: &[&str]| Network { partition: PARTITION.into(), ..network(id, prefixes) };
        let tenants = of(SUPER, &["10.0.0.0/16", "2001:db8:0:10::/64"]);
        let lengths = BTreeMap::from([(Family::IPv4, 22), (Family::IPv6, 96)]);
        fixture.put(Network {
            private_super: true,
            network_type: NetworkType::Super,
            default_child_prefix_length: Some(lengths),
            additional_announcable_cidrs: vec!["10.240.0.0/12".into()],
            pool: crate::record::network::PoolPolicy::default(),
            ..tenants
        });
        let internet = of(INTERNET, &["203.0.113.128/25", "2001:db8:0:113::/64"]);
        let everything = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
        fixture.put(Network { nat: true, vrf: 104_009, destination_prefixes: everything, ..internet });
        let underlay = of(UNDERLAY, &["10.1.0.0/24"]);
        fixture.put(Network { underlay: true, network_type: NetworkType::Underlay, ..underlay });
        for leaf in ["leaf01", "leaf02"] {
            fixture.put(switch(leaf));
        }
        fixture
    }

    /// Stores a row as if it had existed before.
    pub(crate) fn put<R: Kept>(&self, record: R) {
        let known = R::table(&self.world).get(&record.id());
        self.world.insert(known.map_or(Generation(1), |row| row.generation.next()), record);
    }

    /// A waiting machine of the size [`SIZE`] in the rack [`RACK`], at the next free port of both leaves.
    pub(crate) fn add_machine(&self, id: &str) -> MachineId {
        for leaf in ["leaf01", "leaf02"] {
            let mut switch = Switch::clone(&self.world.switches.get(leaf).unwrap());
            let port = switch.nics[switch.connections.len()].clone();
            let connection = Connection { nic: port, machine: id.into() };
            Arc::make_mut(&mut switch.connections).insert(id.into(), vec![connection]);
            self.put(switch);
        }
        self.add(machine(id))
    }

    /// A waiting machine of the size [`SIZE`] in another rack, at no switch.
    pub(crate) fn add_machine_in(&self, id: &str, rack: &str) -> MachineId {
        self.add(Machine { rack: rack.into(), ..machine(id) })
    }

    fn add(&self, machine: Machine) -> MachineId {
        let id = machine.id.clone();
        self.put(Events { last_event_time: Some(self.now), ..Events::new(id.clone()) });
        self.put(machine);
        id
    }

    /// A private network of [`PROJECT`], dual stack, with VRF 42 plus its number.
    pub(crate) fn add_private(&self, number: u8) -> NetworkId {
        let network = private(number);
        let id = network.id.clone();
        self.put(network);
        id
    }

    /// A private network of `project` that others may use.
    pub(crate) fn add_shared(&self, number: u8, project: &str) -> NetworkId {
        let network = Network {
            shared: true,
            network_type: NetworkType::ChildShared,
            project: project.into(),
            ..private(number)
        };
        let id = network.id.clone();
        self.put(network);
        id
    }

    /// An address of [`PROJECT`] that no machine uses.
    pub(crate) fn add_address(&self, network: &NetworkId, address: &str, kind: AddressType) {
        let network = self.world.networks.get(network.as_str()).unwrap();
        let address = address.parse().unwrap();
        self.put(Address {
            address,
            parent_prefix: *network.prefixes.iter().find(|prefix| prefix.contains(&address)).unwrap(),
            network: network.id.clone(),
            project: ProjectId::from(PROJECT),
            allocation_uuid: Uuid::from_u128(7),
            request: None,
            name: String::new(),
            description: String::new(),
            kind,
            tags: Vec::new(),
            created: BEGINNING,
            changed: BEGINNING,
            attachments: Vec::new(),
            held_since: None,
        });
    }

    /// Changes a machine's row by hand.
    pub(crate) fn edit_machine(&self, id: &MachineId, change: impl FnOnce(&mut Machine)) {
        let mut machine = self.machine(id);
        change(&mut machine);
        self.put(machine);
    }

    /// Changes a network's row by hand.
    pub(crate) fn edit_network(&self, id: &str, change: impl FnOnce(&mut Network)) {
        let mut network = Network::clone(&self.world.networks.get(id).unwrap());
        change(&mut network);
        self.put(network);
    }

    pub(crate) fn set_liveliness(&self, id: &MachineId, liveliness: Liveliness) {
        let events = self.world.events.get(id.as_str()).unwrap();
        self.put(Events { liveliness, ..Events::clone(&events) });
    }

    pub(crate) fn machine(&self, id: &MachineId) -> Machine {
        Machine::clone(&self.world.machines.get(id.as_str()).unwrap())
    }

    pub(crate) fn address(&self, address: &str) -> Option<Address> {
        self.world.addresses.get(address).map(|row| Address::clone(&row.value))
    }

    /// Sends a command to machines.
    pub(crate) fn ask(&mut self, command: &MachineCommand) -> Result<Answer, Refusal> {
        self.decide(|world, context| super::decide(world, command, context))
    }

    /// The machine that was allocated.
    pub(crate) fn allocate(&mut self, role: Role, request: &AllocateRequest) -> Result<MachineId, Refusal> {
        let command = MachineCommand::Allocate { role, request: Box::new(request.clone()) };
        match self.ask(&command)? {
            Answer::Allocated { machine, .. } => Ok(machine),
            other => panic!("allocation answers with the machine, not with {other:?}"),
        }
    }

    /// Decides a second later, and applies the decision unless it was refused.
    pub(crate) fn decide<A>(
        &mut self,
        decide: impl FnOnce(&World, &mut DecisionContext<'_>) -> Decided<A>,
    ) -> Result<A, Refusal> {
        self.now = self.now + Duration::from_secs(1);
        let Self { world, rng, principal, partition, now, again } = self;
        let context =
            &mut DecisionContext { now: *now, rng, principal, key: Uuid::nil(), partition, again: *again };
        let decision = decide(world, context)?;
        let written: Vec<_> = decision.written().collect();
        let distinct: BTreeSet<_> = written.iter().collect();
        assert_eq!(written.len(), distinct.len(), "a decision writes each row once: {written:?}");
        Ok(decision.apply(world))
    }
}

/// Networks with automatic addresses.
pub(crate) fn networks(ids: &[&str]) -> Option<Vec<NetworkChoice>> {
    Some(ids.iter().map(|id| NetworkChoice { networkid: (*id).to_owned(), autoacquire: None }).collect())
}

/// Any machine for [`PROJECT`] in [`PRIVATE`].
pub(crate) fn request() -> AllocateRequest {
    AllocateRequest {
        name: "shoot-1".into(),
        projectid: PROJECT.into(),
        partitionid: PARTITION.into(),
        sizeid: SIZE.into(),
        imageid: IMAGE.into(),
        networks: networks(&[PRIVATE]),
        ..AllocateRequest::default()
    }
}

/// A firewall between [`PRIVATE`] and [`INTERNET`].
pub(crate) fn firewall_request() -> AllocateRequest {
    AllocateRequest { imageid: FIREWALL_IMAGE.into(), networks: networks(&[PRIVATE, INTERNET]), ..request() }
}

/// A waiting machine of the mini-lab.
pub(crate) fn machine(id: &str) -> Machine {
    let nic = |name: &str| Nic { name: name.into(), mac: format!("{id}-{name}"), ..Nic::default() };
    let cpu = Processor { vendor: "GenuineIntel".into(), model: "x86".into(), cores: 1, threads: 1 };
    Machine {
        partition: PARTITION.into(),
        size: SIZE.into(),
        rack: RACK.into(),
        waiting: true,
        hardware: Hardware {
            memory_bytes: 2_147_483_648,
            disks: vec![Disk { name: "/dev/sda".into(), size_bytes: 10_737_418_240 }],
            cpus: vec![cpu],
            gpus: Vec::new(),
            nics: vec![nic("eth0"), nic("eth1")],
            left_out: 0,
        },
        ipmi: Ipmi { address: "192.168.121.1:6231".into(), fru: Fru::default(), ..Ipmi::default() },
        ..Machine::new(id.into(), BEGINNING)
    }
}

/// A network as an allocation stores it.
pub(crate) fn allocation_network(id: &str, private: bool, asn: u32) -> AllocationNetwork {
    AllocationNetwork {
        network: id.into(),
        prefixes: Vec::new(),
        destination_prefixes: Vec::new(),
        ips: Vec::new(),
        vrf: 0,
        asn,
        nat: false,
        private,
        private_primary: private,
        shared: false,
        underlay: false,
        project: ProjectId::default(),
        network_type: None,
    }
}

pub(crate) fn partition(id: &str) -> Partition {
    Partition { name: id.into(), ..rows::partition(id, BEGINNING) }
}

pub(crate) fn size(id: &str) -> Size {
    let range = |kind: &str, min, max| Constraint { kind: kind.into(), min, max, identifier: String::new() };
    Size {
        name: id.into(),
        constraints: vec![
            range("cores", 1, 4),
            range("memory", 500_000_000, 4_000_000_000),
            range("storage", 1_000_000_000, 100_000_000_000),
        ],
        ..rows::size(id, BEGINNING)
    }
}

pub(crate) fn image(id: &str, os: &str, version: &str, feature: ImageFeature) -> Image {
    Image {
        name: id.into(),
        url: format!("https://images.metal-stack.io/{id}/img.tar.lz4"),
        features: vec![feature],
        expiration: BEGINNING + Duration::from_secs(90 * 24 * 3600),
        classification: Classification::Supported,
        ..rows::image(id, os, version, BEGINNING)
    }
}

pub(crate) fn layout(id: &str) -> Layout {
    let partition = |number, size| LayoutPartition { number, size, ..LayoutPartition::default() };
    let images = ["ubuntu", "debian", "firewall-ubuntu"].map(|os| (os.to_owned(), "*".to_owned()));
    Layout {
        id: id.into(),
        disks: vec![LayoutDisk {
            device: "/dev/sda".into(),
            partitions: vec![partition(1, 500), partition(2, 5000), partition(3, 0)],
            wipeonreinstall: true,
        }],
        constraints: LayoutConstraints { sizes: vec![SIZE.into()], images: BTreeMap::from(images) },
        ..Layout::default()
    }
}

pub(crate) fn project(id: &str, name: &str) -> Project {
    let meta = Meta { id: id.into(), kind: "Project".into(), apiversion: "v1".into(), ..Meta::default() };
    Project { meta: Some(meta), name: name.into(), tenant_id: "metal-stack".into(), ..Project::default() }
}

/// An external network of no partition.
pub(crate) fn network(id: &str, prefixes: &[&str]) -> Network {
    Network { name: id.into(), ..rows::network(id, prefixes, BEGINNING) }
}

fn private(number: u8) -> Network {
    let v4 = format!("10.0.{}.0/22", u16::from(number) * 4);
    let v6 = format!("2001:db8:0:10:0:{number:x}::/96");
    Network {
        partition: PARTITION.into(),
        project: PROJECT.into(),
        default_child_prefix_length: None,
        vrf: 42 + u32::from(number),
        parent: Some(SUPER.into()),
        network_type: NetworkType::Child,
        ..network(&format!("private-{number}"), &[&v4, &v6])
    }
}

pub(crate) fn switch(id: &str) -> Switch {
    let port = |line: usize| SwitchPort {
        name: format!("Ethernet{line}"),
        identifier: format!("Eth{}(Port{})", line + 1, line + 1),
        ..SwitchPort::default()
    };
    Switch {
        id: id.into(),
        name: id.into(),
        description: String::new(),
        created: BEGINNING,
        changed: BEGINNING,
        partition: PARTITION.into(),
        rack: RACK.into(),
        nics: (0..32).map(port).collect(),
        connections: Arc::default(),
        mode: SwitchMode::Operational,
        os: SwitchOs {
            vendor: SwitchVendor::Sonic,
            version: "4".into(),
            metal_core_version: "v0.18.0".into(),
        },
        management_ip: String::new(),
        management_user: "admin".into(),
        console_command: String::new(),
    }
}
