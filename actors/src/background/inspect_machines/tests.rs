//! A waiting machine is inspected at the time in its row, with the real decisions and background tasks.

use crate::background;
use crate::fixture::on_paused_time;
use crate::machine::fixture;
use crate::record::Record;
use crate::record::machine::{
    Allocation, Awaits, BmcAction, Event, EventKind, Events, Liveliness, Machine, StateValue,
};
use crate::runtime::{Env, LocalPartition, LocalPartitionConfig, PausedClock};
use crate::store::memory::MemoryStore;
use crate::store::{Generation, Key, Kind, Put, Store, Transaction};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const ID: &str = "m";

/// Its newest event, at the start of the clock.
fn told(kind: Option<EventKind>) -> Events {
    let mut events = Events::new(ID.into());
    if let Some(event) = kind {
        let event = Event { time: Timestamp::from_millis(1_700_000_000_000), event, message: String::new() };
        events.last_event_time = Some(event.time);
        Arc::make_mut(&mut events.log).push_front(event);
    }
    events
}

async fn local(machine: Machine, events: Option<Events>) -> (Arc<MemoryStore>, LocalPartition) {
    let store = Arc::new(MemoryStore::default());
    let generation = Generation(1);
    let put = |row| Put { row, expected: None };
    let mut puts = vec![put(machine.row(generation))];
    puts.extend(events.map(|events| put(events.row(generation))));
    store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
    let clock = PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000));
    let config = LocalPartitionConfig {
        partition: fixture::PARTITION.into(),
        store: Arc::clone(&store) as _,
        env: Env::new(Arc::new(clock), 7),
        domain: crate::decide::DOMAIN,
    };
    let local = LocalPartition::start(config).await.unwrap();
    background::start(&local, background::Settings::default());
    (store, local)
}

/// In stored form.
async fn row(store: &MemoryStore) -> Machine {
    let row = store.row(&Key::new(Kind::Machine, ID)).await.unwrap().unwrap();
    serde_json::from_str(&row.body).unwrap()
}

/// Machines that stay silent for ever: what each waits for, when it is ordered or inspected again, and the orders.
#[test]
fn whatever_waits_is_looked_after_when_its_row_says_so() {
    let pending = || Some(Allocation { installed: false, ..fixture::alone::allocation() });
    let free = || fixture::machine(ID);
    let cases: [(_, _, _, _, _, &[BmcAction]); 6] = [
        ("known from its BMC", free(), None, Awaits::FirstBoot, HOUR, &[]),
        ("registered only", free(), Some(told(None)), Awaits::NextStep, HOUR, &[BmcAction::Delete]),
        (
            "locked",
            locked(Machine { waiting: false, ..free() }),
            Some(told(Some(EventKind::Waiting))),
            Awaits::Release,
            24 * HOUR,
            &[],
        ),
        (
            "installing",
            Machine { allocation: pending(), ..free() },
            Some(told(Some(EventKind::Installing))),
            Awaits::Report,
            30 * MINUTE,
            &[],
        ),
        (
            "starting",
            Machine { allocation: pending(), ..free() },
            Some(told(Some(EventKind::BootingNewKernel))),
            Awaits::PhoneHome,
            15 * MINUTE,
            &[],
        ),
        (
            "allocated",
            Machine { allocation: pending(), ..free() },
            Some(told(Some(EventKind::Waiting))),
            Awaits::Installation,
            10 * MINUTE,
            &[],
        ),
    ];
    for (name, machine, events, awaits, pause, ordered) in cases {
        on_paused_time(|| async {
            let allocation = machine.allocation.clone();
            let (store, local) = local(machine, events).await;
            tokio::time::sleep(Duration::from_secs(11)).await;
            let before = row(&store).await;
            let expectation = before.expectation.clone().unwrap_or_else(|| panic!("{name}: {before:?}"));
            assert_eq!((expectation.awaits, expectation.tries), (awaits, 0), "{name}");
            assert_eq!(expectation.next_try, expectation.since + pause, "{name}");
            tokio::time::sleep(expectation.next_try.since(local.now()) - Duration::from_secs(1)).await;
            assert_eq!(row(&store).await.expectation, before.expectation, "{name}: too early");
            tokio::time::sleep(Duration::from_secs(20)).await;
            let after = row(&store).await;
            let actions: Vec<BmcAction> = after.orders.iter().map(|order| order.action).collect();
            assert_eq!(actions, ordered, "{name}");
            let next = after.expectation.unwrap();
            assert!(next.tries == 1 && next.next_try > local.now(), "{name}: {next:?}");
            assert_eq!(after.allocation, allocation, "{name}");
        });
    }
}

fn locked(mut machine: Machine) -> Machine {
    machine.state.value = StateValue::Locked;
    machine
}

/// An allocated machine that falls silent never gets an order.
#[test]
fn a_silent_machine_of_a_user_is_looked_at_and_never_told_to_boot() {
    on_paused_time(|| async {
        let allocation = Some(Allocation { installed: true, ..fixture::alone::allocation() });
        let machine = Machine { allocation: allocation.clone(), ..fixture::machine(ID) };
        let (store, local) = local(machine, Some(told(Some(EventKind::PhonedHome)))).await;
        tokio::time::sleep(3 * 24 * HOUR).await;
        let machine = row(&store).await;
        let liveliness = local.world().events.get(ID).unwrap().liveliness;
        let expectation = machine.expectation.unwrap();
        assert_eq!((expectation.awaits, expectation.tries), (Awaits::SignOfLife, 2));
        assert_eq!(
            (machine.orders, machine.allocation, liveliness),
            (vec![], allocation, Liveliness::Unknown)
        );
    });
}
