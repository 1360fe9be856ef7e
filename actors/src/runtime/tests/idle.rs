//! Idle actors are dropped, busy ones are not.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn an_actor_that_nobody_asked_for_a_quarter_of_an_hour_is_forgotten() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let inspect = |machine: &str| {
            Body::Machine(crate::machine::MachineCommand::Inspect { machine: machine.into() })
        };
        for number in 0..50 {
            fixture.local.ask(&fixture.principal, None, inspect(&format!("m{number}"))).await.unwrap();
        }
        assert_eq!(fixture.local.load().0, 50);
        for _ in 0..14 {
            tokio::time::sleep(MINUTE).await;
            fixture.local.ask(&fixture.principal, None, inspect("m7")).await.unwrap();
        }
        assert_eq!(fixture.local.load().0, 50);
        tokio::time::sleep(3 * MINUTE).await;
        assert_eq!(fixture.local.load().0, 1, "only one was asked");
        tokio::time::sleep(17 * MINUTE).await;
        assert_eq!(fixture.local.load().0, 0);
        assert!(fixture.local.ask(&fixture.principal, None, inspect("m7")).await.is_ok(), "started again");
    });
}

/// There would be two actors of one name.
#[test]
fn an_actor_that_still_works_is_not_forgotten() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.store.unreadable.store(u32::MAX, Ordering::Relaxed);
        fixture.ask(None, "up").await.unwrap_err();
        tokio::time::sleep(60 * MINUTE).await;
        assert_eq!(fixture.local.load().0, 1);
        fixture.store.unreadable.store(0, Ordering::Relaxed);
        tokio::time::sleep(30 * MINUTE).await;
        assert_eq!(fixture.local.load().0, 0);
        assert_eq!(fixture.count().await, 1);
    });
}
