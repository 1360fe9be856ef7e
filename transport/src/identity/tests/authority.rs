//! The root, partitions and the certificates that they issue.

use super::forge::{Forge, key};
use super::{FEDERATION, NODE, NOW, PARTITION, at, later, member, plant, root, trust};
use crate::identity::authority::{PartitionAuthority, Root, requested_key};
use crate::identity::check::check_joining;
use crate::identity::{Credentials, Fingerprint, IdentityError, KeyHash, NodeName, Rank, check};
use data_encoding::BASE64;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use rustls::pki_types::{PrivatePkcs8KeyDer, UnixTime};

/// Made by OpenSSL 3: RSA of 1,024 bits, for fra-1.
const RSA_REQUEST: &str = "\
    MIIBTzCBuQIBADAQMQ4wDAYDVQQDDAVmcmEtMTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAt6P9RraOni+IxDi1Tt41l2UUNkYF\
    0e6+t8DYZeskh8CoHM3iqeYoSuMb3lNOwDumNz4WV/VkKyojyeZK0fR13CXA5ZZnSq40EfeW5Jfv4R5cTrutVpDyGXwo+DNATKOALvOw\
    nWZ9Jws0RehXMYWx2Kis5d7wDtt6WPvIO099aGkCAwEAAaAAMA0GCSqGSIb3DQEBCwUAA4GBAJIquGJGKGC/J/41Q4SrfZR9sPu67Lqp\
    Aqmnu8MJE12FcCxlo6AXH4VtuhteICcZI+pBpHRsF3KjDtBTpY03FvHbzY96J7MyOkzb1ZT+UhoDTvuXNVLyuqw15ZAGY40fDcMjlet8\
    PGJksM4DL8lV31CZYTiD6kfevp8yXWIKKMIm\
";

/// Made by OpenSSL 3: ECDSA P-256, which asks for two DNS names and an authority without a bound.
const GREEDY_REQUEST: &str = "\
    MIIBCzCBsQIBADAcMQ4wDAYDVQQDDAVmcmEtMTEKMAgGA1UECgwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB0dyvZ2fF8Hlg1y\
    MYA3k+nt+sNBmv4hl0Lza2yxy9u76S/IHlArF0mrx/VFji2yL/RlMVWxTqLhluRJ628BMD+gMzAxBgkqhkiG9w0BCQ4xJDAiMA8GA1Ud\
    EQQIMAaCAWGCAWIwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAtQ4NmQH05owdRgDi+/D9BQXp+twmQZGXRILwoZGN\
    D7QCIQCIl27M3wPZAtMjlEaJe5bbScENN8ivmJBDfNQphuLIUQ==\
";

const YEAR_SECONDS: u64 = 365 * 86_400;

fn decoded(text: &str) -> Vec<u8> {
    BASE64.decode(text.as_bytes()).unwrap()
}

fn public_key(key: &PrivatePkcs8KeyDer<'_>) -> Vec<u8> {
    KeyPair::from_pkcs8_der_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256).unwrap().public_key_raw().to_vec()
}

fn accepted(root: &Root, credentials: &Credentials, now: UnixTime) -> Result<NodeName, IdentityError> {
    check(credentials.chain(), &trust(root), now)
}

#[test]
fn a_node_of_an_admitted_partition_is_accepted_for_its_day() {
    let root = root();
    let member = member(&root, PARTITION);
    let name = NodeName::new(FEDERATION, PARTITION, NODE).unwrap();
    assert_eq!(member.name(), &name);
    assert_eq!(member.ends_at(), later(86_400));
    for (now, is_accepted) in
        [(at(NOW.as_secs() - 3_600), true), (later(86_400), true), (later(86_401), false)]
    {
        assert_eq!(accepted(&root, &member, now).is_ok(), is_accepted, "{now:?}");
    }
}

#[test]
fn an_intermediate_lives_two_years_and_no_leaf_outlives_it() {
    let root = root();
    let plant = plant(&root, PARTITION);
    assert_eq!(plant.ends_at(), later(2 * YEAR_SECONDS));
    let last_hour = later(2 * YEAR_SECONDS - 3_600);
    let leaf = plant.issue(NODE, last_hour).unwrap();
    assert_eq!(leaf.ends_at(), plant.ends_at());
    assert!(accepted(&root, &leaf, last_hour).is_ok());
    let after = plant.issue(NODE, later(2 * YEAR_SECONDS + 1));
    assert!(matches!(after, Err(IdentityError::Expired { rank: Rank::Intermediate, .. })), "{after:?}");

    let renewed = root.admit(&plant.renewal().unwrap(), PARTITION, last_hour).unwrap();
    let renewed = PartitionAuthority::open(&plant.key(), renewed, root.certificate().clone()).unwrap();
    assert_eq!(renewed.ends_at(), at(last_hour.as_secs() + 2 * YEAR_SECONDS));
    assert!(accepted(&root, &leaf, last_hour).is_ok(), "while the old one lives");
    let next = renewed.issue(NODE, later(2 * YEAR_SECONDS + 1)).unwrap();
    assert!(accepted(&root, &next, later(2 * YEAR_SECONDS + 1)).is_ok());
}

