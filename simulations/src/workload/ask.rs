//! Requests of a user: through any node, repeated with the same key until the outcome of a write is known.

use super::{PATIENCE, RETRY, Response, User};
use crate::cluster::admin;
use crate::entities::internet;
use crate::history::OperationResult;
use crate::path::Path;
use crate::scenario::USERS;
use crate::sometimes as seen;
use actors::answer::Answer;
use actors::command::Body;
use actors::gateway::Gateway;
use actors::ids::PartitionId;
use actors::ipam::AddressCommand;
use actors::machine::MachineCommand;
use actors::network::NetworkCommand;
use actors::runtime::CallError;
use rand::{Rng, RngExt};
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of a user's message and of its answer.
const CALL_BYTES: u64 = 700;

impl User {
    /// Sends a write until its outcome is known; the answer if it was applied.
    pub(super) async fn write(&mut self, what: &str, body: Body) -> Option<Answer> {
        let key = self.new_key();
        self.write_with(key, what, body).await
    }

    pub(super) fn new_key(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    pub(super) async fn write_with(&mut self, key: Uuid, what: &str, body: Body) -> Option<Answer> {
        self.outcome(key, what, body).await.ok()
    }

    /// Sends until the outcome is known: the answer, or the text of the refusal.
    pub(super) async fn outcome(&mut self, key: Uuid, what: &str, body: Body) -> Result<Answer, String> {
        let cluster = Arc::clone(&self.cluster);
        let entry = cluster.history.invoke(self.number, what.to_owned(), Some(key), cluster.now_ms());
        cluster.trace.record(format_args!("user {} asks {what} {key}", self.number));
        loop {
            cluster.history.tried(entry);
            let entrance = self.any_partition();
            let impatient = self.rng.random_bool(cluster.scenario.workload.impatience);
            let second = impatient.then(|| self.any_partition());
            let reply = self.send(&entrance, second.as_ref(), key, &body).await;
            let outcome = match reply {
                Response::Silence => None,
                Response::Answered(Ok(answer)) => Some(Ok(answer)),
                Response::Answered(Err(CallError::Refused(refusal))) => Some(Err(refusal.message)),
                Response::Answered(Err(CallError::KeyReused { .. })) => Some(Err("key reused".to_owned())),
                Response::Answered(Err(_)) => None,
            };
            let Some(outcome) = outcome else {
                cluster.trace.saw(seen::ASKED_AGAIN);
                tokio::time::sleep(RETRY).await;
                continue;
            };
            cluster.trace.record(format_args!("user {} has {outcome:?} for {key}", self.number));
            return match outcome {
                Ok(answer) => {
                    if body.is_remembered() {
                        cluster.monitor.acknowledged(key);
                    }
                    self.notice(&entrance, &body);
                    cluster.history.end(entry, OperationResult::Ok(format!("{answer:?}")), cluster.now_ms());
                    Ok(answer)
                }
                Err(message) => {
                    cluster.monitor.refused(key);
                    cluster.trace.saw(seen::REFUSED);
                    if message.ends_with("no ips left") {
                        cluster.trace.saw(seen::POOL_DRY);
                    }
                    cluster.history.end(entry, OperationResult::Failed(message.clone()), cluster.now_ms());
                    Err(message)
                }
            };
        }
    }

    /// Marks notable properties of an allocation.
    fn notice(&self, entrance: &PartitionId, body: &Body) {
        let Body::Machine(MachineCommand::Allocate { request, .. }) = body else { return };
        let partition = request.partitionid.as_str();
        if partition != entrance.as_str() {
            self.cluster.trace.saw(seen::ALLOCATED_ELSEWHERE);
        }
        let mut others =
            self.cluster.partitions.keys().filter(|other| other.as_str() != partition).peekable();
        let is_cut =
            |from: &str, to: &str| self.cluster.links.link(from, to).is_some_and(|link| link.is_cut());
        if others.peek().is_some()
            && others.all(|other| is_cut(partition, other.as_str()) && is_cut(other.as_str(), partition))
        {
            self.cluster.trace.saw(seen::ALLOCATED_CUT_OFF);
        }
    }

    /// One try, and a second one elsewhere at the same time if the user is impatient.
    async fn send(
        &self,
        entrance: &PartitionId,
        second: Option<&PartitionId>,
        key: Uuid,
        body: &Body,
    ) -> Response<Answer> {
        let ask = async |entrance: &PartitionId| {
            let reply = self.tell(entrance, key, body.clone()).await;
            if let Response::Answered(Ok(answer)) = &reply {
                self.cluster.monitor.answered(key, &format!("{answer:?}"));
            }
            self.needs_nobody_else(entrance, body, &reply);
            reply
        };
        let Some(second) = second else { return ask(entrance).await };
        self.cluster.trace.saw(seen::ASKED_TWICE);
        match futures_util::future::join(ask(entrance), ask(second)).await {
            (Response::Answered(Ok(answer)), _) | (_, Response::Answered(Ok(answer))) => {
                Response::Answered(Ok(answer))
            }
            (Response::Answered(Err(first)), Response::Answered(Err(second))) => {
                // One was refused, the other may still be applied: the outcome is known only when both are.
                let over = |error: &CallError| matches!(error, CallError::Refused(_));
                if over(&first) && over(&second) { Response::Answered(Err(first)) } else { Response::Silence }
            }
            _ => Response::Silence,
        }
    }

    /// A partition keeps working with its own rows while others are away (invariant 5; ipam 5.4, I11).
    fn needs_nobody_else(&self, entrance: &PartitionId, body: &Body, reply: &Response<Answer>) {
        let Response::Answered(Err(CallError::Unavailable { partition, reason })) = reply else { return };
        let own = match body {
            Body::Machine(MachineCommand::Allocate { request, .. }) => {
                request.uuid.is_empty() && request.partitionid == entrance.as_str()
            }
            Body::Machine(
                MachineCommand::Free { machine }
                | MachineCommand::Reinstall { machine, .. }
                | MachineCommand::Power { machine, .. },
            ) => self.cluster.cases(entrance.as_str()).any(|chassis| chassis.plan.id == *machine),
            Body::Address(AddressCommand::Allocate(request)) => self.is_of(entrance, &request.networkid),
            Body::Address(AddressCommand::AllocateMany(request)) => {
                self.is_of(entrance, &request.each.networkid)
            }
            Body::Network(NetworkCommand::Allocate(request)) => request.partitionid == entrance.as_str(),
            _ => false,
        };
        if own && partition != entrance {
            let what = format!("{entrance} did not do what is its own because of {partition}: {reason}");
            self.cluster.monitor.object("autonomous-when-cut-off", what);
        }
    }

    fn is_of(&self, partition: &PartitionId, network: &str) -> bool {
        let own =
            self.cluster.partitions.get(partition).is_some_and(|played| played.network.as_str() == network);
        own || network == internet(partition.as_str())
    }

    fn path(&self, entrance: &PartitionId) -> Option<Path> {
        Some(Path {
            node: Arc::clone(&self.cluster.partitions.get(entrance)?.node),
            there: self.cluster.links.link(USERS, entrance.as_str())?,
            back: self.cluster.links.link(entrance.as_str(), USERS)?,
        })
    }

    /// Sends a read.
    pub(super) async fn question<T: Send + 'static>(
        &self,
        entrance: &PartitionId,
        ask: impl AsyncFnOnce(Gateway) -> Result<T, CallError> + Send + 'static,
    ) -> Response<T> {
        let Some(path) = self.path(entrance) else { return Response::Silence };
        let answer = path.ask(PATIENCE, CALL_BYTES, move |inside| async move { ask(inside.gateway).await });
        answer.await.map_or(Response::Silence, Response::Answered)
    }

    /// Sends a write. Copies of the request may reach the node at any time, under the same key.
    async fn tell(&self, entrance: &PartitionId, key: Uuid, body: Body) -> Response<Answer> {
        let Some(path) = self.path(entrance) else { return Response::Silence };
        let answer = path.tell(PATIENCE, CALL_BYTES, move |inside| async move {
            inside.gateway.execute_any(&admin(), Some(key), body).await
        });
        answer.await.map_or(Response::Silence, Response::Answered)
    }
}
