use super::*;
use cbor4ii::core::Value;

fn speaks(min_version: u16, max_version: u16) -> Hello {
    Hello { min_version, max_version, ..Hello::default() }
}

#[test]
fn the_highest_common_version_is_spoken() {
    for (one, other, common) in [
        (speaks(1, 1), speaks(1, 1), Some(1)),
        (speaks(1, 3), speaks(2, 5), Some(3)),
        (speaks(2, 5), speaks(1, 3), Some(3)),
        (speaks(1, 1), speaks(2, 3), None),
        (speaks(4, 5), speaks(1, 3), None),
    ] {
        assert_eq!(one.common_version(&other).ok(), common, "{one:?} {other:?}");
    }
    let refusal = speaks(1, 1).common_version(&speaks(2, 3)).unwrap_err();
    assert!(refusal.contains("one node speaks 1 to 1, the other 2 to 3"), "{refusal}");
}

#[test]
fn a_hello_has_its_golden_bytes() {
    let hello = Hello {
        features: BTreeSet::from(["chunks".to_owned()]),
        incarnation: 0xabc,
        build: "0.1.0".to_owned(),
        role: Role::Data,
        dial: 3,
        ..Hello::default()
    };
    let bytes = hello.encode();
    let golden =
        b"\xa9\x6bmin_version\x01\x6bmax_version\x01\x68features\x81\x66chunks\x6bincarnation\x78\x20\
        00000000000000000000000000000abc\x65build\x650.1.0\x64role\x64data\x64dial\x03\
        \x6fcredit_requests\x19\x01\x00\x6ccredit_bytes\x1a\x00\x20\x00\x00";
    assert_eq!(bytes, golden, "{}", bytes.escape_ascii());
    assert_eq!(Hello::decode(&bytes), Ok(hello));
}

#[test]
fn a_hello_of_a_later_release_is_read() {
    let entries = vec![
        (Value::Text("max_version".into()), Value::Integer(9)),
        (Value::Text("colour".into()), Value::Map(vec![(Value::Integer(1), Value::Null)])),
    ];
    let bytes = cbor4ii::serde::to_vec(Vec::new(), &Value::Map(entries)).unwrap();
    assert_eq!(Hello::decode(&bytes), Ok(Hello { max_version: 9, ..Hello::default() }));
}

#[test]
fn hellos_out_of_bounds_are_refused() {
    let many = (0..=FEATURES_MAX).map(|number| number.to_string()).collect();
    let long = BTreeSet::from(["f".repeat(FEATURE_BYTES_MAX + 1)]);
    for (what, hello) in [
        ("features", Hello { features: many, ..Hello::default() }),
        ("a long feature", Hello { features: long, ..Hello::default() }),
        ("a long build", Hello { build: "b".repeat(BUILD_BYTES_MAX + 1), ..Hello::default() }),
        ("no credit", Hello { credit_requests: 0, ..Hello::default() }),
    ] {
        assert!(Hello::decode(&hello.encode()).is_err(), "{what}");
    }
    assert!(Hello::decode(&[0xa0; HELLO_BYTES_MAX + 1]).is_err());
    assert!(Hello::decode(b"\xff").is_err());
}