#[test]
fn a_root_lives_thirty_years() {
    let root = root();
    let year_29 = later(29 * YEAR_SECONDS);
    let (key, request) = PartitionAuthority::request(PARTITION).unwrap();
    let intermediate = root.admit(&request, PARTITION, year_29).unwrap();
    let plant = PartitionAuthority::open(&key, intermediate, root.certificate().clone()).unwrap();
    let leaf = plant.issue(NODE, year_29).unwrap();
    assert!(accepted(&root, &leaf, year_29).is_ok());
    let joining = |now| check_joining(leaf.chain(), root.fingerprint(), now);
    assert!(joining(year_29).is_ok());
    let last = later(30 * YEAR_SECONDS);
    let intermediate = root.admit(&request, PARTITION, last).unwrap();
    assert_eq!(
        PartitionAuthority::open(&key, intermediate, root.certificate().clone()).unwrap().ends_at(),
        last
    );
    let after = later(30 * YEAR_SECONDS + 1);
    let refused = root.admit(&request, PARTITION, after);
    assert!(matches!(refused, Err(IdentityError::Expired { rank: Rank::Root, .. })), "{refused:?}");
    let ended = joining(after);
    assert!(matches!(ended, Err(IdentityError::Expired { .. })), "{ended:?}");
}

#[test]
fn stored_authorities_open_again() {
    let root = root();
    let plant = plant(&root, PARTITION);
    let root = Root::open(&root.key(), root.certificate().clone()).unwrap();
    assert_eq!(root.federation(), FEDERATION);
    assert_eq!(root.fingerprint(), Fingerprint::of(plant.root()));
    let plant =
        PartitionAuthority::open(&plant.key(), plant.intermediate().clone(), plant.root().clone()).unwrap();
    assert_eq!((plant.federation(), plant.partition()), (FEDERATION, PARTITION));
    assert!(accepted(&root, &plant.issue(NODE, NOW).unwrap(), NOW).is_ok());
}

#[test]
fn a_root_is_kept_offline_as_pem() {
    let root = root();
    let text = root.expose_pem();
    assert!(text.lines().all(|line| line.len() <= 64), "{text}");
    let opened = Root::from_pem(&text).unwrap();
    assert_eq!((opened.fingerprint(), opened.key()), (root.fingerprint(), root.key()));
    let (key, certificate) = text.split_at(text.find("-----BEGIN CERTIFICATE").unwrap());
    assert!(Root::from_pem(&format!("Root of 2027.\n{certificate}\n{key}")).is_ok());
    let unreadable = |text: &str| assert_eq!(Root::from_pem(text).unwrap_err(), IdentityError::PemUnreadable);
    for length in 0..text.len() - 25 {
        unreadable(&text[..length]);
    }
    unreadable(key);
    unreadable(certificate);
    unreadable(&format!("{text}{}", " ".repeat(16 * 1024)));
    let other = super::root().expose_pem();
    let mixed = format!("{key}{}", &other[other.find("-----BEGIN CERTIFICATE").unwrap()..]);
    assert_eq!(Root::from_pem(&mixed).unwrap_err(), IdentityError::OtherKey { rank: Rank::Root });
}

#[test]
fn parts_that_do_not_belong_together_do_not_open() {
    let root = root();
    let (plant, other) = (plant(&root, PARTITION), plant(&root, PARTITION));
    let certificate = || root.certificate().clone();
    let intermediate = || plant.intermediate().clone();
    let other_key = PartitionAuthority::open(&other.key(), intermediate(), certificate()).unwrap_err();
    assert_eq!(other_key, IdentityError::OtherKey { rank: Rank::Intermediate });
    let same_name = Root::create(FEDERATION, "founder", NOW).unwrap();
    let other_root =
        PartitionAuthority::open(&plant.key(), intermediate(), same_name.certificate().clone()).unwrap_err();
    assert_eq!(other_root, IdentityError::Signature);
    let other_name = Root::create("south.example", "founder", NOW).unwrap();
    let other_root =
        PartitionAuthority::open(&plant.key(), intermediate(), other_name.certificate().clone()).unwrap_err();
    assert_eq!(other_root, IdentityError::UnknownRoot);
    let leaf = plant.issue(NODE, NOW).unwrap().chain()[0].clone();
    let leaf = PartitionAuthority::open(&plant.key(), leaf, certificate()).unwrap_err();
    assert!(matches!(leaf, IdentityError::WrongSubject { rank: Rank::Intermediate, .. }), "{leaf}");
    let as_root = Root::open(&plant.key(), intermediate()).unwrap_err();
    assert!(matches!(as_root, IdentityError::WrongSubject { rank: Rank::Root, .. }), "{as_root}");
    let other_key = Root::open(&plant.key(), certificate()).unwrap_err();
    assert_eq!(other_key, IdentityError::OtherKey { rank: Rank::Root });
    let garbage = Root::open(&vec![1, 2, 3].into(), certificate()).unwrap_err();
    assert_eq!(garbage, IdentityError::KeyUnreadable);
    let ed25519 = Forge::new();
    let ed25519_key = key(&PKCS_ED25519).serialize_der().into();
    let other_type = Root::open(&ed25519_key, ed25519.root.self_signed()).unwrap_err();
    assert_eq!(other_type, IdentityError::KeyUnreadable);
}

