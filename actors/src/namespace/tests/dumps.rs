//! Dumps in go-ipam's format: what is written, what is read, what is refused (ipam 1.1 and 1.2).

use super::{Fixture, root, said};
use crate::namespace::dump;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn document(cidr: &str, parent: &str, ips: &[&str]) -> String {
    let ips: Vec<String> = ips.iter().map(|ip| format!("{ip:?}:true")).collect();
    format!("{{\"Cidr\":{cidr:?},\"ParentCidr\":{parent:?},\"IPs\":{{{}}}}}", ips.join(","))
}

#[test]
fn nothing_is_null() {
    let fixture = Fixture::new();
    assert_eq!(dump::write(&fixture.world, &root()).unwrap(), "null");
    for nothing in ["null", "[]", " null \n"] {
        assert_eq!(dump::read(nothing).unwrap(), dump::DumpContent::default());
    }
}

/// Byte for byte: fields in the order and case of go-ipam's documents, reserved addresses with the others, a child that
/// was handed out as false.
#[test]
fn what_is_written() {
    let mut fixture = Fixture::with(&["10.0.0.0/16", "2001:db8::/64"]);
    for line in ["cut 10.0.0.0/16 30", "take 10.0.0.0/30", "take 2001:db8::/64"] {
        fixture.ok(line);
    }
    let wanted = concat!(
        r#"[{"Cidr":"10.0.0.0/16","ParentCidr":"","AvailableChildPrefixes":{"10.0.0.0/30":false},"#,
        r#""ChildPrefixLength":0,"IsParent":true,"IPs":{"10.0.0.0":true,"10.0.255.255":true},"Version":0},"#,
        r#"{"Cidr":"10.0.0.0/30","ParentCidr":"10.0.0.0/16","AvailableChildPrefixes":{},"#,
        r#""ChildPrefixLength":0,"IsParent":false,"#,
        r#""IPs":{"10.0.0.0":true,"10.0.0.1":true,"10.0.0.3":true},"Version":0},"#,
        r#"{"Cidr":"2001:db8::/64","ParentCidr":"","AvailableChildPrefixes":{},"#,
        r#""ChildPrefixLength":0,"IsParent":false,"IPs":{"2001:db8::":true,"2001:db8::1":true},"Version":0}]"#,
    );
    assert_eq!(dump::write(&fixture.world, &root()).unwrap(), wanted);
}

/// As go-ipam might have written it: children in any order, entries of released and of leaked children (B3), unknown
/// fields, maps that are null, addresses in any spelling, a parent of an old release.
#[test]
fn what_is_read() {
    let text = r#"[
        {"Cidr":"192.168.0.0/24","ParentCidr":"192.168.0.0/20","AvailableChildPrefixes":null,"ChildPrefixLength":0,
         "IsParent":false,"IPs":{"192.168.0.0":true,"192.168.0.7":true,"192.168.0.255":true},"Version":9},
        {"Cidr":"192.168.0.0/20","ParentCidr":"","Namespace":"root","AvailableChildPrefixes":
         {"192.168.0.0/24":false,"192.168.1.0/24":true,"192.168.2.0/24":false},"IsParent":false,
         "IPs":{"192.168.0.0":true,"192.168.15.255":true},"Version":12},
        {"Cidr":"10.0.0.0/8","ChildPrefixLength":24,"IPs":null},
        {"Cidr":"2001:DB8::/64","ParentCidr":"","IPs":{"2001:db8:0:0::A":true,"2001:db8::a":true,"2001:db8::":true}}
    ]"#;
    let plan = dump::read(text).unwrap();
    assert_eq!(plan.mended, ["192.168.2.0/24 was cut from 192.168.0.0/20 and is missing: its space is free"]);
    let prefixes: Vec<String> = plan
        .prefixes
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one.cidr,
                one.parent.map(|it| it.to_string()).unwrap_or_default(),
                one.is_parent
            )
        })
        .collect();
    let wanted = [
        "10.0.0.0/8  true",
        "192.168.0.0/20  true",
        "192.168.0.0/24 192.168.0.0/20 false",
        "2001:db8::/64  false",
    ];
    assert_eq!(prefixes, wanted);
    let addresses: Vec<String> =
        plan.addresses.iter().map(|one| format!("{} of {}", one.address, one.prefix)).collect();
    assert_eq!(addresses, ["192.168.0.7 of 192.168.0.0/24", "2001:db8::a of 2001:db8::/64"]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let one = |cidr: &str, parent: &str, ips: &[&str]| format!("[{}]", document(cidr, parent, ips));
    let two = |a: String, b: String| format!("[{a},{b}]");
    let root = document("10.0.0.0/16", "", &[]);
    let table = [
        (one("10.0.0.0", "", &[]), "unable to parse cidr:10.0.0.0 netip.ParsePrefix(\"10.0.0.0\"): no '/'"),
        (
            one("10.0.0.0/24", "10.0.0.0/16", &[]),
            "prefix 10.0.0.0/24 has the parent 10.0.0.0/16, which is missing",
        ),
        (one("10.0.0.0/24", "", &["10.0.1.1"]), "given ip:10.0.1.1 is not in 10.0.0.0/24"),
        (one("10.0.0.0/24", "", &["2001:db8::1"]), "given ip:2001:db8::1 is not in 10.0.0.0/24"),
        (one("10.0.0.0/24", "", &["10.0.0.300"]), "given ip:10.0.0.300 in not valid"),
        (two(root.clone(), document("10.0.9.9/16", "", &[])), "prefix 10.0.0.0/16 is listed twice"),
        (two(root.clone(), document("10.0.1.0/24", "", &[])), "10.0.1.0/24 overlaps 10.0.0.0/16"),
        (
            two(root, document("10.1.0.0/24", "10.0.0.0/16", &[])),
            "prefix 10.1.0.0/24 is not inside its parent 10.0.0.0/16",
        ),
        (
            two(document("10.0.0.0/16", "", &["10.0.0.9"]), document("10.0.1.0/24", "10.0.0.0/16", &[])),
            "prefix 10.0.0.0/16 has ips and childprefixes",
        ),
        // Its children went back: found by the fuzzer.
        (
            one("10.0.0.0/16", "", &["10.0.0.9"]).replace("\"IPs\"", "\"IsParent\":true,\"IPs\""),
            "prefix 10.0.0.0/16 has ips and childprefixes",
        ),
    ];
    for (text, wanted) in table {
        let wanted = format!("invalid_argument: the dump is not consistent: {wanted}");
        assert_eq!(said(&dump::read(&text).unwrap_err()), wanted);
    }
    let deep = "[".repeat(100_000);
    let huge = " ".repeat(dump::DUMP_BYTES_MAX + 1);
    for text in ["", "{", "{}", "7", "[7]", "[{\"Cidr\":7}]", "[{\"IPs\":[]}]", "[] x", "[{}]", &deep, &huge]
    {
        let refusal = said(&dump::read(text).unwrap_err());
        assert!(refusal.starts_with("invalid_argument: the dump "), "{refusal}");
    }
}

