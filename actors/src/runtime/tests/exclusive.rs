//! Steps that need the partition for themselves.

use super::*;
use crate::ipam::ClaimOwner;
use crate::runtime::NotDone;
use futures_util::future::{join, join_all};
use tokio::time::timeout;

/// A claim that notes the count at its time.
const NOTE: u32 = 2;

type Noted = Result<usize, NotDone<String>>;

impl Fixture {
    /// Notes the count in one step, whose commit has `fault`.
    async fn note(&self, fault: Fault) -> Noted {
        let noted = self.local.exclusively(|world, now| {
            assert!(world.pending::<Claim>().is_empty(), "the world is quiet");
            let owners = self.owners();
            self.fail_next(fault);
            let mut decision = Decision::new(now, owners.len());
            decision.create(Claim { pool: Pool::Vrf, number: NOTE, owners });
            Ok(decision)
        });
        noted.await
    }

    fn owners(&self) -> Vec<ClaimOwner> {
        let claim = self.local.world().claims.get(&Claim::row_id(Pool::Vrf, 1));
        claim.map(|claim| claim.owners.clone()).unwrap_or_default()
    }

    /// The noted count as the store has it and as the world has it; they must agree.
    async fn noted(&self) -> Option<usize> {
        let key = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, NOTE));
        let known = self.local.world().claims.get(&key.id);
        let row = known.as_ref().map(|known| known.value.row(known.generation));
        assert_eq!(self.store.inner.row(&key).await.unwrap(), row, "memory is the row");
        known.map(|known| known.owners.len())
    }

    async fn up(&self, times: usize) -> Vec<Result<Answer, CallError>> {
        // Addresses go to a concurrent actor.
        let body = || Body::Address(AddressCommand::Allocate(Box::<AddressAllocate>::default()));
        join_all((0..times).map(|_| self.local.ask(&self.principal, None, body()))).await
    }
}

fn is_refused(result: &Result<Answer, CallError>, why: &str) -> bool {
    matches!(result, Err(CallError::Unavailable { reason, .. }) if reason == why)
}

const RENAMING: &str = "the partition is renaming entities, try again";

#[test]
fn a_command_that_arrives_meanwhile_is_executed_after_and_none_is_lost() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        let step = async {
            // The commands before it run now.
            tokio::task::yield_now().await;
            let noted = fixture.note(Fault::Late).await;
            (noted, fixture.owners().len())
        };
        let later = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            fixture.up(50).await
        };
        let (before, ((noted, count), after)) = join(fixture.up(50), join(step, later)).await;
        assert!(before.iter().chain(&after).all(Result::is_ok), "{before:?} {after:?}");
        assert_eq!((noted, count), (Ok(count), count), "nothing was written meanwhile");
        assert_eq!(count, 50, "those before it were finished");
        assert_eq!(fixture.count().await, 100);
        assert_eq!(fixture.noted().await, Some(count));
        assert_eq!(fixture.local.load().1, 0);
    });
}

#[test]
fn a_command_waits_five_seconds_for_a_step_and_is_then_refused() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        let refused = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let begun = tokio::time::Instant::now();
            let answers = fixture.up(3).await;
            assert_eq!(begun.elapsed().as_secs(), 5);
            answers
        };
        let (noted, answers) = join(fixture.note(Fault::Stall), refused).await;
        assert_eq!(noted, Ok(0));
        assert!(answers.iter().all(|answer| is_refused(answer, RENAMING)), "{answers:?}");
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(1)));
    });
}

