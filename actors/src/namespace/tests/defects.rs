//! ipam 1.8: go-ipam's defects, corrected. Each test names its row; B1, B11 and B14 are about the wire and are tested
//! there, B12 with the contract of names.

use super::{Fixture, command, read, root};
use crate::namespace::NamespaceCommand;
use crate::store::{Key, Kind};

/// A child with one address cannot be released, and is never allocated twice.
#[test]
fn b2_a_child_with_one_address_stays() {
    let mut fixture = Fixture::with(&["2001:db8::/48", "10.0.0.0/16"]);
    for (parent, length) in [("2001:db8::/48", 64), ("10.0.0.0/16", 24)] {
        let child = fixture.ok(&format!("cut {parent} {length}"));
        let address = fixture.ok(&format!("take {child}"));
        let wanted = format!("invalid_argument: prefix {child} has ips, deletion not possible");
        assert_eq!(fixture.refused(&format!("release {child}")), wanted);
        assert_ne!(fixture.ok(&format!("cut {parent} {length}")), child);
        fixture.ok(&format!("return {child} {address}"));
        fixture.ok(&format!("release {child}"));
        assert_eq!(fixture.ok(&format!("cut {parent} {length}")), child);
    }
}

/// Parent and child are written in one transaction that relies on both being unchanged.
#[test]
fn b3_a_child_comes_to_be_with_its_parent_or_not_at_all() {
    let mut fixture = Fixture::with(&["10.0.0.0/16"]);
    let transaction = fixture.transaction(&command("cut 10.0.0.0/16 24")).unwrap();
    let written: Vec<(&Key, bool)> =
        transaction.puts.iter().map(|put| (&put.row.key, put.expected.is_some())).collect();
    let key = |id: &str| Key::new(Kind::Prefix, id);
    assert_eq!(written, [(&key("10.0.0.0/24@root"), false), (&key("10.0.0.0/16@root"), true)]);
    fixture.ok("cut 10.0.0.0/16 24");
    let transaction = fixture.transaction(&command("release 10.0.0.0/24")).unwrap();
    assert_eq!(transaction.deletes[0].key, key("10.0.0.0/24@root"));
    assert_eq!(transaction.checks[0].key, key("10.0.0.0/16@root"));
}

/// An address relies on its prefix's row, and a prefix is removed only if it is unchanged.
#[test]
fn b4_an_address_and_the_end_of_its_prefix_exclude_each_other() {
    let mut fixture = Fixture::with(&["10.0.0.0/24"]);
    let taking = fixture.transaction(&command("take 10.0.0.0/24")).unwrap();
    let deleting = fixture.transaction(&command("delete 10.0.0.0/24")).unwrap();
    assert_eq!(taking.checks[0].key, Key::new(Kind::Prefix, "10.0.0.0/24@root"));
    assert_eq!(deleting.deletes[0].key, taking.checks[0].key);
    assert_eq!(Some(deleting.deletes[0].expected), taking.checks[0].expected);
}

/// Nothing is orphaned, and no space is lost.
#[test]
fn b5_parents_and_children_are_not_torn_apart() {
    let mut fixture = Fixture::with(&["10.0.0.0/16"]);
    fixture.ok("cut 10.0.0.0/16 20");
    fixture.ok("cut 10.0.0.0/20 24");
    let table = [
        ("delete 10.0.0.0/24", "prefix 10.0.0.0/24 is a child prefix of 10.0.0.0/20, release it instead"),
        ("delete 10.0.0.0/16", "prefix 10.0.0.0/16 has childprefixes, delete prefix not possible"),
        ("release 10.0.0.0/20", "prefix 10.0.0.0/20 has childprefixes, deletion not possible"),
    ];
    for (line, wanted) in table {
        assert_eq!(fixture.refused(line), format!("invalid_argument: {wanted}"));
    }
}

