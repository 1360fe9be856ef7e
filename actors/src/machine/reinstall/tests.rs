use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::{self, Fixture, IMAGE};
use crate::machine::{Awaits, Role};
use crate::refusal::RefusalKind;
use crate::switch::Switch;

const NEW: &str = "ubuntu-26.4";

fn fixture() -> (Fixture, MachineId) {
    let mut fixture = Fixture::new(1);
    fixture.add_private(0);
    fixture.add_machine("m1");
    let id = fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    (fixture, id)
}

fn reinstall(fixture: &mut Fixture, image: &str) -> Result<Answer, Refusal> {
    fixture.ask(&MachineCommand::Reinstall { machine: "m1".into(), image: image.into() })
}

#[test]
fn the_machine_boots_into_the_installer_and_keeps_its_allocation() {
    let (mut fixture, id) = fixture();
    for switch in fixture.world.switches.all() {
        let mut switch = Switch::clone(&switch);
        switch.nics[0].vrf = "vrf42".into();
        fixture.put(switch);
    }
    let before = fixture.machine(&id).allocation.unwrap();
    assert_eq!(reinstall(&mut fixture, NEW), Ok(Answer::Machine(id.clone())));
    let machine = fixture.machine(&id);
    let orders: Vec<_> = machine.orders.iter().map(|order| (order.action, order.allocation)).collect();
    assert_eq!(orders, [(BmcAction::Reinstall, Some(before.uuid))]);
    assert_eq!(machine.expectation.unwrap().awaits, Awaits::Reinstallation);
    let expected = Allocation { reinstall: true, image: NEW.into(), ..before };
    assert_eq!(machine.allocation, Some(expected));
    assert!(fixture.world.switches.all().iter().all(|switch| switch.nics[0].vrf.is_empty()));
    assert_eq!(fixture.world.events.get("m1").unwrap().log.len(), 0, "no event is recorded");
}

/// The rows of api-machines 3.6.
#[test]
fn it_is_refused_in_the_words_of_the_contract() {
    type Spoil = fn(&mut Machine);
    let bad = "machine either locked, not allocated yet or invalid image ID specified";
    let rigid: Spoil = |machine| {
        let layout = machine.allocation.as_mut().and_then(|held| held.layout.as_mut()).unwrap();
        layout.disks[0].wipeonreinstall = false;
    };
    let lost: Spoil = |machine| {
        let held = machine.allocation.as_mut().unwrap();
        (held.layout, held.image) = (None, "gone-1.0".into());
    };
    let cases: &[(Spoil, &str, RefusalKind, &str)] = &[
        (|machine| machine.allocation = None, NEW, RefusalKind::BadRequest, bad),
        (|machine| machine.state.value = StateValue::Locked, NEW, RefusalKind::BadRequest, bad),
        (|_| {}, "", RefusalKind::BadRequest, bad),
        (
            lost,
            NEW,
            RefusalKind::Unprocessable,
            "could not find a matching filesystemLayout for size:v1-small-x86 and image:gone-1.0",
        ),
        (
            rigid,
            NEW,
            RefusalKind::Unprocessable,
            "filesystemlayout:default is not reinstallable, abort reinstallation",
        ),
        (
            |_| {},
            "ubuntu-26",
            RefusalKind::NotFound,
            "error finding image \"ubuntu-26\" for machine \"m1\": NotFound no image with id \"ubuntu-26\" found",
        ),
    ];
    for (spoil, image, kind, text) in cases {
        let (mut fixture, id) = fixture();
        fixture.edit_machine(&id, spoil);
        let before = fixture.machine(&id);
        let refusal = reinstall(&mut fixture, image).unwrap_err();
        assert_eq!((refusal.kind, refusal.message.as_str()), (*kind, *text));
        assert_eq!(fixture.machine(&id), before);
    }
}

#[test]
fn an_allocation_without_a_layout_gets_the_one_of_its_old_image() {
    let (mut fixture, id) = fixture();
    fixture.edit_machine(&id, |machine| machine.allocation.as_mut().unwrap().layout = None);
    reinstall(&mut fixture, IMAGE).unwrap();
    assert_eq!(fixture.machine(&id).allocation.unwrap().layout, Some(fixture::layout("default")));
}
