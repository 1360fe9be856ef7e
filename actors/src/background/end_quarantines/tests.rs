//! Quarantines end by themselves, and who had an address is remembered, with the real decisions.

use crate::background::fixture::{Fixture, MINUTE};
use crate::fixture::on_paused_time;
use crate::gateway::Gateway;
use crate::service::address_history;
use crate::store::memory::MemoryStore;
use crate::store::{Kind, Put, Store, Transaction};
use std::sync::Arc;
use uuid::Uuid;

#[test]
fn a_quarantine_ends_when_its_time_has_passed() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        assert_eq!(fixture.take().await, "10.0.0.1");
        fixture.give_back("10.0.0.1").await;
        tokio::time::sleep(9 * MINUTE).await;
        assert_eq!((fixture.quarantined(), fixture.take().await.as_str()), (1, "10.0.0.2"));
        tokio::time::sleep(2 * MINUTE).await;
        assert_eq!((fixture.quarantined(), fixture.take().await.as_str()), (0, "10.0.0.1"));
    });
}

/// ipam 5.7, F11: a clock that jumps may make it longer, never shorter.
#[test]
fn a_clock_that_jumps_does_not_end_it_early() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.take().await;
        tokio::time::sleep(MINUTE).await;
        fixture.give_back("10.0.0.1").await;
        tokio::time::sleep(MINUTE).await;
        fixture.clock.set_us(3_600_000_000);
        tokio::time::sleep(8 * MINUTE).await;
        assert_eq!(fixture.quarantined(), 1, "an hour passed for the clock only");
        tokio::time::sleep(2 * MINUTE).await;
        assert_eq!(fixture.quarantined(), 0);
    });
}

#[test]
fn a_quarantine_goes_on_after_a_restart() {
    on_paused_time(|| async {
        let mut fixture = Fixture::start().await;
        fixture.take().await;
        fixture.give_back("10.0.0.1").await;
        let store = Arc::new(MemoryStore::default());
        for &kind in Kind::ALL {
            let rows = fixture.store.rows(kind, None, 1000).await.unwrap();
            let puts = rows.into_iter().map(|row| Put { row, expected: None }).collect();
            store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        }
        fixture.local.stop(MINUTE).await;
        fixture.store = store;
        tokio::time::sleep(5 * MINUTE).await;
        (fixture.local, fixture.background) = Fixture::local(&fixture.store, &fixture.clock).await;
        assert_eq!((fixture.quarantined(), fixture.take().await.as_str()), (1, "10.0.0.2"));
        tokio::time::sleep(6 * MINUTE).await;
        assert_eq!(fixture.quarantined(), 0, "the time while it was down counts");
    });
}

#[test]
fn who_had_an_address_at_a_time_is_remembered() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let mut times = Vec::new();
        for _ in 0..3 {
            assert_eq!(fixture.take().await, "10.0.0.1");
            tokio::time::sleep(MINUTE).await;
            times.push(fixture.local.now());
            fixture.give_back("10.0.0.1").await;
            tokio::time::sleep(11 * MINUTE).await;
        }
        fixture.take().await;
        let all = fixture.address_history(None).await;
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by_key(|entry| entry.since));
        assert_eq!(
            all.iter().map(|entry| entry.until.is_none()).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        let end = all[1].until.unwrap();
        assert_eq!(end, times[1], "the end is the moment of the release");
        assert_eq!(fixture.address_history(Some(end - MINUTE)).await, all[1..2]);
        assert_eq!(fixture.address_history(Some(end)).await, [], "it has no owner in quarantine");
        assert_eq!(fixture.address_history(Some(fixture.local.now())).await, all[3..]);
        assert_eq!(fixture.address_history(Some(all[0].since - MINUTE)).await, []);
        let gateway = Gateway::alone(fixture.local.clone());
        let other = address_history::look_up(&gateway, "10.0.0.10".parse().unwrap(), None).await.unwrap();
        assert_eq!(other, [], "of another address whose text begins the same");
    });
}

/// A retry of the allocation returns the address by its key.
#[test]
fn an_address_names_the_request_that_took_it() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let key = Uuid::from_u128(11);
        fixture.take_with(Some(key)).await;
        assert_eq!(fixture.local.world().addresses.get("10.0.0.1").unwrap().request, Some(key));
    });
}
