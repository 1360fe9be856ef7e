//! Commits without an answer, retries that meet them, and decisions that panic.

use super::*;

/// For an actor that does not wait for its commits.
fn concurrent(name: &str) -> Body {
    let request = AddressAllocate { name: name.to_owned(), ..AddressAllocate::default() };
    Body::Address(AddressCommand::Allocate(Box::new(request)))
}

/// The retry waits for the first attempt's rows, and then its decision is refused because of the first attempt.
#[test]
fn a_retry_that_its_own_first_attempt_stands_in_the_way_of_gets_its_answer() {
    fn once(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
        if world.claims.contains(&Claim::row_id(Pool::Vrf, 1)) {
            return Err(Refusal::conflict("taken"));
        }
        count_up(world, body, context)
    }
    on_paused_time(|| async {
        let fixture = Fixture::start_with(once).await;
        let key = Uuid::from_u128(9);
        let ask = || fixture.local.ask(&fixture.principal, Some(key), concurrent("n"));
        let (first, retry) = futures_util::future::join(ask(), ask()).await;
        assert_eq!((first, retry), (Ok(Answer::Reconciled(0)), Ok(Answer::Reconciled(0))));
        assert_eq!(ask().await, Ok(Answer::Reconciled(0)));
        let another = fixture.local.ask(&fixture.principal, Some(Uuid::from_u128(10)), concurrent("n")).await;
        assert_eq!(another, Err(CallError::Refused(Refusal::conflict("taken"))));
    });
}

/// A registry reads all its rows; a row whose creation is in doubt would be missed.
#[test]
fn a_serial_actor_decides_nothing_while_a_commit_is_in_doubt() {
    fn one_at_all(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
        let number = if matches!(body, Body::Masterdata(MasterdataCommand::SizeDelete(text)) if text == "other")
        {
            2
        } else {
            1
        };
        if !world.claims.is_empty() {
            return Err(Refusal::conflict("there is one"));
        }
        let mut decision = Decision::new(context.now, Answer::Done);
        decision.create(Claim { pool: Pool::Vrf, number, owners: Vec::new() });
        Ok(decision)
    }
    on_paused_time(|| async {
        let fixture = Fixture::start_with(one_at_all).await;
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.store.unreadable.store(3, Ordering::Relaxed);
        let (first, other) =
            futures_util::future::join(fixture.ask(None, "one"), fixture.ask(None, "other")).await;
        assert!(matches!(first, Err(CallError::Unknown { .. })), "{first:?}");
        assert_eq!(other, Err(CallError::Refused(Refusal::conflict("there is one"))));
        assert_eq!(fixture.store.unreadable.load(Ordering::Relaxed), 0);
    });
}

/// The rows of an allocation in flight are not let go because another allocation's decision panicked.
#[test]
fn a_panic_of_one_decision_loses_no_commit_of_another() {
    fn fragile(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
        assert!(*body != concurrent("panic"), "planned");
        count_up(world, body, context)
    }
    on_paused_time(|| async {
        let fixture = Fixture::start_with(fragile).await;
        let bodies = [concurrent("up"), concurrent("panic")];
        let asks = bodies.map(|body| fixture.local.ask(&fixture.principal, None, body));
        let answers = futures_util::future::join_all(asks).await;
        assert_eq!(answers[0], Ok(Answer::Reconciled(0)), "its commit was under way");
        assert!(matches!(answers[1], Err(CallError::Unavailable { .. })), "{:?}", answers[1]);
        assert_eq!(fixture.count().await, 0);
    });
}

/// A pool with one number, which the first attempt has in flight: its retry finds nothing left.
fn last_one(world: &World, _: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let id = Claim::row_id(Pool::Vrf, 1);
    if world.claims.contains(&id) || world.in_flight(&Key::new(Kind::Claim, id)) {
        return Err(Refusal::conflict("none left"));
    }
    let mut decision = Decision::new(context.now, Answer::Done);
    decision.create(Claim { pool: Pool::Vrf, number: 1, owners: Vec::new() });
    Ok(decision)
}

/// Found by the simulator: store-from-hell, seed 103.
#[test]
fn a_retry_waits_for_its_first_attempt_that_took_the_last_one() {
    on_paused_time(|| async {
        let fixture = Fixture::start_with(last_one).await;
        let ask =
            |key: u128| fixture.local.ask(&fixture.principal, Some(Uuid::from_u128(key)), concurrent("n"));
        let (first, retry) = futures_util::future::join(ask(1), ask(1)).await;
        assert_eq!((first, retry), (Ok(Answer::Done), Ok(Answer::Done)));
        assert_eq!(ask(2).await, Err(CallError::Refused(Refusal::conflict("none left"))));
    });
}

