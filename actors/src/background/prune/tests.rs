use crate::background::fixture::{Fixture, MINUTE};
use crate::fixture::on_paused_time;
use std::time::Duration;

#[test]
fn who_had_an_address_is_forgotten_after_a_year_and_a_month() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.take().await;
        fixture.give_back("10.0.0.1").await;
        let set = |days: u32| fixture.clock.set_us((DAY * days).as_micros() as i64);
        set(200);
        tokio::time::sleep(15 * MINUTE).await;
        assert_eq!(fixture.take().await, "10.0.0.1", "its quarantine is over");
        assert_eq!(fixture.address_history(None).await.len(), 2);
        set(399);
        tokio::time::sleep(15 * MINUTE).await;
        assert_eq!(fixture.address_history(None).await.len(), 2);
        set(400);
        tokio::time::sleep(15 * MINUTE).await;
        let left = fixture.address_history(None).await;
        assert_eq!((left.len(), left[0].until), (1, None), "who has it now is not forgotten");
    });
}
