use super::*;
use crate::store::plan::plan;
use actors::store::{Delete, InboxEntry, Kind, Put, Transaction};
use actors::time::Timestamp;
use uuid::Uuid;

fn row(id: &str, generation: i64, body: &str) -> Row {
    Row::bare(Key::new(Kind::Machine, id), Generation(generation), body)
}

fn rows(rows: &[Row]) -> BTreeMap<Key, Row> {
    rows.iter().map(|row| (row.key.clone(), row.clone())).collect()
}

fn found(rows: &[Row]) -> Found {
    let generations = rows.iter().map(|row| (row.key.clone(), row.generation)).collect();
    Found { generations, inbox: BTreeMap::new() }
}

fn entry(reply: &str) -> InboxEntry {
    let key = Uuid::from_u128(7);
    InboxEntry { key, fingerprint: String::new(), reply: reply.to_owned(), at: Timestamp(0) }
}

#[test]
fn an_inbox_entry_decides_whatever_the_rows_say() {
    let puts = vec![Put { row: row("a", 2, "new"), expected: Some(Generation(1)) }];
    let batch = [Transaction { puts, inbox: Some(entry("mine")), ..Transaction::default() }];
    let before = found(&[row("a", 1, "old")]);
    let unresolved = UnresolvedCommit::new(plan(&batch, &before), before);
    assert!(!unresolved.needs_rows());
    let mut now = found(&[row("a", 9, "later")]);
    assert_eq!(unresolved.resolution(&now, &BTreeMap::new()), Resolution::Aborted);
    now.inbox.insert(Uuid::from_u128(7), entry("mine"));
    assert_eq!(unresolved.resolution(&now, &BTreeMap::new()), Resolution::Committed);
    now.inbox.insert(Uuid::from_u128(7), entry("of another node"));
    assert_eq!(unresolved.resolution(&now, &BTreeMap::new()), Resolution::Aborted);
}

#[test]
fn a_row_decides_when_it_is_where_it_was_or_what_was_written() {
    let puts = vec![Put { row: row("a", 2, "new"), expected: Some(Generation(1)) }];
    let batch = [Transaction { puts, ..Transaction::default() }];
    let before = found(&[row("a", 1, "old")]);
    let unresolved = UnresolvedCommit::new(plan(&batch, &before), before);
    let resolution = |now: &[Row]| unresolved.resolution(&found(now), &rows(now));
    assert_eq!(resolution(&[row("a", 1, "old")]), Resolution::Aborted);
    assert_eq!(resolution(&[row("a", 2, "new")]), Resolution::Committed);
    assert_eq!(resolution(&[row("a", 2, "of another node")]), Resolution::Unknown);
    assert_eq!(resolution(&[row("a", 3, "later")]), Resolution::Unknown);
    assert_eq!(resolution(&[]), Resolution::Unknown);
}

#[test]
fn one_decisive_row_decides_for_the_whole_batch() {
    let deletes = vec![Delete { key: Key::new(Kind::Machine, "a"), expected: Generation(1) }];
    let puts = vec![Put { row: row("b", 1, "new"), expected: None }];
    let batch = [Transaction { puts, deletes, ..Transaction::default() }];
    let before = found(&[row("a", 1, "old")]);
    let unresolved = UnresolvedCommit::new(plan(&batch, &before), before);
    let resolution = |now: &[Row]| unresolved.resolution(&found(now), &rows(now));
    assert_eq!(resolution(&[row("a", 1, "old")]), Resolution::Aborted);
    assert_eq!(resolution(&[row("b", 1, "new")]), Resolution::Committed);
    assert_eq!(resolution(&[]), Resolution::Unknown, "both may have been removed since");
}

#[test]
fn a_conflict_does_not_depend_on_the_lost_commit() {
    let put = |expected| Transaction {
        puts: vec![Put { row: row("a", 2, "new"), expected }],
        ..Transaction::default()
    };
    let batch = [put(Some(Generation(1))), put(None)];
    let before = found(&[row("a", 1, "old")]);
    let unresolved = UnresolvedCommit::new(plan(&batch, &before), before);
    assert!(unresolved.concerns(0));
    assert!(!unresolved.concerns(1));
    assert!(!unresolved.concerns(2));
}

/// The first try did not know that a key had been seen, the second did; and the second is what was committed.
#[test]
fn a_try_from_another_state_is_forgotten() {
    let keyed = |id: &str, key: u128| Transaction {
        puts: vec![Put { row: row(id, 1, "new"), expected: None }],
        inbox: Some(InboxEntry { key: Uuid::from_u128(key), ..entry(id) }),
        ..Transaction::default()
    };
    let batch = [keyed("a", 1), keyed("b", 2)];
    let guess = Found::default();
    let first = UnresolvedCommit::new(plan(&batch, &guess), guess.clone());
    let mut seen = Found::default();
    seen.inbox.insert(Uuid::from_u128(2), entry("of an earlier batch"));
    assert_eq!(first.resolution(&seen, &BTreeMap::new()), Resolution::Aborted);
    assert!(!first.may_still_happen(&seen));
    assert!(first.may_still_happen(&guess));
    let second = UnresolvedCommit::new(plan(&batch, &seen), seen.clone());
    assert!(second.may_still_happen(&seen));
}
