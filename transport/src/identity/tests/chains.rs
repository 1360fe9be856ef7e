//! Chains of peers, good and bad, each broken in one way.

use super::forge::{Draft, Forge, date, key};
use super::{FEDERATION, NODE, NOW, PARTITION, at, later};
use crate::identity::check::check_joining;
use crate::identity::{
    CERTIFICATE_BYTES_MAX, Denied, Fingerprint, IdentityError, KeyHash, NodeName, Rank, Trust, check, peer_of,
};
use rcgen::{
    BasicConstraints, CustomExtension, IsCa, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_ED25519,
    PublicKeyData,
};
use rustls::pki_types::{CertificateDer, UnixTime};

type Chain = Vec<CertificateDer<'static>>;

fn name() -> NodeName {
    NodeName::new(FEDERATION, PARTITION, NODE).unwrap()
}

/// Judges what a changed forge makes.
fn judge_at(now: UnixTime, change: impl FnOnce(&mut Forge)) -> Result<NodeName, IdentityError> {
    let mut forge = Forge::new();
    change(&mut forge);
    check(&forge.chain(), &forge.trust(), now)
}

fn judge(change: impl FnOnce(&mut Forge)) -> Result<NodeName, IdentityError> {
    judge_at(NOW, change)
}

fn judge_chain(make: impl FnOnce(&Forge) -> Chain) -> Result<NodeName, IdentityError> {
    let forge = Forge::new();
    check(&make(&forge), &forge.trust(), NOW)
}

fn judge_trust(change: impl FnOnce(&Forge, &mut Trust)) -> Result<NodeName, IdentityError> {
    let forge = Forge::new();
    let mut trust = forge.trust();
    change(&forge, &mut trust);
    check(&forge.chain(), &trust, NOW)
}

/// A leaf's key, by its SubjectPublicKeyInfo.
fn hash(draft: &Draft) -> KeyHash {
    KeyHash::of(&draft.key.subject_public_key_info())
}

#[test]
fn good_chains_are_accepted() {
    assert_eq!(judge(|_| ()), Ok(name()));
    assert_eq!(judge_chain(|forge| forge.chain()[..2].to_vec()), Ok(name()), "without the root");
    assert_eq!(
        judge(|forge| forge.leaf.common_name("fra-2")),
        Ok(name()),
        "the common name counts for nothing"
    );
    assert_eq!(judge_at(at(NOW.as_secs() - 3_600), |_| ()), Ok(name()), "in the first second");
    assert_eq!(judge_at(later(86_400), |_| ()), Ok(name()), "in the last second");
    let two_roots = judge_trust(|_, trust| trust.roots.insert(0, Forge::new().root.self_signed()));
    assert_eq!(two_roots, Ok(name()), "while roots of the same name are replaced");
    let others_denied = judge_trust(|_, trust| {
        trust.denied.insert(Denied::Partition("fra-2".to_owned()));
        trust.denied.insert(Denied::Node { partition: "fra-2".to_owned(), node: NODE.to_owned() });
        trust.denied.insert(Denied::Node { partition: PARTITION.to_owned(), node: "n2".to_owned() });
        trust.denied.insert(Denied::Key(KeyHash::from_bytes([0; 32])));
    });
    assert_eq!(others_denied, Ok(name()), "if only others are denied");
}

