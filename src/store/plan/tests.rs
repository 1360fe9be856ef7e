use super::*;
use actors::store::{Check, Delete, Kind, Put};
use actors::time::Timestamp;

fn key(id: &str) -> Key {
    Key::new(Kind::Machine, id)
}

fn put(id: &str, expected: Option<i64>, generation: i64) -> Transaction {
    let row = Row::bare(key(id), Generation(generation), generation.to_string());
    Transaction { puts: vec![Put { row, expected: expected.map(Generation) }], ..Transaction::default() }
}

fn delete(id: &str, expected: i64) -> Transaction {
    let delete = Delete { key: key(id), expected: Generation(expected) };
    Transaction { deletes: vec![delete], ..Transaction::default() }
}

fn check(id: &str, expected: Option<i64>) -> Transaction {
    let check = Check { key: key(id), expected: expected.map(Generation) };
    Transaction { checks: vec![check], ..Transaction::default() }
}

fn entry(number: u128, reply: &str) -> InboxEntry {
    InboxEntry {
        key: Uuid::from_u128(number),
        fingerprint: String::new(),
        reply: reply.to_owned(),
        at: Timestamp(0),
    }
}

fn remembered(transaction: Transaction, entry: InboxEntry) -> Transaction {
    Transaction { inbox: Some(entry), ..transaction }
}

fn holds(rows: &[(&str, i64)]) -> Found {
    let generations = rows.iter().map(|(id, generation)| (key(id), Generation(*generation))).collect();
    Found { generations, inbox: BTreeMap::new() }
}

#[test]
fn a_transaction_sees_what_earlier_ones_of_its_batch_write() {
    let batch = [put("a", Some(1), 2), put("a", Some(1), 3), put("a", Some(2), 4), check("a", Some(4))];
    let plan = plan(&batch, &holds(&[("a", 1)]));
    let conflict = TransactionResult::Conflict(key("a"));
    assert_eq!(
        plan.outcomes,
        [TransactionResult::Applied, conflict, TransactionResult::Applied, TransactionResult::Applied]
    );
    let Some(Write::Put(row)) = plan.writes.get(&key("a")) else { panic!("{:?}", plan.writes) };
    assert_eq!(row.generation, Generation(4));
}

#[test]
fn a_row_may_be_deleted_and_created_again_in_one_batch() {
    let batch = [delete("a", 1), put("a", Some(1), 2), put("a", None, 9), delete("a", 9), check("a", None)];
    let plan = plan(&batch, &holds(&[("a", 1)]));
    let applied = plan.outcomes.iter().map(|outcome| *outcome == TransactionResult::Applied);
    assert_eq!(applied.collect::<Vec<_>>(), [true, false, true, true, true]);
    assert_eq!(plan.writes.get(&key("a")), Some(&Write::Delete));
}

#[test]
fn a_conflict_leaves_no_trace() {
    let both = Transaction { deletes: delete("b", 7).deletes, ..put("a", None, 1) };
    let batch = [remembered(both, entry(1, "both")), put("a", None, 2)];
    let plan = plan(&batch, &holds(&[("b", 8)]));
    assert_eq!(plan.outcomes, [TransactionResult::Conflict(key("b")), TransactionResult::Applied]);
    assert!(plan.inbox.is_empty());
    assert_eq!(plan.writes.len(), 1);
}

#[test]
fn a_replay_wins_over_a_conflict_and_writes_nothing() {
    let mut found = holds(&[("a", 5)]);
    found.inbox.insert(Uuid::from_u128(1), entry(1, "first"));
    let batch = [remembered(put("a", Some(1), 2), entry(1, "second"))];
    let plan = plan(&batch, &found);
    assert_eq!(plan.outcomes, [TransactionResult::Replayed { entry: entry(1, "first"), stored: true }]);
    assert!(plan.is_empty());
}

#[test]
fn the_same_write_twice_in_one_batch_is_applied_once() {
    let twice = remembered(put("a", None, 1), entry(1, "done"));
    let batch = [twice.clone(), twice];
    let plan = plan(&batch, &Found::default());
    assert_eq!(
        plan.outcomes,
        [TransactionResult::Applied, TransactionResult::Replayed { entry: entry(1, "done"), stored: false }]
    );
    assert_eq!(plan.inbox.len(), 1);
}

#[test]
fn a_refused_key_may_be_used_again() {
    let batch = [
        remembered(put("a", Some(9), 10), entry(1, "no")),
        remembered(put("a", Some(1), 2), entry(1, "yes")),
    ];
    let plan = plan(&batch, &holds(&[("a", 1)]));
    assert_eq!(plan.outcomes, [TransactionResult::Conflict(key("a")), TransactionResult::Applied]);
}

#[test]
fn the_first_of_checks_puts_and_deletes_is_named() {
    let transaction = Transaction {
        checks: check("c", Some(1)).checks,
        puts: put("p", Some(1), 2).puts,
        deletes: delete("d", 1).deletes,
        inbox: None,
    };
    let conflict = |rows: &[(&str, i64)]| plan(std::slice::from_ref(&transaction), &holds(rows)).outcomes;
    assert_eq!(conflict(&[]), [TransactionResult::Conflict(key("c"))]);
    assert_eq!(conflict(&[("c", 1)]), [TransactionResult::Conflict(key("p"))]);
    assert_eq!(conflict(&[("c", 1), ("p", 1)]), [TransactionResult::Conflict(key("d"))]);
    assert_eq!(conflict(&[("c", 1), ("p", 1), ("d", 1)]), [TransactionResult::Applied]);
}

#[test]
fn every_touched_row_is_read_once() {
    let batch = [put("a", None, 1), check("a", None), delete("b", 1)];
    assert_eq!(touched(&batch).into_iter().cloned().collect::<Vec<_>>(), [key("a"), key("b")]);
}
