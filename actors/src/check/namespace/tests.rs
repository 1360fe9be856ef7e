use super::*;
use crate::check::check;
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
            "it is outside of its parent 10.0.0.0/8",
        ),
        (
            |world| put(world, ROOT, "10.1.9.0/24", Some("10.1.0.0/16"), false),
            Fault::Misplaced,
            "10.1.9.0/24@root",
            "its parent 10.1.0.0/16 has no record of children",
        ),
        (
            |world| put(world, ROOT, "10.1.0.0/20", Some("10.0.0.0/8"), false),
            Fault::Duplicate,
            "10.1.0.0/20@root",
            "it overlaps 10.1.0.0/16, which is not its parent",
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
            "it is outside of 10.0.0.0/24",
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
