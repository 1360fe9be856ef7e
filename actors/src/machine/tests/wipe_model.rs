//! The never-wipe rule against a machine with a disk, a BMC agent that is late, and users who change their minds.
//!
//! The machine does what its peers do (api-machines 8): it boots from the network or from its disk, registers, wipes
//! what is not to be installed again, waits, installs what it read, reports, and starts its own system. Every message
//! of it may be lost, an order may be carried out long after it was fetched, and twice.

use crate::answer::Answer;
use crate::ids::MachineId;
use crate::machine::Role;
use crate::machine::command::{AllocateRequest, MachineCommand, Registration};
use crate::machine::fixture::{self, Fixture, IMAGE};
use crate::machine::{may_install, orders};
use crate::record::machine::{Allocation, Bios, BmcAction, BmcOrder, EventKind, Nic};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::time::Duration;
use uuid::Uuid;

const ID: &str = "m1";
const SEEDS: u64 = 30;
const STEPS: u32 = 500;
const MINUTE: Duration = Duration::from_secs(60);

/// What runs on the machine.
#[derive(Clone, Debug, PartialEq)]
enum Running {
    /// Comes up by the network.
    Network,
    /// The installer, about to register.
    Installer,
    /// The installer has wiped the disks and asks to wait.
    Wiped,
    /// The installer waits for an allocation.
    Waiting,
    /// The installer puts on what it read of the allocation then.
    Installing(Box<Allocation>),
    /// The installer wrote the disk and is about to report.
    Written,
    /// The system of an allocation.
    System(Uuid),
    /// Nothing that would ever speak.
    Nothing,
}

struct Model {
    fixture: Fixture,
    rng: ChaCha8Rng,
    /// Whose system is on the disk.
    disk: Option<Uuid>,
    running: Running,
    boots_from_disk: bool,
    /// The allocation whose user has seen the machine as installed and has not asked for another system since. An
    /// unreported installation belongs to no user yet, although its system may have started from the disk.
    shown: Option<Uuid>,
    /// What the agent fetched and did not forget yet.
    fetched: Vec<BmcOrder>,
    wiped: u32,
    refused: u32,
    installed: u32,
}

impl Model {
    fn new(seed: u64) -> Self {
        let fixture = Fixture::new(seed);
        fixture.add_private(0);
        fixture.add_machine(ID);
        Self {
            fixture,
            rng: ChaCha8Rng::seed_from_u64(seed),
            disk: None,
            shown: None,
            running: Running::Network,
            boots_from_disk: false,
            fetched: Vec::new(),
            wiped: 0,
            refused: 0,
            installed: 0,
        }
    }

    fn id() -> MachineId {
        ID.into()
    }

    fn held(&self) -> Option<Allocation> {
        self.fixture.machine(&Self::id()).allocation
    }

    fn ask(&mut self, command: &MachineCommand) -> Option<Answer> {
        self.fixture.ask(command).ok()
    }

    /// `None`: lost on its way; the work was done or not.
    fn say(&mut self, command: &MachineCommand) -> Option<Answer> {
        match self.rng.random_range(0..10) {
            0 => None,
            1 => {
                drop(self.ask(command));
                None
            }
            _ => self.ask(command),
        }
    }

    fn event(&mut self, event: EventKind) {
        drop(self.say(&MachineCommand::Event { machine: Self::id(), event, message: String::new() }));
    }

    fn boot(&mut self) {
        self.running = match (self.boots_from_disk, self.disk) {
            (false, _) => Running::Network,
            (true, Some(system)) => Running::System(system),
            (true, None) => Running::Nothing,
        };
    }

    fn crash(&mut self) {
        self.event(EventKind::Crashed);
        self.boot();
    }

    /// Only what is not the present user's, or what that user gave up, may be written over.
    fn write_disk(&mut self, whose: Option<Uuid>) {
        if let Some(held) = self.held() {
            assert!(self.shown != Some(held.uuid), "a user's disk is written over: {held:?}");
        }
        self.disk = whose;
    }

    fn go_on(&mut self) {
        match self.running.clone() {
            Running::Network => {
                self.event(EventKind::PxeBooting);
                self.running = Running::Installer;
            }
            Running::Installer => self.register(),
            // Retries until it may wait.
            Running::Wiped => {
                if self.say(&MachineCommand::StartWaiting { machine: Self::id() }).is_some() {
                    self.running = Running::Waiting;
                }
            }
            Running::Waiting => {
                match self.held().filter(|_| may_install(&self.fixture.world, &Self::id()).unwrap()) {
                    Some(held) => self.running = Running::Installing(Box::new(held)),
                    None => self.event(EventKind::Alive),
                }
            }
            Running::Installing(read) => {
                self.event(EventKind::Installing);
                // It was freed or allocated to another user since: the installer does not know it, but it has not
                // written anything either.
                self.write_disk(Some(read.uuid));
                self.running = Running::Written;
            }
            Running::Written => self.report(),
            Running::System(_) => {
                self.fixture.now = self.fixture.now + 6 * MINUTE;
                self.event(EventKind::PhonedHome);
            }
            Running::Nothing => {}
        }
    }

