//! Quarantines end by themselves, and who had an address is remembered, with the real decisions and the site's keepers.

use super::*;
use crate::ipam::history::AddressHistory;
use crate::ipam::index::PoolPolicy;
use crate::ipam::stage;
use crate::masterdata::{Meta, Project};
use crate::network::Network;
use crate::runtime::{Clock, Keepers};
use std::sync::atomic::AtomicI64;

const MINUTE: Duration = Duration::from_secs(60);

/// A clock that can be set.
struct SetClock(PausedClock, AtomicI64);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now().0 + self.1.load(Ordering::Relaxed))
    }
}

struct Lab {
    store: Arc<MemoryStore>,
    clock: Arc<SetClock>,
    site: Site,
    principal: Principal,
}

impl Lab {
    /// A network whose addresses rest for ten minutes.
    async fn start() -> Self {
        let store = Arc::new(MemoryStore::default());
        let start = PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000));
        let clock = Arc::new(SetClock(start, AtomicI64::new(0)));
        let pool = PoolPolicy { quarantine_s: 600, ..PoolPolicy::default() };
        let network = Network { pool, ..stage::network("n", &["10.0.0.0/24"]) };
        let project =
            Project { meta: Some(Meta { id: "a".to_owned(), ..Meta::default() }), ..Project::default() };
        let generation = crate::store::Generation(1);
        let put = |row| crate::store::Put { row, expected: None };
        let puts = vec![put(network.row(generation)), put(project.row(generation))];
        store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        let principal = Principal { email: "somebody@example.org".to_owned(), role: Role::Admin };
        let site = Self::site(&store, &clock).await;
        Self { store, clock, site, principal }
    }

    async fn site(store: &Arc<MemoryStore>, clock: &Arc<SetClock>) -> Site {
        let env = Env::new(Arc::clone(clock) as _, 7);
        let (store, decide) = (Arc::clone(store) as _, crate::decide::decide);
        let keepers = Some(Keepers::default());
        Site::start(SiteConfig { home: "p".into(), store, env, decide, keepers }).await.unwrap()
    }

    async fn take(&self) -> String {
        self.take_with(None).await
    }

    async fn take_with(&self, key: Option<Uuid>) -> String {
        let request = AddressAllocate {
            networkid: "n".to_owned(),
            projectid: "a".to_owned(),
            ..AddressAllocate::default()
        };
        let body = Body::Address(AddressCommand::Allocate(Box::new(request)));
        match self.site.ask(&self.principal, key, body).await.unwrap() {
            Answer::Address(address) => address.address.to_string(),
            other => panic!("{other:?}"),
        }
    }

    async fn give_back(&self, address: &str) {
        let body = Body::Address(AddressCommand::Free(address.to_owned()));
        self.site.ask(&self.principal, None, body).await.unwrap();
    }

    fn quarantined(&self) -> usize {
        self.site.world().quarantined.len()
    }

    async fn address_history(&self, at: Option<Timestamp>) -> Vec<AddressHistory> {
        self.site.address_history("10.0.0.1".parse().unwrap(), at).await.unwrap()
    }
}

#[test]
fn a_quarantine_ends_when_its_time_has_passed() {
    on_paused_time(|| async {
        let lab = Lab::start().await;
        assert_eq!(lab.take().await, "10.0.0.1");
        lab.give_back("10.0.0.1").await;
        tokio::time::sleep(9 * MINUTE).await;
        assert_eq!((lab.quarantined(), lab.take().await.as_str()), (1, "10.0.0.2"));
        tokio::time::sleep(2 * MINUTE).await;
        assert_eq!((lab.quarantined(), lab.take().await.as_str()), (0, "10.0.0.1"));
    });
}

/// ipam 5.7, F11: a clock that jumps may make it longer, never shorter.
#[test]
fn a_clock_that_jumps_does_not_end_it_early() {
    on_paused_time(|| async {
        let lab = Lab::start().await;
        lab.take().await;
        tokio::time::sleep(MINUTE).await;
        lab.give_back("10.0.0.1").await;
        tokio::time::sleep(MINUTE).await;
        lab.clock.1.store(3_600_000_000, Ordering::Relaxed);
        tokio::time::sleep(8 * MINUTE).await;
        assert_eq!(lab.quarantined(), 1, "an hour passed for the clock only");
        tokio::time::sleep(2 * MINUTE).await;
        assert_eq!(lab.quarantined(), 0);
    });
}

