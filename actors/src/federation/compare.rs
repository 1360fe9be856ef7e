//! What stands in the way of a join, and what is only worth knowing.

mod found;
mod settings;

pub use found::{Comparison, FINDINGS_MAX, Finding, Severity};

use super::digest::Digest;
use super::inventory::{Contents, Inventory};
use super::prefix::{self, Announced};
use super::rename::{RENAMABLE, Rename};
use crate::ids::PartitionId;
use crate::masterdata::image;
use crate::masterdata::version::Version;
use crate::naming;
use crate::store::Kind;
use found::{Found, shown, word};

/// All conflicts and remarks of a plant that joins and one member of the federation, in a fixed order, conflicts first.
/// `member_name`: the name that the member's certificate proves, independent of its inventory.
///
/// It takes one pass over both inventories, and a sort of their prefixes.
pub fn compare(joiner: &Inventory, member_name: &PartitionId, member: &Inventory) -> Comparison {
    let both = Both { joiner, member, name: shown(member_name.as_str()) };
    let mut found = Found::default();
    settings::compare(&both, member_name, &mut found);
    for ((kind, own), (_, its)) in joiner.contents().into_iter().zip(member.contents()) {
        both.things(kind, own, its, &mut found);
    }
    both.prefixes(&mut found);
    both.hardware(&mut found);
    found.into_comparison()
}

/// The two inventories.
struct Both<'a> {
    joiner: &'a Inventory,
    member: &'a Inventory,
    /// The member's name, for people.
    name: String,
}

impl Both<'_> {
    /// The same id with other content.
    fn things(&self, kind: Kind, own: &Contents, its: &Contents, found: &mut Found) {
        let differs = |(id, digest): &(&String, &Digest)| its.get(*id).is_some_and(|its| its != *digest);
        for (id, _) in own.iter().filter(differs) {
            found.conflict(|| {
                let subject = format!("{} {}", kind.entity(), shown(id));
                let way_out = match kind {
                    Kind::Partition => "delete it in the plant that serves another partition".to_owned(),
                    kind => {
                        self.rename(kind, id, own, its).unwrap_or_else(|| "delete one of both".to_owned())
                    }
                };
                let text = format!(
                    "{subject} has other content in {}: {way_out}, or give both the same content",
                    self.name
                );
                Finding { severity: Severity::Conflict, subject, text }
            });
        }
    }

    /// The option that renames a thing of the joiner to an id that is free in both plants; `None`: there is none.
    fn rename(&self, kind: Kind, id: &str, own: &Contents, its: &Contents) -> Option<String> {
        let is_free = |id: &String| !own.contains_key(id) && !its.contains_key(id);
        let to = match kind {
            Kind::Image => free_image(id, is_free),
            _ => free_name(id, self.joiner.partition.as_str(), is_free),
        };
        let of_kinds = self.joiner.contents();
        let is_renamable = |kind: &Kind| RENAMABLE.contains(kind);
        let count = of_kinds.iter().filter(|(kind, ids)| is_renamable(kind) && ids.contains_key(id)).count();
        let rename = Rename { kind: (count > 1).then_some(kind), from: id.to_owned(), to: to? };
        // Old ids may be such that an option cannot name them.
        let is_written = rename.to_string().parse::<Rename>().as_ref() == Ok(&rename);
        let is_possible = is_renamable(&kind) && is_written && naming::check(kind, &rename.to).is_ok();
        is_possible.then(|| format!("rename the joiner's with join --rename {}", word(&rename.to_string())))
    }

    fn prefixes(&self, found: &mut Found) {
        let overlaps = prefix::overlaps(&self.joiner.prefixes, &self.member.prefixes, FINDINGS_MAX);
        let subject =
            |own: &Announced| format!("prefix {} of network {}", own.prefix, shown(own.network.as_str()));
        for (own, its) in &overlaps.conflicts.first {
            found.conflict(|| {
                let subject = subject(own);
                let text = format!(
                    "{subject} overlaps {} of network {} in {}: give one of both networks another prefix, move its \
                     addresses there, and remove this one",
                    its.prefix,
                    shown(its.network.as_str()),
                    self.name
                );
                Finding { severity: Severity::Conflict, subject, text }
            });
        }
        for (own, its) in &overlaps.repeated.first {
            found.remark(|| {
                let subject = subject(own);
                let text = format!(
                    "{subject} overlaps {} of network {} in {}: both never leave their partitions, so both may stay",
                    its.prefix,
                    shown(its.network.as_str()),
                    self.name
                );
                Finding { severity: Severity::Remark, subject, text }
            });
        }
        let more = |pairs: &prefix::Pairs<'_>| {
            pairs.count.saturating_sub(u64::try_from(pairs.first.len()).unwrap_or(u64::MAX))
        };
        found.left_out(more(&overlaps.conflicts), more(&overlaps.repeated));
    }

    fn hardware(&self, found: &mut Found) {
        let (joiner, member) = (self.joiner, self.member);
        for id in joiner.machines.intersection(&member.machines) {
            found.conflict(|| {
                let subject = format!("machine {}", shown(id));
                let text = format!(
                    "{subject} is in {} too: if it is one machine, delete it in the plant where it does not stand; if \
                     two boards have the same UUID, set another one in the firmware of one of them",
                    self.name
                );
                Finding { severity: Severity::Conflict, subject, text }
            });
        }
        for id in joiner.switches.intersection(&member.switches) {
            found.conflict(|| {
                let subject = format!("switch {}", shown(id));
                let text = format!(
                    "{subject} is in {} too: if it is one switch, delete it in the plant where it does not stand; if \
                     they are two, give one of them another hostname, and delete its old entry once it has registered",
                    self.name
                );
                Finding { severity: Severity::Conflict, subject, text }
            });
        }
    }
}

/// How many ids are tried.
const TRIES_MAX: u32 = 100;

/// `internet-plant-b`, or the next that is free.
fn free_name(id: &str, partition: &str, is_free: impl Fn(&String) -> bool) -> Option<String> {
    let base = format!("{id}-{partition}");
    let numbered = (2..TRIES_MAX).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(base.clone()).chain(numbered);
    names.find(is_free)
}

/// The next patch of the image that is free: its operating system must stay.
fn free_image(id: &str, is_free: impl Fn(&String) -> bool) -> Option<String> {
    let (os, Version { major, minor, patch, .. }) = image::parse(id).ok()?;
    let patches = (1..TRIES_MAX).map_while(|more| patch.checked_add(u64::from(more)));
    let mut names = patches.map(|patch| format!("{os}-{major}.{minor}.{patch}"));
    names.find(is_free)
}

#[cfg(test)]
mod tests;
