//! Dumps in go-ipam's format (ipam 1.1 and 1.2): a JSON array with one document per prefix, or `null` for none. Written
//! from the index; read into a plan, which is checked as a whole before anything is stored.

use super::addresses::{ADDRESSES_MAX, is_reserved};
use super::prefixes::PREFIXES_MAX;
use super::{names, refuse};
use crate::addressing::{Family, block};
use crate::ids::NamespaceId;
use crate::index::namespace::{Space, Standing};
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Maximal bytes of a dump, written or read: a million addresses, or the maximal number of prefixes of a namespace.
pub const DUMP_BYTES_MAX: usize = 24 << 20;

/// Minimal bytes of an address in a dump: `"::1":true,`.
const ADDRESS_BYTES_MIN: u64 = 11;

/// A prefix as go-ipam stores it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Document {
    cidr: String,
    /// Empty for a root.
    parent_cidr: String,
    /// False: allocated. True: allocated once and released; go-ipam writes these entries, and this reader skips them.
    available_child_prefixes: Option<BTreeMap<String, bool>>,
    /// From old releases, which identified a parent by it.
    child_prefix_length: i64,
    is_parent: bool,
    /// Including the reserved ones.
    #[serde(rename = "IPs")]
    ips: Option<BTreeMap<String, bool>>,
    version: i64,
}

/// The content of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DumpContent {
    /// Parents come before their children.
    pub prefixes: Vec<PlannedPrefix>,
    pub addresses: Vec<PlannedAddress>,
    /// Inconsistencies of the dump and their repairs, for people.
    pub mended: Vec<String>,
}

/// A prefix of a dump; masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPrefix {
    pub cidr: IpNet,
    pub parent: Option<IpNet>,
    pub is_parent: bool,
}

/// An address of a dump that is not reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedAddress {
    pub prefix: IpNet,
    pub address: IpAddr,
}

/// The content of a namespace as text, at one moment.
pub fn write(world: &World, namespace: &NamespaceId) -> Result<String, Refusal> {
    let too_large = || {
        let name = namespace.as_str();
        Refusal::bad_request(format!("the dump of namespace:{name:?} has more than {DUMP_BYTES_MAX} bytes"))
    };
    if !names::is_visible(world, namespace)? {
        return Ok("null".to_owned());
    }
    // Copies only the needed data under the lock; texts are made outside of it.
    let space = world.spaces(namespace, |space| {
        let used: u64 = space.prefixes().map(|(cidr, _)| space.used(cidr)).sum();
        (used.saturating_mul(ADDRESS_BYTES_MIN) <= DUMP_BYTES_MAX as u64).then(|| space.clone())
    });
    let space = space.ok_or_else(too_large)?;
    if space.is_empty() {
        return Ok("null".to_owned());
    }
    let mut children: BTreeMap<IpNet, BTreeMap<String, bool>> = BTreeMap::new();
    for (cidr, standing) in space.prefixes() {
        if let Some(parent) = standing.parent {
            children.entry(parent).or_default().insert(cidr.to_string(), false);
        }
    }
    let shown = |(cidr, standing)| document(&space, cidr, standing, children.remove(cidr));
    let documents: Vec<Document> = space.prefixes().map(shown).collect();
    let text = serde_json::to_string(&documents).expect("documents are maps with text keys");
    if text.len() > DUMP_BYTES_MAX { Err(too_large()) } else { Ok(text) }
}

fn document(
    space: &Space,
    cidr: &IpNet,
    standing: &Standing,
    children: Option<BTreeMap<String, bool>>,
) -> Document {
    let reserved = reserved(cidr).into_iter().flatten();
    Document {
        cidr: cidr.to_string(),
        parent_cidr: standing.parent.map(|parent| parent.to_string()).unwrap_or_default(),
        available_child_prefixes: Some(children.unwrap_or_default()),
        child_prefix_length: 0,
        is_parent: standing.is_parent,
        ips: Some(reserved.chain(space.addresses(cidr)).map(|address| (address.to_string(), true)).collect()),
        version: 0,
    }
}

/// The reserved addresses of a prefix: the first, and the last one of IPv4.
fn reserved(cidr: &IpNet) -> [Option<IpAddr>; 2] {
    let last = matches!(Family::of(cidr), Family::IPv4).then(|| cidr.broadcast());
    [Some(cidr.network()), last]
}

