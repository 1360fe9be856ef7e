use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, Step};
use crate::record::machine::Awaits;

/// Installed, then ordered to install another image: its ports are in the PXE VLAN.
fn reinstalling() -> Fixture {
    let fixture = Fixture::installed();
    fixture.edit(|machine| {
        let allocation = machine.allocation.as_mut().unwrap();
        allocation.reinstall = true;
        allocation.image = "ubuntu-26.4".into();
    });
    for leaf in ["leaf01", "leaf02"] {
        let mut switch = fixture.switch(leaf);
        switch.nics[0].vrf.clear();
        fixture.put(switch);
    }
    fixture
}

fn abort(fixture: &mut Fixture, primary_disk_wiped: bool) -> Step {
    fixture.ask(MachineCommand::AbortReinstall { machine: ID.into(), primary_disk_wiped })
}

/// api-machines 5.7; beyond it, the ports return to the tenant's VRF, for the old system needs its network.
#[test]
fn a_machine_with_a_whole_disk_goes_back_to_what_it_ran() {
    let mut fixture = reinstalling();
    let Ok(Answer::BootInfo(Some(boot_info))) = abort(&mut fixture, false).answer else { unreachable!() };
    assert_eq!(boot_info.kernel, "vmlinuz");
    let allocation = fixture.machine().allocation.unwrap();
    assert!(allocation.installed && !allocation.reinstall);
    assert_eq!(allocation.image.as_str(), "debian-13.0");
    assert_eq!(fixture.vrfs(), ["vrf42", "vrf42"]);
    assert_eq!(fixture.actions(), [BmcAction::Disk]);
    assert_eq!(fixture.awaits(), Some(Awaits::PhoneHome));
}

/// api-machines 5.7: nothing but the order changes; the machine may still be installed.
#[test]
fn a_wiped_machine_stays_to_be_installed() {
    let mut fixture = reinstalling();
    let before = fixture.machine();
    assert_eq!(abort(&mut fixture, true).answer, Ok(Answer::BootInfo(None)));
    assert_eq!(fixture.machine().allocation, before.allocation);
    assert_eq!(fixture.vrfs(), ["", ""]);
    assert_eq!(fixture.actions(), [BmcAction::Disk]);
}

/// api-machines 5.7
#[test]
fn aborting_without_a_reinstall_only_orders() {
    assert!(abort(&mut Fixture::new(), false).refusal().starts_with("NotFound: NotFound no machine"));
    for mut fixture in [Fixture::waiting(), Fixture::allocated()] {
        let before = fixture.machine();
        assert_eq!(abort(&mut fixture, false).answer, Ok(Answer::BootInfo(None)));
        assert_eq!(fixture.machine().allocation, before.allocation);
        assert_eq!(fixture.actions(), [BmcAction::Disk]);
        assert_eq!(fixture.vrfs(), ["", ""]);
    }
}

/// Ordered to reinstall before its first installation: it has no system to return to, and without the PXE VLAN it could
/// never be installed.
#[test]
fn a_machine_that_never_was_installed_stays_in_the_installers_network() {
    let mut fixture = Fixture::allocated();
    fixture.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    assert_eq!(abort(&mut fixture, false).answer, Ok(Answer::BootInfo(None)));
    let allocation = fixture.machine().allocation.unwrap();
    assert!(!allocation.installed && !allocation.reinstall);
    assert_eq!(fixture.vrfs(), ["", ""]);
    assert_eq!(fixture.actions(), [BmcAction::Reinstall], "its disk may have an unreported system");
    assert_eq!(fixture.awaits(), Some(Awaits::Installation));
}
