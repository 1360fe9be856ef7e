//! What goes well (api-machines 8).

use super::{Fixture, rack_config};
use crate::fixture::on_paused_time;
use crate::hardware::{BootDevice, Faults, Profile, RackConfig, Running};
use actors::machine::{BmcAction, EventKind, Liveliness, MachineCommand};
use std::time::Duration;

#[test]
fn steps_4_to_13_machines_boot_register_and_wait() {
    on_paused_time(|| async {
        let fixture = Fixture::start(4, Faults::default()).await;
        for index in 0..4 {
            fixture.reaches(index, EventKind::Waiting).await;
        }
        let wanted =
            [EventKind::Waiting, EventKind::Registering, EventKind::Preparing, EventKind::PxeBooting];
        let row = fixture.row(1);
        assert!(fixture.log(1).starts_with(&wanted), "{:?}", fixture.log(1));
        assert!(row.waiting);
        assert_eq!(row.size.as_str(), "v1-small-x86");
        assert_eq!(row.rack.as_str(), "test-rack");
        assert_eq!(row.ipmi.user, "vagrant");
        let leaf = fixture.api.local.world().switches.get("leaf02").unwrap();
        assert_eq!(leaf.connections[&row.id][0].nic.name, "Ethernet1");
        assert_eq!(fixture.chassis(1).running(), Running::Installer);
    });
}

#[test]
fn step_9_a_machine_that_hears_one_switch_crashes_until_it_hears_two() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.rack.leaves[1].break_down();
        fixture.reaches(0, EventKind::Crashed).await;
        let events = fixture.api.local.world().events.get(fixture.id(0).as_str()).unwrap();
        assert_eq!(events.log[0].message, "heard 1 of 2 switches in 30s");
        assert!(!fixture.log(0).contains(&EventKind::Registering));
        fixture.rack.leaves[1].plug_in();
        fixture.reaches(0, EventKind::Waiting).await;
    });
}

#[test]
fn step_12_a_board_gets_its_settings_once() {
    on_paused_time(|| async {
        let profile = Profile::parse(
            r#"{"memory": 2147483648, "bios_settings": true, "cpus": [{"vendor": "v", "model": "m", "cores": 1, "threads": 1}],
                "disks": [{"name": "/dev/sda", "size": 10737418240}]}"#,
        );
        let config = RackConfig { profile: profile.unwrap(), ..rack_config(1, Faults::default()) };
        let fixture = Fixture::start_with(&config).await;
        fixture.install(0).await;
        let planned = fixture.log(0).into_iter().filter(|event| *event == EventKind::PlannedReboot);
        assert_eq!(planned.count(), 1, "{:?}", fixture.log(0));
    });
}

#[test]
fn step_13_a_machine_that_waits_for_an_hour_is_alive() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.reaches(0, EventKind::Waiting).await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let events = fixture.api.local.world().events.get(fixture.id(0).as_str()).unwrap();
        assert_eq!(events.liveliness, Liveliness::Alive);
        assert!(fixture.api.local.now().since(events.last_event_time.unwrap()) <= Duration::from_secs(60));
        assert_eq!(events.log[0].event, EventKind::Waiting, "no news but that it lives");
    });
}

#[test]
fn step_13_a_machine_that_waits_for_two_days_boots_again() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.reaches(0, EventKind::Waiting).await;
        let boots = fixture.chassis(0).boots();
        tokio::time::sleep(Duration::from_secs(49 * 3600)).await;
        fixture.reaches(0, EventKind::Waiting).await;
        assert!(fixture.log(0).contains(&EventKind::PlannedReboot), "{:?}", fixture.log(0));
        assert!(fixture.chassis(0).boots() > boots);
    });
}

#[test]
fn steps_14_to_19_and_21_a_machine_is_installed_phones_home_and_is_freed() {
    on_paused_time(|| async {
        let fixture = Fixture::start(2, Faults::default()).await;
        fixture.install(0).await;
        let allocation = fixture.row(0).allocation.unwrap();
        assert_eq!(fixture.chassis(0).disk().unwrap().allocation, allocation.uuid);
        assert_eq!(fixture.chassis(0).boot_device(), BootDevice::Disk);
        assert_eq!(allocation.console_password.len(), 16);
        let vrf = format!("vrf{}", allocation.networks[0].vrf);
        fixture
            .until("both leaves are configured", || {
                fixture.rack.leaves.iter().all(|leaf| leaf.vrf("Ethernet0").as_ref() == Some(&vrf))
            })
            .await;
        assert_eq!(fixture.rack.leaves[0].vrf("Ethernet1").as_deref(), Some(""));
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(fixture.log(0)[0], EventKind::PhonedHome);

        fixture.machine(MachineCommand::Free { machine: fixture.id(0) }).await;
        fixture.reaches(0, EventKind::Waiting).await;
        assert_eq!(fixture.chassis(0).disk(), None, "the next user finds nothing");
        fixture
            .until("both leaves are back", || {
                fixture.rack.leaves.iter().all(|leaf| leaf.vrf("Ethernet0").as_deref() == Some(""))
            })
            .await;
        fixture.nothing_was_lost();
        fixture.install(0).await;
        assert_ne!(fixture.row(0).allocation.unwrap().uuid, allocation.uuid);
    });
}

