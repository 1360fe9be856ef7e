//! Guarantees about reads, bounds, and the closed store.

use super::*;
use actors::store::{BODY_BYTES_MAX, INDEXED_BYTES_MAX, ROWS_PER_PAGE_MAX, STEPS_PER_TRANSACTION_MAX};
use futures_util::future::join_all;

/// Ascending by bytes. A database with a language's collation has another order.
const IDS: [&str; 16] =
    ["", " ", "-", "0", "00", "A", "B", "Z", "_", "a", "a b", "ab", "b", "z", "\u{e4}", "\u{1f5a5}"];

async fn walk(store: &dyn Store, kind: Kind, limit: usize) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let page = store.rows(kind, ids.last().map(String::as_str), limit).await.expect("open");
        assert!(page.len() <= limit);
        if page.is_empty() {
            return ids;
        }
        ids.extend(page.into_iter().map(|row| row.key.id));
    }
}

pub(super) async fn pages_follow_the_order_of_bytes(store: &dyn Store) {
    for id in IDS.iter().rev() {
        apply(store, put(id, None, 1)).await;
    }
    for limit in [1, 2, 3, 15, 16, 1000] {
        assert_eq!(walk(store, Kind::Machine, limit).await, IDS, "pages of {limit}");
    }
    let after = store.rows(Kind::Machine, Some("aa"), 2).await.expect("open");
    assert_eq!(after.iter().map(|row| row.key.id.as_str()).collect::<Vec<_>>(), ["ab", "b"]);
    let after = store.rows(Kind::Machine, Some("a\0"), 1).await.expect("open");
    assert_eq!(after.iter().map(|row| row.key.id.as_str()).collect::<Vec<_>>(), ["a b"]);
    assert!(store.rows(Kind::Machine, Some("\u{10ffff}"), 9).await.expect("open").is_empty());
    assert!(store.rows(Kind::Machine, None, 0).await.expect("open").is_empty());
}

pub(super) async fn kinds_do_not_see_each_other(store: &dyn Store) {
    for (number, kind) in Kind::ALL.iter().copied().enumerate() {
        let generation = number as i64 + 1;
        let row = Row::bare(Key::new(kind, "same"), Generation(generation), "{}");
        apply(store, put_row(row, None)).await;
    }
    for (number, kind) in Kind::ALL.iter().copied().enumerate() {
        let rows = store.rows(kind, None, 10).await.expect("open");
        assert_eq!(rows.len(), 1, "{kind:?}");
        assert_eq!(rows[0].key, Key::new(kind, "same"));
        assert_eq!(rows[0].generation.0, number as i64 + 1, "{kind:?}");
    }
}

pub(super) async fn a_page_is_bounded(store: &dyn Store) {
    for from in [0, 1000] {
        let many = (from..from + 1000).map(|id| put(&format!("{id:05}"), None, 1));
        apply(store, many.fold(Transaction::default(), and)).await;
    }
    let page = store.rows(Kind::Machine, None, usize::MAX).await.expect("open");
    assert_eq!(page.len(), ROWS_PER_PAGE_MAX);
    assert_eq!(walk(store, Kind::Machine, ROWS_PER_PAGE_MAX).await.len(), 2000);
}

pub(super) async fn every_column_comes_back_as_it_was(store: &dyn Store) {
    let full = Row {
        key: Key::new(Kind::Address, "10.0.0.1 'quoted\" $1 ? \\ \u{e9}\u{301}"),
        generation: Generation(i64::MAX),
        owner: "project-\u{fc}".to_owned(),
        parent: "net\n\t;--".to_owned(),
        values: Kind::Address.columns().iter().map(|column| Some(value_of(*column, i64::MAX))).collect(),
        body: "{\"a\": [1,  2.50, \"\\u0000\"], \"a\":null}".into(),
    };
    apply(store, put_row(full.clone(), None)).await;
    assert_eq!(found(store, &full.key).await, Some(full.clone()));
    assert_eq!(
        store.rows(Kind::Address, None, 5).await.expect("open").as_slice(),
        std::slice::from_ref(&full)
    );
    let values = Kind::Address.columns().iter().enumerate();
    let values =
        values.map(|(place, column)| (place % 2 == 0).then(|| value_of(*column, i64::MIN))).collect();
    let low = Row { generation: Generation(i64::MIN), owner: String::new(), values, ..full };
    apply(store, put_row(low.clone(), Some(i64::MAX))).await;
    assert_eq!(found(store, &low.key).await, Some(low));
    let odd =
        InboxEntry { fingerprint: String::new(), reply: "\u{1f5a5}".to_owned(), ..entry(u128::MAX, -5) };
    apply(store, remembered(Transaction::default(), odd.clone())).await;
    assert_eq!(store.inbox(odd.key).await.expect("open"), Some(odd));
}

