use super::*;

struct Vector {
    key: &'static [u8],
    date: &'static str,
    method: &'static str,
    salt: &'static [u8],
    mac: &'static str,
}

const METALCTL_DATE: &str = "2026-01-02T03:04:05Z";
const METALCTL_SALT: &[u8] = b"abcdefghijklmnopqrstuvwx";

/// api-resources 1.4 and metalctl 1.3.
const VECTORS: [Vector; 11] = [
    Vector {
        key: b"metal-view",
        date: "2026-01-15T10:00:00Z",
        method: "GET",
        salt: b"abcdefghijklmnopqrstuvwx",
        mac: "9a2461926330d5149b6090d3f5d7758bee7ad5a5eb9d7d4e321a390a568cd619",
    },
    Vector {
        key: b"metal-edit",
        date: "2026-01-15T10:00:00Z",
        method: "POST",
        salt: b"ABCDEFGHIJKLMNOPQRSTUVWX",
        mac: "3c0f5fbe753da21fac04d248e9d2a7124e358a377690b7286311c9285ba05c4e",
    },
    Vector {
        key: b"metal-admin",
        date: "2026-06-23T15:48:03Z",
        method: "DELETE",
        salt: b"",
        mac: "30c7139adbf9fd06a060a28fe6816837f16540c93101a7b102b7dde2bd84fc64",
    },
    Vector {
        key: b"must-be-changed",
        date: "2026-06-23T15:48:03Z",
        method: "PUT",
        salt: b"zZyYxXwWvVuUtTsSrRqQpPoO",
        mac: "0c18c1f3729ff6eb0f9fa51c2a05b33ba9492079ccdcf169fea5948bf118feab",
    },
    Vector {
        key: b"metal-test-admin",
        date: "2019-05-29T09:26:39.000Z",
        method: "GET",
        salt: b"",
        mac: "dd864d767ca9eec0337727e6ae69a30c47fa1501d1df9c7f2c4caaa83cf2f9f3",
    },
    Vector {
        key: b"metal-test-admin",
        date: "2019-05-29T12:30:43Z",
        method: "PUT",
        salt: b"",
        mac: "e4b6f0e0f793e58efe7121fc5a3fe731f593e40f3ac27ebc1af09366ef7415f5",
    },
    Vector {
        key: &[1, 2, 3],
        date: "2019-01-16T14:44:45Z",
        method: "GET",
        salt: &[1, 2, 3, 4, 5, 6],
        mac: "f8d293a06bdde899a5bd1dd61b13842564650c717c742db02c4e1a888fc22501",
    },
    Vector {
        key: b"metal-admin",
        date: METALCTL_DATE,
        method: "GET",
        salt: METALCTL_SALT,
        mac: "28af823639826b71ac374adacdf86683541cb9ded7b0f52aa266bdf2d3d6581e",
    },
    Vector {
        key: b"metal-admin",
        date: METALCTL_DATE,
        method: "POST",
        salt: METALCTL_SALT,
        mac: "9d02121681f8ed232b1b46b4981d7d38db370a5aba6861fba208d617da0f8443",
    },
    Vector {
        key: b"metal-admin",
        date: METALCTL_DATE,
        method: "PUT",
        salt: METALCTL_SALT,
        mac: "050a1e7c4eeacd9aeb2b02d073c370669f926a7474d1b176a37fd2afe16a852c",
    },
    Vector {
        key: b"metal-admin",
        date: METALCTL_DATE,
        method: "DELETE",
        salt: METALCTL_SALT,
        mac: "5cb050174daa77982a2db38269a14e80c60977c7e41fe2f177614bbf5a1e24ee",
    },
];

#[test]
fn the_vectors_of_the_contract_pass() {
    for vector in VECTORS {
        let key = Key::new(vector.key, Duration::from_secs(30));
        let Vector { date, method, salt, mac, .. } = vector;
        let claim = Claim { mac, date, method, salt };
        let at = Timestamp::parse(date).unwrap();
        assert_eq!(key.verify(&claim, at), Ok(()), "{date} {method}");
        let other = Claim { method: "PATCH", ..claim };
        assert_eq!(key.verify(&other, at), Err("Wrong HMAC found".to_owned()), "{date} {method}");
    }
}

/// api-resources 1.4, row `ts`: the parsed date is what is signed.
#[test]
fn an_offset_signs_its_utc_second() {
    let at = Timestamp::parse("2019-05-29T11:26:39.999+02:00").unwrap();
    assert_eq!(canonical(at), "2019-05-29T09:26:39Z");
}

#[test]
fn dates_are_bounded_both_ways() {
    let key = Key::new(b"k", Duration::from_secs(30));
    let at = Timestamp::parse("2026-01-15T10:00:00Z").unwrap();
    let mac = key.sign("2026-01-15T10:00:00Z", "GET", b"");
    let claim = Claim { mac: &mac, date: "2026-01-15T10:00:00Z", method: "GET", salt: b"" };
    let second = Duration::from_secs(1);
    assert_eq!(key.verify(&claim, at + 30 * second), Ok(()));
    assert_eq!(
            key.verify(&claim, at + 31 * second),
            Err("the timestamp in your header is too old: \"2026-01-15T10:00:00Z\", please check if you have time \
                 synchronization activated"
                .to_owned())
        );
    assert_eq!(key.verify(&claim, at - AHEAD_MIN), Ok(()));
    assert!(key.verify(&claim, at - AHEAD_MIN - second).unwrap_err().contains("too far ahead"));
    let forever = Key::new(b"k", Duration::ZERO);
    assert_eq!(forever.verify(&claim, at + 1_000_000 * second), Ok(()));
}

#[test]
fn a_date_that_is_none_is_named() {
    let key = Key::new(b"k", Duration::from_secs(30));
    let claim = Claim { mac: "", date: "yesterday", method: "GET", salt: b"" };
    let text = key.verify(&claim, Timestamp::ZERO).unwrap_err();
    assert!(
        text.starts_with("unknown timestamp \"yesterday\" in \"X-Date\" header, use RFC3339: "),
        "{text}"
    );
}