#[test]
fn step_2_and_3_switches_and_bmcs_tell_how_they_are() {
    on_paused_time(|| async {
        let fixture = Fixture::start(2, Faults::default()).await;
        fixture.reaches(0, EventKind::Waiting).await;
        tokio::time::sleep(Duration::from_secs(600)).await;
        let world = fixture.api.local.world();
        let status = world.switch_statuses.get("leaf01").unwrap();
        let sync = status.last_sync.as_ref().unwrap();
        assert!(fixture.api.local.now().since(sync.time) <= Duration::from_secs(10));
        let leaf = world.switches.get("leaf01").unwrap();
        assert_eq!(leaf.nics[0].state.as_ref().unwrap().actual, "UP");
        assert_eq!(fixture.row(0).ipmi.power_state, "ON");
        assert_eq!(fixture.row(0).ipmi.power_supplies.len(), 2);
    });
}

#[test]
fn power_off_and_on_leads_back_into_the_installed_system() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.install(0).await;
        fixture.power(0, BmcAction::Off).await;
        fixture.until("the machine is off", || !fixture.chassis(0).is_powered()).await;
        assert_eq!(fixture.chassis(0).running(), Running::Nothing);
        fixture
            .until("its port is down", || {
                let leaf = fixture.api.local.world().switches.get("leaf01").unwrap();
                leaf.nics[0].state.as_ref().unwrap().actual == "DOWN"
            })
            .await;
        fixture.power(0, BmcAction::On).await;
        fixture.until("its system runs", || fixture.has_system(0)).await;
        fixture.reaches(0, EventKind::PhonedHome).await;
        assert_eq!(fixture.chassis(0).boots(), 2);
        fixture.nothing_was_lost();
    });
}

#[test]
fn a_cycle_into_the_bios_stays_there_until_the_next_reset() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.install(0).await;
        for action in [BmcAction::Bios, BmcAction::Cycle] {
            fixture.power(0, action).await;
        }
        fixture.until("the BIOS setup is open", || fixture.chassis(0).running() == Running::BiosSetup).await;
        fixture.power(0, BmcAction::Reset).await;
        fixture.until("its system runs", || fixture.has_system(0)).await;
        fixture.nothing_was_lost();
    });
}

#[test]
fn the_led_is_switched_by_order() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.reaches(0, EventKind::Waiting).await;
        let led = MachineCommand::Led { machine: fixture.id(0), on: true, description: String::new() };
        fixture.machine(led).await;
        fixture.until("the LED is on", || fixture.chassis(0).is_led_on()).await;
        assert!(fixture.row(0).orders.is_empty(), "acknowledged");
    });
}

#[test]
fn a_machine_is_installed_again_on_demand() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.install(0).await;
        let before = fixture.row(0).allocation.unwrap();
        let again = MachineCommand::Reinstall { machine: fixture.id(0), image: "debian-13.0".to_owned() };
        fixture.machine(again).await;
        fixture.until("the installer runs", || fixture.chassis(0).running() == Running::Installer).await;
        fixture.reaches(0, EventKind::PhonedHome).await;
        let after = fixture.row(0).allocation.unwrap();
        assert_eq!((after.uuid, after.reinstall), (before.uuid, false));
        assert_ne!(after.console_password, before.console_password);
        fixture.nothing_was_lost();
    });
}

#[test]
fn the_same_seed_plays_the_same_rack() {
    let play = || {
        let logs = std::sync::Mutex::new(Vec::new());
        on_paused_time(|| async {
            let fixture = Fixture::start(3, Faults { crash_probability: 0.2, ..Faults::default() }).await;
            tokio::time::sleep(Duration::from_secs(1800)).await;
            for index in 0..3 {
                let events = fixture.api.local.world().events.get(fixture.id(index).as_str()).unwrap();
                logs.lock().unwrap().push((*events.value).clone());
            }
        });
        logs.into_inner().unwrap()
    };
    assert_eq!(play(), play());
}
