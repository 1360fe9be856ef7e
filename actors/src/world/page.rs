//! Rows as others see them: by kind, in pages, as they are stored.

use super::{Record, World};
use crate::ipam::{Address, Claim, QuarantinedAddress};
use crate::machine::{Events, Machine};
use crate::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::namespace::{Namespace, Prefix, PrefixAddress};
use crate::network::Network;
use crate::store::{Generation, Key, Kind, Row};
use crate::switch::{Switch, SwitchStatus};

/// Calls a function of the kind's record. What is not kept in memory has nothing to show.
macro_rules! of_kind {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match $kind {
            Kind::Tenant => $function::<Tenant>($($argument),*),
            Kind::Project => $function::<Project>($($argument),*),
            Kind::Partition => $function::<Partition>($($argument),*),
            Kind::Size => $function::<Size>($($argument),*),
            Kind::Image => $function::<Image>($($argument),*),
            Kind::Layout => $function::<Layout>($($argument),*),
            Kind::Network => $function::<Network>($($argument),*),
            Kind::Address => $function::<Address>($($argument),*),
            Kind::QuarantinedAddress => $function::<QuarantinedAddress>($($argument),*),
            Kind::History => Default::default(),
            Kind::Claim => $function::<Claim>($($argument),*),
            Kind::Switch => $function::<Switch>($($argument),*),
            Kind::SwitchStatus => $function::<SwitchStatus>($($argument),*),
            Kind::Machine => $function::<Machine>($($argument),*),
            Kind::Events => $function::<Events>($($argument),*),
            Kind::Namespace => $function::<Namespace>($($argument),*),
            Kind::Prefix => $function::<Prefix>($($argument),*),
            Kind::PrefixAddress => $function::<PrefixAddress>($($argument),*),
        }
    };
}

impl World {
    /// True when memory knows a row with this name.
    pub fn has(&self, key: &Key) -> bool {
        of_kind!(key.kind, has(self, &key.id))
    }

    /// The row with this name as memory knows it.
    pub fn row(&self, key: &Key) -> Option<Row> {
        of_kind!(key.kind, row(self, &key.id))
    }

    /// Rows of a kind in ascending order of id, those after `after`, `limit` at most.
    pub fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<Row> {
        of_kind!(kind, rows(self, after, limit))
    }

    /// As [`World::rows`], without writing out what is in them.
    pub fn generations(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<(Key, Generation)> {
        of_kind!(kind, generations(self, after, limit))
    }
}

fn has<R: Record>(world: &World, id: &str) -> bool {
    R::table(world).contains(id)
}

fn row<R: Record>(world: &World, id: &str) -> Option<Row> {
    R::table(world).get(id).map(|known| known.row())
}

fn rows<R: Record>(world: &World, after: Option<&str>, limit: usize) -> Vec<Row> {
    R::table(world).page(after, limit).iter().map(|known| known.row()).collect()
}

fn generations<R: Record>(world: &World, after: Option<&str>, limit: usize) -> Vec<(Key, Generation)> {
    let page = R::table(world).page(after, limit);
    page.iter().map(|known| (known.value.key(), known.generation)).collect()
}
