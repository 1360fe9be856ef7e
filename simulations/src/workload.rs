//! Users: they allocate, free, reinstall, read, make mistakes and time out. Each is independent, with its own
//! randomness, and retries a write with the same key until its outcome is known.

mod addresses;
mod ask;
mod look;
mod reserve;

pub use addresses::OwnAddress;

use crate::cluster::Cluster;
use crate::entities::{IMAGE, PROJECT, SIZE, internet};
use crate::sometimes as seen;
use actors::answer::Answer;
use actors::command::Body;
use actors::ids::{MachineId, NetworkId, PartitionId};
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{BmcAction, MachineCommand, Role};
use actors::runtime::CallError;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A user's timeout for an answer before a retry.
const PATIENCE: Duration = Duration::from_secs(30);

/// The beginning of the names of all entities of users.
pub const OF_USER: &str = "of user ";

/// Pause between two tries of one write.
const RETRY: Duration = Duration::from_secs(3);

/// A user and its holdings.
#[derive(Debug)]
pub struct User {
    number: usize,
    cluster: Arc<Cluster>,
    rng: ChaCha8Rng,
    /// Its machines.
    pub owned: Vec<MachineId>,
    pub addresses: Vec<OwnAddress>,
    pub networks: Vec<NetworkId>,
    /// Machines that it reserved by mistake.
    reserved: Vec<MachineId>,
}

/// The result of a user's request.
enum Response<T> {
    Answered(Result<T, CallError>),
    /// No answer came.
    Silence,
}

impl User {
    pub fn new(number: usize, cluster: Arc<Cluster>) -> Self {
        let rng = cluster.seed.stream(&format!("user {number}"));
        Self {
            number,
            cluster,
            rng,
            owned: Vec::new(),
            addresses: Vec::new(),
            networks: Vec::new(),
            reserved: Vec::new(),
        }
    }

    /// Works until the stop; then undoes its reservations.
    pub async fn work(mut self, stop: CancellationToken) -> Self {
        loop {
            let rest = self.rng.random_range(0..=self.cluster.scenario.workload.every_s * 2_000);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(Duration::from_millis(rest)) => {}
            }
            if self.rng.random_bool(self.cluster.scenario.workload.mistakes) {
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
        // Undoes mistaken reservations in time; otherwise no machines would be left to work with.
        if !self.reserved.is_empty() && self.rng.random_bool(0.3) {
            let machine = self.reserved.swap_remove(0);
            return self.set_state(machine, "").await;
        }
        if self.cluster.scenario.workload.addresses_max > 0 && self.rng.random_bool(0.4) {
            return self.tend().await;
        }
        let reserves = self.cluster.scenario.workload.reserves;
        if reserves > 0.0 && self.rng.random_bool(reserves) {
            return self.reserve().await;
        }
        let full = self.owned.len() >= self.cluster.scenario.workload.machines_max;
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
        let names: Vec<&PartitionId> = self.cluster.partitions.keys().collect();
        (*names.choose(&mut self.rng).expect("a scenario has partitions")).clone()
    }

    fn any_owned(&mut self) -> Option<MachineId> {
        self.owned.choose(&mut self.rng).cloned()
    }

    /// The name of all its entities.
    fn signature(&self) -> String {
        format!("{}{}", OF_USER, self.number)
    }

    fn request(&mut self) -> AllocateRequest {
        let partition = self.any_partition();
        self.request_in(&partition)
    }

    fn request_in(&self, partition: &PartitionId) -> AllocateRequest {
        let network = self.cluster.partitions.get(partition).map(|played| played.network.0.clone());
        let public = (self.cluster.scenario.workload.public_prefix > 0).then(|| internet(partition.as_str()));
        let choice = |networkid| NetworkChoice { networkid, autoacquire: None };
        AllocateRequest {
            name: self.signature(),
            projectid: PROJECT.to_owned(),
            partitionid: partition.to_string(),
            sizeid: SIZE.to_owned(),
            imageid: IMAGE.to_owned(),
            networks: Some(network.into_iter().chain(public).map(choice).collect()),
            ..AllocateRequest::default()
        }
    }

    async fn allocate(&mut self) {
        let request = self.request();
        self.take(request).await;
    }

    /// Allocates the machine that it has just freed, by its id: before or during its reset.
    async fn take_again(&mut self, machine: MachineId) {
        let partitions = self.cluster.partitions.keys();
        let is_there = |partition: &&PartitionId| {
            self.cluster.cases(partition.as_str()).any(|chassis| chassis.plan.id == machine)
        };
        let Some(partition) = partitions.clone().find(is_there) else { return };
        let mut request = self.request_in(partition);
        request.uuid = machine.0;
        self.take(request).await;
    }

    async fn take(&mut self, request: AllocateRequest) {
        let command = MachineCommand::Allocate { role: Role::Machine, request: Box::new(request) };
        match self.write("allocate", Body::Machine(command)).await {
            Some(Answer::Allocated { machine, .. }) => {
                self.cluster.trace.saw(seen::ALLOCATED);
                self.owned.push(machine);
            }
            Some(answer) => {
                let what = format!("an allocation was answered with {answer:?}");
                self.cluster.monitor.object("answers-fit", what);
            }
            None => {}
        }
    }

    async fn free(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let command = MachineCommand::Free { machine: machine.clone() };
        if self.write("free", Body::Machine(command)).await.is_some() {
            self.cluster.trace.saw(seen::FREED);
            self.owned.retain(|owned| *owned != machine);
            let again = self.cluster.scenario.workload.takes_again;
            if again > 0.0 && self.rng.random_bool(again) {
                self.take_again(machine).await;
            }
        }
    }

    async fn reinstall(&mut self) {
        let Some(machine) = self.any_owned() else { return };
        let command = MachineCommand::Reinstall { machine, image: IMAGE.to_owned() };
        if self.write("reinstall", Body::Machine(command)).await.is_some() {
            self.cluster.trace.saw(seen::REINSTALLED);
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

    /// Mistakes of operators: they must be refused, and must change nothing.
    async fn blunder(&mut self) {
        self.cluster.trace.saw(seen::BLUNDER);
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
                // Boots a machine in use from the network: it must return with its own system.
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
            self.cluster.monitor.object("nonsense-is-refused", what);
        }
    }
}
