use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::testing::{self, IMAGE, Lab};
use crate::machine::{Awaits, Role};
use crate::refusal::RefusalKind;
use crate::switch::Switch;

const NEW: &str = "ubuntu-26.4";

fn lab() -> (Lab, MachineId) {
    let mut lab = Lab::new(1);
    lab.add_private(0);
    lab.add_machine("m1");
    let id = lab.allocate(Role::Machine, &testing::request()).unwrap();
    (lab, id)
}

fn reinstall(lab: &mut Lab, image: &str) -> Result<Answer, Refusal> {
    lab.ask(&MachineCommand::Reinstall { machine: "m1".into(), image: image.into() })
}

#[test]
fn the_machine_boots_into_the_installer_and_keeps_its_allocation() {
    let (mut lab, id) = lab();
    for switch in lab.world.switches.all() {
        let mut switch = Switch::clone(&switch);
        switch.nics[0].vrf = "vrf42".into();
        lab.put(switch);
    }
    let before = lab.machine(&id).allocation.unwrap();
    assert_eq!(reinstall(&mut lab, NEW), Ok(Answer::Machine(id.clone())));
    let machine = lab.machine(&id);
    let orders: Vec<_> = machine.orders.iter().map(|order| (order.action, order.allocation)).collect();
    assert_eq!(orders, [(BmcAction::Reinstall, Some(before.uuid))]);
    assert_eq!(machine.expectation.unwrap().awaits, Awaits::Reinstallation);
    let expected = Allocation { reinstall: true, image: NEW.into(), ..before };
    assert_eq!(machine.allocation, Some(expected));
    assert!(lab.world.switches.all().iter().all(|switch| switch.nics[0].vrf.is_empty()));
    assert_eq!(lab.world.events.get("m1").unwrap().log.len(), 0, "no event is recorded");
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
        let (mut lab, id) = lab();
        lab.edit_machine(&id, spoil);
        let before = lab.machine(&id);
        let refusal = reinstall(&mut lab, image).unwrap_err();
        assert_eq!((refusal.kind, refusal.message.as_str()), (*kind, *text));
        assert_eq!(lab.machine(&id), before);
    }
}

#[test]
fn an_allocation_without_a_layout_gets_the_one_of_its_old_image() {
    let (mut lab, id) = lab();
    lab.edit_machine(&id, |machine| machine.allocation.as_mut().unwrap().layout = None);
    reinstall(&mut lab, IMAGE).unwrap();
    assert_eq!(lab.machine(&id).allocation.unwrap().layout, Some(testing::layout("default")));
}
