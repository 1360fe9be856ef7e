//! Freezes: nothing of some kinds is created for a moment.

use super::*;
use futures_util::future::join;
use std::collections::BTreeSet;

const FROZEN: &str = "a partition is joining, try again in a few seconds";

fn is_frozen(result: &Result<Answer, CallError>) -> bool {
    matches!(result, Err(CallError::Unavailable { reason, .. }) if reason == FROZEN)
}

#[test]
fn what_is_frozen_is_not_created_until_the_freeze_ends() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let freeze = |kind| fixture.local.freeze(BTreeSet::from([kind]), Duration::from_secs(4));
        let first = freeze(Kind::Claim).await.unwrap();
        let _other = freeze(Kind::Network).await.unwrap();
        let key = Uuid::from_u128(3);
        assert!(is_frozen(&fixture.ask(None, "up").await));
        assert!(is_frozen(&fixture.ask(Some(key), "up").await));
        assert_eq!(fixture.store.commits.load(Ordering::Relaxed), 0, "the refusal is no outcome");
        drop(first);
        assert_eq!(fixture.ask(Some(key), "up").await, Ok(Answer::Reconciled(0)), "another kind is frozen");
        let _again = freeze(Kind::Claim).await.unwrap();
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(1)), "it exists");

        let fixture = Fixture::start().await;
        let kept = fixture.local.freeze(BTreeSet::from([Kind::Claim]), Duration::from_secs(4)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(3999)).await;
        assert!(is_frozen(&fixture.ask(None, "up").await));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(0)), "its time is over");
        drop(kept);
    });
}

#[test]
fn what_was_begun_before_a_freeze_is_finished_when_it_begins() {
    on_paused_time(|| async {
        let freeze = async |fixture: &Fixture| {
            tokio::task::yield_now().await;
            let frozen = fixture.local.freeze(BTreeSet::from([Kind::Claim]), Duration::from_secs(4)).await;
            (frozen, fixture.local.world().claims.is_empty())
        };
        let fixture = Fixture::start().await;
        let (answer, (frozen, is_empty)) = join(fixture.ask(None, "up"), freeze(&fixture)).await;
        assert!(answer.is_ok() && frozen.is_ok() && !is_empty, "{answer:?} {frozen:?}");

        let fixture = Fixture::start().await;
        fixture.fail_next(Fault::Late);
        let (answer, (frozen, _)) = join(fixture.ask(None, "up"), freeze(&fixture)).await;
        assert_eq!(answer, Ok(Answer::Reconciled(0)));
        let Err(CallError::Unavailable { reason, .. }) = frozen else { panic!("{frozen:?}") };
        assert_eq!(reason, "commands were still running after 1 s, try again");
    });
}