/// Every dump gets an answer; and an accepted dump is consistent enough to be loaded.
#[test]
fn mutilated_dumps_are_refused_or_read() {
    let mut fixture = Fixture::with(&["10.0.0.0/24", "192.168.0.0/20", "2001:db8::/64"]);
    for line in ["take 10.0.0.0/24", "cut 192.168.0.0/20 24", "take 192.168.0.0/24", "take 2001:db8::/64"] {
        fixture.ok(line);
    }
    let good = dump::write(&fixture.world, &root()).unwrap().into_bytes();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..rng.random_range(1..4) {
            let (at, to) = (rng.random_range(0..bytes.len()), rng.random_range(0..bytes.len()));
            match rng.random_range(0..4) {
                0 => bytes[at] = rng.random(),
                1 => bytes[at] = b"0123456789:./\"{}[],-"[rng.random_range(0..20)],
                2 => drop(bytes.drain(at.min(to)..at.max(to))),
                _ => bytes.swap(at, to),
            }
            if bytes.is_empty() {
                break;
            }
        }
        match dump::read(&String::from_utf8_lossy(&bytes)) {
            Ok(plan) => {
                read += 1;
                for one in &plan.addresses {
                    assert!(one.prefix.contains(&one.address));
                    assert!(plan.prefixes.iter().any(|prefix| prefix.cidr == one.prefix));
                    assert!(!plan.prefixes.iter().any(|prefix| prefix.parent == Some(one.prefix)));
                }
            }
            Err(refusal) => {
                refused += 1;
                assert!(said(&refusal).starts_with("invalid_argument: the dump "), "{refusal}");
            }
        }
    }
    assert!(read > 100 && refused > 1000, "{read} read, {refused} refused");
}

/// The kind: a dump that is loaded as something else than what it counts as, without a word.
#[test]
fn what_parents_and_children_say_otherwise_is_told() {
    let dump = |entries: &str| {
        format!(
            r#"[{{"Cidr":"10.0.0.0/16","AvailableChildPrefixes":{{{entries}}},"IsParent":true}},
                {{"Cidr":"10.0.1.0/24","ParentCidr":"10.0.0.0/16"}}]"#
        )
    };
    let rows: [(&str, &[&str]); 4] = [
        (r#""10.0.1.0/24":false"#, &[]),
        ("", &["10.0.1.0/24 exists, but 10.0.0.0/16 has no record of it: it is kept"]),
        (r#""10.0.1.0/24":true"#, &["10.0.1.0/24 exists, but 10.0.0.0/16 has it as released: it is kept"]),
        (
            r#""10.0.1.0/24":false,"10.0.2.0/24":false,"10.0.3.0/24":true"#,
            &["10.0.2.0/24 was cut from 10.0.0.0/16 and is missing: its space is free"],
        ),
    ];
    for (entries, told) in rows {
        let plan = dump::read(&dump(entries)).unwrap();
        assert_eq!(plan.prefixes.len(), 2);
        assert_eq!(plan.mended, told, "{entries}");
    }
    assert!(dump::read(&dump(r#""10.0.1":false"#)).is_err());
}
