//! Registrations that are refused: what they leave, what they keep a machine from, and what they cost.

use super::bench::{Bench, ID, registration};
use super::command::{MachineCommand, Registration};
use super::record::{BmcAction, EventKind, Hardware, Ipmi, Machine, Nic};
use crate::command::Answer;
use crate::store::Kind;

fn register(bench: &mut Bench, registration: Registration) -> String {
    match bench.ask(MachineCommand::Register(Box::new(registration))).answer {
        Ok(Answer::RegisterRefused { message }) => message,
        Ok(_) => String::new(),
        Err(refusal) => refusal.message,
    }
}

/// The machine's own board, whose cables are somewhere else.
fn uncabled() -> Registration {
    let mut told = registration();
    told.hardware.nics.iter_mut().for_each(|nic| nic.neighbors.clear());
    told.hardware.memory_bytes = 1;
    told.ipmi = Some(Ipmi { address: "192.0.2.66:623".to_owned(), ..Ipmi::default() });
    told.bios.version = "other".to_owned();
    told
}

/// Another board at the same ports.
fn foreign() -> Registration {
    let mut told = registration();
    for (place, nic) in told.hardware.nics.iter_mut().enumerate() {
        nic.mac = format!("02:00:00:00:00:{place:02x}");
    }
    told
}

/// All but that it was refused.
fn facts(machine: &Machine) -> Machine {
    Machine { refused: None, expectation: None, ..machine.clone() }
}

/// The case: an owner of the machines' certificate impersonates another machine.
#[test]
fn a_refused_registration_leaves_what_is_known_of_a_machine() {
    for mut bench in [Bench::waiting(), Bench::allocated()] {
        let before = bench.machine();
        assert!(register(&mut bench, uncabled()).contains("but not physically"));
        assert_eq!(facts(&bench.machine()), facts(&before));
        assert!(bench.machine().refused.is_some_and(|refused| refused.why.contains("but not physically")));
        let why = bench.why().reason;
        assert!(why.contains("; its registration at 2026-") && why.contains("but not physically"), "{why}");
        assert_eq!(register(&mut bench, registration()), "");
        assert_eq!(bench.machine().refused, None, "until one is accepted");
    }
}

/// api-machines 4.3: an unknown machine is created. A machine that was never accepted has the data of its last
/// registration, except for the BMC, which the agent reported.
#[test]
fn a_machine_that_was_never_accepted_is_what_it_says() {
    let mut bench = Bench::new();
    assert!(register(&mut bench, uncabled()).contains("exactly two switches"));
    let machine = bench.machine();
    assert_eq!((machine.hardware.memory_bytes, &*machine.ipmi.address), (1, "192.0.2.66:623"));
    let mut told = uncabled();
    told.hardware.memory_bytes = 2;
    register(&mut bench, told);
    assert_eq!(bench.machine().hardware.memory_bytes, 2);

    let mut bench = Bench::new();
    let ipmi = Ipmi { address: "192.0.2.7:623".to_owned(), ..Ipmi::default() };
    bench.put(Machine { ipmi: ipmi.clone(), partition: "p".into(), ..Machine::new(ID.into(), bench.now) });
    register(&mut bench, uncabled());
    let machine = bench.machine();
    assert_eq!((machine.hardware.memory_bytes, machine.ipmi), (1, ipmi));
}

/// The case: two boards with one UUID. Both would be in the user's network once the first has reported.
#[test]
fn another_board_with_the_uuid_of_a_machine_that_is_had_is_turned_away() {
    for mut bench in [Bench::allocated(), Bench::installed()] {
        let (before, ports) = (bench.machine(), bench.switch("leaf01"));
        assert!(register(&mut bench, foreign()).starts_with("another board registered as machine"));
        assert_eq!(facts(&bench.machine()), facts(&before), "and the first one gets no order");
        assert_eq!(bench.switch("leaf01"), ports);
        assert!(bench.why().reason.contains("two boards have this UUID"), "{:?}", bench.why());
    }
    let mut bench = Bench::waiting();
    assert_eq!(register(&mut bench, foreign()), "", "it has no allocation: the boards may have been swapped");
}

