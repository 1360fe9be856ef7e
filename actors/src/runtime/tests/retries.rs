//! A row that is created again differs from the old one, independent of the clock.

use super::*;
use crate::runtime::Clock;
use crate::store::Generation;

/// Shows the same time for ever.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }
}

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
        let config = SiteConfig {
            home: "plant-a".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(Still), 7),
            domain: Domain { decide: toggle, ..DOMAIN },
        };
        let site = Site::start(config).await.unwrap();
        let admin = Principal { email: String::new(), role: Role::Admin };
        let mut generations: Vec<Generation> = Vec::new();
        for _ in 0..6 {
            let body = Body::Masterdata(MasterdataCommand::SizeDelete(String::new()));
            site.ask(&admin, None, body).await.unwrap();
            let claim = site.world().claims.get(&Claim::row_id(Pool::Asn, 1));
            generations.extend(claim.map(|claim| claim.generation));
        }
        assert_eq!(generations.len(), 3);
        assert!(generations.windows(2).all(|pair| pair[0] < pair[1]), "{generations:?}");
    });
}