#[test]
fn a_request_is_signed_by_its_own_key_of_the_right_type() {
    let root = root();
    let admit = |request: &[u8]| root.admit(request, PARTITION, NOW).unwrap_err();
    let key_type = IdentityError::KeyType { rank: Rank::Intermediate };
    assert_eq!(admit(&decoded(RSA_REQUEST)), key_type);
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384] {
        let request = CertificateParams::default().serialize_request(&key(algorithm)).unwrap();
        assert_eq!(admit(request.der()), key_type);
    }
    assert_eq!(admit(&[]), IdentityError::RequestUnreadable);
    assert_eq!(admit(root.certificate()), IdentityError::RequestUnreadable);
    assert_eq!(admit(&[0x30; 5_000]), IdentityError::RequestUnreadable);

    let (own, request) = PartitionAuthority::request(PARTITION).unwrap();
    assert_eq!(admit(&[request.as_slice(), &[0]].concat()), IdentityError::RequestUnreadable);
    for length in 0..request.len() {
        assert_eq!(admit(&request[..length]), IdentityError::RequestUnreadable, "cut at {length}");
    }
    let mut other_key = request.clone();
    let (ours, theirs) = (public_key(&own), public_key(&PartitionAuthority::request(PARTITION).unwrap().0));
    let place = request.windows(ours.len()).position(|window| window == ours).unwrap();
    other_key[place..place + theirs.len()].copy_from_slice(&theirs);
    assert_eq!(admit(&other_key), IdentityError::RequestSignature);
    for index in 0..request.len() {
        let mut flipped = request.clone();
        flipped[index] ^= 0x10;
        let is_same_key = requested_key(&flipped) == requested_key(&request);
        assert!(root.admit(&flipped, PARTITION, NOW).is_err() || is_same_key, "flipped at {index}");
    }
    for partition in ["", "a/b", "../x", &"p".repeat(64)] {
        let refused = root.admit(&request, partition, NOW);
        assert!(matches!(refused, Err(IdentityError::Name { .. })), "{partition}");
    }
}

/// The root decides what a certificate says, whatever the request asks for.
#[test]
fn a_request_gives_its_key_and_nothing_else() {
    let root = root();
    let request = decoded(GREEDY_REQUEST);
    let intermediate = root.admit(&request, PARTITION, NOW).unwrap();
    let text = String::from_utf8_lossy(&intermediate).into_owned();
    assert!(text.contains("spiffe://north.example/partition/fra-1"));
    let (_, x509) = x509_parser::parse_x509_certificate(&intermediate).unwrap();
    let names = x509.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names.len(), 1);
    assert_eq!(x509.basic_constraints().unwrap().unwrap().value.path_len_constraint, Some(0));
    assert_eq!(requested_key(&request), Ok(KeyHash::of(x509.public_key().raw)));
}

#[test]
fn serial_numbers_differ_between_certificates_of_one_key() {
    let root = root();
    let plant = plant(&root, PARTITION);
    let renewed = root.admit(&plant.renewal().unwrap(), PARTITION, later(1)).unwrap();
    let serial = |der: &[u8]| x509_parser::parse_x509_certificate(der).unwrap().1.serial.clone();
    assert_ne!(serial(plant.intermediate()), serial(&renewed));
    assert!(serial(&renewed).bits() <= 127);
}

#[test]
fn a_clock_beyond_the_years_of_certificates_is_refused() {
    for now in [u64::MAX, i64::MAX as u64, 253_402_300_800] {
        let refused = Root::create(FEDERATION, "founder", at(now)).map(drop);
        assert!(matches!(refused, Err(IdentityError::Clock { .. })), "{now}: {refused:?}");
    }
    assert!(Root::create(FEDERATION, "founder", at(0)).is_ok());
}

#[test]
fn keys_are_in_no_debug_text() {
    let root = root();
    let plant = plant(&root, PARTITION);
    let credentials = plant.issue(NODE, NOW).unwrap();
    assert_eq!(
        format!("{credentials:?}"),
        "Credentials(spiffe://north.example/partition/fra-1/node/n1, ends 2027-01-16T08:00:00Z)"
    );
    assert_eq!(format!("{plant:?}"), "PartitionAuthority(north.example, fra-1, ends 2029-01-14T08:00:00Z)");
    assert_eq!(format!("{root:?}"), format!("Root(north.example, {})", root.fingerprint()));
    let (key, _) = PartitionAuthority::request(PARTITION).unwrap();
    assert_eq!(format!("{key:?}"), "PrivatePkcs8KeyDer(\"[secret key elided]\")");
}
