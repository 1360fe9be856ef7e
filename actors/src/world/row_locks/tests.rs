//! Compatibility of locks, and the order in which waiters are woken.

use super::*;
use crate::ipam::{Claim, Pool};
use crate::store::{Generation, Kind};

fn key(id: &str) -> Key {
    Key::new(Kind::Claim, id)
}

fn alone(ids: &[&str]) -> LockSet {
    LockSet { alone: ids.iter().map(|id| (key(id), None)).collect(), shared: Vec::new() }
}

fn shared(ids: &[&str]) -> LockSet {
    LockSet { alone: Vec::new(), shared: ids.iter().map(|id| key(id)).collect() }
}

type Waiting = oneshot::Receiver<Ticket>;

fn waits(world: &Arc<World>, locks: LockSet) -> Waiting {
    world.hold(locks).expect_err("somebody else holds it")
}

fn nothing_is_left(world: &World) {
    let row_locks = world.row_locks();
    assert!(row_locks.rows.is_empty() && row_locks.queues.is_empty(), "{row_locks:?}");
}

#[test]
fn a_row_is_written_by_one_or_looked_at_by_many() {
    let world = Arc::new(World::default());
    let reader = world.hold(shared(&["a", "b", "a"])).unwrap();
    let other = world.hold(shared(&["b"])).unwrap();
    drop(waits(&world, alone(&["b", "c"])));
    assert!(!world.in_flight(&key("b")) && !world.in_flight(&key("c")), "all or none");
    drop(reader);
    drop(waits(&world, alone(&["b"])));
    let writer = world.hold(alone(&["a"])).unwrap();
    assert!(world.in_flight(&key("a")));
    drop(waits(&world, shared(&["a"])));
    drop(waits(&world, alone(&["a"])));
    drop(other);
    drop(writer);
    nothing_is_left(&world);
}

#[test]
fn what_is_written_and_looked_at_is_held_alone() {
    let world = Arc::new(World::default());
    let guard = world.hold(LockSet { shared: vec![key("a")], ..alone(&["a"]) }).unwrap();
    drop(waits(&world, shared(&["a"])));
    drop(guard);
    nothing_is_left(&world);
}

#[test]
fn writers_are_woken_one_by_one_in_their_order() {
    let world = Arc::new(World::default());
    let guard = world.hold(alone(&["a"])).unwrap();
    let mut first = waits(&world, alone(&["a"]));
    let mut second = waits(&world, alone(&["a"]));
    let gone = waits(&world, alone(&["a"]));
    let mut fourth = waits(&world, alone(&["a"]));
    drop(guard);
    let ticket = first.try_recv().unwrap();
    assert!(second.try_recv().is_err());
    let guard = world.hold(alone(&["a"])).unwrap();
    drop(ticket);
    assert!(second.try_recv().is_err(), "the row is held again");
    drop(guard);
    drop(gone);
    // The second has nothing to do any more, and the third went away: the fourth is next.
    drop(second.try_recv().unwrap());
    drop(fourth.try_recv().unwrap());
    nothing_is_left(&world);
}

#[test]
fn a_turn_that_nobody_took_is_given_on() {
    let world = Arc::new(World::default());
    let guard = world.hold(alone(&["a"])).unwrap();
    let first = waits(&world, alone(&["a"]));
    let mut second = waits(&world, alone(&["a"]));
    drop(guard);
    drop(first);
    drop(second.try_recv().unwrap());
    nothing_is_left(&world);
}

#[test]
fn readers_go_together_and_writers_after_the_last() {
    let world = Arc::new(World::default());
    let guard = world.hold(alone(&["a"])).unwrap();
    let mut one = waits(&world, shared(&["a"]));
    let mut two = waits(&world, shared(&["a"]));
    let mut writer = waits(&world, alone(&["a"]));
    drop(guard);
    let ticket = one.try_recv().unwrap();
    let reads = world.hold(shared(&["a"])).unwrap();
    drop(ticket);
    let ticket = two.try_recv().unwrap();
    let also = world.hold(shared(&["a"])).unwrap();
    drop(ticket);
    assert!(writer.try_recv().is_err());
    drop(reads);
    assert!(writer.try_recv().is_err());
    drop(also);
    drop(writer.try_recv().unwrap());
    nothing_is_left(&world);
}

#[test]
fn what_rows_will_be_can_be_looked_at() {
    let world = Arc::new(World::default());
    let claim = Claim { pool: Pool::Asn, number: 7, owners: Vec::new() };
    world.insert(Generation(1), Claim { number: 8, ..claim.clone() });
    let pending: Pending = Arc::new(claim.clone());
    let mut locks = alone(&["asn/000008"]);
    locks.alone.push((key("asn/000007"), Some(pending)));
    let guard = world.hold(locks).unwrap();
    assert_eq!(world.pending::<Claim>(), [Arc::new(claim)]);
    drop(guard);
    assert_eq!(world.pending::<Claim>(), []);
}

/// A crowd that came to write a row finds that one of them was enough: they share it from then on, all at once. Who
/// still has to write it waits for its end, and does not keep the others awake.
#[test]
fn a_turn_that_ends_with_sharing_lets_the_others_look_again() {
    let world = Arc::new(World::default());
    let first = world.hold(alone(&["a"])).unwrap();
    let mut crowd: Vec<Waiting> = (0..4).map(|_| waits(&world, alone(&["a"]))).collect();
    drop(first);
    let mut guard = Vec::new();
    for mut waiting in crowd.drain(..2) {
        let ticket = waiting.try_recv().unwrap();
        guard.push(world.hold(shared(&["a"])).unwrap());
        ticket.used();
    }
    let ticket = crowd[0].try_recv().unwrap();
    let mut writer = waits(&world, alone(&["a"]));
    drop(ticket);
    assert!(crowd[1].try_recv().is_err() && writer.try_recv().is_err(), "no waiter is woken in vain");
    drop(guard);
    crowd[1].try_recv().unwrap().used();
    writer.try_recv().unwrap().used();
    drop(crowd);
    nothing_is_left(&world);
}