/// For all kinds, whether the row was there before or not.
pub(super) async fn values_come_back_as_they_were(store: &dyn Store) {
    for &kind in Kind::ALL {
        let columns = kind.columns();
        let bare = |generation| Row::bare(Key::new(kind, "10.0.0.1"), Generation(generation), "{}");
        let mut rows = vec![bare(1)];
        for (place, column) in columns.iter().enumerate() {
            let mut row = bare(rows.len() as i64 + 1);
            row.values[place] = Some(value_of(*column, place as i64));
            rows.push(row);
        }
        let values = columns.iter().map(|column| Some(value_of(*column, 7))).collect();
        rows.push(Row { values, ..bare(rows.len() as i64 + 1) });
        for row in rows {
            let before = Some(row.generation.0 - 1).filter(|before| *before > 0);
            apply(store, put_row(row.clone(), before)).await;
            assert_eq!(found(store, &row.key).await.as_ref(), Some(&row));
            assert_eq!(store.rows(kind, None, 1).await.expect("open"), [row]);
        }
    }
}

/// A row has a value for each column of its kind, of the column's type, and all of its texts together are bounded.
pub(super) async fn values_that_do_not_fit_are_refused(store: &dyn Store) {
    let bare = |kind| Row::bare(Key::new(kind, "a"), Generation(1), "{}");
    let good = || put("good", None, 1);
    is_invalid(store, and(good(), put_row(Row { values: vec![None], ..bare(Kind::Machine) }, None))).await;
    is_invalid(store, and(good(), put_row(Row { values: Vec::new(), ..bare(Kind::Address) }, None))).await;
    for (place, column) in Kind::Address.columns().iter().enumerate() {
        let wrong = match column.column_type.is_text() {
            true => [
                ColumnValue::Int(1),
                ColumnValue::Text("\0".to_owned()),
                ColumnValue::Text("x".repeat(BODY_BYTES_MAX)),
            ],
            false => [
                ColumnValue::Text("1".to_owned()),
                ColumnValue::Text(String::new()),
                ColumnValue::Text("\0".to_owned()),
            ],
        };
        for value in wrong {
            let mut row = bare(Kind::Address);
            row.values[place] = Some(value);
            is_invalid(store, and(good(), put_row(row, None))).await;
        }
    }
    assert_eq!(generation(store, "good").await, None);
}

pub(super) async fn big_bodies_fit_up_to_the_bound(store: &dyn Store) {
    let body = "x".repeat(BODY_BYTES_MAX);
    let writes = (0..6).map(|number| put_row(row(&number.to_string(), 1, &body), None));
    apply(store, writes.fold(Transaction::default(), and)).await;
    for number in 0..6 {
        let row = found(store, &key(&number.to_string())).await.expect("it was written");
        assert_eq!(row.body.len(), BODY_BYTES_MAX);
    }
}

