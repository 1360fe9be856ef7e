//! The never-wipe rule as a whole: no sequence of commands leads to a wipe of a user's system.

use crate::answer::Answer;
use crate::machine::command::MachineCommand;
use crate::machine::expectation::InstallPhase;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, allocation, registration, report};
use crate::machine::orders;
use crate::record::machine::{Allocation, BmcAction, EventKind};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use uuid::Uuid;

const SEEDS: u64 = 30;
const STEPS: u32 = 300;

/// A machine, its disk and its BMC agent.
struct Hardware {
    fixture: Fixture,
    rng: ChaCha8Rng,
    /// Whose system is on the disk.
    disk: Option<Uuid>,
    allocations: u128,
}

impl Hardware {
    fn holder(&self) -> Option<Allocation> {
        self.fixture.machine().allocation
    }

    fn step(&mut self) {
        let machine = || ID.into();
        match self.rng.random_range(0..14) {
            0..5 => self.send_any_event(),
            5 | 6 => self.register(),
            7 => self.report(),
            8 => self.fetch_orders(),
            9 => self.allocate(),
            10 => drop(self.fixture.ask(MachineCommand::Free { machine: machine() })),
            11 => self.reinstall(),
            12 => {
                let primary_disk_wiped = self.disk.is_none();
                drop(
                    self.fixture
                        .ask(MachineCommand::AbortReinstall { machine: machine(), primary_disk_wiped }),
                );
            }
            _ => {
                self.fixture.pass(MINUTE * self.rng.random_range(0..90));
                drop(self.fixture.ask(MachineCommand::Inspect { machine: machine() }));
            }
        }
    }

    fn send_any_event(&mut self) {
        let kind = EventKind::ALL[self.rng.random_range(0..EventKind::ALL.len())];
        if kind != EventKind::MachineReclaim {
            drop(self.fixture.event(kind));
        }
    }

    /// The installer wipes the disks as soon as its registration is accepted.
    fn register(&mut self) {
        let step = self.fixture.ask(MachineCommand::Register(Box::new(registration())));
        if !matches!(step.answer, Ok(Answer::Registered { .. })) {
            return;
        }
        if let Some(holder) = self.holder() {
            assert!(holder.reinstall || self.disk != Some(holder.uuid), "a user's disk is wiped");
        }
        self.disk = None;
    }

    fn report(&mut self) {
        if self.fixture.ask(report()).answer.is_ok() {
            self.disk = self.holder().map(|holder| holder.uuid);
        }
    }

    /// What an agent may be given now.
    fn fetch_orders(&mut self) {
        let machine = self.fixture.machine();
        let phase = InstallPhase::of(&machine);
        for order in orders::due(&machine, self.fixture.now) {
            match order.action {
                BmcAction::Delete => assert_eq!(phase, InstallPhase::Free),
                BmcAction::Reinstall => assert_eq!(phase, InstallPhase::Reinstall),
                BmcAction::BootDisk => assert_eq!(phase, InstallPhase::Installed),
                _ => {}
            }
        }
        if self.rng.random_bool(0.5) {
            let orders = machine.orders.iter().map(|order| order.id).collect();
            self.fixture.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
        }
    }

    fn allocate(&mut self) {
        if self.holder().is_none() {
            self.allocations += 1;
            let (uuid, created) = (Uuid::from_u128(self.allocations), self.fixture.now);
            self.fixture.edit(|machine| {
                orders::drop_network_boots(machine);
                machine.allocation = Some(Allocation { uuid, created, ..allocation() });
            });
        }
    }

    fn reinstall(&mut self) {
        if self.holder().is_some() {
            self.fixture.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
            self.fixture.order(BmcAction::Reinstall);
        }
    }
}

#[test]
fn no_order_of_commands_wipes_what_a_user_has() {
    let mut refused = 0;
    for seed in 0..SEEDS {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let mut hardware = Hardware { fixture: Fixture::waiting(), rng, disk: None, allocations: 0 };
        for step in 0..STEPS {
            hardware.step();
            let machine = hardware.fixture.machine();
            assert!(machine.orders.len() <= orders::ORDERS_MAX, "seed {seed}, step {step}");
            let why = hardware.fixture.why();
            assert!(!why.reason.is_empty() && !why.next.is_empty(), "seed {seed}, step {step}");
            refused += usize::from(hardware.fixture.actions().contains(&BmcAction::BootDisk));
        }
    }
    assert!(refused > 100, "the rule was hardly needed: {refused}");
}
