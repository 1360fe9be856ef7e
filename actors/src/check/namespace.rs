//! Checks addresses and children against their prefixes, and prefixes against each other: the part of
//! [`crate::check`] about namespaces. These rows have no owner, so findings are never leaks: operators must
//! decide them.

use super::Fault;
use crate::namespace::{ROOT, is_reserved};
use crate::record::Record;
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::store::{Key, Kind};
use crate::world::{Versioned, World};
use std::sync::Arc;

/// Receives the fault, its subject, a text, and the rows of the finding.
type Report<'a> = &'a mut dyn FnMut(Fault, &str, String, &[Key]);

pub(super) fn check(world: &World, report: Report<'_>) {
    let mut prefixes = world.prefixes.all();
    prefixes.sort_by(|a, b| (&a.namespace, a.cidr).cmp(&(&b.namespace, b.cidr)));
    prefixes.iter().for_each(|prefix| at_prefix(world, prefix, report));
    at_neighbours(&prefixes, report);
    world.prefix_addresses.all().iter().for_each(|address| at_address(world, address, report));
}

fn at_prefix(world: &World, prefix: &Prefix, report: Report<'_>) {
    let (id, namespace) = (prefix.id(), prefix.namespace.as_str());
    if namespace != ROOT && !world.namespaces.contains(namespace) {
        let rows = [prefix.key(), Key::new(Kind::Namespace, namespace)];
        report(Fault::Misplaced, &id, format!("namespace {namespace} is gone"), &rows);
    }
    let Some(parent) = prefix.parent else { return };
    let above = Prefix::row_id(&prefix.namespace, &parent);
    let text = match world.prefixes.get(&above) {
        None => format!("it was cut from {parent}, which is gone"),
        Some(_) if !parent.contains(&prefix.cidr) => format!("it is outside of its parent {parent}"),
        Some(found) if !found.is_parent => format!("its parent {parent} has no record of children"),
        Some(_) => return,
    };
    report(Fault::Misplaced, &id, text, &[prefix.key(), Key::new(Kind::Prefix, above)]);
}

/// A nested prefix must be a child of the innermost prefix around it. In ascending order the outer prefixes come first.
fn at_neighbours(prefixes: &[Arc<Versioned<Prefix>>], report: Report<'_>) {
    let mut around: Vec<&Prefix> = Vec::new();
    for prefix in prefixes {
        let holds =
            |above: &&Prefix| above.namespace == prefix.namespace && above.cidr.contains(&prefix.cidr);
        while around.pop_if(|above| !holds(&&**above)).is_some() {}
        if let Some(above) = around.last().filter(|above| prefix.parent != Some(above.cidr)) {
            let text = format!("it overlaps {}, which is not its parent", above.cidr);
            report(Fault::Duplicate, &prefix.id(), text, &[prefix.key(), above.key()]);
        }
        around.push(prefix);
    }
}

fn at_address(world: &World, taken: &PrefixAddress, report: Report<'_>) {
    let PrefixAddress { namespace, prefix, address, .. } = taken;
    let id = Prefix::row_id(namespace, prefix);
    let text = match world.prefixes.get(&id) {
        None => format!("prefix {prefix} is gone"),
        Some(_) if !prefix.contains(address) => format!("it is outside of {prefix}"),
        Some(_) if is_reserved(prefix, *address) => format!("it is reserved in {prefix}"),
        Some(found) if found.is_parent => format!("prefix {prefix} has childprefixes"),
        Some(_) => return,
    };
    report(Fault::Misplaced, &taken.id(), text, &[taken.key(), Key::new(Kind::Prefix, id)]);
}

#[cfg(test)]
mod tests;