#[test]
fn a_quarantine_goes_on_after_a_restart() {
    on_paused_time(|| async {
        let mut lab = Lab::start().await;
        lab.take().await;
        lab.give_back("10.0.0.1").await;
        let store = Arc::new(MemoryStore::default());
        for kind in Kind::ALL {
            let rows = lab.store.rows(kind, None, 1000).await.unwrap();
            let puts = rows.into_iter().map(|row| crate::store::Put { row, expected: None }).collect();
            store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        }
        lab.site.stop(MINUTE).await;
        lab.store = store;
        tokio::time::sleep(5 * MINUTE).await;
        lab.site = Lab::site(&lab.store, &lab.clock).await;
        assert_eq!((lab.quarantined(), lab.take().await.as_str()), (1, "10.0.0.2"));
        tokio::time::sleep(6 * MINUTE).await;
        assert_eq!(lab.quarantined(), 0, "the time while it was down counts");
    });
}

#[test]
fn who_had_an_address_at_a_time_is_remembered() {
    on_paused_time(|| async {
        let lab = Lab::start().await;
        let mut times = Vec::new();
        for _ in 0..3 {
            assert_eq!(lab.take().await, "10.0.0.1");
            tokio::time::sleep(MINUTE).await;
            times.push(lab.site.now());
            lab.give_back("10.0.0.1").await;
            tokio::time::sleep(11 * MINUTE).await;
        }
        lab.take().await;
        let all = lab.address_history(None).await;
        assert_eq!(all.len(), 4);
        assert!(all.is_sorted_by_key(|entry| entry.since));
        assert_eq!(
            all.iter().map(|entry| entry.until.is_none()).collect::<Vec<_>>(),
            [false, false, false, true]
        );
        let end = all[1].until.unwrap();
        assert_eq!(end, times[1], "the end is the moment of the release");
        assert_eq!(lab.address_history(Some(end - MINUTE)).await, all[1..2]);
        assert_eq!(lab.address_history(Some(end)).await, [], "nobody had it while it rested");
        assert_eq!(lab.address_history(Some(lab.site.now())).await, all[3..]);
        assert_eq!(lab.address_history(Some(all[0].since - MINUTE)).await, []);
        let other = lab.site.address_history("10.0.0.10".parse().unwrap(), None).await.unwrap();
        assert_eq!(other, [], "of another address whose text begins the same");
    });
}

#[test]
fn pools_are_looked_at_once_in_a_while() {
    on_paused_time(|| async {
        let lab = Lab::start().await;
        for _ in 0..4 {
            lab.take().await;
        }
        lab.give_back("10.0.0.2").await;
        tokio::time::sleep(MINUTE).await;
        let pools = lab.site.pools();
        let [pool] = pools.as_slice() else { panic!("{pools:?}") };
        let gauge = pool.gauge;
        assert_eq!((gauge.size, gauge.used, gauge.quarantined, gauge.largest_free), (254, 4, 1, 250));
        assert!(pool.growth_per_s > 0.0 && pool.exhausted_in_s.is_some(), "{pool:?}");
    });
}

#[test]
fn no_days_are_for_ever() {
    assert_eq!(Keepers::of_days(0).tenures_kept, None);
    assert_eq!(Keepers::of_days(2).tenures_kept, Some(Duration::from_secs(172_800)));
}

/// Whoever sent it finds the address by its key.
#[test]
fn an_address_names_the_request_that_took_it() {
    on_paused_time(|| async {
        let lab = Lab::start().await;
        let key = Uuid::from_u128(11);
        lab.take_with(Some(key)).await;
        assert_eq!(lab.site.world().addresses.get("10.0.0.1").unwrap().request, Some(key));
    });
}

#[test]
fn who_had_an_address_is_forgotten_after_a_year_and_a_month() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    on_paused_time(|| async {
        let lab = Lab::start().await;
        lab.take().await;
        lab.give_back("10.0.0.1").await;
        let set = |days: u32| lab.clock.1.store((DAY * days).as_micros() as i64, Ordering::Relaxed);
        set(200);
        tokio::time::sleep(15 * MINUTE).await;
        assert_eq!(lab.take().await, "10.0.0.1", "its quarantine is over");
        assert_eq!(lab.address_history(None).await.len(), 2);
        set(399);
        tokio::time::sleep(15 * MINUTE).await;
        assert_eq!(lab.address_history(None).await.len(), 2);
        set(400);
        tokio::time::sleep(15 * MINUTE).await;
        let left = lab.address_history(None).await;
        assert_eq!((left.len(), left[0].until), (1, None), "who has it now is not forgotten");
    });
}
