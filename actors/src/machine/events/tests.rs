//! Every cell of the matrix, as its effect on a container.

use super::*;
use crate::ids::MachineId;
use expect_test::expect;

const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A container in `state`, with flags as given and its last event at `last`.
fn container(state: ProvisioningState, flags: bool, last: Option<Timestamp>) -> Events {
    let mut events = Events::new(MachineId::from("m"));
    let kind = EventKind::ALL.iter().copied().find(|kind| ProvisioningState::after(*kind) == state);
    if let Some(event) = kind {
        Arc::make_mut(&mut events.log).push_front(Event { time: START, event, message: "before".into() });
    }
    events.last_event_time = last;
    events.liveliness = Liveliness::Dead;
    events.crash_loop = flags;
    events.failed_machine_reclaim = flags;
    events
}

/// The cell in the letters of api-machines 2.3, found by trying both values of each flag.
fn observed(state: ProvisioningState, kind: EventKind, last: Option<Timestamp>, now: Timestamp) -> String {
    let mut code = String::new();
    let mut flags = String::new();
    for flag in [false, true] {
        let before = container(state, flag, last);
        let mut after = before.clone();
        let outcome = record(&mut after, kind, "text", now);
        code = match outcome {
            EventOutcome::Logged => "A",
            EventOutcome::Touched => "T",
            EventOutcome::Ignored => "S",
            EventOutcome::Unexpected => "X",
            EventOutcome::UnexpectedUnlogged => "XN",
        }
        .to_owned();
        check_effect(&before, &after, outcome, now);
        if outcome == EventOutcome::Logged && after.last_error_event != before.last_error_event && !flag {
            flags.push_str(" L");
        }
        for (name, was, is) in [
            ('C', before.crash_loop, after.crash_loop),
            ('F', before.failed_machine_reclaim, after.failed_machine_reclaim),
        ] {
            if was != is {
                flags.push_str(&format!(" {name}{}", if is { '+' } else { '-' }));
            }
        }
    }
    code + &flags
}

/// The meaning of the letters for log, time and liveliness (legend of api-machines 2.3).
fn check_effect(before: &Events, after: &Events, outcome: EventOutcome, now: Timestamp) {
    if !outcome.accepted() {
        assert_eq!(before, after);
        return;
    }
    assert_eq!(after.last_event_time, Some(now));
    assert_eq!(after.liveliness, Liveliness::Alive);
    assert_eq!(after.log.len(), before.log.len() + usize::from(outcome.logged()));
    if outcome.logged() {
        assert_eq!(after.log.front().unwrap().time, now);
    }
    if matches!(outcome, EventOutcome::Unexpected | EventOutcome::UnexpectedUnlogged) {
        let error = after.last_error_event.as_ref().unwrap();
        let state = ProvisioningState::of(before).as_str();
        assert_eq!(error.message, format!("[unexpectedly received in state {state}]: text"));
    }
}

fn matrix(kinds: &[EventKind], last: Option<Timestamp>, now: Timestamp) -> String {
    let mut table = String::new();
    for &state in ProvisioningState::ALL {
        let cells: Vec<String> = kinds.iter().map(|kind| observed(state, *kind, last, now)).collect();
        table.push_str(&format!("{:<18} | {}\n", state.as_str(), cells.join(" | ")));
    }
    table
}