/// An answer from the inbox speaks of rows that memory must show: not before those in doubt were read again.
#[test]
fn a_retry_is_answered_when_memory_shows_what_it_speaks_of() {
    on_paused_time(|| async {
        let fixture = Fixture::start_with(last_one).await;
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.store.unreadable.store(3, Ordering::Relaxed);
        let key = Uuid::from_u128(1);
        let ask = || fixture.local.ask(&fixture.principal, Some(key), concurrent("n"));
        assert_eq!(ask().await, Err(CallError::Unknown { key }));
        assert!(fixture.local.world().claims.is_empty());
        assert_eq!(ask().await, Ok(Answer::Done));
        assert_eq!(fixture.local.world().claims.len(), 1);
    });
}

/// Two copies of a write start before either outcome is known, and pick different rows. While the row of the applied
/// one is in doubt, its answer must not be returned: a read right after it would not find the row.
#[test]
fn a_copy_is_answered_when_memory_shows_what_the_other_wrote() {
    fn any_one(world: &World, _: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
        let is_free = |number: &u32| {
            let id = Claim::row_id(Pool::Vrf, *number);
            !world.claims.contains(&id) && !world.in_flight(&Key::new(Kind::Claim, id))
        };
        let number = (1..).find(is_free).unwrap();
        let mut decision = Decision::new(context.now, Answer::Done);
        decision.create(Claim { pool: Pool::Vrf, number, owners: Vec::new() });
        Ok(decision)
    }
    on_paused_time(|| async {
        let fixture = Fixture::start_with(any_one).await;
        fixture.store.lookup_ms.store(1, Ordering::Relaxed);
        fixture.store.unreadable.store(2, Ordering::Relaxed);
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        let key = Uuid::from_u128(1);
        let ask = || fixture.local.ask(&fixture.principal, Some(key), concurrent("n"));
        let copy = async { (ask().await, fixture.local.world().claims.len()) };
        let (first, copy) = futures_util::future::join(ask(), copy).await;
        assert_eq!(first, Err(CallError::Unknown { key }));
        assert_eq!(copy, (Ok(Answer::Done), 1));
    });
}

/// A copy that a link held back comes when the reason for the refusal is gone.
#[test]
fn a_refusal_under_a_key_is_final() {
    on_paused_time(|| async {
        let fixture = Fixture::start_with(last_one).await;
        let ask =
            |key: u128| fixture.local.ask(&fixture.principal, Some(Uuid::from_u128(key)), concurrent("n"));
        ask(1).await.unwrap();
        let refused = Err(CallError::Refused(Refusal::conflict("none left")));
        assert_eq!(ask(2).await, refused);
        fixture.local.world().forget::<Claim>(&Claim::row_id(Pool::Vrf, 1));
        assert_eq!(ask(2).await, refused);
        let reused = fixture.ask(Some(Uuid::from_u128(2)), "another").await;
        assert_eq!(reused, Err(CallError::KeyReused { key: Uuid::from_u128(2) }));
    });
}

/// The first attempt was decided and is on its way to the store when its retry's refusal gets there before it.
#[test]
fn whichever_attempt_is_durable_first_decides_for_both() {
    on_paused_time(|| async {
        let fixture = Fixture::start_with(last_one).await;
        fixture.fail_next(Fault::Late);
        let key = Uuid::from_u128(1);
        let ask = |body| fixture.local.ask(&fixture.principal, Some(key), body);
        let command = fixture.local.command(&fixture.principal, Some(key), concurrent("n"));
        let entry =
            crate::runtime::inbox::entry(&command, Err(&Refusal::conflict("no")), fixture.local.now());
        let elsewhere = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let refusal = Transaction { inbox: Some(entry), ..Transaction::default() };
            fixture.store.inner.commit(refusal).await.unwrap();
        };
        let (first, ()) = futures_util::future::join(ask(concurrent("n")), elsewhere).await;
        assert_eq!(first, Err(CallError::Refused(Refusal::conflict("no"))));
        assert!(fixture.local.world().claims.is_empty());
        let free = fixture.local.ask(&fixture.principal, Some(Uuid::from_u128(2)), concurrent("n")).await;
        assert_eq!(free, Ok(Answer::Done), "its rows were let go");
    });
}
