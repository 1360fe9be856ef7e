//! What goes wrong, and that it heals without a wipe.

use super::{Lab, on_paused_time};
use crate::hardware::Faults;
use actors::machine::{BmcAction, EventKind, MachineCommand};
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn step_20_a_reinstall_without_an_image_boots_the_old_system() {
    on_paused_time(|| async {
        let lab = Lab::start(1, Faults::default()).await;
        lab.install(0).await;
        let system = lab.chassis(0).disk().unwrap();
        lab.api.hide_images.store(1, Ordering::Relaxed);
        let again = MachineCommand::Reinstall { machine: lab.id(0), image: "debian-13.0".to_owned() };
        lab.machine(again).await;
        lab.until("the reinstall was taken back", || {
            lab.row(0).allocation.is_some_and(|allocation| !allocation.reinstall)
        })
        .await;
        lab.until("its old system runs", || lab.has_system(0)).await;
        assert_eq!(lab.chassis(0).disk(), Some(system));
        lab.nothing_was_lost();
    });
}

#[test]
fn step_22_machines_that_crash_again_and_again_get_there() {
    on_paused_time(|| async {
        let lab = Lab::start(4, Faults { crash_probability: 0.15, ..Faults::default() }).await;
        for index in 0..4 {
            lab.reaches(index, EventKind::Waiting).await;
            lab.allocate(index).await;
        }
        for index in 0..4 {
            lab.reaches(index, EventKind::PhonedHome).await;
        }
        let crashed = (0..4).any(|index| lab.log(index).contains(&EventKind::Crashed));
        assert!(crashed, "the seed lets somebody crash");
        lab.nothing_was_lost();
    });
}

/// The installer's report arrived, its answer did not: the installer assumes a failure and boots again. With a fast BMC
/// the order to boot from disk comes in time; with a slow one the machine comes up in the installer first.
#[test]
fn a_lost_answer_to_the_report_wipes_nothing() {
    for slow_bmc in [Duration::ZERO, Duration::from_secs(120)] {
        on_paused_time(|| async {
            let lab = Lab::start(1, Faults { slow_bmc, ..Faults::default() }).await;
            lab.reaches(0, EventKind::Waiting).await;
            lab.api.lose_report_answers.store(1, Ordering::Relaxed);
            lab.allocate(0).await;
            lab.until("the report was lost", || lab.api.lose_report_answers.load(Ordering::Relaxed) == 0)
                .await;
            let installed = lab.chassis(0).disk();
            assert!(installed.is_some());
            lab.until("its system runs", || lab.has_system(0)).await;
            assert_eq!(lab.chassis(0).disk(), installed, "never wiped");
            lab.until("the control plane heard of it", || {
                lab.log(0).first() == Some(&EventKind::PhonedHome)
                    || lab.row(0).allocation.is_some_and(|allocation| allocation.installed)
            })
            .await;
        });
    }
}

#[test]
fn an_operator_boots_an_installed_machine_from_the_network_and_it_finds_back() {
    on_paused_time(|| async {
        let lab = Lab::start(1, Faults { slow_bmc: Duration::from_secs(30), ..Faults::default() }).await;
        lab.install(0).await;
        for action in [BmcAction::Pxe, BmcAction::Cycle] {
            lab.power(0, action).await;
        }
        lab.until("the machine left its system", || !lab.has_system(0)).await;
        lab.until("its system runs again", || lab.has_system(0)).await;
        lab.nothing_was_lost();
        assert!(lab.log(0).contains(&EventKind::Crashed), "the installer was turned away: {:?}", lab.log(0));
    });
}

#[test]
fn a_slow_bmc_does_what_it_is_told_and_takes_its_time() {
    on_paused_time(|| async {
        let lab = Lab::start(1, Faults::default()).await;
        lab.reaches(0, EventKind::Waiting).await;
        let off = async || {
            let began = tokio::time::Instant::now();
            lab.power(0, BmcAction::Off).await;
            lab.until("the machine is off", || !lab.chassis(0).is_powered()).await;
            began.elapsed()
        };
        lab.chassis(0).slow_bmc_down(Duration::from_secs(90));
        assert!(off().await >= Duration::from_secs(90));
        lab.power(0, BmcAction::On).await;
        lab.until("the machine is on", || lab.chassis(0).is_powered()).await;
        lab.chassis(0).slow_bmc_down(Duration::ZERO);
        assert!(off().await < Duration::from_secs(10));
    });
}

#[test]
fn a_lost_acknowledgement_resets_nobody_twice() {
    on_paused_time(|| async {
        let lab = Lab::start(1, Faults::default()).await;
        lab.install(0).await;
        let boots = lab.chassis(0).boots();
        lab.api.lose_acknowledgements.store(3, Ordering::Relaxed);
        lab.power(0, BmcAction::Cycle).await;
        lab.until("the order is acknowledged", || lab.row(0).orders.is_empty()).await;
        lab.until("its system runs", || lab.has_system(0)).await;
        assert_eq!(lab.chassis(0).boots(), boots + 1);
    });
}

#[test]
fn a_rack_that_is_played_anew_has_its_systems_back() {
    on_paused_time(|| async {
        let mut lab = Lab::start(2, Faults::default()).await;
        lab.install(0).await;
        lab.reaches(1, EventKind::Waiting).await;
        let system = lab.chassis(0).disk();
        lab.restart_rack(Faults::default()).await;
        lab.until("its system runs", || lab.has_system(0)).await;
        assert_eq!(lab.chassis(0).disk(), system);
        lab.reaches(1, EventKind::Waiting).await;
        let events = lab.api.site.world().events.get(lab.id(1).as_str()).unwrap();
        assert!(!events.crash_loop, "the rack said that it would be switched off");
        lab.reaches(0, EventKind::PhonedHome).await;
        lab.nothing_was_lost();
    });
}
