use super::*;
use crate::machine::bench::{Bench, MINUTE};
use crate::machine::record::{EventKind, MachineState};
use expect_test::expect as golden;

/// Every state and every stance: what is awaited, for how long, and what happens then.
#[test]
fn the_whole_table() {
    let mut golden = String::new();
    for state in State::ALL {
        let cells = Stance::ALL.map(|stance| match table(state, stance) {
            None => "-".to_owned(),
            Some(awaits) => format!("{awaits:?} {}m", minutes(patience(awaits))),
        });
        let [free, pending, reinstall, installed] = cells;
        golden.push_str(&format!(
            "{:<18} | {free:<16} | {pending:<16} | {reinstall:<18} | {installed}\n",
            state.as_str()
        ));
    }
    golden![[r#"
        initial            | -                | Installation 10m | Reinstallation 10m | -
        pxe booting        | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        preparing          | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        registering        | NextStep 10m     | NextStep 10m     | NextStep 10m       | OwnSystem 15m
        waiting            | -                | Installation 10m | Installation 10m   | OwnSystem 15m
        installing         | NextStep 10m     | Report 30m       | Report 30m         | PhoneHome 15m
        booting new kernel | -                | PhoneHome 15m    | Reinstallation 10m | PhoneHome 15m
        phoned home        | -                | Installation 10m | Reinstallation 10m | -
        planned reboot     | Comeback 10m     | Installation 10m | Reinstallation 10m | PhoneHome 15m
        machine reclaim    | NetworkBoot 5m   | Installation 10m | Reinstallation 10m | PhoneHome 15m
        crashing           | Comeback 10m     | Comeback 10m     | Comeback 10m       | OwnSystem 15m
        alive              | -                | Installation 10m | Reinstallation 10m | -
    "#]]
    .assert_eq(&golden);
}

/// What is said to happen next, for every kind of expectation.
#[test]
fn every_expectation_says_what_happens_next() {
    use Awaits::*;
    let all = [
        NetworkBoot,
        NextStep,
        Comeback,
        Installation,
        Reinstallation,
        Report,
        PhoneHome,
        OwnSystem,
        SignOfLife,
        Acknowledgement,
    ];
    let mut golden = String::new();
    for awaits in all {
        golden.push_str(&format!("{awaits:?}: {}\n", reason(awaits)));
        let mut told: Vec<&str> = Vec::new();
        for stance in Stance::ALL {
            let used = State::ALL.into_iter().any(|state| table(state, stance) == Some(awaits));
            let anyway = matches!((awaits, stance), (SignOfLife, Stance::Free) | (Acknowledgement, _));
            if (used || anyway) && !told.contains(&then(awaits, stance, false)) {
                told.push(then(awaits, stance, false));
                golden.push_str(&format!("  {stance:?}: {}\n", then(awaits, stance, false)));
            }
        }
    }
    golden.push_str(&format!("locked: {}\n", then(NextStep, Stance::Free, true)));
    golden![[r#"
        NetworkBoot: it was told to boot from the network, its network boot must come
          Free: it is told again to boot from the network
        NextStep: the installer is coming up, its next step must come
          Free: it is told to boot from the network again
          Pending: nothing, an allocated machine is left alone: look at its console, power cycle it or free it
        Comeback: it is rebooting, its network boot must come
          Free: it is told to boot from the network again
          Pending: nothing, an allocated machine is left alone: look at its console, power cycle it or free it
        Installation: it is allocated, the installation must begin
          Pending: nothing, an allocated machine is left alone: look at its console, power cycle it or free it
        Reinstallation: it is to be installed again, its network boot must come
          Reinstall: it is told again to install itself anew
        Report: the installation is running, the installer's report must come
          Pending: nothing, an allocated machine is left alone: look at its console, power cycle it or free it
        PhoneHome: the installed system is starting, its phone home must come
          Pending: nothing, an allocated machine is left alone: look at its console
        OwnSystem: it is installed but came up in the installer, it must boot its own system from disk
          Installed: its registration is refused, nothing is wiped, and it is told to boot from disk
        SignOfLife: it is silent, any sign of life must come
          Free: after an hour without a sign of life it is told to boot from the network
        Acknowledgement: its BMC was given orders, the BMC agent must carry them out
          Free: the orders wait for the BMC agent of the partition, power commands for an hour at most
        locked: nothing, a locked machine is left alone: unlock it or power cycle it
    "#]]
    .assert_eq(&golden);
}

#[test]
fn a_stance_is_read_from_the_allocation() {
    let mut stances =
        vec![Stance::of(&Bench::waiting().machine()), Stance::of(&Bench::allocated().machine())];
    let bench = Bench::installed();
    stances.push(Stance::of(&bench.machine()));
    bench.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    stances.push(Stance::of(&bench.machine()));
    assert_eq!(stances, [Stance::Free, Stance::Pending, Stance::Installed, Stance::Reinstall]);
}

#[test]
fn the_network_boot_is_tried_again_only_when_it_is_time() {
    let mut machine = Bench::waiting().machine();
    let start = Bench::new().now;
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
    let mut machine = Bench::waiting().machine();
    let last = Bench::new().now;
    for (now, next) in [(6, 60), (45, 60), (55, 65), (600, 610)] {
        expect_sign_of_life(&mut machine, last, last + now * MINUTE);
        let expectation = machine.expectation.clone().unwrap();
        assert_eq!(expectation.next_try, last + next * MINUTE, "{now}");
        assert_eq!(expectation.since, last);
    }
}

#[test]
fn a_machine_that_was_switched_off_is_awaited_by_nobody() {
    let bench = Bench::waiting();
    for (message, expected) in [("OFF", None), ("RESET", Some(Awaits::Comeback))] {
        let mut events = bench.events();
        super::super::events::record(&mut events, EventKind::PlannedReboot, message, bench.now + MINUTE);
        assert_eq!(awaits(&bench.machine(), Some(&events)), expected);
    }
}

#[test]
fn a_lock_changes_the_words_only() {
    let mut machine = Bench::waiting().machine();
    expect(&mut machine, Awaits::NextStep, Bench::new().now);
    let before = machine.expectation.clone().unwrap();
    machine.state = MachineState { value: StateValue::Locked, ..MachineState::default() };
    reword(&mut machine);
    let after = machine.expectation.unwrap();
    assert_ne!(before.then, after.then);
    assert_eq!(Expectation { then: before.then.clone(), ..after }, before);
}