pub(super) async fn bounds_are_refused_and_write_nothing(store: &dyn Store) {
    let long = "i".repeat(INDEXED_BYTES_MAX + 1);
    let good = || put("good", None, 1);
    let steps = (0..STEPS_PER_TRANSACTION_MAX).map(|_| check("none", None));
    is_invalid(store, and(good(), steps.fold(Transaction::default(), and))).await;
    is_invalid(store, and(good(), put_row(row("a", 1, &"x".repeat(BODY_BYTES_MAX + 1)), None))).await;
    let big = (0..9).map(|id| put_row(row(&id.to_string(), 1, &"x".repeat(BODY_BYTES_MAX)), None));
    is_invalid(store, and(good(), big.fold(Transaction::default(), and))).await;
    is_invalid(store, and(good(), put(&long, None, 1))).await;
    is_invalid(store, and(good(), put_row(Row { owner: long.clone(), ..row("a", 1, "") }, None))).await;
    is_invalid(store, and(good(), put_row(Row { parent: long.clone(), ..row("a", 1, "") }, None))).await;
    is_invalid(store, and(good(), put("good", None, 2))).await;
    is_invalid(store, and(good(), delete("good", 1))).await;
    let reply = InboxEntry { reply: "x".repeat(BODY_BYTES_MAX + 1), ..entry(1, 0) };
    is_invalid(store, remembered(good(), reply)).await;
    assert_eq!(generation(store, "good").await, None);
    let longest = "i".repeat(INDEXED_BYTES_MAX);
    let full = Row::bare(Key::new(Kind::Address, longest.clone()), Generation(1), "");
    apply(store, put_row(Row { owner: longest.clone(), parent: longest.clone(), ..full }, None)).await;
}

pub(super) async fn a_nul_is_refused_for_its_transaction_only(store: &dyn Store) {
    let bad = || row("bad", 1, "{}");
    let all = vec![
        put("a\0b", None, 1),
        put_row(Row { owner: "\0".to_owned(), ..bad() }, None),
        put_row(Row { parent: "\0".to_owned(), ..bad() }, None),
        put_row(Row { body: "{\"\0\":1}".into(), ..bad() }, None),
        check("\0", None),
        delete("\0", 1),
        remembered(put("bad", None, 1), InboxEntry { reply: "\0".to_owned(), ..entry(1, 0) }),
        remembered(put("bad", None, 1), InboxEntry { fingerprint: "\0".to_owned(), ..entry(1, 0) }),
    ];
    let refused = join_all(all.into_iter().map(|bad| is_invalid(store, bad)));
    let applied = join_all((0..8).map(|id| apply(store, put(&id.to_string(), None, 1))));
    futures_util::future::join(refused, applied).await;
    assert_eq!(store.rows(Kind::Machine, None, 100).await.expect("open").len(), 8);
    assert_eq!(found(store, &key("a\0b")).await, None);
}

pub(super) async fn a_bad_transaction_does_not_harm_its_neighbours(store: &dyn Store) {
    let mixed = (0..30).map(|number| async move {
        let id = number.to_string();
        match number % 3 {
            0 => apply(store, put(&id, None, 1)).await,
            1 => conflicts(store, put(&id, Some(4), 5), &id).await,
            _ => is_invalid(store, and(put(&id, None, 1), put(&id, None, 1))).await,
        }
    });
    join_all(mixed).await;
    assert_eq!(store.rows(Kind::Machine, None, 100).await.expect("open").len(), 10);
}

pub(super) async fn a_store_says_what_it_is(store: &dyn Store) {
    assert!(!store.ping().await.expect("open").is_empty());
}

pub(super) async fn a_closed_store_is_unavailable(store: &dyn Store) {
    let waiting = join_all((0..20).map(|id| store.commit(put(&format!("w{id}"), None, 1))));
    let (answers, ()) = futures_util::future::join(waiting, store.close()).await;
    for answer in answers {
        assert!(matches!(answer, Ok(Committed::Applied) | Err(StoreError::Unavailable(_))), "{answer:?}");
    }
    store.close().await;
    let unavailable = |error: Option<StoreError>| matches!(error, Some(StoreError::Unavailable(_)));
    assert!(unavailable(store.commit(put("a", None, 1)).await.err()));
    assert!(unavailable(store.row(&key("a")).await.err()));
    assert!(unavailable(store.row(&key("\0")).await.err()));
    assert!(unavailable(store.rows(Kind::Machine, None, 1).await.err()));
    assert!(unavailable(store.inbox(Uuid::from_u128(1)).await.err()));
    assert!(unavailable(store.prune(Old::Answers, Timestamp(0), 1).await.err()));
    assert!(unavailable(store.ping().await.err()));
}