#[test]
fn names_are_exactly_one_uri_below_the_path_of_the_issuer() {
    let other = "spiffe://north.example/partition/fra-2/node/n1";
    let ours = "spiffe://north.example/partition/fra-1/node/n1";
    let none = |rank, count, uri_count| Err(IdentityError::NotOneUri { rank, count, uri_count });
    assert!(matches!(judge(|forge| forge.leaf.name(&[other])), Err(IdentityError::OtherPartition { .. })));
    let elsewhere = ours.replace("north", "south");
    assert!(matches!(
        judge(|forge| forge.leaf.name(&[&elsewhere])),
        Err(IdentityError::OtherPartition { .. })
    ));
    assert_eq!(judge(|forge| forge.leaf.name(&[ours, other])), none(Rank::Leaf, 2, 2));
    assert_eq!(judge(|forge| forge.leaf.name(&[ours, ours])), none(Rank::Leaf, 2, 2));
    assert_eq!(judge(|forge| forge.leaf.name(&[])), none(Rank::Leaf, 0, 0));
    assert_eq!(judge(|forge| forge.leaf.dns("n1.example")), none(Rank::Leaf, 2, 1));
    let dns_only = judge(|forge| {
        forge.leaf.name(&[]);
        forge.leaf.dns("n1.example");
    });
    assert_eq!(dns_only, none(Rank::Leaf, 1, 0));
    assert_eq!(judge(|forge| forge.intermediate.name(&[])), none(Rank::Intermediate, 0, 0));
    let partition = "spiffe://north.example/partition/fra-1";
    let two = judge(|forge| forge.intermediate.name(&[partition, "spiffe://north.example/partition/fra-2"]));
    assert_eq!(two, none(Rank::Intermediate, 2, 2));
    assert!(matches!(judge(|forge| forge.leaf.name(&["n1"])), Err(IdentityError::Name { .. })));
    for (rank, wrong) in [
        (Rank::Leaf, judge(|forge| forge.leaf.name(&[partition]))),
        (Rank::Intermediate, judge(|forge| forge.intermediate.name(&[ours]))),
        (Rank::Intermediate, judge(|forge| forge.intermediate.name(&["spiffe://north.example"]))),
    ] {
        assert!(
            matches!(&wrong, Err(IdentityError::WrongSubject { rank: at, .. }) if *at == rank),
            "{wrong:?}"
        );
    }
    let federation = judge_trust(|_, trust| trust.federation = "south.example".to_owned());
    assert_eq!(
        federation,
        Err(IdentityError::OtherFederation {
            ours: "south.example".to_owned(),
            theirs: FEDERATION.to_owned()
        })
    );
}

#[test]
fn a_chain_is_a_leaf_and_its_intermediate() {
    let length = |count| Err(IdentityError::ChainLength { count });
    assert_eq!(judge_chain(|_| Vec::new()), Err(IdentityError::NoCertificate));
    assert_eq!(judge_chain(|forge| forge.chain()[..1].to_vec()), length(1));
    let three_intermediates = judge_chain(|forge| {
        let [leaf, intermediate, root] = forge.chain().try_into().unwrap();
        vec![leaf, intermediate.clone(), intermediate.clone(), intermediate, root]
    });
    assert_eq!(three_intermediates, length(5));
    let two_intermediates = judge_chain(|forge| {
        let [leaf, intermediate, root] = forge.chain().try_into().unwrap();
        vec![leaf, intermediate.clone(), intermediate, root]
    });
    assert_eq!(two_intermediates, length(4));
    let turned = judge_chain(|forge| forge.chain().into_iter().rev().collect());
    assert!(matches!(turned, Err(IdentityError::WrongSubject { .. })), "{turned:?}");
    let root_as_intermediate =
        judge_chain(|forge| vec![forge.leaf.signed_by(&forge.root), forge.root.self_signed()]);
    assert!(
        matches!(root_as_intermediate, Err(IdentityError::WrongSubject { .. })),
        "{root_as_intermediate:?}"
    );
}

/// webpki alone accepts the first three: it finds a path from the leaf to the root past the intermediate.
#[test]
fn a_leaf_that_the_root_signed_is_refused() {
    let beside = judge_chain(|forge| {
        vec![forge.leaf.signed_by(&forge.root), forge.intermediate.signed_by(&forge.root)]
    });
    assert_eq!(beside, Err(IdentityError::OtherIssuer));
    let named_like_the_root = judge_chain(|forge| {
        let mut fake = Forge::new().intermediate;
        fake.params.distinguished_name = forge.root.params.distinguished_name.clone();
        vec![forge.leaf.signed_by(&forge.root), fake.signed_by(&fake)]
    });
    assert_eq!(named_like_the_root, Err(IdentityError::OtherIssuer));
    let others_intermediate = judge_chain(|forge| {
        let mut other = Forge::new().intermediate;
        other.common_name("other");
        vec![forge.leaf.signed_by(&other), forge.intermediate.signed_by(&forge.root)]
    });
    assert_eq!(others_intermediate, Err(IdentityError::OtherIssuer));
    let same_name_other_key = judge_chain(|forge| {
        let other = Forge::new().intermediate;
        vec![forge.leaf.signed_by(&other), forge.intermediate.signed_by(&forge.root)]
    });
    assert_eq!(same_name_other_key, Err(IdentityError::Signature));
}

