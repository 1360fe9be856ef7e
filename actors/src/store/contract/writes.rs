//! Guarantees about commits.

use super::*;
use futures_util::future::join_all;

pub(super) async fn a_transaction_is_applied_whole_or_not_at_all(store: &dyn Store) {
    apply(store, and(put("a", None, 1), put("b", None, 1))).await;
    let all = and(and(put("a", Some(1), 2), delete("b", 1)), put("c", Some(5), 6));
    conflicts(store, remembered(all, entry(1, 0)), "c").await;
    assert_eq!(generation(store, "a").await, Some(1));
    assert_eq!(generation(store, "b").await, Some(1));
    assert_eq!(store.inbox(Uuid::from_u128(1)).await.expect("open"), None);
    let all = and(and(put("a", Some(1), 2), delete("b", 1)), put("c", None, 6));
    apply(store, remembered(all, entry(1, 0))).await;
    assert_eq!(generation(store, "a").await, Some(2));
    assert_eq!(generation(store, "b").await, None);
    assert_eq!(generation(store, "c").await, Some(6));
    assert_eq!(store.inbox(Uuid::from_u128(1)).await.expect("open"), Some(entry(1, 0)));
}

pub(super) async fn a_put_needs_its_row_at_the_expected_generation(store: &dyn Store) {
    conflicts(store, put("a", Some(1), 2), "a").await;
    apply(store, put("a", None, 1)).await;
    conflicts(store, put("a", Some(0), 2), "a").await;
    apply(store, put("a", Some(1), 2)).await;
    conflicts(store, put("a", Some(1), 3), "a").await;
    assert_eq!(found(store, &key("a")).await, Some(row("a", 2, "{\"at\":2}")));
}

pub(super) async fn a_create_needs_the_row_to_be_absent(store: &dyn Store) {
    apply(store, put("a", None, 7)).await;
    conflicts(store, put("a", None, 8), "a").await;
    assert_eq!(generation(store, "a").await, Some(7));
}

pub(super) async fn a_delete_needs_its_row_at_the_expected_generation(store: &dyn Store) {
    conflicts(store, delete("a", 1), "a").await;
    apply(store, put("a", None, 1)).await;
    conflicts(store, delete("a", 2), "a").await;
    apply(store, delete("a", 1)).await;
    assert_eq!(generation(store, "a").await, None);
    conflicts(store, delete("a", 1), "a").await;
}

pub(super) async fn a_check_writes_nothing_and_must_hold(store: &dyn Store) {
    apply(store, check("a", None)).await;
    conflicts(store, check("a", Some(1)), "a").await;
    apply(store, put("a", None, 1)).await;
    apply(store, check("a", Some(1))).await;
    conflicts(store, check("a", None), "a").await;
    conflicts(store, and(check("a", Some(2)), put("b", None, 1)), "a").await;
    assert_eq!(generation(store, "b").await, None);
    // A row may be checked and written: the check sees its old state.
    apply(store, and(check("a", Some(1)), put("a", Some(1), 2))).await;
    assert_eq!(generation(store, "a").await, Some(2));
}

pub(super) async fn the_first_conflict_is_named(store: &dyn Store) {
    let all = || and(and(check("c", Some(1)), put("p", Some(1), 2)), delete("d", 1));
    conflicts(store, all(), "c").await;
    apply(store, put("c", None, 1)).await;
    conflicts(store, all(), "p").await;
    apply(store, put("p", None, 1)).await;
    conflicts(store, all(), "d").await;
    apply(store, put("d", None, 1)).await;
    apply(store, all()).await;
}

pub(super) async fn a_recreated_row_refuses_old_generations(store: &dyn Store) {
    let (first, second) = (Generation::first(Timestamp(1_000)), Generation::first(Timestamp(2_000)));
    apply(store, put("a", None, first.0)).await;
    apply(store, put("a", Some(first.0), first.next().0)).await;
    apply(store, delete("a", first.next().0)).await;
    apply(store, put("a", None, second.0)).await;
    conflicts(store, put("a", Some(first.next().0), first.next().next().0), "a").await;
    conflicts(store, delete("a", first.0), "a").await;
    assert_eq!(generation(store, "a").await, Some(second.0));
}

pub(super) async fn an_inbox_key_is_applied_once_and_replays_exactly(store: &dyn Store) {
    apply(store, remembered(put("a", None, 1), entry(1, 5))).await;
    let other = InboxEntry { reply: "another".to_owned(), fingerprint: "another".to_owned(), ..entry(1, 9) };
    let answer = store.commit(remembered(put("b", None, 1), other)).await.expect("a replay is a success");
    assert_eq!(answer, Committed::Replayed(entry(1, 5)));
    assert_eq!(generation(store, "b").await, None);
    assert_eq!(store.inbox(Uuid::from_u128(1)).await.expect("open"), Some(entry(1, 5)));
    assert_eq!(store.inbox(Uuid::from_u128(2)).await.expect("open"), None);
}

pub(super) async fn a_replay_wins_over_a_conflict(store: &dyn Store) {
    let write = || remembered(put("a", Some(1), 2), entry(1, 0));
    apply(store, put("a", None, 1)).await;
    apply(store, write()).await;
    apply(store, put("a", Some(2), 3)).await;
    assert_eq!(store.commit(write()).await.expect("a replay"), Committed::Replayed(entry(1, 0)));
    assert_eq!(generation(store, "a").await, Some(3));
}

