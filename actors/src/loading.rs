//! Loads a dump step by step, and undoes the load when a step fails.

use crate::answer::Answer;
use crate::command::Body;
use crate::decision::Principal;
use crate::ids::NamespaceId;
use crate::namespace::dump::{DumpContent, PlannedAddress, PlannedPrefix};
use crate::namespace::{LoadCommand, NamespaceCommand, ROWS_PER_STEP};
use crate::refusal::Refusal;
use crate::runtime::{CallError, LocalPartition};
use std::time::Duration;
use uuid::Uuid;

/// Maximal tries of one step.
const TRIES_MAX: u32 = 5;

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// Loads a dump into an empty namespace, completely or not at all.
pub(crate) async fn load(
    local: &LocalPartition,
    principal: &Principal,
    namespace: &NamespaceId,
    plan: &DumpContent,
) -> Result<(), CallError> {
    let loader = Loader { local, principal, namespace, id: local.env().uuid() };
    loader.undo(None).await?;
    loader.step(LoadCommand::Begin { load: loader.id }).await?;
    match loader.add(plan).await {
        Ok(()) => Ok(()),
        Err(error) => {
            // If the undo fails now, the background task repeats it.
            if let Err(error) = loader.undo(Some(loader.id)).await {
                tracing::warn!(%namespace, %error, "a failed load was not undone; a background task retries");
            }
            Err(error)
        }
    }
}

/// Undoes a load whose loader has disappeared.
pub(crate) async fn undo_dead(
    local: &LocalPartition,
    principal: &Principal,
    namespace: &NamespaceId,
) -> Result<(), CallError> {
    Loader { local, principal, namespace, id: Uuid::nil() }.undo(None).await
}

struct Loader<'a> {
    local: &'a LocalPartition,
    principal: &'a Principal,
    namespace: &'a NamespaceId,
    id: Uuid,
}

impl Loader<'_> {
    async fn add(&self, plan: &DumpContent) -> Result<(), CallError> {
        for prefixes in plan.prefixes.chunks(ROWS_PER_STEP) {
            self.step(self.part(prefixes.to_vec(), Vec::new())).await?;
        }
        for addresses in plan.addresses.chunks(ROWS_PER_STEP) {
            self.step(self.part(Vec::new(), addresses.to_vec())).await?;
        }
        self.step(LoadCommand::End { load: self.id }).await?;
        Ok(())
    }

    fn part(&self, prefixes: Vec<PlannedPrefix>, addresses: Vec<PlannedAddress>) -> LoadCommand {
        LoadCommand::Add { load: self.id, prefixes, addresses }
    }

    /// Until nothing is left.
    async fn undo(&self, load: Option<Uuid>) -> Result<(), CallError> {
        let mut load = load;
        while let Answer::Undone(1..) = self.step(LoadCommand::Undo { load }).await? {
            load = None;
        }
        Ok(())
    }

    /// Retries with the same key after errors that may be temporary.
    async fn step(&self, step: LoadCommand) -> Result<Answer, CallError> {
        let key = self.local.env().uuid();
        let mut tries = 1;
        loop {
            let body = NamespaceCommand::Load { namespace: self.namespace.clone(), step: step.clone() };
            match self.local.ask(self.principal, Some(key), Body::Namespace(body)).await {
                Err(error) if tries < TRIES_MAX && is_worth_another_try(&error) => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result,
            }
        }
    }
}

fn is_worth_another_try(error: &CallError) -> bool {
    match error {
        CallError::Refused(Refusal { .. })
        | CallError::KeyReused { .. }
        | CallError::UnreadableAnswer { .. } => false,
        CallError::Conflict
        | CallError::Overloaded
        | CallError::Expired
        | CallError::Unavailable { .. }
        | CallError::Unknown { .. } => true,
    }
}
