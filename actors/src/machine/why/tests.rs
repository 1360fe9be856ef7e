use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::expectation::InstallPhase;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, START, allocation};
use crate::record::machine::{Allocation, EventKind, MachineState};
use expect_test::expect;
use std::time::Duration;

type Change = fn(&mut Machine);

fn line(why: &Why) -> String {
    format!("{}. Next: {}.", why.reason, why.next)
}

fn stanced(phase: InstallPhase) -> impl FnOnce(&mut Machine) {
    let (installed, reinstall) = match phase {
        InstallPhase::Free | InstallPhase::Pending => (false, false),
        InstallPhase::Reinstall => (true, true),
        InstallPhase::Installed => (true, false),
    };
    move |machine| {
        machine.allocation = Some(Allocation { installed, reinstall, ..allocation() });
        if phase == InstallPhase::Free {
            machine.allocation = None;
        }
    }
}

/// Every state and every phase has a sentence, with and without an expectation in its row.
#[test]
fn every_machine_says_why_it_is_where_it_is() {
    let mut golden = String::new();
    for &state in ProvisioningState::ALL {
        for &phase in InstallPhase::ALL {
            let fixture = Fixture::standing(state, stanced(phase));
            let bare = fixture.why();
            assert!(!bare.reason.is_empty() && !bare.next.is_empty(), "{state:?} {phase:?}");
            fixture.edit(|machine| expectation::restart(machine, Some(&fixture.events()), START));
            let why = fixture.why();
            golden.push_str(&format!("{} {phase:?}: {}\n", state.as_str(), line(&why)));
            if fixture.machine().expectation.is_some() && phase != InstallPhase::Installed {
                assert_eq!(bare.reason, why.reason, "{state:?} {phase:?}: the row only adds the times");
            }
        }
    }
    expect![[r#"
        initial Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        initial Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        initial Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        initial Installed: it is allocated and runs. Next: nothing, a user owns it.
        pxe booting Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        pxe booting Pending: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        pxe booting Reinstall: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        pxe booting Installed: it is installed but came up in the installer, it must boot its own system from disk. Next: its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        preparing Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        preparing Pending: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        preparing Reinstall: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        preparing Installed: it is installed but came up in the installer, it must boot its own system from disk. Next: its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        registering Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        registering Pending: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        registering Reinstall: the installer is coming up, its next step must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        registering Installed: it is installed but came up in the installer, it must boot its own system from disk. Next: its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        waiting Free: it waits but cannot be allocated: no switch reports it as a neighbour. Next: check its cabling; it is ordered to boot from the network again.
        waiting Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        waiting Reinstall: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        waiting Installed: it is installed but came up in the installer, it must boot its own system from disk. Next: its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        installing Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        installing Pending: the installation is running, the installer's report must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        installing Reinstall: the installation is running, the installer's report must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        installing Installed: the installed system is starting, its phone home must come. Next: an allocated machine gets no orders: check its console.
        booting new kernel Free: it runs an installed system without an allocation. Next: an operator must free it, so that it boots from the network: the owner of its system is unknown, so it is left alone.
        booting new kernel Pending: the installed system is starting, its phone home must come. Next: an allocated machine gets no orders: check its console.
        booting new kernel Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        booting new kernel Installed: the installed system is starting, its phone home must come. Next: an allocated machine gets no orders: check its console.
        phoned home Free: it runs an installed system without an allocation. Next: an operator must free it, so that it boots from the network: the owner of its system is unknown, so it is left alone.
        phoned home Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        phoned home Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        phoned home Installed: it is allocated and runs. Next: nothing, a user owns it.
        planned reboot Free: it is rebooting, its network boot must come. Next: it is ordered to boot from the network again.
        planned reboot Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        planned reboot Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        planned reboot Installed: the installed system is starting, its phone home must come. Next: an allocated machine gets no orders: check its console.
        machine reclaim Free: it was ordered to boot from the network, its network boot must come. Next: it is ordered again to boot from the network.
        machine reclaim Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        machine reclaim Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        machine reclaim Installed: the installed system is starting, its phone home must come. Next: an allocated machine gets no orders: check its console.
        crashing Free: it is rebooting, its network boot must come. Next: it is ordered to boot from the network again.
        crashing Pending: it is rebooting, its network boot must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        crashing Reinstall: it is rebooting, its network boot must come. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        crashing Installed: it is installed but came up in the installer, it must boot its own system from disk. Next: its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        alive Free: the installer is coming up, its next step must come. Next: it is ordered to boot from the network again.
        alive Pending: it is allocated, the installation must begin. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        alive Reinstall: it must be installed again, its network boot must come. Next: it is ordered again to reinstall.
        alive Installed: it is allocated and runs. Next: nothing, a user owns it.
    "#]].assert_eq(&golden);
}

/// The same, after forty minutes of silence.
#[test]
fn every_silent_machine_says_so() {
    let mut golden = String::new();
    for &state in ProvisioningState::ALL {
        for &phase in InstallPhase::ALL {
            let mut fixture = Fixture::standing(state, stanced(phase));
            for _ in 0..40 {
                fixture.pass(MINUTE);
                fixture.inspect();
            }
            let why = fixture.why();
            let late = if why.overdue { "LATE " } else { "" };
            golden.push_str(&format!("{} {phase:?}: {late}{}\n", state.as_str(), line(&why)));
        }
    }
    expect![[r#"
        initial Free: LATE the installer is coming up, its next step must come and is 29 min late. Next: it is ordered to boot from the network again.
        initial Pending: LATE it is allocated, the installation must begin and is 29 min late. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        initial Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        initial Installed: it is allocated and runs. Next: nothing, a user owns it.
        pxe booting Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        pxe booting Pending: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        pxe booting Reinstall: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        pxe booting Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        preparing Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        preparing Pending: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        preparing Reinstall: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        preparing Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        registering Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        registering Pending: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        registering Reinstall: LATE the installer is coming up, its next step must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        registering Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        waiting Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        waiting Pending: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        waiting Reinstall: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        waiting Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        installing Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        installing Pending: LATE the installation is running, the installer's report must come and is 9 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        installing Reinstall: LATE the installation is running, the installer's report must come and is 9 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        installing Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        booting new kernel Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        booting new kernel Pending: LATE the installed system is starting, its phone home must come and is 24 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console.
        booting new kernel Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; it has been silent for 40 min; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        booting new kernel Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        phoned home Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        phoned home Pending: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        phoned home Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; it has been silent for 40 min; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        phoned home Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        planned reboot Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        planned reboot Pending: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        planned reboot Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; it has been silent for 40 min; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        planned reboot Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        machine reclaim Free: LATE it was ordered to boot from the network, its network boot must come and is 34 min late; it has been silent for 40 min; its BMC was ordered "DELETE" at 2026-01-01T10:06:06Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to boot from the network.
        machine reclaim Pending: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        machine reclaim Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; it has been silent for 40 min; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        machine reclaim Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        crashing Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        crashing Pending: LATE it is rebooting, its network boot must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        crashing Reinstall: LATE it is rebooting, its network boot must come and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        crashing Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
        alive Free: LATE it is silent, any event must come and is 35 min late. Next: after an hour without an event it is ordered to boot from the network.
        alive Pending: LATE it is allocated, the installation must begin and is 29 min late; it has been silent for 40 min. Next: an allocated machine gets no orders: check its console, power cycle it or free it.
        alive Reinstall: LATE it must be installed again, its network boot must come and is 29 min late; it has been silent for 40 min; its BMC was ordered "REINSTALL" at 2026-01-01T10:11:11Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered again to reinstall.
        alive Installed: LATE it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come and is 35 min late. Next: an allocated machine gets no orders: check its console.
    "#]].assert_eq(&golden);
}

/// What keeps a waiting machine from being allocated (api-machines 3.4.1).
#[test]
fn a_waiting_machine_says_what_keeps_it_from_being_allocated() {
    let mut golden = String::new();
    let cases: [(&str, Change); 6] = [
        ("ready", |_| {}),
        ("locked", |machine| {
            machine.state = MachineState {
                value: StateValue::Locked,
                description: "broken fan".to_owned(),
                issuer: "ops@example.org".to_owned(),
                ..MachineState::default()
            };
        }),
        ("size", |machine| machine.size = "unknown".into()),
        ("rack", |machine| machine.rack = "".into()),
        ("stream", |machine| machine.waiting = false),
        ("known from its BMC", |machine| machine.waiting = false),
    ];
    for (name, change) in cases {
        let fixture = Fixture::waiting();
        fixture.edit(change);
        let why = if name == "known from its BMC" {
            why(&fixture.machine(), None, fixture.now)
        } else {
            fixture.why()
        };
        let hold = why.hold.as_ref().map_or(String::new(), |hold| format!(" ({hold})"));
        golden.push_str(&format!("{name}: {}{hold}\n", line(&why)));
    }
    expect![[r#"
        ready: it is ready. Next: it can be allocated.
        locked: it waits but cannot be allocated: an operator holds it. Next: an operator must release it: set its state to available. (locked by ops@example.org: broken fan)
        size: it waits but cannot be allocated: its hardware matches no size. Next: an operator must define a size for it: when one matches, it is ordered to boot from the network again.
        rack: it waits but cannot be allocated: no switch reports it as a neighbour. Next: check its cabling; it is ordered to boot from the network again.
        stream: it waits but cannot be allocated: its waiting stream is not open. Next: the installer opens it again within seconds, or it is ordered to boot from the network again.
        known from its BMC: it is known from its BMC only, its first network boot must come. Next: an operator must power it on with network boot: its system may belong to a user, so no order is sent.
    "#]].assert_eq(&golden);
}

#[test]
fn a_bmc_agent_that_does_not_fetch_orders_is_named() {
    let mut fixture = Fixture::waiting();
    fixture.does(MachineCommand::Power { machine: ID.into(), action: BmcAction::Cycle });
    assert_eq!(fixture.why().orders.len(), 1);
    assert!(!fixture.why().overdue);
    fixture.pass(6 * MINUTE);
    let why = fixture.why();
    assert!(why.overdue && why.orders[0].overdue);
    expect![[r#"it is rebooting, its network boot must come; its BMC was ordered "CYCLE" at 2026-01-01T10:00:06Z, the order was not carried out. Next: check the BMC agent of partition p; it is ordered to boot from the network again."#]].assert_eq(&line(&why));
}

/// The shape is an interface (`GET mesh/v1/machine/{id}/why`).
#[test]
fn shape() {
    let mut fixture = Fixture::new();
    fixture.event(EventKind::PxeBooting);
    fixture.now = START + Duration::from_secs(3600);
    fixture.edit(|machine| machine.partition = "p".into());
    let json = serde_json::to_string_pretty(&fixture.why()).unwrap();
    expect![[r#"
        {
          "id": "00000000-0000-0000-0000-000000000001",
          "state": "pxe booting",
          "since": "2026-01-01T10:00:01Z",
          "reason": "the installer is coming up, its next step must come and is 49 min late",
          "deadline": "2026-01-01T10:10:01Z",
          "overdue": true,
          "next": "it is ordered to boot from the network again",
          "next_try": "2026-01-01T11:00:01Z",
          "tries": 0,
          "allocation": null,
          "hold": null,
          "orders": [],
          "last_event": {
            "time": "2026-01-01T10:00:01Z",
            "event": "PXE Booting",
            "message": ""
          },
          "last_event_time": "2026-01-01T10:00:01Z",
          "liveliness": "Alive"
        }"#]]
    .assert_eq(&json);
}

/// Every crash restarts the expectation, so a machine in a crash loop is never late.
#[test]
fn a_crash_loop_is_said() {
    let mut fixture = Fixture::waiting();
    for kind in [EventKind::PxeBooting, EventKind::Crashed, EventKind::PxeBooting] {
        fixture.event(kind);
    }
    expect![
        "the installer is coming up, its next step must come; it is in a crash loop, the last error was: "
    ]
    .assert_eq(&fixture.why().reason);
}
