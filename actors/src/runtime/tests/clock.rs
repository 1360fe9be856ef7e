//! What a clock that is set does to calls: nothing.

use super::*;
use std::sync::atomic::AtomicI64;

/// Jumps by this many milliseconds at each reading.
struct Leaping {
    now_ms: AtomicI64,
    leap_ms: i64,
}

impl Clock for Leaping {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now_ms.fetch_add(self.leap_ms, Ordering::Relaxed))
    }
}

/// Timeouts of calls do not depend on the time of day: setting the clock neither refuses a call nor makes it wait.
#[test]
fn calls_under_way_do_not_see_that_the_clock_is_set() {
    for leap_ms in [-5 * 3_600_000, 5 * 3_600_000, 365 * 24 * 3_600_000] {
        on_paused_time(|| async move {
            let clock = Leaping { now_ms: AtomicI64::new(1_700_000_000_000), leap_ms };
            let fixture = Fixture::start_at(count_up, Arc::new(clock)).await;
            let asks = (0..20).map(|number: u8| {
                let key = number.is_multiple_of(2).then(|| Uuid::from_u128(u128::from(number) + 1));
                fixture.ask(key, "size")
            });
            let answers = futures_util::future::join_all(asks).await;
            assert!(answers.iter().all(Result::is_ok), "{leap_ms}: {answers:?}");
            let again = fixture.ask(Some(Uuid::from_u128(1)), "size").await;
            assert_eq!(again, answers[0], "and a key is known as before");
            assert_eq!(fixture.count().await, 19, "the first one begins to count");
        });
    }
}
