//! ipam 1.1 to 1.4 and 1.6.

use super::{Fixture, root, said};
use crate::ids::NamespaceId;
use crate::namespace::{NamespaceCommand, read};

/// Lines, the last of which is refused with this code and text.
fn refusals(table: &[(&[&str], &str)]) {
    for (lines, wanted) in table {
        let mut fixture = Fixture::with(&["192.168.0.0/20", "10.0.0.0/24", "2001:db8::/64"]);
        let (last, before) = lines.split_last().unwrap();
        before.iter().for_each(|line| drop(fixture.ok(line)));
        assert_eq!(fixture.refused(last), *wanted, "{lines:?}");
    }
}

/// ipam 1.4: every text about children; ipam 1.6: its code.
#[test]
fn refusals_of_children() {
    refusals(&[
        (
            &["cut 192.168.0.0/20 20"],
            "invalid_argument: given length:20 must be greater than prefix length:20",
        ),
        (
            &["cut 192.168.0.0/20 21", "cut 192.168.0.0/20 21", "cut 192.168.0.0/20 21"],
            "invalid_argument: no prefix found in 192.168.0.0/20 with length:21",
        ),
        (
            &["cut 192.168.0.0/20 21", "cut 192.168.0.0/20 22", "cut 192.168.0.0/20 21"],
            "invalid_argument: no prefix found in 192.168.0.0/20 with length:21, but 192.168.12.0/22 is available",
        ),
        (
            &[
                "cut 192.168.0.0/20 192.168.0.0/22",
                "cut 192.168.0.0/20 192.168.8.0/22",
                "cut 192.168.0.0/20 21",
            ],
            "invalid_argument: no prefix found in 192.168.0.0/20 with length:21, \
             but 192.168.4.0/22,192.168.12.0/22 are available",
        ),
        (
            &["cut 192.168.0.0/20 192.168.4.0/24", "cut 192.168.0.0/20 192.168.4.0/22"],
            "invalid_argument: specific prefix 192.168.4.0/22 is not available in prefix 192.168.0.0/20",
        ),
        (
            &["cut 192.168.0.0/20 192.168.16.0/24"],
            "invalid_argument: specific prefix 192.168.16.0/24 is not available in prefix 192.168.0.0/20",
        ),
        (
            &["cut 192.168.0.0/20 2001:db8::/64"],
            "invalid_argument: specific prefix 2001:db8::/64 is not available in prefix 192.168.0.0/20",
        ),
        (
            &["cut 192.168.0.0/20 192.168.0.0/16"],
            "invalid_argument: given length:16 must be greater than prefix length:20",
        ),
        (
            &["take 10.0.0.0/24", "cut 10.0.0.0/24 25"],
            "invalid_argument: prefix 10.0.0.0/24 has ips, acquire child prefix not possible",
        ),
        (&["cut 10.0.1.0/24 25"], "invalid_argument: NotFound: unable to find prefix for cidr:10.0.1.0/24"),
        (&["cut 2001:db8::/64 129"], "invalid_argument: length must not be greater than 128"),
        (
            &["cut 10.0.0.0/24 33"],
            "invalid_argument: no prefix found in 10.0.0.0/24 with length:33, but 10.0.0.0/24 is available",
        ),
        (&["release 10.9.0.9/24"], "not_found: NotFound: unable to find prefix for cidr:10.9.0.9/24"),
        (&["release bogus"], "invalid_argument: netip.ParsePrefix(\"bogus\"): no '/'"),
        (
            &["cut bogus 25"],
            "invalid_argument: NotFound: unable to find prefix for cidr:bogus error:netip.ParsePrefix(\"bogus\"): no '/'",
        ),
        (&["release 10.9.0.0/24"], "not_found: NotFound: unable to find prefix for cidr:10.9.0.0/24"),
        (
            &["release 10.0.0.0/24"],
            "invalid_argument: NotFound: unable to find prefix for cidr:\"\" error:netip.ParsePrefix(\"\"): no '/'",
        ),
        (
            &["cut 192.168.0.0/20 24", "take 192.168.0.0/24", "release 192.168.0.0/24"],
            "invalid_argument: prefix 192.168.0.0/24 has ips, deletion not possible",
        ),
    ]);
}

