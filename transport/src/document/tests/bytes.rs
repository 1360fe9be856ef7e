//! Encoded documents: of this release, of others, cut and damaged.

use super::*;
use crate::cbor::{self, ByteString};
use crate::document::{DocumentError, SIGNED_BYTES_MAX, SignedDocument, wire};
use cbor4ii::core::Value;
use data_encoding::BASE64;

/// Written by the first release with this format: the document, and the root that signed it.
const GOLDEN: &str = include_str!("golden-1.txt");

fn golden() -> [Vec<u8>; 2] {
    let parts: Vec<_> = GOLDEN.split("\n\n").map(|part| part.replace('\n', "")).collect();
    let [document, root] = parts.try_into().unwrap();
    [document, root].map(|part| BASE64.decode(part.as_bytes()).unwrap())
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The text of a document with a change that this release would not write.
fn changed(document: &Document, change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let mut value: Value = cbor::read(&wire::write(document)).unwrap();
    let Value::Map(fields) = &mut value else { panic!("no map") };
    change(fields);
    cbor::write(&value)
}

fn set(fields: &mut [(Value, Value)], name: &str, value: Value) {
    fields.iter_mut().find(|(field, _)| *field == text(name)).unwrap().1 = value;
}

/// What a reader makes of a text that a root signed.
fn read(root: &Root, bytes: Vec<u8>) -> Result<Document, DocumentError> {
    let signed = SignedDocument::decode(&encode(root, bytes))?;
    signed.open(&[root.certificate().clone()])
}

fn encode(root: &Root, bytes: Vec<u8>) -> Vec<u8> {
    let placed = sign_unchecked(root, &document(root));
    let signature = root.sign_text(&[b"metalmesh document\n", bytes.as_slice()].concat()).unwrap();
    SignedDocument { signature, bytes, ..placed }.encode()
}

#[test]
fn the_golden_document_is_read_and_written_as_it_was() {
    let [encoded, root] = golden();
    let signed = SignedDocument::decode(&encoded).unwrap();
    assert_eq!(signed.encode(), encoded);
    let opened = signed.open(&[root.into()]).unwrap();
    assert_eq!(wire::write(&opened), signed.bytes);
    let expected = document(&super::root());
    assert_eq!(opened.members.keys().collect::<Vec<_>>(), ["fra-1", "muc-1"]);
    for (name, member) in &opened.members {
        let mine = Member { intermediate: member.intermediate.clone(), ..expected.members[name].clone() };
        assert_eq!(*member, mine);
    }
    let mine = Document { members: opened.members.clone(), roots: opened.roots.clone(), ..expected };
    assert_eq!(opened, mine);
}

#[test]
fn fields_of_later_releases_are_skipped() {
    let root = root();
    let document = document(&root);
    let grown = changed(&document, |fields| {
        fields.push((text("later"), Value::Array(vec![Value::Null, text("x")])));
        let member = Value::Map(vec![(text("later"), Value::Bool(true))]);
        fields.push((text("another"), member));
    });
    assert_eq!(read(&root, grown), Ok(document.clone()));

    let mut outer: Value = cbor::read(&root.sign(&document).unwrap().encode()).unwrap();
    let Value::Map(fields) = &mut outer else { panic!("no map") };
    fields.push((text("later"), Value::Null));
    let signed = SignedDocument::decode(&cbor::write(&outer)).unwrap();
    assert_eq!(signed.open(&[root.certificate().clone()]), Ok(document));
}

#[test]
fn optional_fields_may_be_missing() {
    let root = root();
    let document = document(&root);
    let short = changed(&document, |fields| {
        fields.retain(|(name, _)| *name != text("denied"));
        let Value::Map(members) =
            &mut fields.iter_mut().find(|(name, _)| *name == text("members")).unwrap().1
        else {
            panic!("no map")
        };
        for (_, member) in members {
            let Value::Map(member) = member else { panic!("no map") };
            member.retain(|(name, _)| ![text("features"), text("is_root_holder")].contains(name));
        }
    });
    let opened = read(&root, short).unwrap();
    assert!(opened.denied.is_empty());
    assert!(opened.members.values().all(|member| member.features.is_empty() && !member.is_root_holder));
}

#[test]
fn what_this_release_cannot_follow_is_refused() {
    let root = root();
    let document = document(&root);
    let later = DocumentError::Version { version: 2, ours: 1 };
    let inner = changed(&document, |fields| {
        *fields = vec![(text("version"), Value::Integer(2)), (text("other"), Value::Null)];
    });
    assert_eq!(read(&root, inner), Err(later.clone()));
    let outer = Value::Map(vec![(text("version"), Value::Integer(2))]);
    assert_eq!(SignedDocument::decode(&cbor::write(&outer)), Err(later));
    let denial = |fields: Vec<(&str, Value)>| {
        let entry = fields.into_iter().map(|(name, value)| (text(name), value)).collect();
        let bytes = changed(&document, |all| set(all, "denied", Value::Array(vec![Value::Map(entry)])));
        read(&root, bytes)
    };
    for unknown in [
        vec![],
        vec![("city", text("x"))],
        vec![("node", text("n1"))],
        vec![("key", Value::Bytes(vec![7; 31]))],
        vec![("partition", text("p")), ("key", Value::Bytes(vec![7; 32]))],
    ] {
        assert_eq!(denial(unknown.clone()), Err(DocumentError::UnknownDenial), "{unknown:?}");
    }
    assert!(denial(vec![("partition", text("p")), ("later", Value::Null)]).is_ok());
}

#[test]
fn damaged_bytes_are_refused_without_a_panic() {
    let root = root();
    let encoded = root.sign(&document(&root)).unwrap().encode();
    for length in 0..encoded.len() {
        assert_eq!(SignedDocument::decode(&encoded[..length]), Err(DocumentError::Unreadable), "{length}");
    }
    let longer = [encoded.as_slice(), &[0]].concat();
    assert_eq!(SignedDocument::decode(&longer), Err(DocumentError::Unreadable));
    let trusted = [root.certificate().clone()];
    for index in 0..encoded.len() {
        let mut flipped = encoded.clone();
        flipped[index] ^= 1;
        let opened = SignedDocument::decode(&flipped).and_then(|signed| signed.open(&trusted));
        assert!(opened.is_err(), "flipped at {index}");
    }
    let bounds =
        [vec![0xa0; SIGNED_BYTES_MAX + 1], vec![0x81; SIGNED_BYTES_MAX], vec![0x5b; 9], vec![0xbb; 9]];
    for (bytes, is_large) in bounds.into_iter().zip([true, false, false, false]) {
        let error = SignedDocument::decode(&bytes).unwrap_err();
        assert_eq!(matches!(error, DocumentError::TooLarge { .. }), is_large, "{error}");
    }
    let deep = changed(&document(&root), |fields| {
        let nested = (0..1_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        fields.push((text("later"), nested));
    });
    assert_eq!(read(&root, deep), Err(DocumentError::Unreadable));
    let signature = ByteString(vec![0; 81]);
    let mut outer: Value = cbor::read(&encoded).unwrap();
    let Value::Map(fields) = &mut outer else { panic!("no map") };
    set(fields, "signature", Value::Bytes(signature.0));
    assert_eq!(SignedDocument::decode(&cbor::write(&outer)), Err(DocumentError::Unreadable));
}
