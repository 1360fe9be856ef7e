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
    let suspect = Suspect::new(plan(&batch, &before), before);
    assert!(!suspect.needs_rows());
    let mut now = found(&[row("a", 9, "later")]);
    assert_eq!(suspect.fate(&now, &BTreeMap::new()), Fate::Aborted);
    now.inbox.insert(Uuid::from_u128(7), entry("mine"));
    assert_eq!(suspect.fate(&now, &BTreeMap::new()), Fate::Committed);
    now.inbox.insert(Uuid::from_u128(7), entry("of another node"));
    assert_eq!(suspect.fate(&now, &BTreeMap::new()), Fate::Aborted);
}

#[test]
fn a_row_decides_when_it_is_where_it_was_or_what_was_written() {
    let puts = vec![Put { row: row("a", 2, "new"), expected: Some(Generation(1)) }];
    let batch = [Transaction { puts, ..Transaction::default() }];
    let before = found(&[row("a", 1, "old")]);
    let suspect = Suspect::new(plan(&batch, &before), before);
    let fate = |now: &[Row]| suspect.fate(&found(now), &rows(now));
    assert_eq!(fate(&[row("a", 1, "old")]), Fate::Aborted);
    assert_eq!(fate(&[row("a", 2, "new")]), Fate::Committed);
    assert_eq!(fate(&[row("a", 2, "of another node")]), Fate::Unknown);
    assert_eq!(fate(&[row("a", 3, "later")]), Fate::Unknown);
    assert_eq!(fate(&[]), Fate::Unknown);
}

#[test]
fn one_decisive_row_decides_for_the_whole_batch() {
    let deletes = vec![Delete { key: Key::new(Kind::Machine, "a"), expected: Generation(1) }];
    let puts = vec![Put { row: row("b", 1, "new"), expected: None }];
    let batch = [Transaction { puts, deletes, ..Transaction::default() }];
    let before = found(&[row("a", 1, "old")]);
    let suspect = Suspect::new(plan(&batch, &before), before);
    let fate = |now: &[Row]| suspect.fate(&found(now), &rows(now));
    assert_eq!(fate(&[row("a", 1, "old")]), Fate::Aborted);
    assert_eq!(fate(&[row("b", 1, "new")]), Fate::Committed);
    assert_eq!(fate(&[]), Fate::Unknown, "both may have been removed since");
}

#[test]
fn a_conflict_does_not_depend_on_the_lost_commit() {
    let put = |expected| Transaction {
        puts: vec![Put { row: row("a", 2, "new"), expected }],
        ..Transaction::default()
    };
    let batch = [put(Some(Generation(1))), put(None)];
    let before = found(&[row("a", 1, "old")]);
    let suspect = Suspect::new(plan(&batch, &before), before);
    assert!(suspect.concerns(0));
    assert!(!suspect.concerns(1));
    assert!(!suspect.concerns(2));
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
    let first = Suspect::new(plan(&batch, &guess), guess.clone());
    let mut seen = Found::default();
    seen.inbox.insert(Uuid::from_u128(2), entry("of an earlier batch"));
    assert_eq!(first.fate(&seen, &BTreeMap::new()), Fate::Aborted);
    assert!(!first.may_still_happen(&seen));
    assert!(first.may_still_happen(&guess));
    let second = Suspect::new(plan(&batch, &seen), seen.clone());
    assert!(second.may_still_happen(&seen));
}
