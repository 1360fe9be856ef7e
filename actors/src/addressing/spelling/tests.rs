use super::*;

#[test]
fn what_is_read() {
    for text in ["10.0.0.5/24", "0.0.0.0/0", "10.0.0.1/32", "2001:db8::/64", "::/0", "::ffff:1.2.3.4/128"] {
        assert_eq!(prefix(text).unwrap().to_string(), text);
    }
    assert_eq!(prefix("2001:DB8::/64").unwrap().to_string(), "2001:db8::/64");
    assert_eq!(address("2001:db8:0:0::1").unwrap().to_string(), "2001:db8::1");
}

#[test]
fn what_is_said_of_prefixes() {
    let cases = [
        ("192.168.265.0/24", r#"ParseAddr("192.168.265.0"): IPv4 field has value >255"#),
        ("192.168.0.0/33", "prefix length out of range"),
        ("192.168.0.0/300", "prefix length out of range"),
        ("2001:db8::/129", "prefix length out of range"),
        ("192.168.0.0", "no '/'"),
        ("192.168.0.0/", r#"bad bits after slash: """#),
        ("192.168.0.0/08", r#"bad bits after slash: "08""#),
        ("192.168.0.0/+8", r#"bad bits after slash: "+8""#),
        ("fe80::1%eth0/64", "IPv6 zones cannot be present in a prefix"),
        ("/24", r#"ParseAddr(""): unable to parse IP"#),
    ];
    for (text, why) in cases {
        assert_eq!(prefix(text).unwrap_err(), format!("netip.ParsePrefix({text:?}): {why}"));
    }
}

#[test]
fn what_is_said_of_addresses() {
    let cases = [
        ("x", "unable to parse IP"),
        ("%eth0", "missing IPv6 address"),
        ("1.2.3", "IPv4 address too short"),
        ("1.2.3.4.5", "IPv4 address too long"),
        ("1.2.3.04", "IPv4 field has octet with leading zero"),
        ("1..2.3", r#"IPv4 field must have at least one digit (at ".2.3")"#),
        ("1.2.3.", r#"IPv4 field must have at least one digit (at ".")"#),
        ("1.2.3.x", r#"unexpected character (at "x")"#),
        ("1:2", "address string too short"),
        ("1:2:3:4:5:6:7:8:9", r#"trailing garbage after address (at "9")"#),
        ("12345::", r#"each group must have 4 or less digits (at "12345::")"#),
        ("1::2::3", r#"multiple :: in address (at ":3")"#),
        ("1:", r#"colon must be followed by more characters (at ":")"#),
        (":1", r#"each colon-separated field must have at least one digit (at ":1")"#),
        ("1:g", r#"each colon-separated field must have at least one digit (at "g")"#),
        ("1g::", r#"unexpected character, want colon (at "g::")"#),
        ("::1%eth0", r#"unexpected character, want colon (at "%eth0")"#),
        (
            "1:2:1.2.3.4",
            r#"embedded IPv4 address must replace the final 2 fields of the address (at "1.2.3.4")"#,
        ),
        ("::1.2.3.400", "IPv4 field has value >255"),
    ];
    for (text, why) in cases {
        assert_eq!(address(text).unwrap_err(), format!("ParseAddr({text:?}): {why}"));
    }
}

/// Every input gets an answer.
#[test]
fn nothing_panics() {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let letters: Vec<char> = "0129afg:::..%/ü ".chars().collect();
    for _ in 0..20_000 {
        let length = rng.random_range(0..14);
        let text: String = (0..length).map(|_| letters[rng.random_range(0..letters.len())]).collect();
        assert_eq!(address(&text).is_ok(), text.parse::<IpAddr>().is_ok(), "{text}");
        if let Ok(read) = prefix(&text) {
            assert_eq!(text.parse(), Ok(read));
        }
    }
}
