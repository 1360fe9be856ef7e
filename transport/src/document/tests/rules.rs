//! Each rule refuses a document that is to be signed, and one that a root signed nevertheless.

use super::*;
use crate::document::{
    DENIED_MAX, DocumentError, FEATURES_MAX, MEMBERS_MAX, ROOTS_MAX, SIGNED_BYTES_MAX, SignedDocument,
};
use crate::identity::IdentityError;

/// Both the signer and the reader refuse the changed document, for one reason.
fn refused(change: impl FnOnce(&Root, &mut Document)) -> DocumentError {
    let root = root();
    let mut document = document(&root);
    change(&root, &mut document);
    let error = root.sign(&document).unwrap_err();
    let signed = sign_unchecked(&root, &document);
    assert_eq!(signed.open(&[root.certificate().clone()]), Err(error.clone()));
    error
}

fn of_member(change: impl FnOnce(&Root, &mut Member)) -> DocumentError {
    refused(|root, document| change(root, document.members.get_mut("muc-1").unwrap()))
}

#[test]
fn numbers_of_things_are_bounded() {
    let too_many = |what, max| DocumentError::TooMany { what, count: max + 1, max };
    let members = refused(|root, document| {
        let member = member(root, "muc-1");
        document.members = (0..=MEMBERS_MAX).map(|index| (format!("p{index}"), member.clone())).collect();
    });
    assert_eq!(members, too_many("members", MEMBERS_MAX));
    let roots = refused(|root, document| document.roots = vec![root.certificate().clone(); ROOTS_MAX + 1]);
    assert_eq!(roots, too_many("roots", ROOTS_MAX));
    let denied = refused(|_, document| {
        document.denied = (0..=DENIED_MAX).map(|index| Denied::Partition(format!("p{index}"))).collect();
    });
    assert_eq!(denied, too_many("denials", DENIED_MAX));
    let addresses = of_member(|_, member| member.addresses = vec!["a.example:1".to_owned(); 9]);
    assert_eq!(addresses, too_many("addresses of a member", 8));
    let features = of_member(|_, member| {
        member.features = (0..=FEATURES_MAX).map(|index| format!("f{index}")).collect();
    });
    assert_eq!(features, too_many("features of a member", FEATURES_MAX));
    assert_eq!(refused(|_, document| document.roots.clear()), DocumentError::NoRoot);
    let holders = of_member(|_, member| member.is_root_holder = true);
    assert_eq!(holders, DocumentError::RootHolders { count: 2 });
}

#[test]
fn texts_keep_to_their_grammar() {
    let name = |name: &str| DocumentError::Identity(IdentityError::Name { name: name.to_owned() });
    let renamed = refused(|_, document| {
        let member = document.members.remove("muc-1").unwrap();
        document.members.insert("a/b".to_owned(), member);
    });
    assert_eq!(renamed, name("a/b"));
    let denied = refused(|_, document| document.denied = BTreeSet::from([Denied::Partition(String::new())]));
    assert_eq!(denied, name(""));
    let node = Denied::Node { partition: "muc-1".to_owned(), node: "..".to_owned() };
    assert_eq!(refused(|_, document| document.denied = BTreeSet::from([node])), name(".."));
    let feature = of_member(|_, member| member.features = BTreeSet::from(["a b".to_owned()]));
    assert_eq!(feature, DocumentError::Feature { partition: "muc-1".to_owned() });
    for address in ["", "a.example", "a.example:0", "2001:db8::1", "[2001:db8::1]", "1.2.3:4", "a\nb:1"] {
        let error = of_member(|_, member| member.addresses = vec![address.to_owned()]);
        let partition = "muc-1".to_owned();
        assert_eq!(error, DocumentError::Address { partition, address: address.to_owned() });
    }
    let long = of_member(|_, member| member.addresses = vec![format!("1.2.3.4:{}1", "0".repeat(10_000))]);
    assert!(long.to_string().len() < 250, "{long}");
}

#[test]
fn certificates_belong_to_what_lists_them() {
    let other = of_member(|root, member| member.intermediate = intermediate(root, "fra-1"));
    let named = "fra-1 of north.example".to_owned();
    assert_eq!(other, DocumentError::OtherIntermediate { partition: "muc-1".to_owned(), named });
    let foreign = of_member(|_, member| {
        let root = Root::create("south.example", "muc-1", NOW).unwrap();
        member.intermediate = intermediate(&root, "muc-1");
    });
    let named = "muc-1 of south.example".to_owned();
    assert_eq!(foreign, DocumentError::OtherIntermediate { partition: "muc-1".to_owned(), named });
    let garbage = of_member(|_, member| member.intermediate = vec![1, 2, 3].into());
    assert!(matches!(garbage, DocumentError::Identity(IdentityError::Unreadable { .. })), "{garbage}");
    let root_as_member = of_member(|root, member| member.intermediate = root.certificate().clone());
    assert!(
        matches!(root_as_member, DocumentError::Identity(IdentityError::WrongSubject { .. })),
        "{root_as_member}"
    );
    let garbage = refused(|_, document| document.roots.push(vec![1].into()));
    assert!(matches!(garbage, DocumentError::Identity(IdentityError::Unreadable { .. })), "{garbage}");
    let foreign = refused(|_, document| {
        document.roots.push(Root::create("south.example", "x", NOW).unwrap().certificate().clone());
    });
    assert!(matches!(foreign, DocumentError::OtherFederation { .. }), "{foreign}");
    let partition_as_root = refused(|root, document| document.roots.push(intermediate(root, "fra-1")));
    assert!(matches!(partition_as_root, DocumentError::Identity(IdentityError::WrongSubject { .. })));
}

#[test]
fn the_largest_federation_fits_and_nothing_beyond_the_bound() {
    let root = root();
    let mut document = document(&root);
    let feature = |index| format!("feature-{index:02}");
    document.members = (0..MEMBERS_MAX)
        .map(|index| {
            let partition = format!("partition-{index:03}");
            let mut member = member(&root, &partition);
            member.features = (0..32).map(feature).collect();
            (partition, member)
        })
        .collect();
    document.denied = (0..DENIED_MAX).map(|index| Denied::Key(KeyHash::of(&index.to_be_bytes()))).collect();
    let encoded = root.sign(&document).unwrap().encode();
    assert!(encoded.len() < SIGNED_BYTES_MAX, "{}", encoded.len());
    let opened = SignedDocument::decode(&encoded).unwrap().open(&[root.certificate().clone()]);
    assert_eq!(opened, Ok(document.clone()));

    for member in document.members.values_mut() {
        member.features = (0..FEATURES_MAX).map(|index| format!("{index:0>63}")).collect();
    }
    assert!(matches!(root.sign(&document), Err(DocumentError::TooLarge { .. })));
}
