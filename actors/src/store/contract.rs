//! The guarantees of the store port, as tests that every implementation runs.
//!
//! A guarantee is a function that takes an empty store and panics when the store violates it. [`ALL`] lists them for
//! all implementations. Long random runs compare a store with [`MemoryStore`](actors::store::memory::MemoryStore).
//!
//! Crates that implement the port include this file in their tests by path. As a part of the library it would be
//! compiled into every build, and a feature would build the library twice.

#[path = "contract/random.rs"]
mod random;
#[path = "contract/rows.rs"]
mod rows;
#[path = "contract/writes.rs"]
mod writes;

use actors::store::{
    Check, Column, ColumnValue, Committed, Delete, ENDED, Generation, InboxEntry, Key, Kind, Old, Put, Row,
    Store, StoreError, Transaction,
};
use actors::time::Timestamp;
use futures_util::future::BoxFuture;
use uuid::Uuid;

/// A test of one guarantee, with an empty store.
pub(super) type Promise = for<'s> fn(&'s dyn Store) -> BoxFuture<'s, ()>;

macro_rules! promises {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All guarantees with their names.
        pub(super) const ALL: &[(&str, Promise)] =
            &[$($((stringify!($name), |store| Box::pin($module::$name(store)))),+),+];
    };
}

promises! {
    writes:
        a_transaction_is_applied_whole_or_not_at_all,
        a_put_needs_its_row_at_the_expected_generation,
        a_create_needs_the_row_to_be_absent,
        a_delete_needs_its_row_at_the_expected_generation,
        a_check_writes_nothing_and_must_hold,
        the_first_conflict_is_named,
        a_recreated_row_refuses_old_generations,
        an_inbox_key_is_applied_once_and_replays_exactly,
        a_replay_wins_over_a_conflict,
        a_conflict_remembers_nothing,
        an_empty_transaction_is_applied,
        pruning_forgets_the_old_and_only_so_many,
        exactly_one_of_many_writers_wins_each_generation,
        disjoint_writers_all_succeed,
        one_key_sent_many_times_at_once_is_applied_once;
    rows:
        pages_follow_the_order_of_bytes,
        kinds_do_not_see_each_other,
        a_page_is_bounded,
        every_column_comes_back_as_it_was,
        values_come_back_as_they_were,
        values_that_do_not_fit_are_refused,
        big_bodies_fit_up_to_the_bound,
        bounds_are_refused_and_write_nothing,
        a_nul_is_refused_for_its_transaction_only,
        a_bad_transaction_does_not_harm_its_neighbours,
        a_store_says_what_it_is,
        a_closed_store_is_unavailable;
    random:
        random_work_agrees_with_memory,
        random_work_in_parallel_loses_nothing;
}

fn key(id: &str) -> Key {
    Key::new(Kind::Machine, id)
}

fn row(id: &str, generation: i64, body: &str) -> Row {
    Row::bare(key(id), Generation(generation), body)
}

/// A value for the column, different for each `number`.
fn value_of(column: Column, number: i64) -> ColumnValue {
    if column.column_type.is_text() {
        ColumnValue::Text(format!("{} 'é\" {number}", column.name))
    } else {
        ColumnValue::Int(number)
    }
}

fn put(id: &str, expected: Option<i64>, generation: i64) -> Transaction {
    put_row(row(id, generation, &format!("{{\"at\":{generation}}}")), expected)
}

fn put_row(row: Row, expected: Option<i64>) -> Transaction {
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

fn entry(number: u128, at: i64) -> InboxEntry {
    InboxEntry {
        key: Uuid::from_u128(number),
        fingerprint: format!("print of {number}"),
        reply: format!("{{\"answer\":{number}}}"),
        at: Timestamp(at),
    }
}

fn remembered(transaction: Transaction, entry: InboxEntry) -> Transaction {
    Transaction { inbox: Some(entry), ..transaction }
}

/// Both transactions as one.
fn and(mut one: Transaction, other: Transaction) -> Transaction {
    one.checks.extend(other.checks);
    one.puts.extend(other.puts);
    one.deletes.extend(other.deletes);
    one.inbox = one.inbox.or(other.inbox);
    one
}

async fn apply(store: &dyn Store, transaction: Transaction) {
    let answer = store.commit(transaction).await;
    assert!(matches!(answer, Ok(Committed::Applied)), "{answer:?}");
}

async fn conflicts(store: &dyn Store, transaction: Transaction, id: &str) {
    let answer = store.commit(transaction).await;
    let Err(StoreError::Conflict { key: named }) = answer else { panic!("no conflict: {answer:?}") };
    assert_eq!(named, key(id));
}

async fn is_invalid(store: &dyn Store, transaction: Transaction) {
    let answer = store.commit(transaction).await;
    assert!(matches!(answer, Err(StoreError::Invalid(_))), "{answer:?}");
}

async fn found(store: &dyn Store, key: &Key) -> Option<Row> {
    store.row(key).await.expect("a store that is open answers")
}

async fn generation(store: &dyn Store, id: &str) -> Option<i64> {
    found(store, &key(id)).await.map(|row| row.generation.0)
}
