//! What a partition says of itself before plants are joined.

use super::content::Content;
use super::digest::Digest;
use super::key::RoleKeys;
use super::prefix::{self, Announced};
use super::references::Refers;
use super::rename::Renames;
use crate::ids::PartitionId;
use crate::record::Record;
use crate::store::{INDEXED_BYTES_MAX, Kind};
use crate::world::{MACHINES_MAX, Stopped, Table, World};
use cbor4ii::core::dec::Read;
use cbor4ii::core::utils::SliceReader;
use cbor4ii::serde::DecodeError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of inventories that this release writes and reads. It changes only with the meaning of a field: new
/// fields keep it.
pub const VERSION: u16 = 1;

/// Maximum of ids and prefixes of one inventory together: a full partition of machines, and as many other things.
pub const IDS_MAX: usize = 2 * MACHINES_MAX;

/// Maximal bytes of an encoded inventory. With UUIDs as ids, 10,000 machines have 371 KiB, and 1,000 networks 141 KiB.
pub const INVENTORY_BYTES_MAX: usize = 8 << 20;

/// Maximal bytes of the reason why an inventory cannot be read.
const REASON_BYTES_MAX: usize = 512;

/// The kinds whose ids are compared. While none of them is created, no new conflict comes up between two partitions, if
/// what exists keeps its content.
pub const COMPARED: [Kind; 11] = [
    Kind::Partition,
    Kind::Tenant,
    Kind::Project,
    Kind::Size,
    Kind::SizeReservation,
    Kind::SizeImageConstraint,
    Kind::Image,
    Kind::Layout,
    Kind::Network,
    Kind::Machine,
    Kind::Switch,
];

/// The content of things, by id.
pub type Contents = BTreeMap<String, Digest>;

/// What the caller knows of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The partition that the node serves.
    pub partition: PartitionId,
    /// The fingerprints of its keys, by role.
    pub keys: BTreeMap<String, RoleKeys>,
    /// The tenant whose projects are the provider's.
    pub provider_tenant: String,
    /// The path above all routes, with slashes at both ends.
    pub base_path: String,
}

/// All that two plants compare. Fields of newer releases are ignored, and missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inventory {
    pub version: u16,
    pub partition: PartitionId,
    /// The entities that describe partitions, the own one among them.
    pub partitions: Contents,
    pub tenants: Contents,
    pub projects: Contents,
    pub sizes: Contents,
    pub size_reservations: Contents,
    pub size_image_constraints: Contents,
    pub images: Contents,
    pub layouts: Contents,
    pub networks: Contents,
    /// The prefixes of the networks that lie in no other network.
    pub prefixes: Vec<Announced>,
    pub machines: BTreeSet<String>,
    pub switches: BTreeSet<String>,
    pub keys: BTreeMap<String, RoleKeys>,
    pub provider_tenant: String,
    pub base_path: String,
}

/// Why an inventory cannot be sent or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    #[error("the inventory has {ids} ids and prefixes, at most {IDS_MAX} are possible")]
    TooMany { ids: usize },
    #[error("the inventory has {bytes} bytes, at most {INVENTORY_BYTES_MAX} are possible")]
    TooLarge { bytes: usize },
    #[error("the inventory has a text of {bytes} bytes, at most {INDEXED_BYTES_MAX} are possible")]
    LongText { bytes: usize },
    #[error(
        "the inventory has version {version}, this release reads version {VERSION}: update the older plant first"
    )]
    Version { version: u16 },
    #[error("the inventory cannot be read: {reason}")]
    Unreadable { reason: String },
}

impl Inventory {
    /// The inventory of a partition; the error names a kind with unreadable rows, without which it would be incomplete.
    pub fn of(world: &World, settings: Settings) -> Result<Self, Stopped> {
        Self::renamed(world, settings, &Renames::default())
    }

    /// The inventory that the partition will have after these renames.
    pub fn renamed(world: &World, settings: Settings, ids: &Renames) -> Result<Self, Stopped> {
        world.whole(|| Self {
            version: VERSION,
            partition: settings.partition,
            partitions: contents(ids, &world.partitions),
            tenants: contents(ids, &world.tenants),
            projects: contents(ids, &world.projects),
            sizes: contents(ids, &world.sizes),
            size_reservations: contents(ids, &world.size_reservations),
            size_image_constraints: contents(ids, &world.size_image_constraints),
            images: contents(ids, &world.images),
            layouts: contents(ids, &world.layouts),
            networks: contents(ids, &world.networks),
            prefixes: renamed_prefixes(world, ids),
            machines: world.machines.all().iter().map(|machine| machine.id()).collect(),
            switches: world.switches.all().iter().map(|switch| switch.id()).collect(),
            keys: settings.keys,
            provider_tenant: settings.provider_tenant,
            base_path: settings.base_path,
        })
    }