#[test]
fn only_a_trusted_root_admits() {
    let wrong_root = judge_chain(|_| Forge::new().chain());
    assert_eq!(wrong_root, Err(IdentityError::Signature), "a root of the same name");
    let other_name = judge_chain(|_| {
        let mut other = Forge::new();
        other.root.common_name("other");
        other.chain()
    });
    assert_eq!(other_name, Err(IdentityError::UnknownRoot));
    let self_signed = judge_chain(|forge| {
        vec![forge.leaf.signed_by(&forge.intermediate), forge.intermediate.self_signed()]
    });
    assert_eq!(self_signed, Err(IdentityError::UnknownRoot));
    assert_eq!(judge_trust(|_, trust| trust.roots.clear()), Err(IdentityError::Bundle));
    let garbage = judge_trust(|_, trust| trust.roots.push(vec![1, 2, 3].into()));
    assert_eq!(garbage, Err(IdentityError::Bundle));
}

#[test]
fn leaves_and_intermediates_keep_to_what_they_are_for() {
    let authority = judge(|forge| forge.leaf.params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)));
    assert_eq!(authority, Err(IdentityError::LeafIsAuthority));
    let signs = judge(|forge| forge.leaf.params.key_usages = vec![KeyUsagePurpose::KeyCertSign]);
    assert_eq!(signs, Err(IdentityError::LeafIsAuthority));
    let plain = judge(|forge| forge.intermediate.params.is_ca = IsCa::ExplicitNoCa);
    assert_eq!(plain, Err(IdentityError::NoAuthority { rank: Rank::Intermediate }));
    for kept in [0, 1] {
        let one_sided = judge(|forge| {
            let usage = forge.leaf.params.extended_key_usages[kept].clone();
            forge.leaf.params.extended_key_usages = vec![usage];
        });
        assert_eq!(one_sided, Err(IdentityError::Usage));
    }
    assert_eq!(judge(|forge| forge.leaf.params.extended_key_usages.clear()), Err(IdentityError::Usage));
    let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
    unknown.set_criticality(true);
    let critical = judge(|forge| forge.leaf.params.custom_extensions = vec![unknown]);
    assert!(matches!(critical, Err(IdentityError::Chain { .. })), "{critical:?}");
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384] {
        assert_eq!(
            judge(|forge| forge.leaf.key = key(algorithm)),
            Err(IdentityError::KeyType { rank: Rank::Leaf })
        );
        assert_eq!(
            judge(|forge| forge.intermediate.key = key(algorithm)),
            Err(IdentityError::KeyType { rank: Rank::Intermediate })
        );
        let root = judge(|forge| forge.root.key = key(algorithm));
        assert!(matches!(root, Err(IdentityError::Chain { .. })), "{root:?}");
    }
}

#[test]
fn dates_count_for_the_leaf_and_for_its_intermediate() {
    let expired = |judged| match judged {
        Err(IdentityError::Expired { rank, .. }) => Some(rank),
        _ => None,
    };
    let early = |judged| match judged {
        Err(IdentityError::NotYetValid { rank, .. }) => Some(rank),
        _ => None,
    };
    let now = date(NOW);
    let second = time::Duration::SECOND;
    assert_eq!(expired(judge(|forge| forge.leaf.params.not_after = now - second)), Some(Rank::Leaf));
    assert_eq!(early(judge(|forge| forge.leaf.params.not_before = now + second)), Some(Rank::Leaf));
    let ended = judge(|forge| forge.intermediate.params.not_after = now - second);
    assert_eq!(expired(ended), Some(Rank::Intermediate));
    let future = judge(|forge| forge.intermediate.params.not_before = now + second);
    assert_eq!(early(future), Some(Rank::Intermediate));
    let text = judge(|forge| forge.leaf.params.not_after = now - second).unwrap_err().to_string();
    let sentence = "the node's certificate ended at 2027-01-15T07:59:59Z and it is 2027-01-15T08:00:00Z: renew it, and \
                    compare the clocks of both sides";
    assert_eq!(text, sentence);
}

