//! Whether what was taken from prefixes agrees with the prefixes, and these with each other: the part of
//! [`crate::ipam::check`] that is about namespaces. Nobody owns these rows, so that nothing of it is a leak: people look.

use super::ROOT;
use super::addresses::is_reserved;
use super::record::{Prefix, PrefixAddress};
use crate::ipam::check::Fault;
use crate::store::{Key, Kind};
use crate::world::{Record, Versioned, World};
use std::sync::Arc;

/// What is wrong with what, and the rows that this is about.
type Report<'a> = &'a mut dyn FnMut(Fault, &str, String, &[Key]);

pub(crate) fn check(world: &World, report: Report<'_>) {
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
        Some(_) if !parent.contains(&prefix.cidr) => format!("it lies outside of {parent}, its parent"),
        Some(found) if !found.is_parent => format!("its parent {parent} does not know of children"),
        Some(_) => return,
    };
    report(Fault::Misplaced, &id, text, &[prefix.key(), Key::new(Kind::Prefix, above)]);
}

/// Whoever lies in another prefix was cut from the innermost one around it. In ascending order those around come first.
fn at_neighbours(prefixes: &[Arc<Versioned<Prefix>>], report: Report<'_>) {
    let mut around: Vec<&Prefix> = Vec::new();
    for prefix in prefixes {
        let holds =
            |above: &&Prefix| above.namespace == prefix.namespace && above.cidr.contains(&prefix.cidr);
        while around.pop_if(|above| !holds(&&**above)).is_some() {}
        if let Some(above) = around.last().filter(|above| prefix.parent != Some(above.cidr)) {
            let text = format!("it overlaps {}, from which it was not cut", above.cidr);
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
        Some(_) if !prefix.contains(address) => format!("it lies outside of {prefix}"),
        Some(_) if is_reserved(prefix, *address) => format!("it is reserved in {prefix}"),
        Some(found) if found.is_parent => format!("prefix {prefix} has childprefixes"),
        Some(_) => return,
    };
    report(Fault::Misplaced, &taken.id(), text, &[taken.key(), Key::new(Kind::Prefix, id)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipam::check::check;
    use crate::store::Generation;
    use crate::time::Timestamp;
    use ipnet::IpNet;

    fn put(world: &World, namespace: &str, cidr: &str, parent: Option<&str>, is_parent: bool) {
        let (cidr, parent) = (cidr.parse().unwrap(), parent.map(|parent| parent.parse::<IpNet>().unwrap()));
        let created = Timestamp::from_millis(1);
        let prefix = Prefix { namespace: namespace.into(), cidr, parent, is_parent, created };
        world.insert(Generation(1), prefix);
    }

    fn take(world: &World, prefix: &str, address: &str) {
        let (prefix, address) = (prefix.parse().unwrap(), address.parse().unwrap());
        let created = Timestamp::from_millis(1);
        world.insert(Generation(1), PrefixAddress { namespace: ROOT.into(), prefix, address, created });
    }

    fn world() -> World {
        let world = World::default();
        put(&world, ROOT, "10.0.0.0/8", None, true);
        put(&world, ROOT, "10.0.0.0/16", Some("10.0.0.0/8"), true);
        put(&world, ROOT, "10.0.0.0/24", Some("10.0.0.0/16"), false);
        put(&world, ROOT, "10.1.0.0/16", Some("10.0.0.0/8"), false);
        put(&world, ROOT, "2001:db8::/64", None, false);
        take(&world, "10.0.0.0/24", "10.0.0.1");
        take(&world, "2001:db8::/64", "2001:db8::1");
        assert_eq!(check(&world), []);
        world
    }

    #[test]
    fn what_is_wrong_is_found() {
        type Spoil = fn(&World);
        let table: [(Spoil, Fault, &str, &str); 9] = [
            (
                |world| put(world, "blue", "10.0.0.0/8", None, false),
                Fault::Misplaced,
                "10.0.0.0/8@blue",
                "namespace blue is gone",
            ),
            (
                |world| put(world, ROOT, "172.16.1.0/24", Some("172.16.0.0/16"), false),
                Fault::Misplaced,
                "172.16.1.0/24@root",
                "it was cut from 172.16.0.0/16, which is gone",
            ),
            (
                |world| put(world, ROOT, "172.16.0.0/16", Some("10.0.0.0/8"), false),
                Fault::Misplaced,
                "172.16.0.0/16@root",
                "it lies outside of 10.0.0.0/8, its parent",
            ),
            (
                |world| put(world, ROOT, "10.1.9.0/24", Some("10.1.0.0/16"), false),
                Fault::Misplaced,
                "10.1.9.0/24@root",
                "its parent 10.1.0.0/16 does not know of children",
            ),
            (
                |world| put(world, ROOT, "10.1.0.0/20", Some("10.0.0.0/8"), false),
                Fault::Duplicate,
                "10.1.0.0/20@root",
                "it overlaps 10.1.0.0/16, from which it was not cut",
            ),
            (
                |world| take(world, "10.9.0.0/24", "10.9.0.1"),
                Fault::Misplaced,
                "10.9.0.1@root",
                "prefix 10.9.0.0/24 is gone",
            ),
            (
                |world| take(world, "10.0.0.0/24", "10.0.1.1"),
                Fault::Misplaced,
                "10.0.1.1@root",
                "it lies outside of 10.0.0.0/24",
            ),
            (
                |world| take(world, "10.0.0.0/24", "10.0.0.255"),
                Fault::Misplaced,
                "10.0.0.255@root",
                "it is reserved in 10.0.0.0/24",
            ),
            (
                |world| take(world, "10.0.0.0/16", "10.0.0.9"),
                Fault::Misplaced,
                "10.0.0.9@root",
                "prefix 10.0.0.0/16 has childprefixes",
            ),
        ];
        for (spoil, fault, subject, text) in table {
            let world = world();
            spoil(&world);
            let found: Vec<_> =
                check(&world).into_iter().map(|found| (found.fault, found.subject, found.text)).collect();
            assert_eq!(found, [(fault, subject.to_owned(), text.to_owned())]);
        }
    }
}
