//! Users: they allocate, free, install again, look, make mistakes and lose patience. Each works by himself, with chance
//! of his own, and asks again with the same key until he knows what became of a write.

use crate::entities::{IMAGE, PROJECT, SIZE, internet};
use crate::history::Outcome;
use crate::link::Line;
use crate::node::Node;
use crate::sometimes as seen;
use crate::stage::{Stage, USERS, admin};
use actors::command::{Answer, Body};
use actors::ids::{MachineId, PartitionId};
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{BmcAction, Machine, MachineCommand, Role};
use actors::runtime::CallError;
use actors::store::{Key, Kind, Row};
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A user waits so long for an answer before he asks again.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries of one write.
const RETRY: Duration = Duration::from_secs(3);

/// What a user is left with.
#[derive(Debug)]
pub struct User {
    number: usize,
    stage: Arc<Stage>,
    rng: ChaCha8Rng,
    /// Machines that are his, and when they became his.
    pub owned: Vec<MachineId>,
    /// Machines that he set aside by mistake.
    reserved: Vec<MachineId>,
}

/// How a user's question ended.
enum Reply<T> {
    Answered(Result<T, CallError>),
    /// Nobody answered.
    Silence,
}

impl User {
    pub fn new(number: usize, stage: Arc<Stage>) -> Self {
        let rng = stage.seed.stream(&format!("user {number}"));
        Self { number, stage, rng, owned: Vec::new(), reserved: Vec::new() }
    }

