use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, allocation, report};
use crate::record::machine::EventKind;
use crate::store::Kind;

/// api-machines 5.6
#[test]
fn refusals() {
    let missing = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Fixture::new().ask(report()).refusal(), missing);
    let text = format!("Unprocessable: the machine \"{ID}\" is not allocated");
    assert_eq!(Fixture::waiting().ask(report()).refusal(), text);
    let nil = MachineCommand::Report { machine: ID.into(), console_password: String::new(), boot_info: None };
    let text = format!("Unprocessable: the machine \"{ID}\" bootinfo is nil");
    assert_eq!(Fixture::allocated().ask(nil).refusal(), text);
    let mut fixture = Fixture::allocated();
    fixture.edit(|machine| machine.allocation.as_mut().unwrap().networks.clear());
    let text = format!(
        "Unprocessable: the machine \"{ID}\" could not be enslaved into the vrf because no vrf was found"
    );
    assert_eq!(fixture.ask(report()).refusal(), text);
}

/// An installer that continues after its machine was freed must not mark the next user's allocation as installed.
#[test]
fn a_report_for_a_former_user_is_refused() {
    let mut fixture = Fixture::allocated();
    fixture.event(EventKind::Installing);
    fixture.does(MachineCommand::Free { machine: ID.into() });
    fixture.edit(|machine| machine.allocation = Some(allocation()));
    let refusal = fixture.ask(report()).refusal();
    assert!(refusal.contains("was freed and has not booted since"), "{refusal}");
    // A late boot event does not change that; the waiting installer is another one.
    for kind in [EventKind::PxeBooting, EventKind::Installing] {
        fixture.event(kind);
    }
    let refusal = fixture.ask(report()).refusal();
    assert!(refusal.contains("was freed and has not waited since"), "{refusal}");
    fixture.does(MachineCommand::StartWaiting { machine: ID.into() });
    fixture.does(report());
}

/// Its sender timed out and started again: its installation is about to be wiped.
#[test]
fn a_report_of_the_boot_before_is_refused() {
    for came_up in [EventKind::PxeBooting, EventKind::Preparing] {
        let mut fixture = Fixture::allocated();
        for kind in [EventKind::Installing, EventKind::Crashed, came_up, EventKind::Registering] {
            fixture.event(kind);
        }
        let refusal = fixture.ask(report()).refusal();
        assert!(refusal.contains("booted again and got no installation since"), "{refusal}");
        assert!(!fixture.machine().allocation.unwrap().installed);
        fixture.event(EventKind::Waiting);
        assert!(fixture.ask(report()).answer.is_err(), "it does not install yet");
        fixture.event(EventKind::Installing);
        fixture.does(report());
    }
    // One that never was installing before need not have said so: that news may be lost.
    let mut fixture = Fixture::waiting();
    fixture.edit(|machine| machine.allocation = Some(allocation()));
    fixture.does(report());
    let mut fixture = Fixture::allocated();
    for kind in [EventKind::Installing, EventKind::Crashed] {
        fixture.event(kind);
    }
    fixture.does(report());
    assert!(fixture.machine().allocation.unwrap().installed, "what it installed is still there");
}

/// api-machines 5.6 and 4.9: password, boot info, VRF, the order `DISK`; and never wipe: installed from here on.
#[test]
fn a_report_makes_the_machine_installed() {
    for (role, vrf) in [(Role::Machine, "vrf42"), (Role::Firewall, "default")] {
        let mut fixture = Fixture::allocated();
        fixture.edit(|machine| {
            let allocation = machine.allocation.as_mut().unwrap();
            allocation.role = role;
            allocation.reinstall = true;
        });
        let step = fixture.does(report());
        assert_eq!(step.kinds(), [Kind::Switch, Kind::Switch, Kind::Machine]);
        assert_eq!(fixture.vrfs(), [vrf, vrf]);
        let machine = fixture.machine();
        let allocation = machine.allocation.unwrap();
        assert!(allocation.installed && !allocation.reinstall && !machine.waiting);
        assert_eq!(allocation.console_password, "secret");
        let boot_info = allocation.boot_info.unwrap();
        assert_eq!((&*boot_info.image_id, &*boot_info.kernel), ("debian-13.0", "vmlinuz"));
        assert_eq!(fixture.actions(), [BmcAction::Disk]);
        assert_eq!(fixture.awaits(), Some(Awaits::PhoneHome));
    }
}

#[test]
fn a_report_is_bounded() {
    let boot_info = BootInfo { cmdline: "x".repeat(1 << 16), ..BootInfo::default() };
    let report = MachineCommand::Report {
        machine: ID.into(),
        console_password: String::new(),
        boot_info: Some(Box::new(boot_info)),
    };
    assert!(Fixture::allocated().ask(report).refusal().starts_with("BadRequest: the report has"));
}

/// Freed and allocated by name to another user while the old installer continued: neither its steps nor its report, nor
/// the old system's phone home, mark the new allocation as installed.
#[test]
fn what_an_installer_of_the_past_says_is_not_about_the_new_allocation() {
    for steps in [&[][..], &[EventKind::Installing], &[EventKind::Installing, EventKind::BootingNewKernel]] {
        let mut fixture = Fixture::allocated();
        fixture.event(EventKind::Installing);
        fixture.does(MachineCommand::Free { machine: ID.into() });
        let created = fixture.now;
        fixture.edit(|machine| machine.allocation = Some(Allocation { created, ..allocation() }));
        for step in steps {
            fixture.event(*step);
        }
        assert!(fixture.ask(report()).refusal().contains("has not booted since"), "{steps:?}");
        fixture.pass(6 * crate::machine::fixture::alone::MINUTE);
        fixture.event(EventKind::PhonedHome);
        let abort = MachineCommand::AbortReinstall { machine: ID.into(), primary_disk_wiped: false };
        assert_eq!(fixture.does(abort).kinds(), []);
        assert!(!fixture.machine().allocation.unwrap().installed, "{steps:?}");
    }
}

/// Allocated by name, never wiped: who phones home is the former user's system, also after another boot.
#[test]
fn a_former_users_system_is_not_the_new_users() {
    let free = MachineCommand::Free { machine: ID.into() };
    for wiped in [false, true] {
        let mut fixture = Fixture::installed();
        fixture.does(free.clone());
        fixture.edit(|machine| machine.allocation = Some(allocation()));
        for kind in [EventKind::PxeBooting, EventKind::Preparing, EventKind::Registering] {
            fixture.event(kind);
        }
        if wiped {
            // Also when each of its events is lost from here on.
            fixture.does(MachineCommand::StartWaiting { machine: ID.into() });
        }
        fixture.event(EventKind::PlannedReboot);
        fixture.event(EventKind::PhonedHome);
        assert_eq!(fixture.machine().allocation.unwrap().installed, wiped);
    }
}
