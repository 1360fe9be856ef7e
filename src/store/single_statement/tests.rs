use super::*;
use crate::store::plan::TransactionResult;
use actors::store::Check;

const ONE: Generation = Generation(1);

fn put(id: &str, expected: Option<Generation>, generation: i64) -> Put {
    let row = Row::bare(Key::new(Kind::Network, id), Generation(generation), "{}");
    Put { row, expected }
}

fn delete(number: usize) -> Delete {
    Delete { key: Key::new(Kind::Claim, format!("{number:03}")), expected: ONE }
}

fn deleting(count: usize) -> Transaction {
    Transaction { deletes: (0..count).map(delete).collect(), ..Transaction::default() }
}

fn made(batch: &[Transaction]) -> Option<Statement<'_>> {
    let expected = Expected::of(batch);
    statement("p", Epoch(7), &expected, &plan(batch, &expected.found()))
}

/// The database does not check what a later transaction expects of a row that an earlier one writes.
#[test]
fn whoever_touches_a_row_first_says_what_the_database_must_have() {
    let batch = [
        Transaction {
            checks: vec![Check { key: Key::new(Kind::Machine, "m"), expected: Some(ONE) }],
            puts: vec![put("a", None, 1)],
            ..Transaction::default()
        },
        Transaction { puts: vec![put("a", Some(ONE), 2), put("b", None, 1)], ..Transaction::default() },
        // Sees what the second wrote, and fails without a look at the database.
        Transaction { puts: vec![put("a", Some(ONE), 3)], ..Transaction::default() },
    ];
    let expected = Expected::of(&batch);
    let plan = plan(&batch, &expected.found());
    let conflict = TransactionResult::Conflict(Key::new(Kind::Network, "a"));
    assert_eq!(plan.outcomes, [TransactionResult::Applied, TransactionResult::Applied, conflict]);
    let statement = statement("p", Epoch(7), &expected, &plan).unwrap();
    let values = [
        Value::Text(Some("p")),
        Value::Int(7),
        Value::Texts(vec!["a", "b"]),
        Value::MaybeInts(vec![None, None]),
        Value::Texts(vec!["m"]),
        Value::MaybeInts(vec![Some(1)]),
        Value::Texts(vec!["a", "b"]),
        Value::Ints(vec![2, 1]),
    ];
    assert_eq!(statement.values[..8], values, "networks and machines are looked at, networks are written");
}

#[test]
fn few_texts_serve_any_number_of_rows() {
    let puts = |count: i64| {
        let puts = (0..count).map(|number| put(&number.to_string(), None, 1)).collect();
        made(&[Transaction { puts, ..Transaction::default() }]).unwrap().text
    };
    assert_eq!(puts(2), puts(1000));
    assert_ne!(puts(1), puts(2), "one row needs no list");
    let deletes = |count| made(&[deleting(count)]).unwrap().text;
    assert_eq!(deletes(5), deletes(8));
    assert_ne!(deletes(4), deletes(5));
}

#[test]
fn what_is_new_is_looked_at_by_its_insertion_where_that_fails() {
    let text = |puts| made(&[Transaction { puts, ..Transaction::default() }]).unwrap().text;
    let looks = |text: &str| text.matches("SELECT generation").count();
    let new = text(vec![put("a", None, 1)]);
    assert!(looks(&new) == 0 && !new.contains("ON CONFLICT"), "{new}");
    let known = text(vec![put("a", Some(ONE), 2)]);
    assert!(looks(&known) == 1 && known.contains("ON CONFLICT"), "{known}");
    let two = text(vec![put("a", None, 1), put("b", None, 1)]);
    assert!(looks(&two) == 1 && two.contains("ON CONFLICT"), "a list is looked at as a whole: {two}");
}

/// Every precondition is checked by an insertion.
#[test]
fn what_is_not_inserted_is_looked_at() {
    let row = || put("a", None, 1);
    let gone = Delete { key: row().row.key, expected: ONE };
    let batch = [
        Transaction { puts: vec![row()], ..Transaction::default() },
        Transaction { deletes: vec![gone], ..Transaction::default() },
    ];
    let text = made(&batch).unwrap().text;
    assert_eq!(text.matches("SELECT generation").count(), 1, "made and removed at once: {text}");
    let entry = InboxEntry {
        key: Uuid::from_u128(7),
        fingerprint: String::new(),
        reply: String::new(),
        at: Timestamp(0),
    };
    let batch = [
        Transaction { puts: vec![row()], ..Transaction::default() },
        Transaction { puts: vec![row()], inbox: Some(entry), ..Transaction::default() },
    ];
    let text = made(&batch).unwrap().text;
    assert!(text.contains("FROM inbox"), "a replay wins over a conflict: {text}");
}

#[test]
fn too_many_deletes_take_the_long_way() {
    assert!(made(&[deleting(DELETES_MAX)]).is_some());
    assert_eq!(made(&[deleting(DELETES_MAX + 1)]), None);
}

#[test]
fn every_write_waits_for_the_verdict() {
    let text = shown();
    let writes = text.matches("INSERT INTO").count() + text.matches("DELETE FROM").count();
    assert_eq!((writes, text.matches("(SELECT holds FROM verdict)").count()), (3, 3));
    assert!(text.ends_with(END));
}
