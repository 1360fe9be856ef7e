//! Memory that is not what the store has is found, and taken from the store again.

use super::*;
use crate::store::{Delete, Generation, Put};

fn claim(number: u32) -> Claim {
    Claim { pool: Pool::Asn, number, owners: Vec::new() }
}

#[test]
fn what_memory_has_otherwise_is_found_and_mended() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        // More than a page, so that stretches are compared.
        for number in 0..1500 {
            fixture.put(claim(number)).await;
        }
        assert_eq!(fixture.local.compare(&[Kind::Claim]).await.unwrap().different, []);
        let written = Put { row: claim(7).row(Generation(2)), expected: Some(Generation(1)) };
        let gone = Delete { key: claim(1200).key(), expected: Generation(1) };
        let new = Put { row: claim(2000).row(Generation(1)), expected: None };
        let behind = Transaction { puts: vec![written, new], deletes: vec![gone], ..Transaction::default() };
        fixture.store.inner.commit(behind).await.unwrap();
        let wanted = [claim(7).key(), claim(1200).key(), claim(2000).key()];
        let found = fixture.local.compare(&[Kind::Network, Kind::Claim]).await.unwrap();
        assert_eq!((found.rows, found.different.as_slice()), (1500, wanted.as_slice()));
        fixture.local.reload(&found.different).await.unwrap();
        assert_eq!(fixture.local.compare(&[Kind::Claim]).await.unwrap().different, []);
    });
}

#[test]
fn a_row_that_is_just_being_written_is_taken_after_that() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.put(claim(7)).await;
        let world = fixture.local.world();
        let held = world.hold_rows([&claim(7).key()]);
        let written = Put { row: claim(7).row(Generation(2)), expected: Some(Generation(1)) };
        let behind = Transaction { puts: vec![written], ..Transaction::default() };
        fixture.store.inner.commit(behind).await.unwrap();
        let known = || world.row(&claim(7).key()).unwrap().generation;
        let keys = [claim(7).key()];
        assert_eq!(fixture.local.reload(&keys).await, Err(CallError::Expired), "the wait is bounded");
        let ends = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            assert_eq!(known(), Generation(1), "the writer updates memory");
            drop(held);
        };
        let (reloaded, ()) = futures_util::future::join(fixture.local.reload(&keys), ends).await;
        reloaded.unwrap();
        assert_eq!(known(), Generation(2));
        assert!(!world.in_flight(&claim(7).key()));
    });
}

#[test]
fn what_is_just_being_written_is_not_different() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.store.unreadable.store(1, Ordering::Relaxed);
        fixture.ask(None, "up").await.unwrap_err();
        // In doubt: the store is ahead, and the resolver could not read the row yet.
        let found = fixture.local.compare(&[Kind::Claim]).await.unwrap();
        assert_eq!((found.rows, found.different), (1, Vec::new()));
    });
}

/// An index that lost a number is rebuilt as soon as no network write is pending.
#[test]
fn an_index_that_is_not_what_the_rows_say_is_built_anew() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.put(claim(7)).await;
        let world = fixture.local.world();
        assert_eq!(fixture.local.reindex().await, 0);
        let gap = || world.numbers(|numbers| numbers.first_gap(Pool::Asn, 7, 9));
        world.numbers_change(|numbers| numbers.remove(Pool::Asn, 7));
        assert_eq!(gap(), Some(7), "it would be given twice");
        let held = world.hold_rows([&Key::new(Kind::Network, "n")]);
        assert_eq!((fixture.local.reindex().await, gap()), (0, Some(7)), "given up");
        let ends = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(held);
        };
        let (unlike, ()) = futures_util::future::join(fixture.local.reindex(), ends).await;
        assert_eq!((unlike, gap()), (1, Some(8)));
    });
}