/// ipam 1.4 and 1.6.
#[test]
fn refusals_of_prefixes() {
    refusals(&[
        (&["create 10.0.0.77/25"], "invalid_argument: 10.0.0.0/25 overlaps 10.0.0.0/24"),
        (
            &["cut 192.168.0.0/20 24", "create 192.168.0.0/24"],
            "invalid_argument: 192.168.0.0/24 overlaps 192.168.0.0/20",
        ),
        (&["create ::/0"], "invalid_argument: ::/0 overlaps 2001:db8::/64"),
        (
            &["create 10.0.0.0"],
            "invalid_argument: unable to parse cidr:10.0.0.0 netip.ParsePrefix(\"10.0.0.0\"): no '/'",
        ),
        (
            &["create 2001:db8::/129"],
            "invalid_argument: unable to parse cidr:2001:db8::/129 \
             netip.ParsePrefix(\"2001:db8::/129\"): prefix length out of range",
        ),
        (&["delete 10.0.0.9/23"], "not_found: NotFound: unable to find prefix for cidr:10.0.0.9/23"),
        (
            &["delete bogus"],
            "not_found: NotFound: unable to find prefix for cidr:bogus error:netip.ParsePrefix(\"bogus\"): no '/'",
        ),
        (&["delete 10.0.0.0/23"], "not_found: NotFound: unable to find prefix for cidr:10.0.0.0/23"),
        (
            &["take 10.0.0.0/24", "delete 10.0.0.0/24"],
            "invalid_argument: prefix 10.0.0.0/24 has ips, delete prefix not possible",
        ),
    ]);
}

/// ipam 1.4 and 1.6.
#[test]
fn refusals_of_addresses() {
    refusals(&[
        (&["take 10.0.0.0/23"], "invalid_argument: NotFound: unable to find prefix for cidr:10.0.0.0/23"),
        (
            &["cut 192.168.0.0/20 24", "take 192.168.0.0/20"],
            "invalid_argument: prefix 192.168.0.0/20 has childprefixes, acquire ip not possible",
        ),
        (&["take 10.0.0.0/24 10.0.1.1"], "invalid_argument: given ip:10.0.1.1 is not in 10.0.0.0/24"),
        (&["take 10.0.0.0/24 2001:db8::1"], "invalid_argument: given ip:2001:db8::1 is not in 10.0.0.0/24"),
        (&["take 10.0.0.0/24 10.0.0.x"], "invalid_argument: given ip:10.0.0.x in not valid"),
        (
            &["take 10.0.0.0/24", "take 10.0.0.0/24 10.0.0.1"],
            "already_exists: AlreadyAllocatedError: given ip:10.0.0.1 is already allocated",
        ),
        (
            &["take 10.0.0.0/24 10.0.0.0"],
            "already_exists: AlreadyAllocatedError: given ip:10.0.0.0 is already allocated",
        ),
        (
            &["take 10.0.0.0/24 10.0.0.255"],
            "already_exists: AlreadyAllocatedError: given ip:10.0.0.255 is already allocated",
        ),
        (&["return 10.0.0.9/23 10.0.0.1"], "not_found: NotFound: unable to find prefix for cidr:10.0.0.9/23"),
        (
            &["return bogus 10.0.0.1"],
            "not_found: NotFound: unable to find prefix for cidr:bogus error:netip.ParsePrefix(\"bogus\"): no '/'",
        ),
        (&["return 10.0.0.0/24 bogus"], "invalid_argument: ParseAddr(\"bogus\"): unable to parse IP"),
        (&["return 10.0.0.0/24 fe80::1%eth0"], "invalid_argument: given ip:fe80::1%eth0 in not valid"),
        (&["return 10.0.0.0/23 10.0.0.1"], "not_found: NotFound: unable to find prefix for cidr:10.0.0.0/23"),
        (
            &["return 10.0.0.0/24 10.0.0.1"],
            "not_found: NotFound: unable to release ip:10.0.0.1 because it is not allocated in prefix:10.0.0.0/24",
        ),
        (
            &["take 10.0.0.0/24", "return 192.168.0.0/20 10.0.0.1"],
            "not_found: NotFound: unable to release ip:10.0.0.1 because it is not allocated in prefix:192.168.0.0/20",
        ),
        (&["return 10.0.0.0/24 "], "invalid_argument: ParseAddr(\"\"): unable to parse IP"),
    ]);
}

