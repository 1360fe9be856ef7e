use super::*;
use crate::machine::fixture::alone::{Fixture, MINUTE};
use crate::record::machine::{Allocation, EventKind, MachineState};
use expect_test::expect as golden;

/// Every state and every phase: what is awaited, for how long, and what happens then.
#[test]
fn the_whole_table() {
    let mut golden = String::new();
    for &state in ProvisioningState::ALL {
        let cells = InstallPhase::ALL.iter().map(|phase| match table(state, *phase) {
            None => "-".to_owned(),
            Some(awaits) => format!("{awaits:?} {}m", minutes(patience(awaits))),
        });
        let [free, pending, reinstall, installed] = cells.collect::<Vec<_>>().try_into().unwrap();
        golden.push_str(&format!(
            "{:<18} | {free:<16} | {pending:<16} | {reinstall:<18} | {installed}\n",
            state.as_str()
        ));
    }
    golden![[r#"
        initial            | NextStep 10m     | Installation 10m | Reinstallation 10m | -
        pxe booting        | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        preparing          | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        registering        | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        waiting            | -                | Installation 10m | Installation 10m   | OwnSystem 15m
        installing         | NextStep 10m     | Report 30m       | Report 30m         | PhoneHome 15m
        booting new kernel | Reclaim 60m      | PhoneHome 15m    | Reinstallation 10m | PhoneHome 15m
        phoned home        | Reclaim 60m      | Installation 10m | Reinstallation 10m | -
        planned reboot     | Comeback 10m     | Installation 10m | Reinstallation 10m | PhoneHome 15m
        machine reclaim    | NetworkBoot 5m   | Installation 10m | Reinstallation 10m | PhoneHome 15m
        crashing           | Comeback 10m     | Comeback 10m     | Comeback 10m       | OwnSystem 15m
        alive              | NextStep 10m     | Installation 10m | Reinstallation 10m | -
    "#]]
    .assert_eq(&golden);
}

const ALL: [Awaits; 17] = [
    Awaits::NetworkBoot,
    Awaits::NextStep,
    Awaits::Comeback,
    Awaits::Installation,
    Awaits::Reinstallation,
    Awaits::Report,
    Awaits::PhoneHome,
    Awaits::OwnSystem,
    Awaits::SignOfLife,
    Awaits::Acknowledgement,
    Awaits::Release,
    Awaits::PowerOn,
    Awaits::Reclaim,
    Awaits::FirstBoot,
    Awaits::Size,
    Awaits::Cabling,
    Awaits::Stream,
];

/// True when a machine that is had so may wait for this.
fn is_used(awaits: Awaits, phase: InstallPhase) -> bool {
    use Awaits::{Acknowledgement, Cabling, FirstBoot, PowerOn, Release, SignOfLife, Size, Stream};
    ProvisioningState::ALL.iter().copied().any(|state| table(state, phase) == Some(awaits))
        || matches!(
            (awaits, phase),
            (Acknowledgement | PowerOn, _)
                | (SignOfLife, InstallPhase::Free | InstallPhase::Installed)
                | (Release | FirstBoot | Size | Cabling | Stream, InstallPhase::Free)
        )
}

fn in_phase(phase: InstallPhase) -> Machine {
    let mut machine = Fixture::waiting().machine();
    if phase != InstallPhase::Free {
        let (installed, reinstall) = (phase != InstallPhase::Pending, phase == InstallPhase::Reinstall);
        machine.allocation =
            Some(Allocation { installed, reinstall, ..crate::machine::fixture::alone::allocation() });
    }
    machine
}

/// Deadline, and times of the first three tries or inspections without an event, from the start.
#[test]
fn deadlines_and_tries() {
    let mut golden = String::new();
    for awaits in ALL {
        for phase in InstallPhase::ALL.iter().copied().filter(|phase| is_used(awaits, *phase)) {
            let mut machine = in_phase(phase);
            let start = Fixture::new().now;
            match awaits {
                Awaits::SignOfLife => expect_sign_of_life(&mut machine, start, start + SILENCE),
                _ => expect(&mut machine, awaits, start),
            }
            let deadline = minutes(machine.expectation.as_ref().unwrap().deadline.since(start));
            let mut tries = Vec::new();
            for _ in 0..3 {
                let next = machine.expectation.as_ref().unwrap().next_try;
                tries.push(minutes(next.since(start)));
                match awaits {
                    Awaits::NetworkBoot => expect_network_boot(&mut machine, next),
                    Awaits::Reinstallation => expect_reinstallation(&mut machine, next),
                    _ if phase == InstallPhase::Free && is_told_to_boot(awaits) => {
                        expect_network_boot(&mut machine, next);
                    }
                    _ => look_again(&mut machine, next),
                }
            }
            let told =
                (phase == InstallPhase::Free && is_told_to_boot(awaits)) || awaits == Awaits::Reinstallation;
            let verb = if told { "ordered" } else { "looked at" };
            golden.push_str(&format!(
                "{awaits:?} {phase:?}: late after {deadline} min, {verb} after {tries:?}\n"
            ));
        }
    }
    golden![[r#"
        NetworkBoot Free: late after 5 min, ordered after [5, 15, 35]
        NextStep Free: late after 10 min, ordered after [60, 70, 90]
        NextStep Pending: late after 10 min, looked at after [10, 70, 130]
        NextStep Reinstall: late after 10 min, looked at after [10, 70, 130]
        Comeback Free: late after 10 min, ordered after [60, 70, 90]
        Comeback Pending: late after 10 min, looked at after [10, 70, 130]
        Comeback Reinstall: late after 10 min, looked at after [10, 70, 130]
        Installation Pending: late after 10 min, looked at after [10, 70, 130]
        Installation Reinstall: late after 10 min, looked at after [10, 70, 130]
        Reinstallation Reinstall: late after 10 min, ordered after [10, 20, 30]
        Report Pending: late after 30 min, looked at after [30, 90, 150]
        Report Reinstall: late after 30 min, looked at after [30, 90, 150]
        PhoneHome Pending: late after 15 min, looked at after [15, 75, 135]
        PhoneHome Installed: late after 15 min, looked at after [15, 75, 135]
        OwnSystem Installed: late after 15 min, looked at after [15, 75, 135]
        SignOfLife Free: late after 5 min, ordered after [60, 65, 75]
        SignOfLife Installed: late after 5 min, looked at after [1445, 2885, 4325]
        Acknowledgement Free: late after 5 min, looked at after [5, 65, 125]
        Acknowledgement Pending: late after 5 min, looked at after [5, 65, 125]
        Acknowledgement Reinstall: late after 5 min, looked at after [5, 65, 125]
        Acknowledgement Installed: late after 5 min, looked at after [5, 65, 125]
        Release Free: late after 10080 min, looked at after [1440, 2880, 4320]
        PowerOn Free: late after 10080 min, looked at after [60, 1500, 2940]
        PowerOn Pending: late after 10080 min, looked at after [1440, 2880, 4320]
        PowerOn Reinstall: late after 10080 min, looked at after [1440, 2880, 4320]
        PowerOn Installed: late after 10080 min, looked at after [1440, 2880, 4320]
        Reclaim Free: late after 60 min, looked at after [60, 120, 180]
        FirstBoot Free: late after 60 min, looked at after [60, 120, 180]
        Size Free: late after 1440 min, looked at after [10, 20, 30]
        Cabling Free: late after 10 min, ordered after [60, 70, 90]
        Stream Free: late after 1 min, ordered after [60, 70, 90]
    "#]]
    .assert_eq(&golden);
}

/// The text of the next step, for every kind of expectation.
#[test]
fn every_expectation_says_what_happens_next() {
    let mut golden = String::new();
    for awaits in ALL {
        let mut told: Vec<String> = Vec::new();
        for phase in InstallPhase::ALL.iter().copied().filter(|phase| is_used(awaits, *phase)) {
            let words = format!("{}. {}.", reason(awaits, phase), then(awaits, phase, false));
            if !told.contains(&words) {
                golden.push_str(&format!("{awaits:?} {phase:?}: {words}\n"));
                told.push(words);
            }
        }
        assert!(!told.is_empty(), "{awaits:?}");
    }
    golden.push_str(&format!("locked: {}\n", then(Awaits::NextStep, InstallPhase::Free, true)));
    golden![[r#"
        NetworkBoot Free: it was ordered to boot from the network, its network boot must come. it is ordered again to boot from the network.
        NextStep Free: the installer is coming up, its next step must come. it is ordered to boot from the network again.
        NextStep Pending: the installer is coming up, its next step must come. an allocated machine gets no orders: check its console, power cycle it or free it.
        Comeback Free: it is rebooting, its network boot must come. it is ordered to boot from the network again.
        Comeback Pending: it is rebooting, its network boot must come. an allocated machine gets no orders: check its console, power cycle it or free it.
        Installation Pending: it is allocated, the installation must begin. an allocated machine gets no orders: check its console, power cycle it or free it.
        Reinstallation Reinstall: it must be installed again, its network boot must come. it is ordered again to reinstall.
        Report Pending: the installation is running, the installer's report must come. an allocated machine gets no orders: check its console, power cycle it or free it.
        PhoneHome Pending: the installed system is starting, its phone home must come. an allocated machine gets no orders: check its console.
        OwnSystem Installed: it is installed but came up in the installer, it must boot its own system from disk. its registration is refused, nothing is wiped, and it is ordered to boot from disk.
        SignOfLife Free: it is silent, any event must come. after an hour without an event it is ordered to boot from the network.
        SignOfLife Installed: it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come. an allocated machine gets no orders: check its console.
        Acknowledgement Free: its BMC was given orders, the BMC agent must carry them out. the orders wait for the BMC agent of the partition, power commands for an hour at most.
        Release Free: it waits but cannot be allocated: an operator holds it. an operator must release it: set its state to available.
        PowerOn Free: it was switched off by an operator. an operator must power it on; an hour after its last event it is ordered to boot from the network.
        PowerOn Pending: it was switched off by an operator. an operator must power it on.
        Reclaim Free: it runs an installed system without an allocation. an operator must free it, so that it boots from the network: the owner of its system is unknown, so it is left alone.
        FirstBoot Free: it is known from its BMC only, its first network boot must come. an operator must power it on with network boot: its system may belong to a user, so no order is sent.
        Size Free: it waits but cannot be allocated: its hardware matches no size. an operator must define a size for it: when one matches, it is ordered to boot from the network again.
        Cabling Free: it waits but cannot be allocated: no switch reports it as a neighbour. check its cabling; it is ordered to boot from the network again.
        Stream Free: it waits but cannot be allocated: its waiting stream is not open. the installer opens it again within seconds, or it is ordered to boot from the network again.
        locked: a locked machine gets no orders: unlock it or power cycle it
    "#]]
    .assert_eq(&golden);
}

#[test]
fn a_stance_is_read_from_the_allocation() {
    let mut stances = vec![
        InstallPhase::of(&Fixture::waiting().machine()),
        InstallPhase::of(&Fixture::allocated().machine()),
    ];
    let fixture = Fixture::installed();
    stances.push(InstallPhase::of(&fixture.machine()));
    fixture.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    stances.push(InstallPhase::of(&fixture.machine()));
    assert_eq!(
        stances,
        [InstallPhase::Free, InstallPhase::Pending, InstallPhase::Installed, InstallPhase::Reinstall]
    );
}

#[test]
fn the_network_boot_is_tried_again_only_when_it_is_time() {
    let mut machine = Fixture::waiting().machine();
    let start = Fixture::new().now;
    expect_network_boot(&mut machine, start);
    expect_network_boot(&mut machine, start + MINUTE);
    let expectation = machine.expectation.clone().unwrap();
    assert_eq!((expectation.tries, expectation.since), (0, start));
    expect_network_boot(&mut machine, start + 6 * MINUTE);
    let expectation = machine.expectation.unwrap();
    assert_eq!((expectation.tries, expectation.since), (1, start));
    assert_eq!(expectation.next_try, start + 16 * MINUTE);
    assert_eq!(expectation.deadline, start + 5 * MINUTE, "it is late since the first time");
}

#[test]
fn pauses_grow_and_are_bounded() {
    let pauses: Vec<u64> =
        [0, 1, 2, 3, 4, 5, u32::MAX].into_iter().map(|tries| minutes(pause(tries))).collect();
    assert_eq!(pauses, [5, 10, 20, 40, 60, 60, 60]);
}

/// A silent machine is booted again an hour after its last sign of life, but not right when it is found silent.
#[test]
fn a_sign_of_life_is_given_time() {
    let mut machine = Fixture::waiting().machine();
    let last = Fixture::new().now;
    for (now, next) in [(6, 60), (45, 60), (55, 65), (600, 610)] {
        expect_sign_of_life(&mut machine, last, last + now * MINUTE);
        let expectation = machine.expectation.clone().unwrap();
        assert_eq!(expectation.next_try, last + next * MINUTE, "{now}");
        assert_eq!(expectation.since, last);
    }
}

#[test]
fn a_machine_that_was_switched_off_waits_for_an_operator() {
    let fixture = Fixture::waiting();
    for (message, expected) in [("OFF", Some(Awaits::PowerOn)), ("RESET", Some(Awaits::Comeback))] {
        let mut events = fixture.events();
        super::super::events::record(&mut events, EventKind::PlannedReboot, message, fixture.now + MINUTE);
        assert_eq!(awaits(&fixture.machine(), Some(&events)), expected);
    }
}

#[test]
fn a_lock_changes_the_words_only() {
    let mut machine = Fixture::waiting().machine();
    expect(&mut machine, Awaits::NextStep, Fixture::new().now);
    let before = machine.expectation.clone().unwrap();
    machine.state = MachineState { value: StateValue::Locked, ..MachineState::default() };
    reword(&mut machine);
    let after = machine.expectation.unwrap();
    assert_ne!(before.then, after.then);
    assert_eq!(Expectation { then: before.then.clone(), ..after }, before);
}