#[test]
fn a_step_gives_up_if_commands_go_on_and_they_are_executed() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::Stall);
        let step = async {
            tokio::task::yield_now().await;
            let step = fixture.local.exclusively(|_, now| -> Result<Decision<()>, String> {
                panic!("a command is running at {now}")
            });
            join(step, fixture.ask(None, "reads nothing of it")).await
        };
        let body = Body::Address(AddressCommand::Allocate(Box::<AddressAllocate>::default()));
        let slow = fixture.local.ask(&fixture.principal, None, body);
        let (slow, (step, waited)) = join(slow, step).await;
        assert!(matches!(slow, Err(CallError::Unknown { .. })), "{slow:?}");
        let Err(NotDone::Call(CallError::Unavailable { reason, .. })) = step else { panic!("{step:?}") };
        assert_eq!(reason, "commands were still running after 3 s, try again");
        assert_eq!(waited, Err(CallError::Expired), "it got to its row, which the slow one holds");
    });
}

#[test]
fn a_step_waits_for_a_commit_whose_outcome_is_unknown() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.store.unreadable.store(2, Ordering::Relaxed);
        let lost = fixture.up(1).await;
        assert!(matches!(lost[..], [Err(CallError::Unknown { .. })]), "{lost:?}");
        assert_eq!(fixture.note(Fault::None).await, Ok(1));
        assert_eq!(fixture.noted().await, Some(1));
    });
}

#[test]
fn after_an_unknown_outcome_memory_is_what_the_store_has() {
    on_paused_time(|| async {
        for (fault, is_done) in [(Fault::LoseAnswerAfterCommit, true), (Fault::LoseAnswerBeforeCommit, false)]
        {
            let fixture = Fixture::start().await;
            fixture.ask(None, "up").await.unwrap();
            fixture.store.unreadable.store(2, Ordering::Relaxed);
            let later = async {
                tokio::task::yield_now().await;
                fixture.up(10).await
            };
            let (noted, answers) = join(fixture.note(fault), later).await;
            assert_eq!(noted.is_ok(), is_done, "{noted:?}");
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            assert_eq!(fixture.noted().await, is_done.then_some(0), "{fault:?}");
            assert_eq!(fixture.count().await, 10);
        }
    });
}

/// The store cannot be read for long, and the one who asked for the step has left: commands wait nevertheless.
#[test]
fn no_command_begins_before_the_outcome_is_known() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.store.unreadable.store(u32::MAX, Ordering::Relaxed);
        let noted = fixture.note(Fault::LoseAnswerAfterCommit).await;
        assert!(matches!(noted, Err(NotDone::Call(CallError::Unknown { .. }))), "{noted:?}");
        let refused = fixture.up(1).await;
        assert!(is_refused(&refused[0], RENAMING), "{refused:?}");
        fixture.store.unreadable.store(0, Ordering::Relaxed);
        assert_eq!(fixture.up(1).await, [Ok(Answer::Reconciled(1))]);
        assert_eq!(fixture.noted().await, Some(0));

        let fixture = Fixture::start().await;
        let left = timeout(Duration::from_millis(500), fixture.note(Fault::Late)).await;
        assert!(left.is_err(), "{left:?}");
        assert_eq!(fixture.up(1).await, [Ok(Answer::Reconciled(0))]);
        assert_eq!(fixture.noted().await, None, "the commit had not begun");
    });
}

#[test]
fn a_refused_step_changes_nothing_and_a_lost_race_is_decided_again() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        let refused = fixture.local.exclusively(|_, _| -> Result<Decision<()>, _> { Err("no".to_owned()) });
        assert_eq!(refused.await, Err(NotDone::Refused("no".to_owned())));
        let nothing =
            fixture.local.exclusively(|_, now| -> Result<_, String> { Ok(Decision::new(now, 7)) }).await;
        assert_eq!(nothing, Ok(7));
        let busy = fixture.note(Fault::Busy).await;
        assert!(matches!(busy, Err(NotDone::Call(CallError::Unavailable { .. }))), "{busy:?}");
        let commits = fixture.store.commits.load(Ordering::Relaxed);
        assert_eq!((commits, fixture.noted().await), (2, None), "only the busy one was tried");
        fixture.store.conflicts.store(1, Ordering::Relaxed);
        assert_eq!(fixture.note(Fault::None).await, Ok(0));
        assert_eq!(fixture.up(1).await, [Ok(Answer::Reconciled(1))]);
    });
}
