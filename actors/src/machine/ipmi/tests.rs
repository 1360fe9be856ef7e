use super::*;
use crate::machine::command::{FruReport, MachineCommand, SupplyStatus};
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, Step};
use crate::record::machine::PowerMetric;

fn report(fixture: &mut Fixture, partition: &str, report: IpmiReport) -> Step {
    let report = Box::new(report);
    fixture.ask(MachineCommand::IpmiReport { machine: ID.into(), partition: partition.into(), report })
}

fn of(bmcip: &str) -> IpmiReport {
    IpmiReport { bmcip: bmcip.to_owned(), ..IpmiReport::default() }
}

/// api-machines 6.1, rows 1 and 2.
#[test]
fn the_partition_must_exist() {
    let mut fixture = Fixture::new();
    let text = "BadRequest: partition id must not be empty";
    assert_eq!(report(&mut fixture, "", of("10.0.0.9")).refusal(), text);
    let text = "NotFound: NotFound no partition with id \"q\" found";
    assert_eq!(report(&mut fixture, "q", of("10.0.0.9")).refusal(), text);
}

/// api-machines 6.1, row 3.
#[test]
fn a_report_about_nobody_is_skipped() {
    let mut fixture = Fixture::new();
    let report = Box::new(of("10.0.0.9"));
    let step = fixture.ask(MachineCommand::IpmiReport { machine: "".into(), partition: "p".into(), report });
    assert_eq!(step.answer, Ok(Answer::IpmiReported(IpmiOutcome::Ignored)));
    assert!(step.written.is_empty());
}

/// api-machines 1.2, row 2: no event container.
#[test]
fn an_unknown_machine_is_created() {
    for (led, value) in [("LED-ON", "LED-ON"), ("LED-OFF", "LED-OFF"), ("blinking", "")] {
        let mut fixture = Fixture::new();
        let metric = PowerMetric { average_consumed_watts: 16.5, ..PowerMetric::default() };
        let told = IpmiReport {
            indicatorledstate: led.to_owned(),
            powermetric: Some(metric.clone()),
            powersupplies: vec![SupplyReport::default()],
            powerstate: "ON".to_owned(),
            ..of("10.0.0.9")
        };
        let step = report(&mut fixture, "p", told);
        assert_eq!(step.answer, Ok(Answer::IpmiReported(IpmiOutcome::Created)));
        let machine = fixture.machine();
        assert_eq!((machine.partition.as_str(), &*machine.ipmi.address), ("p", "10.0.0.9:623"));
        assert_eq!((&*machine.led.value, machine.ipmi.last_updated), (value, Some(fixture.now)));
        let ipmi = machine.ipmi;
        assert_eq!(
            (ipmi.power_metric, ipmi.power_supplies.len(), &*ipmi.power_state),
            (Some(metric), 1, "ON")
        );
        assert!(!fixture.world.events.contains(ID));
    }
}

/// api-machines 6.1, row 4: of another partition it is ignored; one without a partition is adopted, against the
/// `[bug]`.
#[test]
fn a_machine_belongs_to_its_partition() {
    for (partition, outcome) in [("q", IpmiOutcome::Ignored), ("", IpmiOutcome::Updated)] {
        let mut fixture = Fixture::new();
        fixture.put(Machine { partition: partition.into(), ..Machine::new(ID.into(), fixture.now) });
        let step = report(&mut fixture, "p", of("10.0.0.9"));
        assert_eq!(step.answer, Ok(Answer::IpmiReported(outcome)));
        assert_eq!(step.written.is_empty(), outcome == IpmiOutcome::Ignored);
        let expected = if outcome == IpmiOutcome::Updated { "p" } else { partition };
        assert_eq!(fixture.machine().partition.as_str(), expected);
    }
}

/// api-machines 6.1, row "known": the port is kept; beyond it, IPv6 hosts are written in brackets.
#[test]
fn the_address_keeps_its_port() {
    for (known, host, expected) in [
        ("10.0.0.1:6230", "10.0.0.9", Some("10.0.0.9:6230")),
        ("10.0.0.1", "10.0.0.9", Some("10.0.0.9:623")),
        ("", "10.0.0.9", Some("10.0.0.9:623")),
        ("2001:db8::1", "10.0.0.9", Some("10.0.0.9:623")),
        ("2001:db8::1", "", Some("[2001:db8::1]:623")),
        ("2001:db8::1", "2001:db8::1", Some("[2001:db8::1]:623")),
        ("[2001:db8::1]", "2001:db8::9", Some("[2001:db8::9]:623")),
        ("", "[2001:db8::9]", Some("[2001:db8::9]:623")),
        ("", "fe80::1%eth0", Some("[fe80::1%eth0]:623")),
        ("a:b:c", "10.0.0.9", None),
        ("[2001:db8::1]:6230", "10.0.0.9", Some("10.0.0.9:6230")),
        ("10.0.0.1:6230", "2001:db8::9", Some("[2001:db8::9]:6230")),
        ("10.0.0.1:6230", "", Some("10.0.0.1:6230")),
    ] {
        let mut fixture = Fixture::waiting();
        fixture.edit(|machine| known.clone_into(&mut machine.ipmi.address));
        let step = report(&mut fixture, "p", of(host));
        assert_eq!(step.written.is_empty(), expected.is_none(), "{known} {host}");
        assert_eq!(fixture.machine().ipmi.address, expected.unwrap_or(known));
    }
}

