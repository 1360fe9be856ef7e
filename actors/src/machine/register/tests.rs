use super::*;
use crate::ids::MachineId;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, registration};
use crate::record::machine::{
    Awaits, EventKind, Hardware, Ipmi, Liveliness, Nic, PowerMetric, PowerSupply, StateValue,
};
use crate::store::Kind;

fn register(fixture: &mut Fixture, registration: Registration) -> crate::machine::fixture::alone::Step {
    fixture.ask(MachineCommand::Register(Box::new(registration)))
}

fn refused(step: &crate::machine::fixture::alone::Step) -> &str {
    match &step.answer {
        Ok(Answer::RegisterRefused { message }) => message,
        other => unreachable!("{other:?}"),
    }
}

/// api-machines 1.2, row 3, and 5.4.
#[test]
fn an_unknown_machine_is_created_with_everything() {
    let mut fixture = Fixture::new();
    let step = register(&mut fixture, registration());
    assert_eq!(step.kinds(), [Kind::Switch, Kind::Switch, Kind::Machine, Kind::Events]);
    let answer = Answer::Registered { machine: ID.into(), size: "v1".to_owned(), partition: "p".into() };
    assert_eq!(step.answer, Ok(answer));
    let machine = fixture.machine();
    assert_eq!((machine.rack.as_str(), machine.partition.as_str()), ("r", "p"));
    assert_eq!((&*machine.led.value, &*machine.led.description), ("LED-OFF", "Machine registered"));
    assert_eq!(machine.tags, ["tagged"]);
    assert_eq!(machine.hardware, registration().hardware);
    assert_eq!(machine.state.metal_hammer_version, "v0.13.16");
    assert_eq!(machine.ipmi.last_updated, Some(fixture.now));
    let events = fixture.events();
    assert_eq!((events.liveliness, events.log.len(), events.last_event_time), (Liveliness::Alive, 0, None));
}

/// Generated clients cannot read a machine without its power metric, and the next report is minutes away.
#[test]
fn what_the_bmc_measured_stays_when_its_machine_registers() {
    let mut fixture = Fixture::allocated();
    let metric = PowerMetric { average_consumed_watts: 16.5, ..PowerMetric::default() };
    fixture.edit(|machine| {
        machine.ipmi.power_metric = Some(metric.clone());
        machine.ipmi.power_state = "ON".to_owned();
        machine.ipmi.power_supplies = vec![PowerSupply::default()];
        machine.ipmi.user = "old".to_owned();
    });
    for (told, state) in [("", "ON"), ("OFF", "OFF")] {
        let ipmi = Ipmi { power_state: told.to_owned(), ..Ipmi::default() };
        register(&mut fixture, Registration { ipmi: Some(ipmi), ..registration() }).answer.unwrap();
        let ipmi = fixture.machine().ipmi;
        assert_eq!((ipmi.power_metric, ipmi.power_supplies.len()), (Some(metric.clone()), 1));
        assert_eq!((&*ipmi.power_state, &*ipmi.user), (state, ""));
    }
}

/// api-machines 5.4, step 2: what is overwritten and what is kept.
#[test]
fn a_known_machine_is_overwritten_in_part() {
    let mut fixture = Fixture::allocated();
    fixture.edit(|machine| {
        machine.tags = vec!["kept".to_owned()];
        machine.state.value = StateValue::Locked;
        machine.led.value = "LED-ON".to_owned();
        machine.ipmi.power_state = "ON".to_owned();
        machine.ipmi.power_supplies = vec![PowerSupply::default()];
    });
    let before = fixture.machine();
    let told = Registration { ipmi: None, metal_hammer_version: "2".to_owned(), ..registration() };
    register(&mut fixture, told).answer.unwrap();
    let machine = fixture.machine();
    assert_eq!(machine.ipmi, Ipmi { last_updated: Some(fixture.now), ..Ipmi::default() });
    assert_eq!(machine.state.metal_hammer_version, "2");
    assert_eq!(machine.changed, fixture.now);
    assert_eq!(
        (machine.tags, machine.state.value, machine.led, machine.waiting, machine.allocation, machine.rack),
        (before.tags, StateValue::Locked, before.led, true, before.allocation, before.rack)
    );
}

