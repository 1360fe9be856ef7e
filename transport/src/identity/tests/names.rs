//! Names of nodes, and what is no name.

use crate::identity::name::Subject;
use crate::identity::{Fingerprint, IdentityError, NodeName};
use std::iter::repeat_n;

#[test]
fn a_name_is_read_as_it_is_written() {
    let name = NodeName::new("north.example", "Fra_1", "n-1").unwrap();
    let text = "spiffe://north.example/partition/Fra_1/node/n-1";
    assert_eq!(name.to_string(), text);
    assert_eq!(text.parse(), Ok(name));
}

#[test]
fn names_that_break_the_grammar_are_refused() {
    let long = "a".repeat(64);
    for text in [
        "",
        "spiffe://",
        "north.example/partition/p/node/n",
        "https://f/partition/p/node/n",
        "SPIFFE://f/partition/p/node/n",
        "spiffe://F/partition/p/node/n",
        "spiffe://f:1/partition/p/node/n",
        "spiffe://u@f/partition/p/node/n",
        "spiffe:///partition/p/node/n",
        "spiffe://f/partition//node/n",
        "spiffe://f/partition/p/node/",
        "spiffe://f/partition/p/node",
        "spiffe://f/partition/p/node/n/",
        "spiffe://f/partition/p/node/n/more",
        "spiffe://f/partition/p/node/n?x",
        "spiffe://f/partition/p/node/n#x",
        "spiffe://f/partition/../node/n",
        "spiffe://f/partition/./node/n",
        "spiffe://f/partition/p%2e/node/n",
        "spiffe://f/partition/p /node/n",
        "spiffe://f/partition/ä/node/n",
        "spiffe://f/partition/-p/node/n",
        "spiffe://f/Partition/p/node/n",
        "spiffe://f/partition/p/machine/n",
        "spiffe://f/partition/p",
        "spiffe://f",
        &format!("spiffe://f/partition/{long}/node/n"),
        &format!("spiffe://{long}/partition/p/node/n"),
        &format!("spiffe://f/partition/p/node/{long}"),
    ] {
        assert!(matches!(text.parse::<NodeName>(), Err(IdentityError::Name { .. })), "{text} is accepted");
    }
}

#[test]
fn a_refusal_repeats_only_the_beginning_of_a_name() {
    let error = "ü".repeat(10_000).parse::<NodeName>().unwrap_err();
    assert_eq!(error, IdentityError::Name { name: "ü".repeat(63) });
}

#[test]
fn each_rank_has_its_own_form_of_name() {
    let texts = ["spiffe://f", "spiffe://f/partition/p", "spiffe://f/partition/p/node/n"];
    let subjects = texts.map(|text| Subject::parse(text).unwrap());
    assert!(matches!(
        subjects,
        [Subject::Root { .. }, Subject::Partition { .. }, Subject::Node(NodeName { .. })]
    ));
    assert_eq!(subjects.map(|subject| subject.to_string()), texts);
}

#[test]
fn a_fingerprint_is_read_as_people_copy_it() {
    let fingerprint = Fingerprint::from_bytes(std::array::from_fn(|index| index as u8 * 7));
    let text = fingerprint.to_string();
    assert!(text.starts_with("0007-0e15-"), "{text}");
    for copied in
        [text.clone(), text.replace('-', ""), text.replace('-', ":").to_uppercase(), format!(" {text} ")]
    {
        assert_eq!(copied.parse(), Ok(fingerprint), "{copied}");
    }
}

#[test]
fn text_that_is_no_fingerprint_is_refused() {
    let digits: String = repeat_n('0', 64).collect();
    for text in ["", &digits[1..], &format!("{digits}0"), &digits.replacen('0', "g", 1), &"-".repeat(10_000)]
    {
        assert_eq!(text.parse::<Fingerprint>(), Err(IdentityError::Digest), "{text}");
    }
}
