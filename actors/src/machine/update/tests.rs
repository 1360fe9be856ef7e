use super::*;
use crate::machine::Role;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::{self, Fixture};
use crate::refusal::RefusalKind;

fn fixture() -> (Fixture, MachineId) {
    let mut fixture = Fixture::new(1);
    fixture.add_private(0);
    let id = fixture.add_machine("m1");
    fixture.allocate(Role::Machine, &fixture::request()).unwrap();
    (fixture, id)
}

fn update(
    fixture: &mut Fixture,
    id: &str,
    description: Option<&str>,
    tags: &[&str],
    keys: &[&str],
) -> Result<Answer, Refusal> {
    let own = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    fixture.ask(&MachineCommand::Update {
        machine: id.into(),
        description: description.map(str::to_owned),
        tags: own(tags),
        ssh_pub_keys: own(keys),
    })
}

#[test]
fn what_is_given_is_replaced() {
    let (mut fixture, id) = fixture();
    update(&mut fixture, "m1", Some("new"), &["b", "a=1"], &["not checked"]).unwrap();
    let machine = fixture.machine(&id);
    let system =
        ["machine.metal-stack.io/network.primary.asn=4210000001", "machine.metal-stack.io/rack=test-rack"];
    assert_eq!(machine.tags, ["a=1", "b", system[0], system[1]]);
    let allocation = machine.allocation.unwrap();
    assert_eq!(allocation.description, "new");
    assert_eq!(allocation.ssh_pub_keys, ["not checked"]);
    assert_eq!(machine.changed, fixture.now);
}

#[test]
fn what_is_not_given_stays() {
    let (mut fixture, id) = fixture();
    update(&mut fixture, "m1", Some("d"), &["a"], &["k"]).unwrap();
    let before = fixture.machine(&id);
    update(&mut fixture, "m1", None, &[], &[]).unwrap();
    assert_eq!(Machine { changed: before.changed, ..fixture.machine(&id) }, before);
    update(&mut fixture, "m1", Some(""), &[], &[]).unwrap();
    assert_eq!(fixture.machine(&id).allocation.unwrap().description, "");
}

#[test]
fn only_allocated_machines_can_be_updated() {
    let (mut fixture, id) = fixture();
    fixture.edit_machine(&id, |machine| machine.allocation = None);
    let refusal = update(&mut fixture, "m1", None, &[], &[]).unwrap_err();
    assert_eq!(refusal, Refusal::bad_request("only allocated machines can be updated"));
    assert_eq!(update(&mut fixture, "m9", None, &[], &[]).unwrap_err().kind, RefusalKind::NotFound);
}