/// Parses and checks a dump.
pub fn read(text: &str) -> Result<DumpContent, Refusal> {
    if text.len() > DUMP_BYTES_MAX {
        let bytes = text.len();
        let why = format!("the dump has {bytes} bytes, at most {DUMP_BYTES_MAX} are allowed");
        return Err(Refusal::bad_request(why));
    }
    let documents: Option<Vec<Document>> = serde_json::from_str(text)
        .map_err(|error| Refusal::bad_request(format!("the dump cannot be read: {error}")))?;
    let documents = documents.unwrap_or_default();
    if documents.len() > PREFIXES_MAX {
        let why = format!("the dump has {} prefixes, at most {PREFIXES_MAX} are possible", documents.len());
        return Err(Refusal::bad_request(why));
    }
    let mut by_cidr: BTreeMap<IpNet, Document> = BTreeMap::new();
    for document in documents {
        let cidr = refuse::cidr(&document.cidr).map_err(in_dump)?;
        if by_cidr.insert(cidr, document).is_some() {
            return Err(bad(format!("prefix {cidr} is listed twice")));
        }
    }
    let mut prefixes = nested(&by_cidr)?;
    let mended = mended(&by_cidr, &prefixes)?;
    let parents: BTreeSet<IpNet> = prefixes.iter().filter_map(|prefix| prefix.parent).collect();
    let mut addresses = Vec::new();
    for (prefix, document) in prefixes.iter_mut().zip(by_cidr.values()) {
        let (cidr, own) = (prefix.cidr, taken(&prefix.cidr, document)?);
        prefix.is_parent |= parents.contains(&cidr);
        // A former parent never allocates single addresses again (ipam 1.1), even without children.
        if prefix.is_parent && !own.is_empty() {
            return Err(bad(format!("prefix {cidr} has ips and childprefixes")));
        }
        addresses.extend(own);
    }
    Ok(DumpContent { prefixes, addresses, mended })
}

/// Checks that every prefix is inside of its parent, and inside of no other; parents first.
fn nested(documents: &BTreeMap<IpNet, Document>) -> Result<Vec<PlannedPrefix>, Refusal> {
    let mut around: Vec<IpNet> = Vec::new();
    let mut prefixes: Vec<PlannedPrefix> = Vec::with_capacity(documents.len());
    for (cidr, document) in documents {
        while around.last().is_some_and(|above| !above.contains(cidr)) {
            around.pop();
        }
        let parent = match document.parent_cidr.as_str() {
            "" => None,
            text => Some(refuse::cidr(text).map_err(in_dump)?),
        };
        match (parent, around.last()) {
            (said, found) if said.as_ref() == found => {}
            (Some(parent), _) if !documents.contains_key(&parent) => {
                return Err(bad(format!("prefix {cidr} has the parent {parent}, which is missing")));
            }
            (_, Some(above)) => return Err(bad(format!("{cidr} overlaps {above}"))),
            (said, None) => {
                let parent = said.map(|parent| parent.to_string()).unwrap_or_default();
                return Err(bad(format!("prefix {cidr} is not inside its parent {parent}")));
            }
        }
        around.push(*cidr);
        let is_parent = document.is_parent || document.child_prefix_length > 0;
        prefixes.push(PlannedPrefix { cidr: *cidr, parent, is_parent });
    }
    Ok(prefixes)
}

/// Parents list their children, and children name their parents. go-ipam trusts the parents when it allocates, and the
/// children when it counts. Here existing children count, and the repairs are reported.
fn mended(documents: &BTreeMap<IpNet, Document>, prefixes: &[PlannedPrefix]) -> Result<Vec<String>, Refusal> {
    let mut cut: BTreeMap<IpNet, BTreeSet<IpNet>> = BTreeMap::new();
    for prefix in prefixes {
        if let Some(parent) = prefix.parent {
            cut.entry(parent).or_default().insert(prefix.cidr);
        }
    }
    let mut mended = Vec::new();
    for (cidr, document) in documents {
        let mut children = cut.remove(cidr).unwrap_or_default();
        for (text, is_free) in document.available_child_prefixes.iter().flatten() {
            let child = refuse::cidr(text).map_err(in_dump)?;
            match (children.remove(&child), is_free) {
                (false, false) => {
                    mended.push(format!("{child} was cut from {cidr} and is missing: its space is free"));
                }
                (true, true) => {
                    mended.push(format!("{child} exists, but {cidr} has it as released: it is kept"));
                }
                _ => {}
            }
        }
        let unknown = |child: &IpNet| format!("{child} exists, but {cidr} has no record of it: it is kept");
        mended.extend(children.iter().map(unknown));
    }
    Ok(mended)
}

/// The addresses of a document without the reserved ones, ascending.
fn taken(cidr: &IpNet, document: &Document) -> Result<Vec<PlannedAddress>, Refusal> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for text in document.ips.iter().flat_map(BTreeMap::keys) {
        let address = refuse::address(text).map_err(in_dump)?;
        if !cidr.contains(&address) {
            return Err(in_dump(refuse::not_in(text, &cidr.to_string())));
        }
        if !is_reserved(cidr, address) {
            addresses.push(address);
        }
    }
    addresses.sort_unstable_by_key(|address| block::number(*address));
    addresses.dedup();
    if addresses.len() as u64 > ADDRESSES_MAX {
        return Err(bad(format!("prefix {cidr} has more than {ADDRESSES_MAX} ips")));
    }
    Ok(addresses.into_iter().map(|address| PlannedAddress { prefix: *cidr, address }).collect())
}

fn bad(why: String) -> Refusal {
    in_dump(Refusal::bad_request(why))
}

fn in_dump(refusal: Refusal) -> Refusal {
    refusal.within("the dump is not consistent: ")
}