/// Reserved addresses have no rows: they cannot be released, taken, or mistaken for taken ones.
#[test]
fn b6_reserved_addresses_are_nobodys() {
    let mut fixture = Fixture::with(&["10.0.0.0/30", "2001:db8::/126", "10.0.1.7/32", "10.0.2.0/31"]);
    let reserved = [
        ("10.0.0.0/30", "10.0.0.0"),
        ("10.0.0.0/30", "10.0.0.3"),
        ("2001:db8::/126", "2001:db8::"),
        ("10.0.1.7/32", "10.0.1.7"),
        ("10.0.2.0/31", "10.0.2.1"),
    ];
    for (prefix, address) in reserved {
        let wanted = format!("given ip:{address} is reserved in prefix:{prefix}, release not possible");
        assert_eq!(
            fixture.refused(&format!("return {prefix} {address}")),
            format!("invalid_argument: {wanted}")
        );
    }
    assert_eq!(fixture.ok("take 2001:db8::/126 2001:db8::3"), "2001:db8::3", "IPv6 has no broadcast");
    assert_eq!(fixture.ok("take 10.0.0.0/30"), "10.0.0.1");
    assert_eq!(fixture.usage("10.0.0.0/30").0[1], 3);
}

/// Host bits are masked on the way in and on the way out.
#[test]
fn b7_a_specific_child_with_host_bits_is_the_masked_one() {
    let mut fixture = Fixture::with(&["10.0.0.0/16"]);
    assert_eq!(fixture.ok("cut 10.0.0.0/16 10.0.4.77/24"), "10.0.4.0/24");
    assert_eq!(
        fixture.refused("cut 10.0.0.0/16 10.0.4.1/24"),
        "invalid_argument: specific prefix 10.0.4.1/24 is not available in prefix 10.0.0.0/16"
    );
    assert_eq!(fixture.ok("release 10.0.4.9/24"), "10.0.4.0/24");
    assert_eq!(fixture.usage("10.0.0.0/16").1, ["10.0.0.0/16"], "no space is lost");
}

/// Counters are capped alike and never overflow.
#[test]
fn b8_counters_of_large_prefixes() {
    const MAX: u64 = 2_147_483_647;
    let cases = [
        ("0.0.0.0/0", [MAX, 2, 1 << 30, 0]),
        ("128.0.0.0/1", [MAX, 2, 1 << 29, 0]),
        ("128.0.0.0/2", [1 << 30, 2, 1 << 28, 0]),
        ("2001:db8::/97", [MAX, 1, 1 << 29, 0]),
        ("2001:db8::/62", [MAX, 1, MAX, 0]),
        ("::/0", [MAX, 1, MAX, 0]),
    ];
    for (cidr, counters) in cases {
        assert_eq!(Fixture::with(&[cidr]).usage(cidr).0, counters, "{cidr}");
    }
}

/// A new root is compared with every prefix there is; at once with others in the model.
#[test]
fn b9_a_new_prefix_overlaps_no_other() {
    let mut fixture = Fixture::with(&["10.0.0.0/24"]);
    for cidr in ["10.0.0.0/24", "10.0.0.128/25", "10.0.0.0/8"] {
        let wanted = format!("invalid_argument: {cidr} overlaps 10.0.0.0/24");
        assert_eq!(fixture.refused(&format!("create {cidr}")), wanted);
    }
}

/// Lists show the requested namespace.
#[test]
fn b10_lists_are_of_one_namespace() {
    let mut fixture = Fixture::with(&["10.0.0.0/16"]);
    fixture.ok("cut 10.0.0.0/16 24");
    fixture.done(&NamespaceCommand::Create("blue".into())).unwrap();
    let cidr = "2001:db8::/64".to_owned();
    fixture.done(&NamespaceCommand::CreatePrefix { namespace: "blue".into(), cidr }).unwrap();
    let list = |name: &str| -> Vec<String> {
        let all = read::prefixes(&fixture.world, &name.into()).unwrap();
        let shown = |(cidr, parent): (ipnet::IpNet, Option<ipnet::IpNet>)| {
            format!("{cidr} of {}", parent.map(|parent| parent.to_string()).unwrap_or_default())
        };
        all.into_iter().map(shown).collect()
    };
    assert_eq!(list(root().as_str()), ["10.0.0.0/16 of ", "10.0.0.0/24 of 10.0.0.0/16"]);
    assert_eq!(list("blue"), ["2001:db8::/64 of "]);
}