/// ipam 1.4: the exhausted prefix; ipam 1.2: how many addresses are usable.
#[test]
fn usable_addresses_of_small_prefixes() {
    let cases = [
        ("10.0.0.0/24", 254, 256),
        ("10.0.0.0/30", 2, 4),
        ("10.0.0.0/31", 0, 2),
        ("10.0.0.0/32", 0, 1),
        ("2001:db8::/120", 255, 256),
        ("2001:db8::/126", 3, 4),
        ("2001:db8::/127", 1, 2),
        ("2001:db8::/128", 0, 1),
    ];
    for (cidr, usable, all) in cases {
        let mut fixture = Fixture::with(&[cidr]);
        for _ in 0..usable {
            fixture.ok(&format!("take {cidr}"));
        }
        let wanted = format!(
            "not_found: NoIPAvailableError: no more ips in prefix: {cidr} left, length of prefix.ips: {all}"
        );
        assert_eq!(fixture.refused(&format!("take {cidr}")), wanted);
    }
}

/// ipam 1.3: strictly the lowest free one; a released one is given out again first.
#[test]
fn addresses_come_in_ascending_order() {
    let mut fixture = Fixture::with(&["10.0.0.0/24", "2001:db8::/64"]);
    for number in 1..5 {
        assert_eq!(fixture.ok("take 10.0.0.0/24"), format!("10.0.0.{number}"));
    }
    fixture.ok("return 10.0.0.0/24 10.0.0.2");
    fixture.ok("take 10.0.0.0/24 10.0.0.6");
    let next: Vec<String> = (0..3).map(|_| fixture.ok("take 10.0.0.0/24")).collect();
    assert_eq!(next, ["10.0.0.2", "10.0.0.5", "10.0.0.7"]);
    assert_eq!(fixture.ok("take 2001:db8::/64"), "2001:db8::1");
}

/// ipam 1.3: the witness.
#[test]
fn children_are_the_best_fit_then_the_lowest() {
    let mut fixture = Fixture::with(&["192.168.0.0/20"]);
    assert_eq!(fixture.ok("cut 192.168.0.0/20 21"), "192.168.0.0/21");
    assert_eq!(fixture.ok("cut 192.168.0.0/20 22"), "192.168.8.0/22");
    assert_eq!(fixture.ok("release 192.168.8.0/22"), "192.168.8.0/22");
    assert_eq!(fixture.ok("cut 192.168.0.0/20 28"), "192.168.8.0/28");
    assert_eq!(fixture.ok("cut 192.168.0.0/20 22"), "192.168.12.0/22");
}

/// ipam 1.1: once a parent, always a parent; ipam 1.2: a child may have children.
#[test]
fn a_prefix_that_gave_a_child_gives_no_addresses() {
    let mut fixture = Fixture::with(&["10.0.0.0/16"]);
    let lines =
        ["cut 10.0.0.0/16 20", "cut 10.0.0.0/20 24", "take 10.0.0.0/24", "return 10.0.0.0/24 10.0.0.1"];
    lines.iter().for_each(|line| drop(fixture.ok(line)));
    fixture.ok("release 10.0.0.0/24");
    fixture.ok("release 10.0.0.0/20");
    let wanted = "invalid_argument: prefix 10.0.0.0/16 has childprefixes, acquire ip not possible";
    assert_eq!(fixture.refused("take 10.0.0.0/16"), wanted);
    assert_eq!(fixture.ok("delete 10.0.0.0/16"), "10.0.0.0/16");
}

/// ipam 1.2: any spelling is read, host bits are masked, and the look-up is exact.
#[test]
fn spellings_find_what_they_mean() {
    let mut fixture = Fixture::with(&["10.0.0.0/8"]);
    assert_eq!(read::prefix(&fixture.world, &root(), "10.2.0.0/8").unwrap().cidr.to_string(), "10.0.0.0/8");
    let refusal = read::prefix(&fixture.world, &root(), "10.0.0.0/9").unwrap_err();
    assert_eq!(said(&refusal), "not_found: NotFound: unable to find prefix for cidr:10.0.0.0/9");
    assert_eq!(fixture.ok("create 2001:DB8:0:0::5/64"), "2001:db8::/64");
    assert_eq!(fixture.ok("take 2001:db8::/64 2001:0db8:0::0A"), "2001:db8::a");
    assert_eq!(fixture.ok("return 2001:db8::9/64 2001:DB8::000a"), "2001:db8::a");
}

