use super::{SECRET_SIZE_BYTES, Secret, TOKEN_CHARS_MAX, Token, TokenError, TokenId, cbor, checksum};
use crate::identity::{Fingerprint, IdentityError};
use data_encoding::BASE64URL_NOPAD;
use expect_test::expect;

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn token() -> Token {
    Token::new(
        "north.example",
        "fra-2",
        Secret::from_bytes(std::array::from_fn(|index| index as u8)),
        Fingerprint::from_bytes([0xab; 32]),
        vec!["198.51.100.7:7946".to_owned(), "[2001:db8::1]:7946".to_owned(), "m.example:7946".to_owned()],
        1_800_000_000_000,
    )
    .unwrap()
}

/// A token with any content.
fn with_content(content: &[u8]) -> String {
    let size = u16::try_from(content.len()).unwrap().to_be_bytes();
    let body = [size.as_slice(), content, &checksum(content)].concat();
    format!("mm1-{}", BASE64URL_NOPAD.encode(&body))
}

#[test]
fn a_token_is_written_as_ever_and_read_again() {
    let text = token().to_string();
    expect!["mm1-AJKmYWZtbm9ydGguZXhhbXBsZWFwZWZyYS0yYXNQAAECAwQFBgcICQoLDA0OD2FyWCCrq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq2Fhg3ExOTguNTEuMTAwLjc6Nzk0NnJbMjAwMTpkYjg6OjFdOjc5NDZubS5leGFtcGxlOjc5NDZhZRsAAAGjGFxQAPYmkMg"].assert_eq(&text);
    assert_eq!(text.parse(), Ok(token()));
    assert_eq!(format!("  {text}\r\n").parse(), Ok(token()));
    assert!(text.bytes().all(|byte| ALPHABET.contains(&byte)));
}

#[test]
fn a_token_that_was_cut_is_incomplete() {
    let text = token().to_string();
    for length in 1..text.len() {
        assert_eq!(text[..length].parse::<Token>(), Err(TokenError::Incomplete), "cut at {length}");
    }
    assert_eq!(TokenError::Incomplete.to_string(), "the token is incomplete: copy it to its end");
}

#[test]
fn a_token_with_any_other_character_is_refused() {
    let text = token().to_string();
    for index in 0..text.len() {
        for other in ALPHABET.iter().chain(b" \n$\"'\\`=+/.\0") {
            let mut bytes = text.clone().into_bytes();
            if bytes[index] != *other {
                bytes[index] = *other;
                let changed = String::from_utf8(bytes).unwrap();
                let is_trimmed = index == text.len() - 1 && other.is_ascii_whitespace();
                let error = changed.parse::<Token>().unwrap_err();
                assert_eq!(
                    error == TokenError::Incomplete && index > 7,
                    is_trimmed,
                    "{index} {other}: {error}"
                );
            }
        }
    }
}

#[test]
fn text_that_is_no_token_is_refused() {
    let text = token().to_string();
    for (other, error) in [
        (String::new(), TokenError::NotAToken),
        ("x".to_owned(), TokenError::NotAToken),
        ("mm-".to_owned(), TokenError::NotAToken),
        ("mm+1-AAAA".to_owned(), TokenError::NotAToken),
        ("mm99999999999-AAAA".to_owned(), TokenError::NotAToken),
        (text.replacen("mm1", "MM1", 1), TokenError::NotAToken),
        (text.replacen("mm1", "mm2", 1), TokenError::Version { version: 2 }),
        (text.replacen("mm1", "mm10", 1), TokenError::Version { version: 10 }),
        (format!("{text}A"), TokenError::Damaged),
        (format!("{text} {text}"), TokenError::Damaged),
        (text.replacen("mm1-", "mm1-ü", 1), TokenError::Damaged),
        ("mm1-üüüü".to_owned(), TokenError::Damaged),
        ("a".repeat(TOKEN_CHARS_MAX + 1), TokenError::TooLong { max: TOKEN_CHARS_MAX }),
        (with_content(&[]), TokenError::Unreadable),
        (with_content(b"\x80"), TokenError::Unreadable),
        (with_content(&[0x81; 2_000]), TokenError::Unreadable),
    ] {
        assert_eq!(other.parse::<Token>(), Err(error), "{other}");
    }
}

