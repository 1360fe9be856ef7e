use super::super::{Profile, RackPlan};
use super::*;
use actors::machine::BootInfo;

fn chassis() -> Chassis {
    let plan = RackPlan::new(&"p".into(), &"r".into(), 1, &Profile::default());
    Chassis::new(plan.machines[0].clone())
}

#[test]
fn what_a_bmc_is_told_and_what_it_interrupts() {
    let rows = [
        (BmcAction::On, true, BootDevice::Network, false),
        (BmcAction::Off, false, BootDevice::Network, true),
        (BmcAction::Reset, false, BootDevice::Network, false),
        (BmcAction::BootDisk, false, BootDevice::Disk, false),
        (BmcAction::On, true, BootDevice::Disk, true),
        (BmcAction::Reset, true, BootDevice::Disk, true),
        (BmcAction::Pxe, true, BootDevice::Network, false),
        (BmcAction::Disk, true, BootDevice::Disk, false),
        (BmcAction::Cycle, true, BootDevice::Disk, true),
        (BmcAction::Delete, true, BootDevice::Network, true),
        (BmcAction::BootDisk, true, BootDevice::Disk, true),
        (BmcAction::Reinstall, true, BootDevice::Network, true),
        (BmcAction::Bios, true, BootDevice::Network, false),
        (BmcAction::LedOn, true, BootDevice::Network, false),
    ];
    let chassis = chassis();
    let mut disturbances = chassis.disturbances();
    for (action, powered, device, disturbs) in rows {
        chassis.obey(action);
        assert_eq!((chassis.is_powered(), chassis.boot_device()), (powered, device), "{action:?}");
        assert_eq!(disturbances.has_changed().unwrap(), disturbs, "{action:?}");
        disturbances.borrow_and_update();
    }
    assert!(chassis.is_led_on());
    assert!(chassis.enters_bios());
    assert!(!chassis.enters_bios(), "once");
}

#[test]
fn only_a_reported_system_of_the_allocation_in_force_is_missed_after_a_wipe() {
    let (ours, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let allocation = |uuid, reinstall| AllocationView { uuid, reinstall, ..AllocationView::default() };
    let chassis = chassis();
    let wiped = |reported: bool, now: Option<AllocationView>| {
        let before = chassis.wiped_while_installed();
        chassis.install(ours);
        if reported {
            chassis.reported();
        }
        chassis.wipe(now.as_ref());
        assert_eq!(chassis.disk(), None);
        chassis.wiped_while_installed() - before
    };
    assert_eq!(wiped(true, Some(allocation(ours, false))), 1);
    assert_eq!(wiped(false, Some(allocation(ours, false))), 0);
    assert_eq!(wiped(true, Some(allocation(ours, true))), 0);
    assert_eq!(wiped(true, Some(allocation(other, false))), 0);
    let told = AllocationView { boot_info: Some(BootInfo::default()), ..allocation(ours, false) };
    assert_eq!(wiped(false, Some(told)), 1, "the answer to the report was lost");
    assert_eq!(wiped(true, None), 0);
    assert_eq!(chassis.wiped_after_free(), 2, "the other's, and one without an owner");
}

#[test]
fn a_bmc_that_ignores_what_to_boot_still_switches_power() {
    let chassis = chassis();
    chassis.set_bmc(BmcHealth::IgnoresBoot);
    let disturbances = chassis.disturbances();
    chassis.obey(BmcAction::BootDisk);
    assert_eq!(chassis.boot_device(), BootDevice::Network);
    assert!(disturbances.has_changed().unwrap(), "it boots again all the same");
    chassis.obey(BmcAction::Off);
    assert!(!chassis.is_powered());
    chassis.set_bmc(BmcHealth::Well);
    chassis.obey(BmcAction::Disk);
    assert_eq!(chassis.boot_device(), BootDevice::Disk);
}