/// api-machines 6.1, row "known": what overwrites, what does not, and what is left alone.
#[test]
fn a_report_is_merged() {
    let mut fixture = Fixture::waiting();
    fixture.edit(|machine| {
        machine.ipmi.user = "metal".to_owned();
        machine.ipmi.fru.board_mfg = "old".to_owned();
        machine.ipmi.fru.product_serial = "kept".to_owned();
        machine.led.description = "kept".to_owned();
    });
    let supply =
        SupplyReport { status: SupplyStatus { health: "OK".to_owned(), state: "Enabled".to_owned() } };
    let fru = FruReport { board_mfg: Some("new".to_owned()), ..FruReport::default() };
    let metric = PowerMetric { average_consumed_watts: 16.5, ..PowerMetric::default() };
    let full = IpmiReport {
        fru: Some(fru),
        biosversion: "2".to_owned(),
        bmcversion: "3".to_owned(),
        powerstate: "ON".to_owned(),
        indicatorledstate: "LED-ON".to_owned(),
        powermetric: Some(metric.clone()),
        powersupplies: vec![supply],
        ..of("10.0.0.9")
    };
    report(&mut fixture, "p", full);
    let first = fixture.machine();
    assert_eq!((&*first.ipmi.fru.board_mfg, &*first.ipmi.fru.product_serial), ("new", "kept"));
    assert_eq!((&*first.bios.version, &*first.ipmi.bmc_version, &*first.ipmi.power_state), ("2", "3", "ON"));
    assert_eq!((&*first.led.value, &*first.led.description), ("LED-ON", "kept"));
    assert_eq!((first.ipmi.power_metric, first.ipmi.power_supplies.len()), (Some(metric.clone()), 1));
    assert_eq!((&*first.ipmi.user, first.changed), ("metal", fixture.now));

    fixture.pass(MINUTE);
    let step = report(&mut fixture, "p", of("10.0.0.9"));
    assert_eq!(step.answer, Ok(Answer::IpmiReported(IpmiOutcome::Updated)));
    let second = fixture.machine();
    assert_eq!(
        (&*second.bios.version, &*second.ipmi.bmc_version, &*second.ipmi.power_state),
        ("2", "3", "ON")
    );
    assert_eq!((second.ipmi.power_metric.clone(), second.ipmi.power_supplies.len()), (Some(metric), 0));

    let third_step = report(&mut fixture, "p", of("10.0.0.9"));
    let third = fixture.machine();
    assert_eq!(
        third_step.answer,
        Ok(Answer::IpmiReported(IpmiOutcome::Updated)),
        "also when nothing changed"
    );
    assert_eq!((third.changed, third.ipmi.last_updated), (second.changed, Some(fixture.now)));
    assert_eq!(fixture.events().log.len(), 3, "no event is recorded");
}

#[test]
fn a_report_is_bounded() {
    let text = report(&mut Fixture::waiting(), "p", of(&"1".repeat(1 << 16))).refusal();
    assert!(text.starts_with("BadRequest: the report has"), "{text}");
}

/// The kind: an address that is read with the half of itself for a port.
#[test]
fn an_ipv6_address_has_its_port_on_every_way_in() {
    for (told, kept) in [
        ("2001:db8::7", "[2001:db8::7]:623"),
        ("[2001:db8::7]", "[2001:db8::7]:623"),
        ("[2001:db8::7]:6230", "[2001:db8::7]:6230"),
        ("fe80::1%eth0", "[fe80::1%eth0]:623"),
        ("10.0.0.1:623", "10.0.0.1:623"),
        ("bmc7.example:623", "bmc7.example:623"),
        ("", ""),
    ] {
        let told = Ipmi { address: told.to_owned(), ..Ipmi::default() };
        assert_eq!(registered(Some(&told), &Ipmi::default()).address, kept);
    }
}
