//! Rows as others see them: by kind, in pages, as they are stored.

use super::{Record, World};
use crate::ipam::{Address, Claim};
use crate::machine::{Events, Machine};
use crate::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::network::Network;
use crate::store::{Key, Kind, Row};
use crate::switch::{Switch, SwitchStatus};

impl World {
    /// True when memory knows a row with this name.
    pub fn has(&self, key: &Key) -> bool {
        match key.kind {
            Kind::Tenant => self.tenants.contains(&key.id),
            Kind::Project => self.projects.contains(&key.id),
            Kind::Partition => self.partitions.contains(&key.id),
            Kind::Size => self.sizes.contains(&key.id),
            Kind::Image => self.images.contains(&key.id),
            Kind::Layout => self.layouts.contains(&key.id),
            Kind::Network => self.networks.contains(&key.id),
            Kind::Address => self.addresses.contains(&key.id),
            Kind::Claim => self.claims.contains(&key.id),
            Kind::Switch => self.switches.contains(&key.id),
            Kind::SwitchStatus => self.switch_statuses.contains(&key.id),
            Kind::Machine => self.machines.contains(&key.id),
            Kind::Events => self.events.contains(&key.id),
        }
    }

    /// The row with this name as memory knows it.
    pub fn row(&self, key: &Key) -> Option<Row> {
        match key.kind {
            Kind::Tenant => row::<Tenant>(self, &key.id),
            Kind::Project => row::<Project>(self, &key.id),
            Kind::Partition => row::<Partition>(self, &key.id),
            Kind::Size => row::<Size>(self, &key.id),
            Kind::Image => row::<Image>(self, &key.id),
            Kind::Layout => row::<Layout>(self, &key.id),
            Kind::Network => row::<Network>(self, &key.id),
            Kind::Address => row::<Address>(self, &key.id),
            Kind::Claim => row::<Claim>(self, &key.id),
            Kind::Switch => row::<Switch>(self, &key.id),
            Kind::SwitchStatus => row::<SwitchStatus>(self, &key.id),
            Kind::Machine => row::<Machine>(self, &key.id),
            Kind::Events => row::<Events>(self, &key.id),
        }
    }

    /// Rows of a kind in ascending order of id, those after `after`, `limit` at most.
    pub fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<Row> {
        match kind {
            Kind::Tenant => rows::<Tenant>(self, after, limit),
            Kind::Project => rows::<Project>(self, after, limit),
            Kind::Partition => rows::<Partition>(self, after, limit),
            Kind::Size => rows::<Size>(self, after, limit),
            Kind::Image => rows::<Image>(self, after, limit),
            Kind::Layout => rows::<Layout>(self, after, limit),
            Kind::Network => rows::<Network>(self, after, limit),
            Kind::Address => rows::<Address>(self, after, limit),
            Kind::Claim => rows::<Claim>(self, after, limit),
            Kind::Switch => rows::<Switch>(self, after, limit),
            Kind::SwitchStatus => rows::<SwitchStatus>(self, after, limit),
            Kind::Machine => rows::<Machine>(self, after, limit),
            Kind::Events => rows::<Events>(self, after, limit),
        }
    }
}

fn row<R: Record>(world: &World, id: &str) -> Option<Row> {
    R::table(world).get(id).map(|known| known.row())
}

fn rows<R: Record>(world: &World, after: Option<&str>, limit: usize) -> Vec<Row> {
    R::table(world).page(after, limit).iter().map(|known| known.row()).collect()
}
