//! The rows for an answer: this partition's current rows, or rows that another partition sent.
//!
//! A thing is shown together with others: a machine with its events, its size and its image. Rows of another partition
//! become a small world, so that the same code shows both. The owner computes values that depend on many more rows.

use crate::ipam::usage::{Consumption, consumption};
use crate::mesh::{Computed, SHOWN_BYTES_MAX, SHOWN_MAX, Shown};
use crate::network::Network;
use crate::refusal::Refusal;
use crate::store::{Key, Kind};
use crate::switch::Switch;
use crate::switch::filter::{PortFilter, port_filters};
use crate::world::{BadRow, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rows of one partition and values computed from others. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    world: Arc<World>,
    /// By id; `None`: the world has all rows of its partition, and computes the values itself.
    computed: Option<Arc<BTreeMap<String, Computed>>>,
}

impl View {
    pub(super) fn own(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), computed: None }
    }

    /// A view of rows that another partition sent.
    pub(super) fn of(sent: impl IntoIterator<Item = Shown>) -> Result<Self, BadRow> {
        let world = World::default();
        let mut computed = BTreeMap::new();
        for shown in sent {
            for row in &shown.rows {
                world.load(&row.key, Some(row))?;
            }
            computed.extend(shown.computed);
        }
        Ok(Self { world: Arc::new(world), computed: Some(Arc::new(computed)) })
    }

    /// True for this partition's own rows.
    pub const fn is_own(&self) -> bool {
        self.computed.is_none()
    }

    /// Its rows. For another partition: only the requested rows and those that they are shown with.
    pub const fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// How full a network of this partition is.
    pub fn consumption(&self, network: &Network) -> Consumption {
        match &self.computed {
            None => consumption(&self.world, network),
            Some(computed) => {
                computed.get(network.id.as_str()).and_then(|it| it.consumption).unwrap_or_default()
            }
        }
    }

    /// The filters of all ports of a switch of this partition, in the order of `switch.nics`.
    pub fn port_filters(&self, switch: &Switch) -> Result<Vec<Option<PortFilter>>, Refusal> {
        let Some(computed) = &self.computed else { return port_filters(&self.world, switch) };
        let filters = computed.get(switch.id.as_str()).and_then(|it| it.port_filters.clone());
        filters.unwrap_or_else(|| Ok(vec![None; switch.nics.len()]))
    }
}

/// The part of `world` that shows one thing, or a page of things of a kind after an id.
pub(super) fn show(world: &World, kind: Kind, id: Option<&str>, after: Option<&str>) -> Shown {
    let things = match id {
        Some(id) => world.row(&Key::new(kind, id)).into_iter().collect(),
        None => world.rows(kind, after, SHOWN_MAX),
    };
    let is_full = things.len() == SHOWN_MAX;
    let (mut shown, mut with) = (Shown::default(), BTreeMap::new());
    let (mut last, mut bytes) = (None, 0);
    for thing in things {
        if bytes >= SHOWN_BYTES_MAX {
            shown.more_after = last;
            break;
        }
        for key in shown_with(world, &thing.key) {
            if !with.contains_key(&key)
                && let Some(row) = world.row(&key)
            {
                bytes += row.bytes();
                with.insert(key, row);
            }
        }
        if let Some(computed) = computed(world, &thing.key) {
            shown.computed.insert(thing.key.id.clone(), computed);
        }
        bytes += thing.bytes();
        last = Some(thing.key.id.clone());
        if is_full {
            shown.more_after.clone_from(&last);
        }
        shown.rows.push(thing);
    }
    shown.rows.extend(with.into_values());
    shown
}

/// The rows that a thing is shown with, if they exist.
fn shown_with(world: &World, thing: &Key) -> Vec<Key> {
    match thing.kind {
        Kind::Machine => world.machines.get(&thing.id).map_or_else(Vec::new, |machine| {
            let image = machine.allocation.as_ref().map(|allocation| &allocation.image.0);
            let mut with = vec![
                Key::new(Kind::Events, thing.id.as_str()),
                Key::new(Kind::Partition, machine.partition.as_str()),
                Key::new(Kind::Size, machine.size.as_str()),
            ];
            with.extend(image.map(|image| Key::new(Kind::Image, image.as_str())));
            with
        }),
        Kind::Switch => world.switches.get(&thing.id).map_or_else(Vec::new, |switch| {
            vec![
                Key::new(Kind::SwitchStatus, thing.id.as_str()),
                Key::new(Kind::Partition, switch.partition.as_str()),
            ]
        }),
        _ => Vec::new(),
    }
}

fn computed(world: &World, thing: &Key) -> Option<Computed> {
    match thing.kind {
        Kind::Network => world.networks.get(&thing.id).map(|network| Computed {
            consumption: Some(consumption(world, &network)),
            ..Computed::default()
        }),
        Kind::Switch => world.switches.get(&thing.id).map(|switch| Computed {
            port_filters: Some(port_filters(world, &switch)),
            ..Computed::default()
        }),
        _ => None,
    }
}