/// api-machines 4.3, last sentence: the machine is still written, without a rack.
#[test]
fn a_machine_that_is_cabled_wrongly_is_written_and_told() {
    let mut fixture = Fixture::new();
    let hardware = Hardware { nics: vec![Nic::default()], ..registration().hardware };
    let step = register(&mut fixture, Registration { hardware, ..registration() });
    let text =
        format!("machine {ID} is not connected to exactly two switches, found connections to 0 switches");
    assert_eq!(refused(&step), text);
    assert_eq!(step.kinds(), [Kind::Machine, Kind::Events]);
    let machine = fixture.machine();
    assert_eq!((machine.rack.as_str(), machine.partition.as_str()), ("", "p"));
}

/// api-machines 5.4: `uuid is empty`; and rows are bounded.
#[test]
fn nonsense_is_refused() {
    let mut fixture = Fixture::new();
    let nobody = Registration { machine: MachineId::default(), ..registration() };
    assert_eq!(register(&mut fixture, nobody).refusal(), "BadRequest: uuid is empty");
    let huge = Registration { tags: vec!["x".repeat(1 << 16)], ..registration() };
    assert!(register(&mut fixture, huge).refusal().starts_with("BadRequest: the registration has"));
}

/// The case: hardware that fills a row. The switches' ports are matched before parts are dropped.
#[test]
fn hardware_is_cut_and_still_known_at_its_ports() {
    let mut fixture = Fixture::new();
    let mut told = registration();
    let strangers =
        (0..1000).map(|number| Nic { hostname: format!("{number}-{}", "x".repeat(600)), ..Nic::default() });
    told.hardware.nics[0].neighbors.splice(0..0, strangers);
    let step = register(&mut fixture, told.clone());
    assert!(matches!(step.answer, Ok(Answer::Registered { .. })), "{step:?}");
    let kept = fixture.machine().hardware;
    let bytes = serde_json::to_string(&kept).unwrap().len();
    assert!((380 << 10..=384 << 10).contains(&bytes), "{bytes}");
    assert!(kept.left_out > 300 && kept.nics[0].neighbors.last() == told.hardware.nics[0].neighbors.last());
}

/// Never wipe: an installed machine that comes up in the installer is sent back to its disk.
#[test]
fn an_installed_machine_is_refused_and_boots_from_disk() {
    let mut fixture = Fixture::installed();
    fixture.event(EventKind::PxeBooting);
    let before = fixture.machine();
    let step = register(&mut fixture, Registration { tags: Vec::new(), ..registration() });
    let text = format!(
        "machine \"{ID}\" is installed and allocated, its disks are not wiped: it is ordered to boot from disk; \
         reinstall or free it to install it again"
    );
    assert_eq!(refused(&step), text);
    assert_eq!(step.kinds(), [Kind::Machine]);
    assert_eq!(fixture.actions(), [BmcAction::BootDisk]);
    assert_eq!(fixture.machine().allocation, before.allocation);
    let why = fixture.why();
    assert!(why.reason.starts_with("it is installed but came up in the installer"), "{why:?}");

    for _ in 0..3 {
        fixture.pass(MINUTE);
        fixture.event(EventKind::Crashed);
        register(&mut fixture, registration());
        assert_eq!(fixture.actions(), [BmcAction::BootDisk], "it gets no order twice");
        assert_eq!(fixture.awaits(), Some(Awaits::OwnSystem));
    }
    fixture.event(EventKind::PhonedHome);
    assert_eq!(fixture.awaits(), None);
}

/// Never wipe: `reinstall` and the end of the allocation are the two ways to a second installation.
#[test]
fn a_machine_may_register_to_be_installed() {
    let reinstall = Fixture::installed();
    reinstall.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    let freed = Fixture::installed();
    freed.edit(|machine| machine.allocation = None);
    for mut fixture in [reinstall, freed, Fixture::allocated(), Fixture::waiting()] {
        let step = register(&mut fixture, registration());
        assert!(matches!(step.answer, Ok(Answer::Registered { .. })), "{step:?}");
    }
}

/// api-machines 10/27: events survive deletion.
#[test]
fn old_events_are_kept() {
    let mut fixture = Fixture::waiting();
    let events = fixture.events();
    let machine = fixture.machine();
    fixture.world.forget::<Machine>(ID);
    register(&mut fixture, registration());
    assert_eq!(fixture.events(), events);
    assert_eq!(fixture.machine().size, machine.size);
}