#[test]
fn a_board_is_known_by_any_one_of_its_interfaces_however_they_are_written() {
    let mut bench = Bench::allocated();
    let mut repaired = foreign();
    let mac = registration().hardware.nics[0].mac.to_uppercase();
    repaired.hardware.nics[1].mac = mac;
    assert_eq!(register(&mut bench, repaired), "");
    for zero in ["", "00:00:00:00:00:00"] {
        let hardware =
            Hardware { nics: vec![Nic { mac: zero.to_owned(), ..Nic::default() }], ..Hardware::default() };
        bench.edit(|machine| machine.hardware = hardware.clone());
        assert_eq!(register(&mut bench, foreign()), "", "nothing is known of its interfaces: {zero:?}");
        bench.edit(|machine| machine.hardware = registration().hardware);
        let nobody = Registration { hardware, ..registration() };
        assert!(register(&mut bench, nobody).starts_with("another board"), "{zero:?}");
    }
}

/// api-machines 3.4.1: the user would get a machine that is not where it should be.
#[test]
fn a_machine_that_was_refused_is_not_offered() {
    let mut bench = Bench::waiting();
    let offered = |bench: &Bench| {
        let fleet = |fleet: &crate::world::Fleet| fleet.offered(&"p".into(), &"v1".into()).is_some();
        (bench.machine().is_offered(), bench.world.fleet(fleet))
    };
    assert_eq!(offered(&bench), (true, true));
    register(&mut bench, uncabled());
    assert_eq!(offered(&bench), (false, false));
    bench.event(EventKind::Waiting);
    let why = bench.why();
    assert!(
        why.reason.starts_with("it waits but cannot be allocated: no switch reports it as a neighbour"),
        "{why:?}"
    );
    assert_eq!(register(&mut bench, registration()), "");
    assert_eq!(offered(&bench), (true, true));
}

/// An installed machine is ordered to boot from its disk, whatever else its registration contains.
#[test]
fn an_installed_machine_that_is_cabled_wrongly_is_told_to_boot_from_disk() {
    let mut bench = Bench::installed();
    bench.event(EventKind::PxeBooting);
    assert!(register(&mut bench, uncabled()).contains("its disks are not wiped"));
    assert_eq!(bench.actions(), [BmcAction::BootDisk]);
    assert_eq!(bench.machine().hardware, registration().hardware);
}

/// The case: rows that every client can create. Known machines are still accepted.
#[test]
fn machines_are_as_many_as_the_node_allows() {
    use crate::machine::command::IpmiReport;
    let newcomers = || -> Vec<MachineCommand> {
        let machine = || "newcomer".into();
        let registration = Registration { machine: machine(), ..registration() };
        vec![
            MachineCommand::Event { machine: machine(), event: EventKind::Alive, message: String::new() },
            MachineCommand::Discover { machine: machine() },
            MachineCommand::Register(Box::new(registration)),
            MachineCommand::IpmiReport {
                machine: machine(),
                partition: "p".into(),
                report: IpmiReport::default().into(),
            },
        ]
    };
    let mut bench = Bench::waiting();
    bench.world.newcomers_change(|newcomers| newcomers.machines_max = 1);
    for command in newcomers() {
        let refusal = bench.ask(command).refusal();
        assert!(
            refusal.starts_with("Unprocessable: partition p has 1 machines, the maximum of machines_max"),
            "{refusal}"
        );
    }
    assert_eq!(register(&mut bench, registration()), "");
    bench.event(EventKind::Alive).answer.unwrap();
    bench.world.newcomers_change(|newcomers| newcomers.machines_max = 3);
    assert_eq!(bench.does(newcomers().remove(0)).kinds(), [Kind::Machine, Kind::Events]);

    for number in 0..10_000 {
        let machine = Machine::new(format!("m{number}").as_str().into(), bench.now);
        bench.world.machine_came(&machine);
    }
    let late = MachineCommand::Discover { machine: "late".into() };
    let refusal = bench.ask(late.clone()).refusal();
    assert!(refusal.starts_with("Unavailable: 1000"), "{refusal}");
    bench.pass(std::time::Duration::from_secs(10));
    assert_eq!(bench.does(late).kinds(), [Kind::Machine]);
}
