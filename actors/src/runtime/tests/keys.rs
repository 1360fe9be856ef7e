//! What a partition knows about the keys of commands.

use super::*;

/// Ended, being committed, without its caller, and in doubt.
#[test]
fn a_key_is_known_from_the_arrival_of_its_command_on() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let knows = async |key| fixture.local.knows(Uuid::from_u128(key)).await.unwrap();
        let ask = |key| fixture.ask(Some(Uuid::from_u128(key)), "up");
        assert!(!knows(1).await);
        ask(1).await.unwrap();
        assert!(knows(1).await && !knows(2).await, "its answer is stored");
        fixture.fail_next(Fault::Late);
        let gave_up = tokio::time::timeout(Duration::from_millis(500), ask(2)).await;
        assert!(gave_up.is_err());
        // It is not stored yet, and a command of the same actor waits behind it.
        assert!(tokio::time::timeout(Duration::from_millis(100), ask(3)).await.is_err());
        assert!(fixture.store.inner.inbox(Uuid::from_u128(2)).await.unwrap().is_none());
        assert!(knows(2).await && knows(3).await);
        tokio::time::sleep(Duration::from_secs(20)).await;
        assert!(knows(2).await, "it was executed");
        fixture.fail_next(Fault::LoseAnswerBeforeCommit);
        fixture.store.unreadable.store(3, Ordering::Relaxed);
        let unknown = ask(4).await;
        assert!(matches!(unknown, Err(CallError::Unknown { .. })), "{unknown:?}");
        assert!(knows(4).await, "its commit is in doubt");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!knows(4).await, "it was not committed");
    });
}