#[derive(Clone, serde::Serialize)]
struct Content {
    f: String,
    p: String,
    s: cbor::ByteString,
    r: cbor::ByteString,
    a: Vec<String>,
    e: i64,
    /// A field of a later release.
    z: Vec<u8>,
}

fn content() -> Content {
    let Token { federation, partition, secret, root, addresses, expires_at_ms, .. } = token();
    Content {
        f: federation,
        p: partition,
        s: cbor::ByteString(secret.expose().to_vec()),
        r: cbor::ByteString(root.as_bytes().to_vec()),
        a: addresses,
        e: expires_at_ms,
        z: vec![1, 2, 3],
    }
}

#[test]
fn content_is_checked_and_later_fields_are_skipped() {
    let read = |content: Content| with_content(&cbor::write(&content)).parse::<Token>();
    assert_eq!(read(content()), Ok(token()));
    let addresses =
        |a: &[&str]| read(Content { a: a.iter().map(|&text| text.to_owned()).collect(), ..content() });
    let bad = Err(TokenError::Addresses { max: 8 });
    assert_eq!(addresses(&[]), bad);
    assert_eq!(addresses(&["a.example:1"; 9]), bad);
    for address in [
        "a.example",
        "a.example:0",
        ":1",
        "2001:db8::1",
        "1.2.3:4",
        "a.example:65536",
        "a b:1",
        "a:+1",
        "-a:1",
    ] {
        assert_eq!(addresses(&[address]), bad, "{address}");
    }
    let secret = Content { s: cbor::ByteString(vec![0; SECRET_SIZE_BYTES + 1]), ..content() };
    assert_eq!(read(secret), Err(TokenError::Unreadable));
    let root = Content { r: cbor::ByteString(vec![0; 31]), ..content() };
    assert_eq!(read(root), Err(TokenError::Unreadable));
    let name = read(Content { p: "a/b".to_owned(), ..content() });
    assert_eq!(name, Err(TokenError::Name(IdentityError::Name { name: "a/b".to_owned() })));
}

#[test]
fn the_secret_is_in_no_debug_text_and_recognised_by_its_id() {
    let token = token();
    let debug = format!("{token:?}");
    assert!(debug.contains("secret: Secret(..)") && !debug.contains("[0, 1, 2"), "{debug}");
    let stored = TokenId::from_bytes(*token.id().as_bytes());
    assert!(stored.is_of(&token.secret));
    assert!(!stored.is_of(&Secret::from_bytes([9; SECRET_SIZE_BYTES])));
    assert_ne!(token.secret, Secret::from_bytes([9; SECRET_SIZE_BYTES]));
}

#[test]
fn a_token_ends_at_its_expiry() {
    assert!(!token().is_expired(1_799_999_999_999));
    assert!(token().is_expired(1_800_000_000_000));
}

#[test]
fn the_most_and_longest_parts_fit() {
    let long = format!("{}.example:65535", "a".repeat(245));
    let label = "l".repeat(63);
    let issue = |count| {
        let root = Fingerprint::from_bytes([0; 32]);
        let secret = Secret::from_bytes([0; SECRET_SIZE_BYTES]);
        Token::new(&label, &label, secret, root, vec![long.clone(); count], i64::MIN)
    };
    assert_eq!(long.len(), 259);
    let most = issue(8).unwrap();
    assert_eq!(most.to_string().parse(), Ok(most));
    assert_eq!(issue(9).unwrap_err(), TokenError::Addresses { max: 8 });
}