/// ipam 1.2, row "Usage".
#[test]
fn usage_counts_as_the_contract_does() {
    let mut fixture = Fixture::with(&["192.168.0.0/20", "10.0.0.0/24", "2001:db8::/64", "10.0.1.0/31"]);
    assert_eq!(fixture.usage("192.168.0.0/20"), ([4096, 2, 1024, 0], vec!["192.168.0.0/20".to_owned()]));
    fixture.ok("cut 192.168.0.0/20 22");
    let blocks = vec!["192.168.4.0/22".to_owned(), "192.168.8.0/21".to_owned()];
    assert_eq!(fixture.usage("192.168.0.0/20"), ([4096, 2, 768, 1], blocks));
    fixture.ok("take 10.0.0.0/24");
    assert_eq!(fixture.usage("10.0.0.0/24").0, [256, 3, 64, 0]);
    assert_eq!(fixture.usage("2001:db8::/64").0, [2_147_483_647, 1, 2_147_483_647, 0]);
    assert_eq!(fixture.usage("10.0.1.0/31"), ([2, 2, 0, 0], Vec::new()), "too small to be named");
}

/// ipam 1.2, rows about namespaces.
#[test]
fn namespaces_are_apart() {
    let mut fixture = Fixture::with(&["10.0.0.0/24"]);
    let blue = || NamespaceId::from("blue");
    let cidr = || "10.0.0.0/24".to_owned();
    let create = NamespaceCommand::CreatePrefix { namespace: blue(), cidr: cidr() };
    let missing = "invalid_argument: NamespaceDoesNotExist: namespace:\"blue\" does not exist";
    assert_eq!(fixture.done(&create).unwrap_err(), missing);
    assert_eq!(said(&read::prefixes(&fixture.world, &blue()).unwrap_err()), missing);
    fixture.done(&NamespaceCommand::Create(blue())).unwrap();
    fixture.done(&NamespaceCommand::Create(blue())).expect("as often as one likes");
    assert_eq!(read::namespaces(&fixture.world), ["blue", "root"]);
    fixture.done(&create).unwrap();
    let take = NamespaceCommand::AcquireAddress { namespace: blue(), prefix: cidr(), address: None };
    assert_eq!(fixture.done(&take).unwrap(), "10.0.0.1");
    assert_eq!(fixture.ok("take 10.0.0.0/24"), "10.0.0.1", "the other namespace has its own");
    let delete = NamespaceCommand::Delete(blue());
    let wanted = "invalid_argument: namespace:\"blue\" has prefixes, delete namespace not possible";
    assert_eq!(fixture.done(&delete).unwrap_err(), wanted);
    let address = "10.0.0.1".to_owned();
    let give_back = NamespaceCommand::ReleaseAddress { namespace: blue(), prefix: cidr(), address };
    fixture.done(&give_back).unwrap();
    fixture.done(&NamespaceCommand::DeletePrefix { namespace: blue(), cidr: cidr() }).unwrap();
    fixture.done(&delete).unwrap();
    assert_eq!(fixture.done(&delete).unwrap_err(), missing);
    assert_eq!(read::namespaces(&fixture.world), ["root"]);
}

/// ipam 1.8, B12: quotes are letters like others; what is too long or cannot be shown is refused.
#[test]
fn b12_names_of_namespaces_are_bounded() {
    let mut fixture = Fixture::new();
    for good in ["a\"b", "'; DROP TABLE prefix; --", "\u{e4}@b@c", "prefixes_x", &"x".repeat(63)] {
        fixture.done(&NamespaceCommand::Create(good.into())).unwrap();
        let cidr = "10.0.0.0/24".to_owned();
        let create = NamespaceCommand::CreatePrefix { namespace: good.into(), cidr };
        assert_eq!(fixture.done(&create).unwrap(), "10.0.0.0/24", "{good}");
    }
    let long = "x".repeat(64);
    let cases = [
        ("", "invalid_argument: a namespace's name must not be empty"),
        ("a\nb", "invalid_argument: a namespace's name has no control characters: \"a\\nb\""),
        ("\0", "invalid_argument: a namespace's name has no control characters: \"\\0\""),
        (&long, "invalid_argument: NameTooLong: a namespace's name has 63 bytes at most, not 64"),
    ];
    for (bad, wanted) in cases {
        assert_eq!(fixture.done(&NamespaceCommand::Create(bad.into())).unwrap_err(), wanted);
    }
    let wanted = "invalid_argument: namespace:\"root\" cannot be deleted";
    assert_eq!(fixture.done(&NamespaceCommand::Delete(root())).unwrap_err(), wanted);
}
