//! A row that is created again differs from the old one, independent of the clock.

use super::*;
use crate::fixture::clock::StandingClock;
use crate::store::Generation;

/// Creates the claim or removes it.
#[expect(clippy::unnecessary_wraps, reason = "the shape of a decision")]
fn toggle(world: &World, _: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    match world.claims.get(&Claim::row_id(Pool::Asn, 1)) {
        None => decision.create(Claim { pool: Pool::Asn, number: 1, owners: Vec::new() }),
        Some(claim) => decision.delete(&claim),
    };
    Ok(decision)
}

#[test]
fn no_generation_comes_again_under_the_same_key() {
    on_paused_time(|| async {
        let config = LocalPartitionConfig {
            partition: "plant-a".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(StandingClock(Timestamp::from_millis(1_700_000_000_000))), 7),
            domain: Domain { decide: toggle, ..DOMAIN },
        };
        let local = LocalPartition::start(config).await.unwrap();
        let admin = Principal { email: String::new(), role: Role::Admin };
        let mut generations: Vec<Generation> = Vec::new();
        for _ in 0..6 {
            let body = Body::Masterdata(MasterdataCommand::SizeDelete(String::new()));
            local.ask(&admin, None, body).await.unwrap();
            let claim = local.world().claims.get(&Claim::row_id(Pool::Asn, 1));
            generations.extend(claim.map(|claim| claim.generation));
        }
        assert_eq!(generations.len(), 3);
        assert!(generations.windows(2).all(|pair| pair[0] < pair[1]), "{generations:?}");
    });
}
