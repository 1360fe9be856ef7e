//! The never-wipe rule as a whole: no sequence of commands leads to a wipe of a user's system.

use super::bench::{Bench, ID, MINUTE, allocation, registration, report};
use super::command::MachineCommand;
use super::expectation::InstallPhase;
use super::orders;
use super::record::{Allocation, BmcAction, EventKind};
use crate::command::Answer;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use uuid::Uuid;

const SEEDS: u64 = 30;
const STEPS: u32 = 300;

/// A machine, its disk and its BMC agent.
struct Hardware {
    bench: Bench,
    rng: ChaCha8Rng,
    /// Whose system is on the disk.
    disk: Option<Uuid>,
    allocations: u128,
}

impl Hardware {
    fn holder(&self) -> Option<Allocation> {
        self.bench.machine().allocation
    }

    fn step(&mut self) {
        let machine = || ID.into();
        match self.rng.random_range(0..14) {
            0..5 => self.send_any_event(),
            5 | 6 => self.register(),
            7 => self.report(),
            8 => self.fetch_orders(),
            9 => self.allocate(),
            10 => drop(self.bench.ask(MachineCommand::Free { machine: machine() })),
            11 => self.reinstall(),
            12 => {
                let primary_disk_wiped = self.disk.is_none();
                drop(
                    self.bench.ask(MachineCommand::AbortReinstall { machine: machine(), primary_disk_wiped }),
                );
            }
            _ => {
                self.bench.pass(MINUTE * self.rng.random_range(0..90));
                drop(self.bench.ask(MachineCommand::Inspect { machine: machine() }));
            }
        }
    }

    fn send_any_event(&mut self) {
        let kind = EventKind::ALL[self.rng.random_range(0..EventKind::ALL.len())];
        if kind != EventKind::MachineReclaim {
            drop(self.bench.event(kind));
        }
    }

    /// The installer wipes the disks as soon as its registration is accepted.
    fn register(&mut self) {
        let step = self.bench.ask(MachineCommand::Register(Box::new(registration())));
        if !matches!(step.answer, Ok(Answer::Registered { .. })) {
            return;
        }
        if let Some(holder) = self.holder() {
            assert!(holder.reinstall || self.disk != Some(holder.uuid), "a user's disk is wiped");
        }
        self.disk = None;
    }

    fn report(&mut self) {
        if self.bench.ask(report()).answer.is_ok() {
            self.disk = self.holder().map(|holder| holder.uuid);
        }
    }

    /// What an agent may be given now.
    fn fetch_orders(&mut self) {
        let machine = self.bench.machine();
        let phase = InstallPhase::of(&machine);
        for order in orders::due(&machine, self.bench.now) {
            match order.action {
                BmcAction::Delete => assert_eq!(phase, InstallPhase::Free),
                BmcAction::Reinstall => assert_eq!(phase, InstallPhase::Reinstall),
                BmcAction::BootDisk => assert_eq!(phase, InstallPhase::Installed),
                _ => {}
            }
        }
        if self.rng.random_bool(0.5) {
            let orders = machine.orders.iter().map(|order| order.id).collect();
            self.bench.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
        }
    }

    fn allocate(&mut self) {
        if self.holder().is_none() {
            self.allocations += 1;
            let (uuid, created) = (Uuid::from_u128(self.allocations), self.bench.now);
            self.bench.edit(|machine| {
                orders::drop_network_boots(machine);
                machine.allocation = Some(Allocation { uuid, created, ..allocation() });
            });
        }
    }

    fn reinstall(&mut self) {
        if self.holder().is_some() {
            self.bench.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
            self.bench.order(BmcAction::Reinstall);
        }
    }
}

#[test]
fn no_order_of_commands_wipes_what_a_user_has() {
    let mut refused = 0;
    for seed in 0..SEEDS {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let mut hardware = Hardware { bench: Bench::waiting(), rng, disk: None, allocations: 0 };
        for step in 0..STEPS {
            hardware.step();
            let machine = hardware.bench.machine();
            assert!(machine.orders.len() <= orders::ORDERS_MAX, "seed {seed}, step {step}");
            let why = hardware.bench.why();
            assert!(!why.reason.is_empty() && !why.next.is_empty(), "seed {seed}, step {step}");
            refused += usize::from(hardware.bench.actions().contains(&BmcAction::BootDisk));
        }
    }
    assert!(refused > 100, "the rule was hardly needed: {refused}");
}