    /// Works until it is time to stop; then puts back what he set aside.
    pub async fn work(mut self, stop: CancellationToken) -> Self {
        loop {
            let rest = self.rng.random_range(0..=self.stage.scenario.workload.every_s * 2_000);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(Duration::from_millis(rest)) => {}
            }
            if self.rng.random_bool(self.stage.scenario.workload.mistakes) {
                self.blunder().await;
            } else {
                self.operate().await;
            }
        }
        for machine in std::mem::take(&mut self.reserved) {
            self.set_state(machine, "").await;
        }
        self
    }

    async fn operate(&mut self) {
        // What was set aside by mistake comes back in time, else there is soon nothing left to work with.
        if !self.reserved.is_empty() && self.rng.random_bool(0.3) {
            let machine = self.reserved.swap_remove(0);
            return self.set_state(machine, "").await;
        }
        let full = self.owned.len() >= self.stage.scenario.workload.machines_max;
        match self.rng.random_range(0..10) {
            0..4 if !full => self.allocate().await,
            0..6 => self.free().await,
            6 => self.reinstall().await,
            7 => self.power().await,
            8 => self.list().await,
            _ => self.look().await,
        }
    }

    fn any_partition(&mut self) -> PartitionId {
        let names: Vec<&PartitionId> = self.stage.plants.keys().collect();
        (*names.choose(&mut self.rng).expect("a scenario has partitions")).clone()
    }

    fn any_owned(&mut self) -> Option<MachineId> {
        self.owned.choose(&mut self.rng).cloned()
    }

    fn request(&mut self) -> AllocateRequest {
        let partition = self.any_partition();
        let network = self.stage.plants.get(&partition).map(|plant| plant.network.0.clone());
        let public = (self.stage.scenario.workload.public_prefix > 0).then(|| internet(partition.as_str()));
        let choice = |networkid| NetworkChoice { networkid, autoacquire: None };
        AllocateRequest {
            name: format!("of user {}", self.number),
            projectid: PROJECT.to_owned(),
            partitionid: partition.to_string(),
            sizeid: SIZE.to_owned(),
            imageid: IMAGE.to_owned(),
            networks: Some(network.into_iter().chain(public).map(choice).collect()),
            ..AllocateRequest::default()
        }
    }

    async fn allocate(&mut self) {
        let request = Box::new(self.request());
        let command = MachineCommand::Allocate { role: Role::Machine, request };
        match self.write("allocate", Body::Machine(command)).await {
            Some(Answer::Allocated { machine, .. }) => {
                self.stage.trace.saw(seen::ALLOCATED);
                self.owned.push(machine);
            }
            Some(answer) => {
                let what = format!("an allocation was answered with {answer:?}");
                self.stage.referee.object("answers-fit", what);
            }
            None => {}
        }
    }

    async fn free(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let command = MachineCommand::Free { machine: machine.clone() };
        if self.write("free", Body::Machine(command)).await.is_some() {
            self.stage.trace.saw(seen::FREED);
            self.owned.retain(|owned| *owned != machine);
        }
    }

    async fn reinstall(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let command = MachineCommand::Reinstall { machine, image: IMAGE.to_owned() };
        if self.write("reinstall", Body::Machine(command)).await.is_some() {
            self.stage.trace.saw(seen::REINSTALLED);
        }
    }

    async fn power(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let action = *[BmcAction::Reset, BmcAction::Cycle, BmcAction::On]
            .choose(&mut self.rng)
            .expect("there are actions");
        self.write("power", Body::Machine(MachineCommand::Power { machine, action })).await;
    }

    async fn set_state(&mut self, machine: MachineId, value: &str) {
        let (value, description) = (value.to_owned(), "by mistake".to_owned());
        self.write("state", Body::Machine(MachineCommand::SetState { machine, value, description })).await;
    }

    /// What operators do wrong: they must be told, and nothing may come of it.
    async fn blunder(&mut self) {
        self.stage.trace.saw(seen::BLUNDER);
        match self.rng.random_range(0..7) {
            0 => {
                let machine = MachineId(format!("no-such-machine-{}", self.rng.random_range(0..100_u32)));
                self.write("free", Body::Machine(MachineCommand::Free { machine })).await;
            }
            1 => {
                let mut request = self.request();
                request.imageid = "no-such-image-1.0".to_owned();
                self.wrong_allocation(request).await;
            }
            2 => {
                let mut request = self.request();
                request.partitionid = "no-such-plant".to_owned();
                self.wrong_allocation(request).await;
            }
            3 => {
                let Some(machine) = self.any_owned() else { return };
                let mut request = self.request();
                request.uuid = machine.0;
                self.wrong_allocation(request).await;
            }
            4 => {
                let Some(machine) = self.any_owned() else { return };
                self.reserved.push(machine.clone());
                self.set_state(machine, "RESERVED").await;
            }
            5 => {
                // Boots a machine that is in use from the network: it must come back with its own system.
                let Some(machine) = self.any_owned() else { return };
                for action in [BmcAction::Pxe, BmcAction::Cycle] {
                    let machine = machine.clone();
                    self.write("power", Body::Machine(MachineCommand::Power { machine, action })).await;
                }
            }
            _ => {
                let Some(machine) = self.any_owned() else { return };
                let what = MachineCommand::Delete { machine };
                self.write("delete", Body::Machine(what)).await;
            }
        }
    }

    async fn wrong_allocation(&mut self, request: AllocateRequest) {
        let command = MachineCommand::Allocate { role: Role::Machine, request: Box::new(request) };
        if let Some(answer) = self.write("allocate", Body::Machine(command)).await {
            let what = format!("a nonsensical allocation was answered with {answer:?}");
            self.stage.referee.object("nonsense-is-refused", what);
        }
    }

    /// Asks until the outcome is known; the answer of a write that was done.
    async fn write(&mut self, what: &str, body: Body) -> Option<Answer> {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        let key = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let stage = Arc::clone(&self.stage);
        let entry = stage.history.invoke(self.number, what.to_owned(), Some(key), stage.now_ms());
        stage.trace.record(format_args!("user {} asks {what} {key}", self.number));
        loop {
            stage.history.tried(entry);
            let entrance = self.any_partition();
            let impatient = self.rng.random_bool(stage.scenario.workload.impatience);
            let second = impatient.then(|| self.any_partition());
            let reply = self.send(&entrance, second.as_ref(), key, &body).await;
            let outcome = match reply {
                Reply::Silence => None,
                Reply::Answered(Ok(answer)) => Some(Ok(answer)),
                Reply::Answered(Err(CallError::Refused(refusal))) => Some(Err(refusal.message)),
                Reply::Answered(Err(CallError::KeyReused { .. })) => Some(Err("key reused".to_owned())),
                Reply::Answered(Err(_)) => None,
            };
            let Some(outcome) = outcome else {
                stage.trace.saw(seen::ASKED_AGAIN);
                tokio::time::sleep(RETRY).await;
                continue;
            };
            stage.trace.record(format_args!("user {} has {outcome:?} for {key}", self.number));
            return match outcome {
                Ok(answer) => {
                    if matches!(what, "allocate" | "free" | "reinstall") {
                        stage.referee.acknowledged(key);
                    }
                    self.notice(&entrance, &body);
                    stage.history.end(entry, Outcome::Ok(format!("{answer:?}")), stage.now_ms());
                    Some(answer)
                }
                Err(message) => {
                    stage.referee.refused(key);
                    stage.trace.saw(seen::REFUSED);
                    if message.ends_with("no ips left") {
                        stage.trace.saw(seen::POOL_DRY);
                    }
                    stage.history.end(entry, Outcome::Failed(message), stage.now_ms());
                    None
                }
            };
        }
    }

    /// What is worth seeing about an allocation that was made.
    fn notice(&self, entrance: &PartitionId, body: &Body) {
        let Body::Machine(MachineCommand::Allocate { request, .. }) = body else { return };
        let home = request.partitionid.as_str();
        if home != entrance.as_str() {
            self.stage.trace.saw(seen::ALLOCATED_ELSEWHERE);
        }
        let mut others = self.stage.plants.keys().filter(|other| other.as_str() != home).peekable();
        let is_cut = |from: &str, to: &str| self.stage.links.line(from, to).is_some_and(|line| line.is_cut());
        if others.peek().is_some()
            && others.all(|other| is_cut(home, other.as_str()) && is_cut(other.as_str(), home))
        {
            self.stage.trace.saw(seen::ALLOCATED_CUT_OFF);
        }
    }

    /// One try, and at the same time a second one elsewhere when he has no patience.
    async fn send(
        &self,
        entrance: &PartitionId,
        second: Option<&PartitionId>,
        key: Uuid,
        body: &Body,
    ) -> Reply<Answer> {
        let ask = async |entrance: &PartitionId| {
            let asked = body.clone();
            let reply = self
                .question(entrance, async move |federation| federation.ask(&admin(), Some(key), asked).await)
                .await;
            self.needs_nobody_else(entrance, body, &reply);
            reply
        };
        let Some(second) = second else { return ask(entrance).await };
        self.stage.trace.saw(seen::ASKED_TWICE);
        match futures_util::future::join(ask(entrance), ask(second)).await {
            (Reply::Answered(Ok(answer)), _) | (_, Reply::Answered(Ok(answer))) => {
                Reply::Answered(Ok(answer))
            }
            (Reply::Answered(Err(first)), Reply::Answered(Err(second))) => {
                // One was refused, the other may still come to be: only when both know is it over.
                let over = |error: &CallError| matches!(error, CallError::Refused(_));
                if over(&first) && over(&second) { Reply::Answered(Err(first)) } else { Reply::Silence }
            }
            _ => Reply::Silence,
        }
    }

    /// A plant goes on with what is its own, whoever else is away (architecture 5, invariant 4; ipam.md 5.4, I11).
    fn needs_nobody_else(&self, entrance: &PartitionId, body: &Body, reply: &Reply<Answer>) {
        let Reply::Answered(Err(CallError::Unavailable { partition, reason })) = reply else { return };
        let own = match body {
            Body::Machine(MachineCommand::Allocate { request, .. }) => {
                request.uuid.is_empty() && request.partitionid == entrance.as_str()
            }
            Body::Machine(
                MachineCommand::Free { machine }
                | MachineCommand::Reinstall { machine, .. }
                | MachineCommand::Power { machine, .. },
            ) => self.stage.cases(entrance.as_str()).any(|case| case.plan.id == *machine),
            _ => false,
        };
        if own && partition != entrance {
            let what = format!("{entrance} did not do what is its own because of {partition}: {reason}");
            self.stage.referee.object("autonomous-when-cut-off", what);
        }
    }

    fn way(&self, entrance: &PartitionId) -> Option<(Arc<Node>, Arc<Line>, Arc<Line>)> {
        let node = Arc::clone(&self.stage.plants.get(entrance)?.node);
        let there = self.stage.links.line(USERS, entrance.as_str())?;
        let back = self.stage.links.line(entrance.as_str(), USERS)?;
        Some((node, there, back))
    }

    async fn question<T: Send + 'static>(
        &self,
        entrance: &PartitionId,
        ask: impl AsyncFnOnce(actors::federation::Federation) -> Result<T, CallError> + Send + 'static,
    ) -> Reply<T> {
        let Some((node, there, back)) = self.way(entrance) else { return Reply::Silence };
        let exchange = async {
            there.carry(700).await;
            let answer = node.call(move |inside| async move { ask(inside.federation).await }).await;
            back.carry(700).await;
            answer
        };
        match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(answer)) => Reply::Answered(answer),
            Ok(Err(_)) | Err(_) => Reply::Silence,
        }
    }

    /// Reads one machine through any node.
    async fn look(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let entrance = self.any_partition();
        let floor = self.stage.referee.floor(machine.as_str());
        let key = Key::new(Kind::Machine, machine.as_str());
        let entry =
            self.stage.history.invoke(self.number, format!("read {machine}"), None, self.stage.now_ms());
        let row = self.question(&entrance, async move |federation| federation.row(&key).await).await;
        let outcome = match row {
            Reply::Answered(Ok(Some(Row { generation, body, .. }))) => {
                self.stage.referee.read(machine.as_str(), floor, generation);
                self.is_still_mine(&machine, &body);
                Outcome::Ok(generation.0.to_string())
            }
            Reply::Answered(Ok(None)) => {
                let what = format!("machine {machine} of user {} does not exist", self.number);
                self.stage.referee.object("no-lost-acknowledged-write", what);
                Outcome::Failed("not found".to_owned())
            }
            Reply::Answered(Err(error)) => Outcome::Failed(error.to_string()),
            Reply::Silence => Outcome::Unknown,
        };
        self.stage.trace.record(format_args!("user {} read {machine}: {outcome:?}", self.number));
        self.stage.history.end(entry, outcome, self.stage.now_ms());
    }

    fn is_still_mine(&self, machine: &MachineId, body: &str) {
        let row: Result<Machine, _> = serde_json::from_str(body);
        let name = row.ok().and_then(|row| row.allocation).map(|allocation| allocation.name);
        if name.as_deref() != Some(format!("of user {}", self.number).as_str()) {
            let what = format!("machine {machine} of user {} is shown as {name:?}", self.number);
            self.stage.referee.object("no-lost-acknowledged-write", what);
        }
    }

    /// Lists all machines through any node: those that answer, and names of those that do not.
    async fn list(&mut self) {
        let entrance = self.any_partition();
        let entry = self.stage.history.invoke(self.number, "list".to_owned(), None, self.stage.now_ms());
        let listed = self
            .question(&entrance, async |federation| {
                let listed = federation.list::<Machine>().await;
                let shown: usize = listed.answers.values().map(Vec::len).sum();
                Ok((shown, listed.answers.len(), listed.unreachable.len()))
            })
            .await;
        let outcome = match listed {
            Reply::Answered(Ok((shown, here, away))) => {
                if here + away != self.stage.plants.len() {
                    let what = format!("a list named {here} and {away} of {}", self.stage.plants.len());
                    self.stage.referee.object("lists-name-everybody", what);
                }
                if away > 0 {
                    self.stage.trace.saw(seen::LIST_WITHOUT);
                }
                Outcome::Ok(format!("{shown} machines, {away} partitions away"))
            }
            Reply::Answered(Err(error)) => Outcome::Failed(error.to_string()),
            Reply::Silence => Outcome::Unknown,
        };
        self.stage.trace.record(format_args!("user {} listed: {outcome:?}", self.number));
        self.stage.history.end(entry, outcome, self.stage.now_ms());
    }
}