    fn register(&mut self) {
        self.event(EventKind::Preparing);
        self.event(EventKind::Registering);
        let answer = self.say(&MachineCommand::Register(Box::new(registration(&self.fixture))));
        match answer {
            Some(Answer::Registered { .. }) => {}
            Some(Answer::RegisterRefused { .. }) => {
                self.refused += 1;
                return self.crash();
            }
            _ => return self.crash(),
        }
        match self.held().filter(|held| held.reinstall) {
            Some(held) if self.rng.random_bool(0.3) => self.give_up(&held),
            Some(held) => self.running = Running::Installing(Box::new(held)),
            None => {
                self.write_disk(None);
                self.wiped += 1;
                self.event(EventKind::Waiting);
                self.running = Running::Wiped;
            }
        }
    }

    /// The installer cannot install again.
    fn give_up(&mut self, held: &Allocation) {
        let primary_disk_wiped = self.disk != Some(held.uuid);
        let abort = MachineCommand::AbortReinstall { machine: Self::id(), primary_disk_wiped };
        match self.say(&abort) {
            Some(Answer::BootInfo(Some(_))) => self.running = Running::System(held.uuid),
            _ => self.crash(),
        }
    }

    fn report(&mut self) {
        let report = MachineCommand::Report {
            machine: Self::id(),
            console_password: String::new(),
            boot_info: Some(Box::default()),
        };
        if self.say(&report).is_none() {
            return self.crash();
        }
        self.installed += 1;
        self.event(EventKind::BootingNewKernel);
        self.running = match self.disk {
            Some(system) => Running::System(system),
            None => Running::Nothing,
        };
    }

    fn fetch(&mut self) {
        let machine = self.fixture.machine(&Self::id());
        self.fetched.extend(orders::due(&machine, self.fixture.now).cloned());
        self.fetched.truncate(6);
    }

    /// Any order that was ever fetched, now.
    fn obey(&mut self) {
        if self.fetched.is_empty() {
            return;
        }
        let order = self.fetched[self.rng.random_range(0..self.fetched.len())].clone();
        match order.action {
            BmcAction::Disk => self.boots_from_disk = true,
            BmcAction::Pxe => self.boots_from_disk = false,
            BmcAction::Delete | BmcAction::Reinstall => {
                self.boots_from_disk = false;
                self.boot();
            }
            BmcAction::BootDisk => {
                self.boots_from_disk = true;
                self.boot();
            }
            BmcAction::Reset | BmcAction::Cycle => self.boot(),
            _ => {}
        }
        if self.rng.random_bool(0.7) {
            drop(self.say(&MachineCommand::OrdersDone { machine: Self::id(), orders: vec![order.id] }));
        }
        if self.rng.random_bool(0.8) {
            self.fetched.retain(|kept| kept.id != order.id);
        }
    }

    fn user(&mut self) {
        let machine = Self::id();
        let command = match self.rng.random_range(0..9) {
            0..3 => {
                let uuid = if self.rng.random_bool(0.5) { ID.to_owned() } else { String::new() };
                let request = Box::new(AllocateRequest { uuid, ..fixture::request() });
                MachineCommand::Allocate { role: Role::Machine, request }
            }
            3 => {
                // Often the machine is allocated again before it has any event of the change.
                drop(self.ask(&MachineCommand::Free { machine }));
                let request = Box::new(AllocateRequest { uuid: ID.to_owned(), ..fixture::request() });
                MachineCommand::Allocate { role: Role::Machine, request }
            }
            4 => MachineCommand::Free { machine },
            5 => MachineCommand::Reinstall { machine, image: IMAGE.to_owned() },
            6 => MachineCommand::Power { machine, action: BmcAction::Cycle },
            7 => MachineCommand::Power { machine, action: BmcAction::Pxe },
            _ => MachineCommand::Power { machine, action: BmcAction::Disk },
        };
        if self.ask(&command).is_some() && matches!(command, MachineCommand::Reinstall { .. }) {
            self.shown = None;
        }
    }

    fn step(&mut self) {
        match self.rng.random_range(0..20) {
            0..9 => self.go_on(),
            9..11 => self.fetch(),
            11..15 => self.obey(),
            15..17 => self.user(),
            17 => self.boot(),
            _ => {
                self.fixture.now = self.fixture.now + MINUTE * self.rng.random_range(0..90);
                drop(self.ask(&MachineCommand::Inspect { machine: Self::id() }));
            }
        }
    }
}

fn registration(fixture: &Fixture) -> Registration {
    let machine = fixture.machine(&ID.into());
    let mut hardware = machine.hardware;
    for (nic, leaf) in hardware.nics.iter_mut().zip(["leaf01", "leaf02"]) {
        let identifier = "Eth1(Port1)".to_owned();
        nic.neighbors = vec![Nic { identifier, hostname: leaf.to_owned(), ..Nic::default() }];
    }
    Registration {
        machine: machine.id,
        partition: machine.partition,
        hardware,
        bios: Bios::default(),
        ipmi: None,
        tags: Vec::new(),
        metal_hammer_version: String::new(),
    }
}

#[test]
fn no_interleaving_wipes_a_users_disk_or_takes_anothers_for_it() {
    let (mut wiped, mut refused, mut installed) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut model = Model::new(seed);
        for step in 0..STEPS {
            model.step();
            if let Some(held) = model.held().filter(|held| held.installed && !held.reinstall) {
                assert_eq!(model.disk, Some(held.uuid), "seed {seed}, step {step}: not its own system");
                model.shown = Some(held.uuid);
            }
        }
        wiped += model.wiped;
        refused += model.refused;
        installed += model.installed;
    }
    assert!(wiped > 300 && refused > 50 && installed > 100, "{wiped} {refused} {installed}");
}