    /// In CBOR (RFC 8949), with the names of the fields.
    pub fn encode(&self) -> Result<Vec<u8>, InventoryError> {
        self.check()?;
        let bytes = cbor4ii::serde::to_vec(Vec::new(), self).expect("an inventory is a map with text keys");
        bounded(bytes.len()).map(|()| bytes)
    }

    /// Reads an inventory from a link. Every bound is enforced, and the size before anything is read.
    pub fn decode(bytes: &[u8]) -> Result<Self, InventoryError> {
        bounded(bytes.len())?;
        let inventory = parse::<Self>(bytes);
        // A newer one may be unreadable because of its version.
        let version = match &inventory {
            Ok(inventory) => inventory.version,
            Err(_) => parse::<Head>(bytes).map_or(VERSION, |head| head.version),
        };
        if version != VERSION {
            return Err(InventoryError::Version { version });
        }
        let inventory = inventory?;
        inventory.check()?;
        Ok(inventory)
    }

    /// The compared things by kind, in the order of findings.
    pub(super) fn contents(&self) -> [(Kind, &Contents); 9] {
        [
            (Kind::Partition, &self.partitions),
            (Kind::Tenant, &self.tenants),
            (Kind::Project, &self.projects),
            (Kind::Size, &self.sizes),
            (Kind::SizeReservation, &self.size_reservations),
            (Kind::SizeImageConstraint, &self.size_image_constraints),
            (Kind::Image, &self.images),
            (Kind::Layout, &self.layouts),
            (Kind::Network, &self.networks),
        ]
    }

    fn check(&self) -> Result<(), InventoryError> {
        let contents = self.contents();
        let ids = contents.iter().map(|(_, contents)| contents.len()).sum::<usize>()
            + [self.prefixes.len(), self.machines.len(), self.switches.len(), self.keys.len()]
                .iter()
                .sum::<usize>();
        if ids > IDS_MAX {
            return Err(InventoryError::TooMany { ids });
        }
        let own = [self.partition.as_str(), &self.provider_tenant, &self.base_path];
        let ids = contents.iter().flat_map(|(_, contents)| contents.keys()).chain(&self.machines);
        let ids = ids.chain(&self.switches).chain(self.keys.keys()).map(String::as_str);
        let networks = self.prefixes.iter().map(|announced| announced.network.as_str());
        match own.into_iter().chain(ids).chain(networks).map(str::len).max() {
            Some(bytes) if bytes > INDEXED_BYTES_MAX => Err(InventoryError::LongText { bytes }),
            _ => Ok(()),
        }
    }
}

/// The first field of every version.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head {
    version: u16,
}

const fn bounded(bytes: usize) -> Result<(), InventoryError> {
    if bytes <= INVENTORY_BYTES_MAX { Ok(()) } else { Err(InventoryError::TooLarge { bytes }) }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, InventoryError> {
    let unreadable = |reason: &str| InventoryError::Unreadable {
        reason: reason[..reason.floor_char_boundary(REASON_BYTES_MAX)].to_owned(),
    };
    let mut deserializer = cbor4ii::serde::Deserializer::new(SliceReader::new(bytes));
    let value = T::deserialize(&mut deserializer).map_err(|error| match error {
        DecodeError::Custom(reason) => unreadable(&reason),
        DecodeError::Core(_) => unreadable("it is invalid or incomplete"),
    })?;
    let mut rest = deserializer.into_inner();
    let Ok(rest) = rest.fill(1);
    if rest.as_ref().is_empty() { Ok(value) } else { Err(unreadable("it has trailing bytes")) }
}

fn contents<R: Refers + Content>(ids: &Renames, rows: &Table<R>) -> Contents {
    let content = |record: &R| (record.id(), record.digest());
    let rows = rows.all();
    rows.iter()
        .map(|row| ids.renamed(&*row.value).map_or_else(|| content(row), |next| content(&next)))
        .collect()
}

fn renamed_prefixes(world: &World, ids: &Renames) -> Vec<Announced> {
    let mut announced = prefix::announced(world);
    announced.iter_mut().for_each(|announced| ids.apply(&mut announced.network));
    announced
}

#[cfg(test)]
mod tests;
