//! The indexes of addresses, numbers and prefixes as a whole: comparison with the rows that they are derived from, and
//! rebuild.
//!
//! They follow every write, so they always agree with the rows (ipam 5.4, I13). This module verifies it while the node
//! serves.

use super::World;
use super::attached::Attached;
use crate::index::namespace::Spaces;
use crate::index::{Addresses, Numbers, Place, Registry};
use crate::record::ipam::Claim;
use crate::store::{Key, Kind};
use parking_lot::RwLock;

/// Kinds whose rows must be added to an index only once: it is rebuilt only while none of them is being written. Adding
/// rows of other kinds twice is harmless.
const ONCE: [Kind; 2] = [Kind::Network, Kind::Prefix];

/// A difference between an index and the rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlike {
    /// Like [`crate::check::Finding`].
    pub subject: String,
    pub text: String,
    /// The rows that determine it.
    pub rows: Vec<Key>,
}

impl World {
    /// The differences between indexes and rows. A row that is being written may be among them without fault.
    pub fn unlike(&self) -> Vec<Unlike> {
        let mut unlike = Vec::new();
        let addresses = read(&self.occupancy).unlike(&self.addresses_of_rows());
        unlike.extend(addresses.into_iter().map(|(place, address, own)| {
            let rows =
                [Kind::Address, Kind::QuarantinedAddress].map(|kind| Key::new(kind, address.to_string()));
            let Place { network, prefix } = place;
            let text = format!("{} in {prefix} of network {network}", said("addresses", own));
            Unlike { subject: address.to_string(), text, rows: rows.into() }
        }));
        let numbers = read(&self.numbers).unlike(&self.numbers_of_rows());
        unlike.extend(numbers.into_iter().map(|(pool, number, own)| {
            let subject = format!("{} {number}", pool.as_str());
            let rows = vec![Key::new(Kind::Claim, Claim::row_id(pool, number))];
            Unlike { subject, text: said("numbers", own), rows }
        }));
        let networks = read(&self.registry).unlike(&self.registry_of_rows());
        unlike.extend(networks.into_iter().map(|(network, children)| {
            let rows = std::iter::once(&network).chain(&children);
            let rows = rows.map(|network| Key::new(Kind::Network, network.as_str())).collect();
            Unlike { subject: network.0, text: disagree("prefixes"), rows }
        }));
        let known = read(&self.spaces);
        let spaces = known.unlike(&self.spaces_of_rows().with_flights_of(&known));
        drop(known);
        let of_namespaces = |(subject, rows)| Unlike { subject, text: disagree("namespaces"), rows };
        unlike.extend(spaces.into_iter().map(of_namespaces));
        let attached = read(&self.attached).unlike(&self.attached_of_rows());
        unlike.extend(attached.into_iter().map(|(machine, addresses)| {
            let rows = addresses.iter().map(|address| Key::new(Kind::Address, address.to_string())).collect();
            Unlike { subject: machine.0, text: disagree("machines' addresses"), rows }
        }));
        unlike
    }

    /// Rebuilds the indexes from the rows; pending commits stay counted. Returns false and changes nothing while a
    /// commit of networks or prefixes is pending: try again later. Blocks picks and commits meanwhile, which takes
    /// about a second for a million rows.
    pub fn reindex(&self) -> bool {
        self.while_none_is_written(&ONCE, || {
            // Rows that are applied meanwhile wait for the lock of their index.
            anew(&self.occupancy, |known| self.addresses_of_rows().with_flights_of(known));
            anew(&self.numbers, |known| self.numbers_of_rows().with_flights_of(known));
            anew(&self.registry, |_| self.registry_of_rows());
            anew(&self.spaces, |known| self.spaces_of_rows().with_flights_of(known));
            anew(&self.attached, |_| self.attached_of_rows());
        })
        .is_some()
    }

    fn addresses_of_rows(&self) -> Addresses {
        let mut index = Addresses::default();
        self.addresses.all().iter().for_each(|row| index.replace(None, Some(row)));
        self.quarantined
            .all()
            .iter()
            .for_each(|rest| index.rest(None, Some((rest.address, Place::at_rest(rest)))));
        index
    }

    fn numbers_of_rows(&self) -> Numbers {
        let mut index = Numbers::default();
        self.claims.all().iter().for_each(|claim| index.insert(claim.pool, claim.number));
        index
    }

    fn registry_of_rows(&self) -> Registry {
        let mut index = Registry::default();
        self.networks.all().iter().for_each(|network| index.replace(None, Some(network)));
        index
    }

    fn spaces_of_rows(&self) -> Spaces {
        let mut index = Spaces::default();
        self.prefixes.all().iter().for_each(|prefix| index.replace_prefix(None, Some(prefix)));
        self.prefix_addresses.all().iter().for_each(|address| index.replace_address(None, Some(address)));
        index
    }

    fn attached_of_rows(&self) -> Attached {
        let mut index = Attached::default();
        self.addresses.all().iter().for_each(|address| index.replace(None, Some(address)));
        index
    }
}

/// A copy: the comparison takes long, and the lock is held only to copy.
fn read<I: Clone>(index: &RwLock<I>) -> I {
    index.read().clone()
}

fn anew<I>(index: &RwLock<I>, built: impl FnOnce(&I) -> I) {
    let mut known = index.write();
    *known = built(&known);
}

fn said(of: &str, indexed: bool) -> String {
    match indexed {
        true => format!("the index of {of} has it, and no row does"),
        false => format!("the index of {of} does not have it"),
    }
}

fn disagree(of: &str) -> String {
    format!("the index of {of} differs from the rows")
}
