//! Registrations that are refused: what they leave, what they keep a machine from, and what they cost.

use crate::answer::Answer;
use crate::machine::command::{MachineCommand, Registration};
use crate::machine::fixture::alone::{Fixture, ID, registration};
use crate::record::machine::{BmcAction, EventKind, Hardware, Ipmi, Machine, Nic};
use crate::store::Kind;

fn register(fixture: &mut Fixture, registration: Registration) -> String {
    match fixture.ask(MachineCommand::Register(Box::new(registration))).answer {
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
    for mut fixture in [Fixture::waiting(), Fixture::allocated()] {
        let before = fixture.machine();
        assert!(register(&mut fixture, uncabled()).contains("but not physically"));
        assert_eq!(facts(&fixture.machine()), facts(&before));
        assert!(fixture.machine().refused.is_some_and(|refused| refused.why.contains("but not physically")));
        let why = fixture.why().reason;
        assert!(why.contains("; its registration at 2026-") && why.contains("but not physically"), "{why}");
        assert_eq!(register(&mut fixture, registration()), "");
        assert_eq!(fixture.machine().refused, None, "until one is accepted");
    }
}

/// api-machines 4.3: an unknown machine is created. A machine that was never accepted has the data of its last
/// registration, except for the BMC, which the agent reported.
#[test]
fn a_machine_that_was_never_accepted_is_what_it_says() {
    let mut fixture = Fixture::new();
    assert!(register(&mut fixture, uncabled()).contains("exactly two switches"));
    let machine = fixture.machine();
    assert_eq!((machine.hardware.memory_bytes, &*machine.ipmi.address), (1, "192.0.2.66:623"));
    let mut told = uncabled();
    told.hardware.memory_bytes = 2;
    register(&mut fixture, told);
    assert_eq!(fixture.machine().hardware.memory_bytes, 2);

    let mut fixture = Fixture::new();
    let ipmi = Ipmi { address: "192.0.2.7:623".to_owned(), ..Ipmi::default() };
    fixture.put(Machine {
        ipmi: ipmi.clone(),
        partition: "p".into(),
        ..Machine::new(ID.into(), fixture.now)
    });
    register(&mut fixture, uncabled());
    let machine = fixture.machine();
    assert_eq!((machine.hardware.memory_bytes, machine.ipmi), (1, ipmi));
}

/// The case: two boards with one UUID. Both would be in the user's network once the first has reported.
#[test]
fn another_board_with_the_uuid_of_a_machine_that_is_had_is_turned_away() {
    for mut fixture in [Fixture::allocated(), Fixture::installed()] {
        let (before, ports) = (fixture.machine(), fixture.switch("leaf01"));
        assert!(register(&mut fixture, foreign()).starts_with("another board registered as machine"));
        assert_eq!(facts(&fixture.machine()), facts(&before), "and the first one gets no order");
        assert_eq!(fixture.switch("leaf01"), ports);
        assert!(fixture.why().reason.contains("two boards have this UUID"), "{:?}", fixture.why());
    }
    let mut fixture = Fixture::waiting();
    assert_eq!(
        register(&mut fixture, foreign()),
        "",
        "it has no allocation: the boards may have been swapped"
    );
}

#[test]
fn a_board_is_known_by_any_one_of_its_interfaces_however_they_are_written() {
    let mut fixture = Fixture::allocated();
    let mut repaired = foreign();
    let mac = registration().hardware.nics[0].mac.to_uppercase();
    repaired.hardware.nics[1].mac = mac;
    assert_eq!(register(&mut fixture, repaired), "");
    for zero in ["", "00:00:00:00:00:00"] {
        let hardware =
            Hardware { nics: vec![Nic { mac: zero.to_owned(), ..Nic::default() }], ..Hardware::default() };
        fixture.edit(|machine| machine.hardware = hardware.clone());
        assert_eq!(register(&mut fixture, foreign()), "", "nothing is known of its interfaces: {zero:?}");
        fixture.edit(|machine| machine.hardware = registration().hardware);
        let nobody = Registration { hardware, ..registration() };
        assert!(register(&mut fixture, nobody).starts_with("another board"), "{zero:?}");
    }
}

/// api-machines 3.4.1: the user would get a machine that is not where it should be.
#[test]
fn a_machine_that_was_refused_is_not_offered() {
    let mut fixture = Fixture::waiting();
    let offered = |fixture: &Fixture| {
        let fleet = |fleet: &crate::world::Fleet| fleet.offered(&"p".into(), &"v1".into()).is_some();
        (fixture.machine().is_offered(), fixture.world.fleet(fleet))
    };
    assert_eq!(offered(&fixture), (true, true));
    register(&mut fixture, uncabled());
    assert_eq!(offered(&fixture), (false, false));
    fixture.event(EventKind::Waiting);
    let why = fixture.why();
    assert!(
        why.reason.starts_with("it waits but cannot be allocated: no switch reports it as a neighbour"),
        "{why:?}"
    );
    assert_eq!(register(&mut fixture, registration()), "");
    assert_eq!(offered(&fixture), (true, true));
}

/// An installed machine is ordered to boot from its disk, whatever else its registration contains.
#[test]
fn an_installed_machine_that_is_cabled_wrongly_is_told_to_boot_from_disk() {
    let mut fixture = Fixture::installed();
    fixture.event(EventKind::PxeBooting);
    assert!(register(&mut fixture, uncabled()).contains("its disks are not wiped"));
    assert_eq!(fixture.actions(), [BmcAction::BootDisk]);
    assert_eq!(fixture.machine().hardware, registration().hardware);
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
    let mut fixture = Fixture::waiting();
    fixture.world.newcomers_change(|newcomers| newcomers.machines_max = 1);
    for command in newcomers() {
        let refusal = fixture.ask(command).refusal();
        assert!(
            refusal.starts_with("Unprocessable: partition p has 1 machines, the maximum of machines_max"),
            "{refusal}"
        );
    }
    assert_eq!(register(&mut fixture, registration()), "");
    fixture.event(EventKind::Alive).answer.unwrap();
    fixture.world.newcomers_change(|newcomers| newcomers.machines_max = 3);
    assert_eq!(fixture.does(newcomers().remove(0)).kinds(), [Kind::Machine, Kind::Events]);

    for number in 0..10_000 {
        let machine = Machine::new(format!("m{number}").as_str().into(), fixture.now);
        fixture.world.machine_came(&machine);
    }
    let late = MachineCommand::Discover { machine: "late".into() };
    let refusal = fixture.ask(late.clone()).refusal();
    assert!(refusal.starts_with("Unavailable: 1000"), "{refusal}");
    fixture.pass(std::time::Duration::from_secs(10));
    assert_eq!(fixture.does(late).kinds(), [Kind::Machine]);
}
