use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID, MINUTE, allocation};
use crate::record::machine::Allocation;

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

fn queue(fixture: &mut Fixture, actions: &[BmcAction]) -> Vec<BmcAction> {
    for action in actions {
        fixture.order(*action);
    }
    fixture.actions()
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
        assert_eq!(queue(&mut Fixture::waiting(), given), expected);
    }
}

#[test]
fn the_queue_is_bounded() {
    for mut fixture in [Fixture::waiting(), Fixture::allocated(), Fixture::installed()] {
        let twice = [ALL, ALL].concat();
        assert!(queue(&mut fixture, &twice).len() <= ORDERS_MAX);
    }
}

/// Never wipe: the orders allowed in each phase. Rows: free, allocated, to be reinstalled, installed.
#[test]
fn wiping_orders_stand_only_where_their_token_fits() {
    use BmcAction::*;
    let reinstall = |machine: &mut Machine| machine.allocation.as_mut().unwrap().reinstall = true;
    let reinstalled = Fixture::installed();
    reinstalled.edit(reinstall);
    for (mut fixture, expected) in [
        (Fixture::waiting(), vec![Delete]),
        (Fixture::allocated(), vec![Reinstall]),
        (reinstalled, vec![Reinstall]),
        (Fixture::installed(), vec![BootDisk]),
    ] {
        let mut queued = Vec::new();
        for action in [Delete, Reinstall, BootDisk] {
            fixture.edit(|machine| machine.orders.clear());
            queued.extend(queue(&mut fixture, &[action]));
        }
        assert_eq!(queued, expected);
    }
}

/// Never wipe: an outdated order is not handed out, whatever happened to the machine since.
#[test]
fn stale_orders_are_not_due_and_are_dropped() {
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::Delete]);
    fixture.edit(|machine| machine.allocation = Some(allocation()));
    assert_eq!(due(&fixture.machine(), fixture.now).count(), 0);
    assert_eq!(fixture.inspect().kinds(), [crate::store::Kind::Machine]);
    assert_eq!(fixture.actions(), []);

    let mut fixture = Fixture::installed();
    fixture.edit(|machine| machine.allocation.as_mut().unwrap().reinstall = true);
    queue(&mut fixture, &[BmcAction::Reinstall]);
    let other = Allocation { uuid: Uuid::from_u128(8), reinstall: true, ..allocation() };
    fixture.edit(|machine| machine.allocation = Some(other));
    assert_eq!(due(&fixture.machine(), fixture.now).count(), 0);
    fixture.edit(|machine| machine.allocation = Some(Allocation { installed: true, ..allocation() }));
    assert_eq!(due(&fixture.machine(), fixture.now).count(), 0);
    fixture.edit(|machine| machine.allocation = None);
    assert_eq!(due(&fixture.machine(), fixture.now).count(), 0);
}

#[test]
fn a_power_command_does_not_come_as_a_surprise_hours_later() {
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::Reset, BmcAction::Delete]);
    fixture.pass(61 * MINUTE);
    let machine = fixture.machine();
    let due: Vec<BmcAction> = due(&machine, fixture.now).map(|order| order.action).collect();
    assert_eq!(due, [BmcAction::Delete]);
}

#[test]
fn a_repeated_order_to_boot_keeps_its_name_so_that_a_late_acknowledgement_fits() {
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::Delete]);
    let first = fixture.machine().orders[0].clone();
    queue(&mut fixture, &[BmcAction::Delete]);
    assert_eq!(fixture.machine().orders, [BmcOrder { tries: 1, ..first }]);

    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::Reset]);
    let first = fixture.machine().orders[0].id;
    queue(&mut fixture, &[BmcAction::Reset]);
    assert_ne!(fixture.machine().orders[0].id, first, "an operator who presses twice means it");
}

#[test]
fn allocating_drops_what_boots_from_the_network() {
    use BmcAction::*;
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[LedOn, Pxe, Reset, Delete]);
    let mut machine = fixture.machine();
    machine.orders.retain(|order| order.action != Delete);
    queue(&mut fixture, &[Pxe]);
    assert!(fixture.machine().leaves_soon() && !machine.leaves_soon());
    let mut machine = fixture.machine();
    drop_network_boots(&mut machine);
    let left: Vec<BmcAction> = machine.orders.iter().map(|order| order.action).collect();
    assert_eq!(left, [LedOn, Reset]);
}

#[test]
fn acknowledged_orders_are_forgotten_once() {
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::On, BmcAction::LedOn]);
    assert_eq!(fixture.awaits(), Some(Awaits::Acknowledgement));
    let ids: Vec<Uuid> = fixture.machine().orders.iter().map(|order| order.id).collect();
    fixture.does(done(vec![ids[0], Uuid::from_u128(99)]));
    assert_eq!(fixture.actions(), [BmcAction::LedOn]);
    assert_eq!(fixture.awaits(), Some(Awaits::Acknowledgement));
    fixture.does(done(ids.clone()));
    assert_eq!(fixture.actions(), []);
    assert_eq!(fixture.awaits(), None);
    assert_eq!(fixture.does(done(ids)).kinds(), []);
}

#[test]
fn acknowledging_does_not_end_another_expectation() {
    let mut fixture = Fixture::waiting();
    queue(&mut fixture, &[BmcAction::Delete]);
    fixture.acknowledge();
    assert_eq!(fixture.awaits(), Some(Awaits::NetworkBoot));
}

/// The acknowledgement was lost, or is still on its way: the order must not be carried out a second time.
#[test]
fn an_order_to_boot_from_the_network_ends_with_the_boot() {
    use crate::record::machine::EventKind;
    for kind in [EventKind::PxeBooting, EventKind::Preparing] {
        let mut fixture = Fixture::waiting();
        fixture.does(MachineCommand::Free { machine: ID.into() });
        assert_eq!(fixture.actions(), [BmcAction::LedOff, BmcAction::Delete]);
        fixture.event(EventKind::Alive);
        assert_eq!(fixture.actions(), [BmcAction::LedOff, BmcAction::Delete]);
        fixture.event(kind);
        assert_eq!(fixture.actions(), [BmcAction::LedOff]);
    }
    // The event of a machine that boots again and again is not new.
    let mut fixture = Fixture::standing(crate::record::machine::ProvisioningState::PxeBooting, |_| {});
    fixture.order(BmcAction::Delete);
    fixture.event(EventKind::PxeBooting);
    assert_eq!(fixture.actions(), [BmcAction::Delete]);
    assert_eq!(fixture.awaits(), Some(Awaits::NextStep));
}