/// api-machines 2.3, all columns but Phoned Home.
#[test]
fn matrix_of_events_that_know_no_timing() {
    use EventKind::*;
    let columns = [
        Alive,
        Crashed,
        PxeBooting,
        Preparing,
        Registering,
        Waiting,
        Installing,
        BootingNewKernel,
        PlannedReboot,
        MachineReclaim,
    ];
    let now = START + Duration::from_secs(1);
    let table = matrix(&columns, Some(START), now);
    assert_eq!(table, matrix(&columns, None, now));
    assert_eq!(table, matrix(&columns, Some(START), START + Duration::from_secs(3600)));
    expect![[r#"
        initial            | T | A L C+ | A F- | A F- | A | A | A | A | A C- | A C-
        pxe booting        | T | A L C+ | T F- | A F- | X | X | X | X | A C- | A C-
        preparing          | T | A L C+ | X C+ | X C+ | A | X | X | X | A C- | A C-
        registering        | T | A L C+ | X C+ | X C+ | X | A | A | X | A C- | A C-
        waiting            | T | A L C+ | X C+ | X C+ | X | X | A | X | A C- | A C-
        installing         | T | A L C+ | X C+ | X C+ | X | X | X | A | A C- | A C-
        booting new kernel | T | A L C+ | X C+ | X C+ | X | X | X | X | A C- | A C-
        phoned home        | XN | X | X C+ | X C+ | X | X | X | X | A C- | A C-
        planned reboot     | XN | X | A F- | A F- | X | X | X | X | A C- | A C-
        machine reclaim    | XN | X | A F- | A F- | X | X | X | X | A C- | A C-
        crashing           | XN | X | A F- | A F- | X | X | X | X | A C- | A C-
        alive              | XN | X | X C+ | X C+ | X | X | X | X | A C- | A C-
    "#]]
    .assert_eq(&table);
}

/// api-machines 2.3, column "Phoned Home", and its timing: never, just under, exactly and just over 5 min.
#[test]
fn matrix_of_phoned_home() {
    let now = START + LATE_PHONE_HOME;
    let millisecond = Duration::from_millis(1);
    let lasts = [None, Some(START + millisecond), Some(START), Some(START - millisecond)];
    let mut table = String::new();
    for &state in ProvisioningState::ALL {
        let cells = lasts.map(|last| observed(state, EventKind::PhonedHome, last, now));
        table.push_str(&format!("{:<18} | {}\n", state.as_str(), cells.join(" | ")));
    }
    expect![[r#"
        initial            | A C- | A C- | A C- | A C-
        pxe booting        | T F- | S | T F- | T F-
        preparing          | A F- | S | A F- | A F-
        registering        | A | S | A | A
        waiting            | A | S | A | A
        installing         | X | X | X | X
        booting new kernel | A C- | A C- | A C- | A C-
        phoned home        | T | T | T | T
        planned reboot     | A C- | A C- | A C- | A C-
        machine reclaim    | S | S | S | T F+
        crashing           | X | X | X | X
        alive              | X | X | X | X
    "#]]
    .assert_eq(&table);
}

/// api-machines 2.1: equal times are fine. A clock that was set back stamps an entry like the one before.
#[test]
fn a_log_descends_in_time_and_takes_every_event() {
    let mut events = container(ProvisioningState::Waiting, false, Some(START));
    let earlier = START - Duration::from_secs(5 * 60 * 60);
    assert_eq!(record(&mut events, EventKind::Alive, "", earlier), EventOutcome::Touched);
    assert_eq!(record(&mut events, EventKind::Installing, "", earlier), EventOutcome::Logged);
    assert_eq!(record(&mut events, EventKind::MachineReclaim, "", earlier), EventOutcome::Logged);
    assert!(!booted_since_reclaim(&events) && !wiped_since_reclaim(&events), "what was freed is known to be");
    assert_eq!(events.last_event_time, Some(earlier), "the clock of today tells how long it is silent");
    assert!(events.log.iter().all(|event| event.time == START), "{:?}", events.log);
    let later = START + Duration::from_millis(1);
    assert_eq!(record(&mut events, EventKind::PxeBooting, "", later), EventOutcome::Logged);
    assert_eq!(events.log.front().map(|event| event.time), Some(later));
}

/// api-machines 2.1: at most 100 are kept, newest first.
#[test]
fn a_log_is_bounded() {
    let mut events = Events::new(MachineId::from("m"));
    for second in 0..150 {
        record(&mut events, EventKind::PlannedReboot, "", START + Duration::from_secs(second));
    }
    assert_eq!(events.log.len(), Events::LOG_MAX);
    assert_eq!(events.log.front().unwrap().time, START + Duration::from_secs(149));
}

/// api-machines 2.5: a note alone when there was no text; long texts are cut between characters.
#[test]
fn messages_are_noted_and_bounded() {
    let mut events = container(ProvisioningState::Crashing, false, Some(START));
    record(&mut events, EventKind::Waiting, "", START);
    let note = "[unexpectedly received in state crashing]";
    assert_eq!(events.log.front().unwrap().message, note);
    record(&mut events, EventKind::PlannedReboot, &"ä".repeat(4000), START);
    assert_eq!(events.log.front().unwrap().message.len(), MESSAGE_BYTES_MAX);
    record(&mut events, EventKind::PlannedReboot, &format!("a{}", "ä".repeat(4000)), START);
    assert_eq!(events.log.front().unwrap().message.len(), MESSAGE_BYTES_MAX - 1);
}

/// api-machines 2.3, last sentence on timing: a machine that phones home every minute after it was freed.
#[test]
fn swallowed_phone_homes_do_not_postpone_the_failed_reclaim() {
    let mut events = container(ProvisioningState::PhonedHome, false, Some(START));
    record(&mut events, EventKind::MachineReclaim, "free machine called", START);
    for minute in 1..=5 {
        let at = START + Duration::from_secs(60 * minute);
        assert_eq!(record(&mut events, EventKind::PhonedHome, "", at), EventOutcome::Ignored);
    }
    assert!(!events.failed_machine_reclaim);
    record(&mut events, EventKind::PhonedHome, "", START + Duration::from_secs(360));
    assert!(events.failed_machine_reclaim);
    assert_eq!(ProvisioningState::of(&events), ProvisioningState::MachineReclaim);
}

/// The wire's texts are those that rows keep, and no other text is read (api-machines 2.1).
#[test]
fn events_are_written_and_read_by_one_text() {
    for &kind in EventKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
        assert_eq!(EventKind::parse(&kind.as_str().to_lowercase()), None);
    }
    let texts: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let wanted = "Alive,Crashed,PXE Booting,Planned Reboot,Preparing,Registering,Waiting,Installing,Booting New Kernel,Phoned Home,Machine Reclaim";
    assert_eq!(texts.join(","), wanted);
}
