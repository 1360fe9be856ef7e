//! Random commands in any order: nothing panics, no port has two machines, and connections are mirrored.

use crate::answer::Answer;
use crate::decision::Decision;
use crate::ids::SwitchId;
use crate::machine::Machine;
use crate::switch::fixture::*;
use crate::switch::*;
use crate::world::World;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::{BTreeMap, BTreeSet};

const LEAVES: [&str; 5] = ["leaf01", "leaf02", "leaf03", "leaf04", "leaf05"];
const MACHINES: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
const STEPS: usize = 400;
const SEEDS: u64 = 60;

/// A rack in disorder.
struct Rack {
    world: World,
    rng: ChaCha8Rng,
    /// What succeeded and wrote something, so that the test cannot pass by refusing everything.
    succeeded: BTreeMap<&'static str, usize>,
}

impl Rack {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        *among.choose(&mut self.rng).unwrap()
    }

    fn name(vendor: SwitchVendor, line: u32) -> String {
        match vendor {
            SwitchVendor::Sonic => format!("Ethernet{line}"),
            SwitchVendor::Cumulus => format!("swp{}s{}", line / 4 + 1, line % 4),
        }
    }

    /// Mostly all six lines; sometimes one is missing, doubled, renamed or of another make.
    fn registration(&mut self) -> SwitchRegistration {
        let broken = self.world.switches.filter(|switch| switch.mode == SwitchMode::Replace);
        let broken = LEAVES.into_iter().find(|leaf| broken.iter().any(|switch| switch.id.as_str() == *leaf));
        let any = self.pick(&LEAVES);
        let id = broken.filter(|_| self.chance(50)).unwrap_or(any);
        let known = self.world.switches.get(id);
        let vendor = match &known {
            Some(switch) if switch.mode != SwitchMode::Replace => switch.os.vendor,
            _ => self.pick(&[SwitchVendor::Sonic, SwitchVendor::Sonic, SwitchVendor::Cumulus]),
        };
        let mut lines: Vec<u32> = (0..6).collect();
        if self.chance(10) {
            lines.remove(self.rng.random_range(0..6));
        }
        if self.chance(5) {
            lines.push(0);
        }
        let make = if self.chance(5) { "new" } else { "old" };
        let mut nics: Vec<SwitchNic> = lines
            .into_iter()
            .map(|line| SwitchNic {
                name: Self::name(vendor, line),
                identifier: format!("{make}-{line}"),
                mac: format!("{id}-{line}"),
                vrf: String::new(),
            })
            .collect();
        if self.chance(5) {
            let other = self.rng.random_range(0..8);
            nics[1].name = Self::name(vendor, other);
        }
        let rack = if self.chance(3) { "rack-b" } else { "test-rack" };
        SwitchRegistration {
            id: id.to_owned(),
            name: Some(id.to_owned()),
            partition_id: "mini-lab".to_owned(),
            rack_id: rack.to_owned(),
            nics,
            os: Some(OsReport { vendor: vendor.as_str().to_owned(), ..OsReport::default() }),
            ..SwitchRegistration::default()
        }
    }

    /// A machine as last stored, or with new cables: mostly to its own pair of leaves, sometimes anywhere.
    fn plugged(&mut self) -> Machine {
        let number = self.pick(&MACHINES);
        if let Some(stored) = self.world.machines.get(machine_id(number).as_str())
            && self.chance(70)
        {
            return Machine::clone(&stored);
        }
        let mut machine = machine(number);
        machine.hardware.nics.clear();
        let own = number.parse::<u32>().unwrap() - 1;
        let common = if self.chance(70) { own } else { self.rng.random_range(0..6) };
        for (end, usual) in ["leaf01", "leaf02"].into_iter().enumerate() {
            let leaf = if self.chance(80) { usual } else { self.pick(&LEAVES) };
            let line = if self.chance(95) { common } else { self.rng.random_range(0..7) };
            let port = SwitchPort { identifier: format!("old-{line}"), ..port(line) };
            machine.hardware.nics.push(nic(&format!("eth{end}"), leaf, &port));
        }
        machine
    }

    fn command(&mut self) -> (&'static str, SwitchCommand) {
        let id = SwitchId::from(self.pick(&LEAVES));
        match self.rng.random_range(0..12) {
            0..4 => ("register", SwitchCommand::Register(Box::new(self.registration()))),
            4 => {
                let mode = self.pick(&["replace", "operational"]).to_owned();
                let console_command = String::new();
                ("update", SwitchCommand::Update { id, description: None, console_command, mode })
            }
            5..7 => {
                let states = ["UP", "DOWN", "UNKNOWN", ""];
                let ports = (0..3).map(|line| (format!("Ethernet{line}"), self.pick(&states).to_owned()));
                let port_states = Some(ports.collect());
                let bgp_port_states = Some([("Ethernet1".to_owned(), BgpPortState::default())].into());
                let (sync_duration_ns, error) = (1, None);
                let notify =
                    SwitchCommand::Notify { id, sync_duration_ns, error, port_states, bgp_port_states };
                ("notify", notify)
            }
            7..9 => {
                let (nic, status) = (self.pick(&["Ethernet0", "ethernet3"]), self.pick(&["UP", "DOWN"]));
                ("toggle", SwitchCommand::Toggle { id, nic: nic.to_owned(), status: status.to_owned() })
            }
            9..11 => ("migrate", SwitchCommand::Migrate { old: id, new: self.pick(&LEAVES).into() }),
            _ => ("delete", SwitchCommand::Delete { id, force: false }),
        }
    }

    fn step(&mut self) {
        let (what, wrote) = match self.rng.random_range(0..10) {
            0..4 => {
                let machine = self.plugged();
                let before = self.world.switches.all();
                let connected = register(&self.world, machine).is_ok();
                ("connect", connected && self.world.switches.all() != before)
            }
            4 => {
                let machine = machine(self.pick(&MACHINES));
                let mut decision = Decision::new(NOW, Answer::Done);
                let vrf = self.pick(&["", "vrf42", "default"]);
                set_vrf(&self.world, &machine, vrf, &mut decision);
                let wrote = !decision.is_empty();
                decision.apply(&self.world);
                ("vrf", wrote)
            }
            5 if self.chance(30) => {
                let machine = machine_id(self.pick(&MACHINES));
                let mut decision = Decision::new(NOW, Answer::Done);
                disconnect(&self.world, &machine, &mut decision);
                let wrote = !decision.is_empty();
                decision.apply(&self.world);
                self.world.forget::<Machine>(machine.as_str());
                ("disconnect", wrote)
            }
            _ => {
                let (what, command) = self.command();
                let answer = done(&self.world, &command);
                let replaced = matches!(answer, Ok(Answer::SwitchShown { .. })) && what == "register";
                (if replaced { "replace" } else { what }, answer.is_ok())
            }
        };
        *self.succeeded.entry(what).or_default() += usize::from(wrote);
    }

    fn check(&self) {
        let mut seen = BTreeMap::<String, Vec<BTreeSet<u32>>>::new();
        for switch in self.world.switches.all() {
            let mut taken = BTreeSet::new();
            for (machine, connections) in &*switch.connections {
                assert!(!connections.is_empty());
                let mut lines = BTreeSet::new();
                for connection in connections {
                    assert_eq!(connection.machine, *machine);
                    let nic = &connection.nic;
                    assert!(taken.insert(nic.name.clone()), "{} of {} is taken twice", nic.name, switch.id);
                    let port = switch.nics.iter().find(|port| port.identity() == nic.identity());
                    assert_eq!(port.map(|port| &port.name), Some(&nic.name), "the port is there");
                    lines.insert(ports::line(&nic.name, switch.os.vendor).unwrap());
                }
                seen.entry(machine.0.clone()).or_default().push(lines);
            }
        }
        for (machine, lines) in seen {
            assert_eq!(lines.len(), 2, "{machine} hangs at two switches");
            assert_eq!(lines[0], lines[1], "{machine} is mirrored");
        }
    }
}

#[test]
fn connections_stay_exclusive_and_mirrored() {
    let mut succeeded = BTreeMap::<&str, usize>::new();
    for seed in 0..SEEDS {
        let mut rack =
            Rack { world: world([]), rng: ChaCha8Rng::seed_from_u64(seed), succeeded: BTreeMap::new() };
        for _ in 0..STEPS {
            rack.step();
            rack.check();
        }
        for (what, count) in rack.succeeded {
            *succeeded.entry(what).or_default() += count;
        }
    }
    let all = [
        "connect",
        "delete",
        "disconnect",
        "migrate",
        "notify",
        "register",
        "replace",
        "toggle",
        "update",
        "vrf",
    ];
    for what in all {
        assert!(succeeded.get(what).is_some_and(|count| *count >= 10), "{what} happened: {succeeded:?}");
    }
}
