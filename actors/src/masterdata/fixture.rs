//! Shared by the tests of masterdata: a world, a clock and commands.

use super::{MasterdataCommand, decide};
use crate::answer::Answer;
use crate::decision::{DecisionContext, Principal, Role};
use crate::fixture::rows;
use crate::machine::{Allocation, Machine};
use crate::refusal::{Refusal, RefusalKind};
use crate::store::Generation;
use crate::time::Timestamp;
use crate::world::{Kept, World};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

/// The time of the tests.
pub(super) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The creation time of stored rows.
pub(super) const BEFORE: Timestamp = Timestamp::from_millis(1_600_000_000_000);

#[derive(Debug, Default)]
pub(super) struct Fixture {
    pub(super) world: World,
}

impl Fixture {
    pub(super) fn with<R: Kept>(self, record: R) -> Self {
        self.world.insert(Generation(1), record);
        self
    }

    /// Decides a command, and applies the decision unless it is refused.
    pub(super) fn ask(&self, command: &MasterdataCommand) -> Result<Answer, Refusal> {
        let principal = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let partition = "fra".into();
        let mut context = DecisionContext {
            now: NOW,
            rng: &mut rng,
            principal: &principal,
            key: Uuid::nil(),
            partition: &partition,
            again: false,
        };
        decide(&self.world, command, &mut context).map(|decision| decision.apply(&self.world))
    }

    /// The class and text of the refusal for `row` of a table of the contract.
    pub(super) fn refused(&self, row: &str, command: &MasterdataCommand, kind: RefusalKind, message: &str) {
        let refusal = self.ask(command).expect_err(row);
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, message), "{row}");
    }
}

/// An allocated machine of a project with an image.
pub(super) fn machine(id: &str, project: &str, image: &str) -> Machine {
    let allocation =
        Allocation { installed: true, ..rows::allocation(Uuid::from_u128(1), project, image, BEFORE) };
    Machine { allocation: Some(allocation), ..Machine::new(id.into(), BEFORE) }
}

pub(super) fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}
