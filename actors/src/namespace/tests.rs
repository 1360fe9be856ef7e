//! The contract of ipam 1, row by row; and properties of every sequence of commands.

mod contract;
mod defects;
mod dumps;
mod lengths;
mod loads;
mod model;

use super::{Child, NamespaceCommand, decide, read};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext, Principal, Role};
use crate::ids::NamespaceId;
use crate::refusal::{Refusal, RefusalKind};
use crate::store::{Transaction, validate};
use crate::time::Timestamp;
use crate::world::World;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn root() -> NamespaceId {
    super::ROOT.into()
}

/// A refusal as the code of ipam 1.6 and the text of 1.4.
fn said(refusal: &Refusal) -> String {
    let code = match refusal.kind {
        RefusalKind::BadRequest => "invalid_argument",
        RefusalKind::NotFound => "not_found",
        RefusalKind::Conflict => "already_exists",
        RefusalKind::Unavailable => "unavailable",
        other => panic!("{other:?} is no class of this room: {refusal}"),
    };
    format!("{code}: {}", refusal.message)
}

/// A command as a line, in the words of go-ipam's own tool where it has them: `create 10.0.0.0/8`, `take 10.0.0.0/24`.
fn command(line: &str) -> NamespaceCommand {
    let namespace = root();
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let word = |at: usize| words[at].clone();
    match words[0].as_str() {
        "create" => NamespaceCommand::CreatePrefix { namespace, cidr: word(1) },
        "delete" => NamespaceCommand::DeletePrefix { namespace, cidr: word(1) },
        "cut" => {
            let child = words[2].parse().map_or_else(|_| Child::Specific(word(2)), Child::Length);
            NamespaceCommand::AcquireChild { namespace, parent: word(1), child }
        }
        "release" => NamespaceCommand::ReleaseChild { namespace, cidr: word(1) },
        "take" => {
            NamespaceCommand::AcquireAddress { namespace, prefix: word(1), address: words.get(2).cloned() }
        }
        "return" => NamespaceCommand::ReleaseAddress { namespace, prefix: word(1), address: word(2) },
        other => panic!("no such command: {other}"),
    }
}

/// A world where every decision is applied at once.
struct Fixture {
    world: Arc<World>,
    rng: ChaCha8Rng,
    now_ms: i64,
}

impl Fixture {
    fn new() -> Self {
        Self { world: Arc::default(), rng: ChaCha8Rng::seed_from_u64(1), now_ms: 1000 }
    }

    /// With these roots in the root namespace.
    fn with(roots: &[&str]) -> Self {
        let mut fixture = Self::new();
        for cidr in roots {
            fixture.run(&format!("create {cidr}")).unwrap();
        }
        fixture
    }

    fn decided(&mut self, command: &NamespaceCommand) -> Decided<Answer> {
        self.now_ms += 1;
        let principal = Principal { email: "e@x".to_owned(), role: Role::Edit };
        let (now, partition) = (Timestamp::from_millis(self.now_ms), "p1".into());
        let mut context = DecisionContext {
            now,
            rng: &mut self.rng,
            principal: &principal,
            key: uuid::Uuid::nil(),
            partition: &partition,
            again: false,
        };
        decide(&self.world, command, &mut context)
    }

    /// What would be written.
    fn transaction(&mut self, command: &NamespaceCommand) -> Result<Transaction, Refusal> {
        self.decided(command).map(|mut decision| decision.take_transaction())
    }

    fn done(&mut self, command: &NamespaceCommand) -> Result<String, String> {
        let transaction = self.transaction(command).map_err(|refusal| said(&refusal))?;
        validate(&transaction).unwrap();
        match self.decided(command).unwrap().apply(&self.world) {
            Answer::Prefix(prefix) => Ok(prefix.cidr.to_string()),
            Answer::PrefixAddress(taken) => Ok(taken.address.to_string()),
            Answer::Done => Ok(String::new()),
            other => panic!("{other:?} is no answer to {command:?}"),
        }
    }

    fn run(&mut self, line: &str) -> Result<String, String> {
        self.done(&command(line))
    }

    fn ok(&mut self, line: &str) -> String {
        self.run(line).unwrap_or_else(|refusal| panic!("{line}: {refusal}"))
    }

    fn refused(&mut self, line: &str) -> String {
        let rows = |fixture: &Self| (fixture.world.prefixes.len(), fixture.world.prefix_addresses.len());
        let before = rows(self);
        let refusal = self.run(line).expect_err(line);
        assert_eq!(rows(self), before, "{line}: a refusal changes nothing");
        refusal
    }

    /// Available and acquired addresses, free units, children; the free blocks.
    fn usage(&self, cidr: &str) -> ([u64; 4], Vec<String>) {
        let usage = read::usage(&self.world, &root(), cidr).unwrap();
        let blocks = usage.available_prefixes.iter().map(ToString::to_string).collect();
        let units = usage.available_smallest_prefixes;
        ([usage.available_ips, usage.acquired_ips, units, usage.acquired_prefixes], blocks)
    }
}