pub(super) async fn a_conflict_remembers_nothing(store: &dyn Store) {
    let write = || remembered(put("a", Some(1), 2), entry(1, 0));
    conflicts(store, write(), "a").await;
    assert_eq!(store.inbox(Uuid::from_u128(1)).await.expect("open"), None);
    apply(store, put("a", None, 1)).await;
    apply(store, write()).await;
}

pub(super) async fn an_empty_transaction_is_applied(store: &dyn Store) {
    apply(store, Transaction::default()).await;
    apply(store, remembered(Transaction::default(), entry(1, 0))).await;
    let again = store.commit(remembered(Transaction::default(), entry(1, 0))).await;
    assert_eq!(again.expect("a replay"), Committed::Replayed(entry(1, 0)));
}

pub(super) async fn pruning_forgets_the_old_and_only_so_many(store: &dyn Store) {
    for number in 1..=10 {
        apply(store, remembered(Transaction::default(), entry(number, number as i64))).await;
    }
    let ended_row = |number: i64| {
        let key = Key::new(Kind::History, number.to_string());
        let ended = |column: &Column| (column.name == ENDED).then_some(ColumnValue::Int(number));
        let values = Kind::History.columns().iter().map(ended).collect();
        put_row(Row { values, ..Row::bare(key, Generation(1), "{}") }, None)
    };
    apply(store, (1..=10).map(ended_row).fold(Transaction::default(), and)).await;
    let lasting = Row::bare(Key::new(Kind::History, "lasting"), Generation(1), "{}");
    apply(store, put_row(lasting, None)).await;
    for old in [Old::Answers, Old::History] {
        assert_eq!(store.prune(old, Timestamp(1), 100).await.expect("open"), 0, "older, not as old");
        assert_eq!(store.prune(old, Timestamp(9), 0).await.expect("open"), 0);
        assert_eq!(store.prune(old, Timestamp(9), 5).await.expect("open"), 5);
        assert_eq!(store.prune(old, Timestamp(9), 5).await.expect("open"), 3);
        assert_eq!(store.prune(old, Timestamp(9), 5).await.expect("open"), 0);
    }
    let kept = store.rows(Kind::History, None, 100).await.expect("open");
    assert_eq!(kept.iter().map(|row| row.key.id.as_str()).collect::<Vec<_>>(), ["10", "9", "lasting"]);
    for number in 1..=10 {
        let kept = store.inbox(Uuid::from_u128(number)).await.expect("open");
        assert_eq!(kept.is_some(), number >= 9, "{number}");
    }
    apply(store, remembered(put("a", None, 1), entry(1, 20))).await;
}

pub(super) async fn exactly_one_of_many_writers_wins_each_generation(store: &dyn Store) {
    const WRITERS: i64 = 40;
    apply(store, put("a", None, 1)).await;
    for generation in 1..=10 {
        let writers = (0..WRITERS).map(|writer| {
            let row = row("a", generation + 1, &format!("{writer}"));
            store.commit(and(put_row(row, Some(generation)), put(&format!("{generation}-{writer}"), None, 1)))
        });
        let answers = join_all(writers).await;
        let winners: Vec<usize> = (0..answers.len()).filter(|writer| answers[*writer].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{answers:?}");
        let now = found(store, &key("a")).await.expect("it was written");
        assert_eq!((now.generation.0, &*now.body), (generation + 1, winners[0].to_string().as_str()));
        for (writer, answer) in answers.iter().enumerate() {
            let trace = found(store, &key(&format!("{generation}-{writer}"))).await;
            assert_eq!(trace.is_some(), writer == winners[0]);
            let conflict = matches!(answer, Err(StoreError::Conflict { key: named }) if *named == key("a"));
            assert!(answer.is_ok() || conflict, "{answer:?}");
        }
    }
}

pub(super) async fn disjoint_writers_all_succeed(store: &dyn Store) {
    let writers = (0..300_u128).map(|writer| async move {
        let id = format!("m{writer:03}");
        for generation in 1..=3 {
            let expected = (generation > 1).then_some(generation - 1);
            let number = writer * 10 + generation as u128;
            let write = remembered(put(&id, expected, generation), entry(number, generation));
            apply(store, write).await;
        }
    });
    join_all(writers).await;
    let rows = store.rows(Kind::Machine, None, 1000).await.expect("open");
    assert_eq!(rows.len(), 300);
    assert!(rows.iter().all(|row| row.generation == Generation(3)));
    for number in [1, 1503, 2993] {
        assert!(store.inbox(Uuid::from_u128(number)).await.expect("open").is_some(), "{number}");
    }
}

pub(super) async fn one_key_sent_many_times_at_once_is_applied_once(store: &dyn Store) {
    let sent = (0..50).map(|_| store.commit(remembered(put("a", None, 1), entry(1, 3))));
    let answers = join_all(sent).await;
    let applied = answers.iter().filter(|answer| matches!(answer, Ok(Committed::Applied))).count();
    let replayed = answers.iter().filter(|answer| match answer {
        Ok(Committed::Replayed(found)) => *found == entry(1, 3),
        _ => false,
    });
    assert_eq!((applied, replayed.count()), (1, 49), "{answers:?}");
}
