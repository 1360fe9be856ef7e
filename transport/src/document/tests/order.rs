//! Signatures, roots that rotate, and which of two documents counts.

use super::*;
use crate::document::{DocumentError, Order, SignedDocument, order};
use crate::identity::{Fingerprint, IdentityError};

fn numbered(root: &Root, root_generation: u64, number: u64) -> SignedDocument {
    root.sign(&Document { root_generation, number, ..document(root) }).unwrap()
}

#[test]
fn a_document_is_opened_as_it_was_signed() {
    let root = root();
    let document = document(&root);
    let signed = root.sign(&document).unwrap();
    let trusted = [root.certificate().clone()];
    assert_eq!(signed.open(&trusted), Ok(document.clone()));
    let came = SignedDocument::decode(&signed.encode()).unwrap();
    assert_eq!(came, signed);
    assert_eq!(came.open(&trusted), Ok(document.clone()));
    assert_eq!((came.root_generation(), came.number(), came.signer()), (1, 7, root.fingerprint()));
    let trust = document.trust();
    assert_eq!(
        (trust.federation, trust.roots, trust.denied),
        (document.federation, document.roots, document.denied)
    );
}

#[test]
fn the_later_root_holder_wins_then_the_higher_number() {
    let root = root();
    for (current, offered, expected) in [
        ((1, 7), (1, 8), Order::Newer),
        ((1, 7), (1, 6), Order::Older),
        ((1, 7), (2, 0), Order::Newer),
        ((2, 0), (1, u64::MAX), Order::Older),
        ((1, u64::MAX), (2, 1), Order::Newer),
    ] {
        let [current, offered] =
            [current, offered].map(|(generation, number)| numbered(&root, generation, number));
        assert_eq!(order(&current, &offered), expected, "{current:?} {offered:?}");
    }
}

#[test]
fn one_place_holds_one_text() {
    let root = root();
    let document = document(&root);
    let signed = root.sign(&document).unwrap();
    let once_more = root.sign(&document).unwrap();
    assert_ne!(signed, once_more, "signatures are random");
    assert_eq!(order(&signed, &once_more), Order::Same);
    let fork = root.sign(&Document { denied: BTreeSet::new(), ..document }).unwrap();
    assert_eq!(order(&signed, &fork), Order::Fork);
    assert_eq!(order(&fork, &signed), Order::Fork);
}

#[test]
fn only_a_root_that_is_trusted_now_signs() {
    let (root, other) = (root(), root());
    let signed = root.sign(&document(&root)).unwrap();
    let signer = root.fingerprint();
    assert_eq!(signed.open(&[]), Err(DocumentError::UnknownSigner { signer }));
    let others = [other.certificate().clone()];
    assert_eq!(signed.open(&others), Err(DocumentError::UnknownSigner { signer }));

    let forged = SignedDocument { signer: other.fingerprint(), ..signed.clone() };
    assert_eq!(forged.open(&others), Err(DocumentError::Signature));
    let of_another = SignedDocument { signature: numbered(&root, 1, 8).signature, ..signed.clone() };
    assert_eq!(of_another.open(&[root.certificate().clone()]), Err(DocumentError::Signature));
    let unsigned = SignedDocument { signature: Vec::new(), ..signed.clone() };
    assert_eq!(unsigned.open(&[root.certificate().clone()]), Err(DocumentError::Signature));
    let without_context = SignedDocument { signature: root.sign_text(&signed.bytes).unwrap(), ..signed };
    assert_eq!(without_context.open(&[root.certificate().clone()]), Err(DocumentError::Signature));
}

/// Old root, old and new, new root: each step is opened by what the step before trusts.
#[test]
fn roots_rotate_by_documents() {
    let (old, new) = (root(), root());
    let (old_root, new_root) = (old.certificate().clone(), new.certificate().clone());
    let with_roots = |number, roots: &[&CertificateDer<'static>]| Document {
        number,
        roots: roots.iter().copied().cloned().collect(),
        ..document(&old)
    };
    let first = old.sign(&with_roots(1, &[&old_root])).unwrap();
    let trusted = first.open(std::slice::from_ref(&old_root)).unwrap().roots;

    let too_early = new.sign(&with_roots(2, &[&old_root, &new_root])).unwrap();
    assert_eq!(too_early.open(&trusted), Err(DocumentError::UnknownSigner { signer: new.fingerprint() }));
    let both = old.sign(&with_roots(2, &[&old_root, &new_root])).unwrap();
    let trusted = both.open(&trusted).unwrap().roots;
    assert_eq!(both.open(&trusted).unwrap().roots, trusted, "a kept document verifies itself");

    let last = new.sign(&with_roots(3, &[&new_root])).unwrap();
    assert_eq!(order(&both, &last), Order::Newer);
    let trusted = last.open(&trusted).unwrap().roots;
    assert_eq!(trusted, std::slice::from_ref(&new_root));
    let too_late = old.sign(&with_roots(4, &[&old_root])).unwrap();
    assert_eq!(too_late.open(&trusted), Err(DocumentError::UnknownSigner { signer: old.fingerprint() }));

    let removes_itself = old.sign(&with_roots(4, &[&new_root]));
    assert_eq!(removes_itself, Err(DocumentError::SignerNotListed { signer: old.fingerprint() }));
}

#[test]
fn a_root_signs_for_its_own_federation() {
    let root = root();
    let foreign = Document { federation: "south.example".to_owned(), ..document(&root) };
    let error =
        DocumentError::OtherFederation { ours: FEDERATION.to_owned(), theirs: "south.example".to_owned() };
    assert_eq!(root.sign(&foreign), Err(error.clone()));
    let signed = sign_unchecked(&root, &foreign);
    assert_eq!(signed.open(&[root.certificate().clone()]), Err(error));
    let not_a_root = sign_unchecked(&root, &document(&root));
    let node = intermediate(&root, "fra-1");
    let signer = Fingerprint::of(&node);
    let by_partition = SignedDocument { signer, ..not_a_root };
    assert!(matches!(by_partition.open(&[node]), Err(DocumentError::Signature)));
    let leaf_like = SignedDocument { signer: Fingerprint::of(&vec![1].into()), ..by_partition };
    let unreadable = leaf_like.open(&[vec![1].into()]);
    assert!(
        matches!(unreadable, Err(DocumentError::Identity(IdentityError::Unreadable { .. }))),
        "{unreadable:?}"
    );
}
