//! What the ledger's items and the messages between members say, pinned: the releases before and after read them.

use super::door::{Answer, JoinAnswer, Question};
use super::items::{Invitation, Membership, Spent};
use super::ledger::Item;
use expect_test::expect;
use serde::Serialize;

fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn items_are_stored_in_these_words() {
    let membership = Membership {
        federation: "f".to_owned(),
        document: vec![1],
        key: "partition-f.key".to_owned(),
        intermediate: vec![2],
        root: vec![3],
        holds_root: true,
        since_ms: 4,
        forked: false,
    };
    let spent = Spent { at_ms: 6, key: "k".to_owned(), intermediate: vec![7] };
    let invitation = Invitation {
        token: "t".to_owned(),
        partition: "plant-b".to_owned(),
        expires_ms: 5,
        made_by: "plant-a".to_owned(),
        spent: Some(spent),
    };
    expect![[r#"
        membership {"federation":"f","document":"01","key":"partition-f.key","intermediate":"02","root":"03","holds_root":true,"since_ms":4,"forked":false}
        invitation/t {"token":"t","partition":"plant-b","expires_ms":5,"made_by":"plant-a","spent":{"at_ms":6,"key":"k","intermediate":"07"}}"#]].assert_eq(
        &[
            format!("{} {}", membership.id(), line(&membership)),
            format!("{} {}", invitation.id(), line(&invitation)),
        ]
        .join("\n"),
    );
    // What the next release adds is ignored, and what it no longer writes has a default.
    let older: Invitation =
        serde_json::from_str(r#"{"token":"t","partition":"p","expires_ms":5,"made_by":"a","new":[1]}"#)
            .unwrap();
    assert_eq!(older.spent, None);
}

#[test]
fn members_speak_in_these_words() {
    let questions = [
        Question::Document { document: vec![1] },
        Question::Inventory { secret: [2; 16] },
        Question::Freeze { for_ms: 4000 },
    ];
    let answers = [
        Answer::Document { document: vec![1] },
        Answer::Inventory { inventory: vec![2] },
        Answer::Frozen,
        Answer::NotUnderstood { reason: "r".to_owned() },
    ];
    let joins = [
        JoinAnswer::refused("s".to_owned()),
        JoinAnswer::Free { remarks: vec!["r".to_owned()] },
        JoinAnswer::Admitted { document: vec![1], root: vec![2], intermediate: vec![3] },
    ];
    let lines: Vec<String> =
        questions.iter().map(line).chain(answers.iter().map(line)).chain(joins.iter().map(line)).collect();
    expect![[r#"
        {"document":{"document":"01"}}
        {"inventory":{"secret":"02020202020202020202020202020202"}}
        {"freeze":{"for_ms":4000}}
        {"document":{"document":"01"}}
        {"inventory":{"inventory":"02"}}
        "frozen"
        {"not_understood":{"reason":"r"}}
        {"refused":{"sentence":"s","conflicts":[]}}
        {"free":{"remarks":["r"]}}
        {"admitted":{"document":"01","root":"02","intermediate":"03"}}"#]]
    .assert_eq(&lines.join("\n"));
}