#[test]
fn the_denied_are_refused() {
    let partition = judge_trust(|_, trust| {
        trust.denied.insert(Denied::Partition(PARTITION.to_owned()));
    });
    assert_eq!(partition, Err(IdentityError::DeniedPartition { partition: PARTITION.to_owned() }));
    let node = judge_trust(|_, trust| {
        trust.denied.insert(Denied::Node { partition: PARTITION.to_owned(), node: NODE.to_owned() });
    });
    assert_eq!(node, Err(IdentityError::DeniedNode { node: name() }));
    let key = judge_trust(|forge, trust| {
        trust.denied.insert(Denied::Key(hash(&forge.leaf)));
    });
    assert!(matches!(key, Err(IdentityError::DeniedKey { .. })), "{key:?}");
    let issuer = judge_trust(|forge, trust| {
        trust.denied.insert(Denied::Key(hash(&forge.intermediate)));
    });
    assert!(matches!(issuer, Err(IdentityError::DeniedKey { .. })), "{issuer:?}");
}

#[test]
fn damaged_certificates_are_refused_without_a_panic() {
    let forge = Forge::new();
    let (chain, trust) = (forge.chain(), forge.trust());
    for place in 0..2 {
        let bytes = chain[place].to_vec();
        for length in 0..bytes.len() {
            let mut cut = chain.clone();
            cut[place] = bytes[..length].to_vec().into();
            assert!(check(&cut, &trust, NOW).is_err(), "cut at {length} of {place}");
        }
        for index in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[index] ^= 0x10;
            let mut damaged = chain.clone();
            damaged[place] = flipped.into();
            assert!(check(&damaged, &trust, NOW).is_err(), "flipped at {index} of {place}");
        }
        let mut longer = chain.clone();
        longer[place] = [bytes.as_slice(), &[0]].concat().into();
        assert!(matches!(check(&longer, &trust, NOW), Err(IdentityError::Unreadable { .. })));
    }
    let huge: Chain = vec![vec![0x30; CERTIFICATE_BYTES_MAX + 1].into(), chain[1].clone()];
    assert!(matches!(check(&huge, &trust, NOW), Err(IdentityError::TooLarge { .. })));
    assert_eq!(peer_of(&[]), Err(IdentityError::NoCertificate));
    assert_eq!(peer_of(&chain), Ok(name()));
}

#[test]
fn a_newcomer_wants_the_whole_chain_below_the_root_of_its_token() {
    let mut forge = Forge::new();
    let chain = forge.chain();
    let expected = Fingerprint::of(&chain[2]);
    assert_eq!(check_joining(&chain, expected, NOW), Ok(name()));
    assert_eq!(check_joining(&[], expected, NOW), Err(IdentityError::NoCertificate));
    assert_eq!(check_joining(&chain[..2], expected, NOW), Err(IdentityError::RootMissing { count: 2 }));
    let theirs = Forge::new().chain();
    let other_root = check_joining(&theirs, expected, NOW);
    assert_eq!(
        other_root,
        Err(IdentityError::OtherRoot { ours: expected, theirs: Fingerprint::of(&theirs[2]) })
    );
    let borrowed_root = [theirs[0].clone(), theirs[1].clone(), chain[2].clone()];
    assert_eq!(check_joining(&borrowed_root, expected, NOW), Err(IdentityError::Signature));

    forge.root.name(&["spiffe://south.example"]);
    let renamed = forge.chain();
    let other_federation = check_joining(&renamed, Fingerprint::of(&renamed[2]), NOW);
    assert!(matches!(other_federation, Err(IdentityError::OtherFederation { .. })), "{other_federation:?}");
    forge.root.params.not_after = date(NOW) - time::Duration::SECOND;
    let ended = forge.chain();
    let ended = check_joining(&ended, Fingerprint::of(&ended[2]), NOW);
    assert!(matches!(ended, Err(IdentityError::Expired { rank: Rank::Root, .. })), "{ended:?}");
}
