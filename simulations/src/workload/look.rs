//! Reads of a user, and the checks of their results.

use super::{Response, User};
use crate::history::OperationResult;
use crate::sometimes as seen;
use actors::machine::Machine;
use actors::store::Kind;

impl User {
    /// Reads one machine through any node.
    pub(super) async fn look(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let entrance = self.any_partition();
        let floor = self.cluster.monitor.floor(machine.as_str());
        let entry =
            self.cluster.history.invoke(self.number, format!("read {machine}"), None, self.cluster.now_ms());
        let id = machine.clone();
        let row = self
            .question(&entrance, async move |gateway| {
                let view = gateway.get(Kind::Machine, id.as_str()).await?;
                Ok(view.and_then(|view| view.world().machines.get(id.as_str())))
            })
            .await;
        let outcome = match row {
            Response::Answered(Ok(Some(row))) => {
                let generation = row.generation;
                self.cluster.monitor.read(machine.as_str(), floor, generation);
                self.is_still_mine(&row);
                OperationResult::Ok(generation.0.to_string())
            }
            Response::Answered(Ok(None)) => {
                let what = format!("machine {machine} of user {} does not exist", self.number);
                self.cluster.monitor.object("no-lost-acknowledged-write", what);
                OperationResult::Failed("not found".to_owned())
            }
            Response::Answered(Err(error)) => OperationResult::Failed(error.to_string()),
            Response::Silence => OperationResult::Unknown,
        };
        self.cluster.trace.record(format_args!("user {} read {machine}: {outcome:?}", self.number));
        self.cluster.history.end(entry, outcome, self.cluster.now_ms());
    }

    fn is_still_mine(&self, row: &Machine) {
        let machine = &row.id;
        let name = row.allocation.as_ref().map(|allocation| &allocation.name);
        if name != Some(&self.signature()) {
            let what = format!("machine {machine} of user {} is shown as {name:?}", self.number);
            self.cluster.monitor.object("no-lost-acknowledged-write", what);
        }
    }

    /// Lists all machines through any node: from the partitions that answer, with the names of the others.
    pub(super) async fn list(&mut self) {
        let entrance = self.any_partition();
        let entry = self.cluster.history.invoke(self.number, "list".to_owned(), None, self.cluster.now_ms());
        let listed = self
            .question(&entrance, async |gateway| {
                let listed = gateway.list(Kind::Machine).await;
                let shown: usize = listed.answers.values().map(|view| view.world().machines.len()).sum();
                Ok((shown, listed.answers.len(), listed.unreachable.len()))
            })
            .await;
        let outcome = match listed {
            Response::Answered(Ok((shown, here, away))) => {
                if here + away != self.cluster.partitions.len() {
                    let what = format!("a list named {here} and {away} of {}", self.cluster.partitions.len());
                    self.cluster.monitor.object("lists-name-everybody", what);
                }
                if away > 0 {
                    self.cluster.trace.saw(seen::LIST_WITHOUT);
                }
                OperationResult::Ok(format!("{shown} machines, {away} partitions away"))
            }
            Response::Answered(Err(error)) => OperationResult::Failed(error.to_string()),
            Response::Silence => OperationResult::Unknown,
        };
        self.cluster.trace.record(format_args!("user {} listed: {outcome:?}", self.number));
        self.cluster.history.end(entry, outcome, self.cluster.now_ms());
    }
}
