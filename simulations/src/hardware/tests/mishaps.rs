//! What goes wrong, and that it heals without a wipe.

use super::Fixture;
use crate::fixture::on_paused_time;
use crate::hardware::Faults;
use actors::machine::{BmcAction, EventKind, MachineCommand};
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn step_20_a_reinstall_without_an_image_boots_the_old_system() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.install(0).await;
        let system = fixture.chassis(0).disk().unwrap();
        fixture.api.hide_images.store(1, Ordering::Relaxed);
        let again = MachineCommand::Reinstall { machine: fixture.id(0), image: "debian-13.0".to_owned() };
        fixture.machine(again).await;
        fixture
            .until("the reinstall was taken back", || {
                fixture.row(0).allocation.is_some_and(|allocation| !allocation.reinstall)
            })
            .await;
        fixture.until("its old system runs", || fixture.has_system(0)).await;
        assert_eq!(fixture.chassis(0).disk(), Some(system));
        fixture.nothing_was_lost();
    });
}

#[test]
fn step_22_machines_that_crash_again_and_again_get_there() {
    on_paused_time(|| async {
        let fixture = Fixture::start(4, Faults { crash_probability: 0.15, ..Faults::default() }).await;
        for index in 0..4 {
            fixture.reaches(index, EventKind::Waiting).await;
            fixture.allocate(index).await;
        }
        for index in 0..4 {
            fixture.reaches(index, EventKind::PhonedHome).await;
        }
        let crashed = (0..4).any(|index| fixture.log(index).contains(&EventKind::Crashed));
        assert!(crashed, "the seed lets somebody crash");
        fixture.nothing_was_lost();
    });
}

/// The installer's report arrived, its answer did not: the installer assumes a failure and boots again. With a fast BMC
/// the order to boot from disk comes in time; with a slow one the machine comes up in the installer first.
#[test]
fn a_lost_answer_to_the_report_wipes_nothing() {
    for slow_bmc in [Duration::ZERO, Duration::from_secs(120)] {
        on_paused_time(|| async {
            let fixture = Fixture::start(1, Faults { slow_bmc, ..Faults::default() }).await;
            fixture.reaches(0, EventKind::Waiting).await;
            fixture.api.lose_report_answers.store(1, Ordering::Relaxed);
            fixture.allocate(0).await;
            fixture
                .until("the report was lost", || fixture.api.lose_report_answers.load(Ordering::Relaxed) == 0)
                .await;
            let installed = fixture.chassis(0).disk();
            assert!(installed.is_some());
            fixture.until("its system runs", || fixture.has_system(0)).await;
            assert_eq!(fixture.chassis(0).disk(), installed, "never wiped");
            fixture
                .until("the control plane heard of it", || {
                    fixture.log(0).first() == Some(&EventKind::PhonedHome)
                        || fixture.row(0).allocation.is_some_and(|allocation| allocation.installed)
                })
                .await;
        });
    }
}

#[test]
fn an_operator_boots_an_installed_machine_from_the_network_and_it_finds_back() {
    on_paused_time(|| async {
        let fixture =
            Fixture::start(1, Faults { slow_bmc: Duration::from_secs(30), ..Faults::default() }).await;
        fixture.install(0).await;
        for action in [BmcAction::Pxe, BmcAction::Cycle] {
            fixture.power(0, action).await;
        }
        fixture.until("the machine left its system", || !fixture.has_system(0)).await;
        fixture.until("its system runs again", || fixture.has_system(0)).await;
        fixture.nothing_was_lost();
        assert!(
            fixture.log(0).contains(&EventKind::Crashed),
            "the installer was turned away: {:?}",
            fixture.log(0)
        );
    });
}

#[test]
fn a_slow_bmc_does_what_it_is_told_and_takes_its_time() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.reaches(0, EventKind::Waiting).await;
        let off = async || {
            let began = tokio::time::Instant::now();
            fixture.power(0, BmcAction::Off).await;
            fixture.until("the machine is off", || !fixture.chassis(0).is_powered()).await;
            began.elapsed()
        };
        fixture.chassis(0).slow_bmc_down(Duration::from_secs(90));
        assert!(off().await >= Duration::from_secs(90));
        fixture.power(0, BmcAction::On).await;
        fixture.until("the machine is on", || fixture.chassis(0).is_powered()).await;
        fixture.chassis(0).slow_bmc_down(Duration::ZERO);
        assert!(off().await < Duration::from_secs(10));
    });
}

#[test]
fn a_lost_acknowledgement_resets_nobody_twice() {
    on_paused_time(|| async {
        let fixture = Fixture::start(1, Faults::default()).await;
        fixture.install(0).await;
        let boots = fixture.chassis(0).boots();
        fixture.api.lose_acknowledgements.store(3, Ordering::Relaxed);
        fixture.power(0, BmcAction::Cycle).await;
        fixture.until("the order is acknowledged", || fixture.row(0).orders.is_empty()).await;
        fixture.until("its system runs", || fixture.has_system(0)).await;
        assert_eq!(fixture.chassis(0).boots(), boots + 1);
    });
}

#[test]
fn a_rack_that_is_played_anew_has_its_systems_back() {
    on_paused_time(|| async {
        let mut fixture = Fixture::start(2, Faults::default()).await;
        fixture.install(0).await;
        fixture.reaches(1, EventKind::Waiting).await;
        let system = fixture.chassis(0).disk();
        fixture.restart_rack(Faults::default()).await;
        fixture.until("its system runs", || fixture.has_system(0)).await;
        assert_eq!(fixture.chassis(0).disk(), system);
        fixture.reaches(1, EventKind::Waiting).await;
        let events = fixture.api.local.world().events.get(fixture.id(1).as_str()).unwrap();
        assert!(!events.crash_loop, "the rack said that it would be switched off");
        fixture.reaches(0, EventKind::PhonedHome).await;
        fixture.nothing_was_lost();
    });
}
