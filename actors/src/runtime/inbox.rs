//! The stored outcome of a write under its key: a retry gets the same outcome, independent of what happened since.
//!
//! A refusal is an outcome, too: an attempt that is still in transit must not be applied after its caller got a
//! refusal. If the caller chose the key, the refusal is committed like an answer, and the first outcome wins.

use super::fingerprint;
use crate::answer::Answer;
use crate::call::CallError;
use crate::command::Command;
use crate::refusal::Refusal;
use crate::store::InboxEntry;
use crate::time::Timestamp;
use crate::wire;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

/// The inbox entry of a command.
pub(super) fn entry(command: &Command, outcome: Result<&Answer, &Refusal>, at: Timestamp) -> InboxEntry {
    let reply = wire::remembered(outcome);
    InboxEntry { key: command.key, fingerprint: fingerprint::of(command), reply, at }
}

/// The caller's outcome of the command, also if it was never delivered.
pub(super) fn replay(command: &Command, entry: &InboxEntry) -> Result<Answer, CallError> {
    let key = command.key;
    if !fingerprint::is_of(&entry.fingerprint, command) {
        return Err(CallError::KeyReused { key });
    }
    match wire::recalled(&entry.reply) {
        Ok(outcome) => outcome.map_err(CallError::Refused),
        Err(error) => {
            tracing::error!(%key, %error, "a stored answer cannot be read");
            Err(CallError::UnreadableAnswer { key })
        }
    }
}

/// Writes with an unknown outcome on this node, by key. A retry waits for them: only then memory shows the state that
/// its answer describes.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    open: Mutex<BTreeMap<Uuid, Open>>,
}

#[derive(Debug, Default)]
struct Open {
    attempts: usize,
    waiting: Vec<oneshot::Sender<()>>,
}

impl Attempts {
    fn open(&self) -> MutexGuard<'_, BTreeMap<Uuid, Open>> {
        self.open.lock()
    }

    /// An attempt is open until the result is dropped.
    pub(super) fn begin(self: &Arc<Self>, key: Uuid) -> Attempt {
        self.open().entry(key).or_default().attempts += 1;
        Attempt { attempts: Arc::clone(self), key }
    }

    pub(super) fn is_open(&self, key: Uuid) -> bool {
        self.open().contains_key(&key)
    }

    /// Ends when no attempt is open.
    pub(super) async fn settled(&self, key: Uuid) {
        loop {
            let settled = {
                let mut open = self.open();
                let Some(open) = open.get_mut(&key) else { return };
                let (sender, settled) = oneshot::channel();
                open.waiting.push(sender);
                settled
            };
            // The sender is used or dropped with the attempt: both mean that it is time to check again.
            settled.await.ok();
        }
    }
}

/// An attempt to write, from before its commit until its outcome is known.
#[derive(Debug)]
pub(super) struct Attempt {
    attempts: Arc<Attempts>,
    key: Uuid,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut open = self.attempts.open();
        let Some(entry) = open.get_mut(&self.key) else { return };
        entry.attempts -= 1;
        if entry.attempts > 0 {
            return;
        }
        let waiting = open.remove(&self.key).map(|entry| entry.waiting).unwrap_or_default();
        drop(open);
        for sender in waiting {
            // A caller that gave up does not need the signal.
            sender.send(()).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Body;
    use crate::decision::{Principal, Role};
    use crate::masterdata::MasterdataCommand;

    fn command(text: &str) -> Command {
        Command {
            key: Uuid::from_u128(1),
            principal: Principal { email: "e@x".to_owned(), role: Role::Edit },
            partition: "p".into(),
            body: Body::Masterdata(MasterdataCommand::SizeDelete(text.to_owned())),
        }
    }

    /// Entries are kept for two days: entries of earlier releases must stay readable.
    #[test]
    fn what_is_stored_is_what_is_replayed() {
        let refusal = Refusal::conflict("no");
        let rows = [
            (Ok(Answer::Done), r#""done""#),
            (Ok(Answer::Machine("m".into())), r#"{"machine":"m"}"#),
            (Err(refusal), r#"{"refused":{"because":"Conflict","message":"no"}}"#),
        ];
        for (outcome, stored) in rows {
            let entry = entry(&command("a"), outcome.as_ref(), Timestamp::from_millis(1));
            assert_eq!(entry.reply, stored);
            assert_eq!(replay(&command("a"), &entry), outcome.map_err(CallError::Refused));
            let reused = CallError::KeyReused { key: Uuid::from_u128(1) };
            assert_eq!(replay(&command("b"), &entry), Err(reused));
            let unreadable = InboxEntry { reply: "?".to_owned(), ..entry };
            let error = CallError::UnreadableAnswer { key: Uuid::from_u128(1) };
            assert_eq!(replay(&command("a"), &unreadable), Err(error));
        }
    }
}
