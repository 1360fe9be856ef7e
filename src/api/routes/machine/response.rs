//! The JSON of a machine (api-machines 1.3). Compiled clients rely on its keys and on their presence.

use super::allocation::AllocationResponse;
use crate::api::routes::partition::PartitionResponse;
use crate::api::routes::size::{SizeResponse, UNKNOWN};
use actors::machine::{Bios, Event, Events, Gpu, Hardware, Led, Machine, Nic, Processor, StateValue};
use actors::masterdata::{Image, Partition, Size};
use actors::refusal::Refusal;
use actors::time::Timestamp;
use actors::world::{Versioned, World};
use serde::Serialize;
use std::sync::Arc;

/// Events shown of those kept (api-machines 1.3).
const EVENTS_SHOWN: usize = 20;

/// The rows that a machine refers to.
#[derive(Debug)]
pub(super) struct Rows {
    partition: Option<Arc<Versioned<Partition>>>,
    size: Option<Arc<Versioned<Size>>>,
    image: Option<Arc<Versioned<Image>>>,
}

impl Rows {
    pub(super) fn of(world: &World, machine: &Machine) -> Self {
        let image = machine.allocation.as_ref().map(|allocation| allocation.image.as_str());
        Self {
            partition: world.partitions.get(machine.partition.as_str()),
            size: world.sizes.get(machine.size.as_str()),
            image: image.and_then(|image| world.images.get(image)),
        }
    }

    /// Why a single machine cannot be shown: a row that it refers to was deleted.
    pub(super) fn dangling(&self, machine: &Machine) -> Option<String> {
        let gone = |entity: &str, id: &str| {
            let missing = Refusal::not_found(entity, id);
            Some(format!("error finding {entity} \"{id}\" for machine \"{}\": {missing}", machine.id))
        };
        if self.partition.is_none() && !machine.partition.is_empty() {
            return gone("partition", machine.partition.as_str());
        }
        let size = machine.size.as_str();
        if self.size.is_none() && !size.is_empty() && size != UNKNOWN {
            return gone("size", size);
        }
        match &machine.allocation {
            Some(allocation) if self.image.is_none() => gone("image", allocation.image.as_str()),
            _ => None,
        }
    }
}

#[derive(Serialize)]
pub(super) struct MachineResponse<'a> {
    id: &'a str,
    /// Machines have neither; allocations have their own.
    name: &'static str,
    description: &'static str,
    created: Timestamp,
    changed: Timestamp,
    partition: Option<PartitionResponse<'a>>,
    rackid: &'a str,
    size: Option<SizeResponse<'a>>,
    hardware: HardwareResponse<'a>,
    bios: &'a Bios,
    allocation: Option<AllocationResponse<'a>>,
    state: StateResponse<'a>,
    ledstate: &'a Led,
    liveliness: &'static str,
    events: EventsResponse<'a>,
    tags: &'a [String],
}

#[derive(Serialize)]
struct HardwareResponse<'a> {
    memory: u64,
    /// Never filled: clients sum the cores of `cpus`.
    cpu_cores: u32,
    disks: Vec<DiskResponse<'a>>,
    #[serde(skip_serializing_if = "<[Processor]>::is_empty")]
    cpus: &'a [Processor],
    #[serde(skip_serializing_if = "<[Gpu]>::is_empty")]
    gpus: &'a [Gpu],
    nics: Vec<NicResponse<'a>>,
}

#[derive(Serialize)]
struct DiskResponse<'a> {
    name: &'a str,
    size: u64,
}

#[derive(Serialize)]
struct NicResponse<'a> {
    mac: &'a str,
    name: &'a str,
    identifier: &'a str,
    neighbors: Vec<Self>,
}

#[derive(Serialize)]
struct StateResponse<'a> {
    value: &'static str,
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    issuer: &'a str,
    metal_hammer_version: &'a str,
}

#[derive(Serialize)]
struct EventsResponse<'a> {
    /// Newest first.
    log: Vec<&'a Event>,
    last_event_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error_event: Option<&'a Event>,
    crash_loop: bool,
    failed_machine_reclaim: bool,
}

impl<'a> MachineResponse<'a> {
    /// `events`: `None` if the machine has no container; the JSON then has an empty one (api-machines 1.6).
    pub(super) fn new(machine: &'a Machine, events: Option<&'a Events>, rows: &'a Rows) -> Self {
        let partition = rows.partition.as_deref();
        let allocation = machine.allocation.as_ref();
        Self {
            id: machine.id.as_str(),
            name: "",
            description: "",
            created: machine.created,
            changed: machine.changed,
            partition: (!machine.partition.is_empty())
                .then(|| partition.map_or(PartitionResponse::empty(), |row| PartitionResponse::new(row))),
            rackid: machine.rack.as_str(),
            size: (!machine.size.is_empty()).then(|| size(machine, rows)),
            hardware: hardware(&machine.hardware),
            bios: &machine.bios,
            allocation: allocation.map(|allocation| {
                AllocationResponse::new(allocation, rows.image.as_deref().map(|row| &**row))
            }),
            state: StateResponse {
                value: state_value(machine.state.value),
                description: &machine.state.description,
                issuer: &machine.state.issuer,
                metal_hammer_version: &machine.state.metal_hammer_version,
            },
            ledstate: &machine.led,
            liveliness: events.map_or("", |events| events.liveliness.as_str()),
            events: events.map_or_else(EventsResponse::none, EventsResponse::of),
            tags: &machine.tags,
        }
    }
}

fn size<'a>(machine: &Machine, rows: &'a Rows) -> SizeResponse<'a> {
    match &rows.size {
        Some(row) => SizeResponse::new(row),
        None if machine.size.as_str() == UNKNOWN => SizeResponse::named(UNKNOWN),
        None => SizeResponse::named(""),
    }
}

/// Stored `TAINTED` is shown as `RESERVED` (api-machines 1.1).
pub(super) const fn state_value(value: StateValue) -> &'static str {
    match value {
        StateValue::Available => "",
        StateValue::Tainted => "RESERVED",
        StateValue::Locked => "LOCKED",
    }
}

fn hardware(hardware: &Hardware) -> HardwareResponse<'_> {
    HardwareResponse {
        memory: hardware.memory_bytes,
        cpu_cores: 0,
        disks: hardware
            .disks
            .iter()
            .map(|disk| DiskResponse { name: &disk.name, size: disk.size_bytes })
            .collect(),
        cpus: &hardware.cpus,
        gpus: &hardware.gpus,
        nics: hardware.nics.iter().map(nic).collect(),
    }
}

fn nic(nic: &Nic) -> NicResponse<'_> {
    NicResponse { neighbors: nic.neighbors.iter().map(alone).collect(), ..alone(nic) }
}

/// A nic without its neighbours: those of a neighbour are never shown.
fn alone(nic: &Nic) -> NicResponse<'_> {
    NicResponse { mac: &nic.mac, name: &nic.name, identifier: &nic.identifier, neighbors: Vec::new() }
}

impl<'a> EventsResponse<'a> {
    const fn none() -> Self {
        Self {
            log: Vec::new(),
            last_event_time: None,
            last_error_event: None,
            crash_loop: false,
            failed_machine_reclaim: false,
        }
    }

    fn of(events: &'a Events) -> Self {
        Self {
            log: events.log.iter().take(EVENTS_SHOWN).collect(),
            last_event_time: events.last_event_time,
            last_error_event: events.last_error_event.as_ref(),
            crash_loop: events.crash_loop,
            failed_machine_reclaim: events.failed_machine_reclaim,
        }
    }
}
