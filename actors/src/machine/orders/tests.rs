use super::*;
use crate::machine::bench::{Bench, ID, MINUTE, allocation};
use crate::machine::command::MachineCommand;
use crate::machine::record::Allocation;

const ALL: [BmcAction; 12] = [
    BmcAction::On,
    BmcAction::Off,
    BmcAction::Reset,
    BmcAction::Cycle,
    BmcAction::Bios,
    BmcAction::Disk,
    BmcAction::Pxe,
    BmcAction::LedOn,
    BmcAction::LedOff,
    BmcAction::Reinstall,
    BmcAction::Delete,
    BmcAction::BootDisk,
];

fn queue(bench: &mut Bench, actions: &[BmcAction]) -> Vec<BmcAction> {
    for action in actions {
        bench.order(*action);
    }
    bench.actions()
}

fn done(orders: Vec<Uuid>) -> MachineCommand {
    MachineCommand::OrdersDone { machine: ID.into(), orders }
}

#[test]
fn an_order_replaces_its_like_and_keeps_the_rest_in_order() {
    use BmcAction::*;
    let cases: [(&[BmcAction], &[BmcAction]); 6] = [
        (&[Off, On], &[Off, On]),
        (&[Reset, On, Reset], &[On, Reset]),
        (&[LedOn, LedOff], &[LedOff]),
        (&[Disk, Reset, Bios], &[Reset, Bios]),
        (&[Disk, Reset, Delete], &[Reset, Delete]),
        (&[Delete, Pxe], &[Delete, Pxe]),
    ];
    for (given, expected) in cases {
        assert_eq!(queue(&mut Bench::waiting(), given), expected);
    }
}

#[test]
fn the_queue_is_bounded() {
    for mut bench in [Bench::waiting(), Bench::allocated(), Bench::installed()] {
        let twice = [ALL, ALL].concat();
        assert!(queue(&mut bench, &twice).len() <= ORDERS_MAX);
    }
}

/// Never wipe: the orders allowed in each phase. Rows: free, allocated, to be reinstalled, installed.
#[test]
fn wiping_orders_stand_only_where_their_token_fits() {
    use BmcAction::*;
    let reinstall = |machine: &mut Machine| machine.allocation.as_mut().unwrap().reinstall = true;
    let reinstalled = Bench::installed();
    reinstalled.edit(reinstall);
    for (mut bench, expected) in [
        (Bench::waiting(), vec![Delete]),
        (Bench::allocated(), vec![Reinstall]),
        (reinstalled, vec![Reinstall]),
        (Bench::installed(), vec![BootDisk]),
    ] {
        let mut queued = Vec::new();
        for action in [Delete, Reinstall, BootDisk] {
            bench.edit(|machine| machine.orders.clear());
            queued.extend(queue(&mut bench, &[action]));
        }
        assert_eq!(queued, expected);
    }
}

/// Never wipe: an outdated order is not handed out, whatever happened to the machine since.
#[test]
fn stale_orders_are_not_due_and_are_dropped() {
    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::Delete]);
    bench.edit(|machine| machine.allocation = Some(allocation()));
    assert_eq!(due(&bench.machine(), bench.now).count(), 0);
    assert_eq!(bench.inspect().kinds(), [crate::store::Kind::Machine]);
    assert_eq!(bench.actions(), []);

    let mut bench = Bench::installed();
    bench.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    queue(&mut bench, &[BmcAction::Reinstall]);
    let other = Allocation { uuid: Uuid::from_u128(8), reinstall: true, ..allocation() };
    bench.edit(|machine| machine.allocation = Some(other));
    assert_eq!(due(&bench.machine(), bench.now).count(), 0);
    bench.edit(|machine| machine.allocation = Some(Allocation { installed: true, ..allocation() }));
    assert_eq!(due(&bench.machine(), bench.now).count(), 0);
    bench.edit(|machine| machine.allocation = None);
    assert_eq!(due(&bench.machine(), bench.now).count(), 0);
}

#[test]
fn a_power_command_does_not_come_as_a_surprise_hours_later() {
    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::Reset, BmcAction::Delete]);
    bench.pass(61 * MINUTE);
    let machine = bench.machine();
    let due: Vec<BmcAction> = due(&machine, bench.now).map(|order| order.action).collect();
    assert_eq!(due, [BmcAction::Delete]);
}

#[test]
fn a_repeated_order_to_boot_keeps_its_name_so_that_a_late_acknowledgement_fits() {
    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::Delete]);
    let first = bench.machine().orders[0].clone();
    queue(&mut bench, &[BmcAction::Delete]);
    assert_eq!(bench.machine().orders, [BmcOrder { tries: 1, ..first }]);

    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::Reset]);
    let first = bench.machine().orders[0].id;
    queue(&mut bench, &[BmcAction::Reset]);
    assert_ne!(bench.machine().orders[0].id, first, "an operator who presses twice means it");
}

#[test]
fn allocating_drops_what_boots_from_the_network() {
    use BmcAction::*;
    let mut bench = Bench::waiting();
    queue(&mut bench, &[LedOn, Pxe, Reset, Delete]);
    let mut machine = bench.machine();
    machine.orders.retain(|order| order.action != Delete);
    queue(&mut bench, &[Pxe]);
    assert!(leaves_soon(&bench.machine()) && !leaves_soon(&machine));
    let mut machine = bench.machine();
    drop_network_boots(&mut machine);
    let left: Vec<BmcAction> = machine.orders.iter().map(|order| order.action).collect();
    assert_eq!(left, [LedOn, Reset]);
}

#[test]
fn acknowledged_orders_are_forgotten_once() {
    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::On, BmcAction::LedOn]);
    assert_eq!(bench.awaits(), Some(Awaits::Acknowledgement));
    let ids: Vec<Uuid> = bench.machine().orders.iter().map(|order| order.id).collect();
    bench.does(done(vec![ids[0], Uuid::from_u128(99)]));
    assert_eq!(bench.actions(), [BmcAction::LedOn]);
    assert_eq!(bench.awaits(), Some(Awaits::Acknowledgement));
    bench.does(done(ids.clone()));
    assert_eq!(bench.actions(), []);
    assert_eq!(bench.awaits(), None);
    assert_eq!(bench.does(done(ids)).kinds(), []);
}

#[test]
fn acknowledging_does_not_end_another_expectation() {
    let mut bench = Bench::waiting();
    queue(&mut bench, &[BmcAction::Delete]);
    bench.acknowledge();
    assert_eq!(bench.awaits(), Some(Awaits::NetworkBoot));
}

/// The acknowledgement was lost, or is still on its way: the order must not be carried out a second time.
#[test]
fn an_order_to_boot_from_the_network_ends_with_the_boot() {
    use crate::machine::record::EventKind;
    for kind in [EventKind::PxeBooting, EventKind::Preparing] {
        let mut bench = Bench::waiting();
        bench.does(MachineCommand::Free { machine: ID.into() });
        assert_eq!(bench.actions(), [BmcAction::LedOff, BmcAction::Delete]);
        bench.event(EventKind::Alive);
        assert_eq!(bench.actions(), [BmcAction::LedOff, BmcAction::Delete]);
        bench.event(kind);
        assert_eq!(bench.actions(), [BmcAction::LedOff]);
    }
    // The event of a machine that boots again and again is not new.
    let mut bench = Bench::standing(super::super::events::State::PxeBooting, |_| {});
    bench.order(BmcAction::Delete);
    bench.event(EventKind::PxeBooting);
    assert_eq!(bench.actions(), [BmcAction::Delete]);
    assert_eq!(bench.awaits(), Some(Awaits::NextStep));
}
