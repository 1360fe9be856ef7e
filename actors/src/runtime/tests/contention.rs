//! Many commands at the same rows: what they cost, and that they come in their order.

use super::*;
use crate::ids::MachineId;
use crate::machine::command::Registration;
use crate::machine::fixture;
use crate::machine::{Bios, MachineCommand, Nic};
use crate::masterdata::MasterdataCommand::SizeDelete;
use crate::switch::Switch;

const MACHINES: u32 = 250;

static DECISIONS: AtomicU32 = AtomicU32::new(0);

fn counted(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    DECISIONS.fetch_add(1, Ordering::Relaxed);
    crate::decide::decide(world, body, context)
}

fn registration(number: u32) -> Registration {
    let machine = fixture::machine(&format!("m{number}"));
    let mut hardware = machine.hardware;
    for (nic, leaf) in hardware.nics.iter_mut().zip(["leaf01", "leaf02"]) {
        let identifier = format!("port{number}");
        nic.neighbors = vec![Nic { identifier, hostname: leaf.into(), ..Nic::default() }];
    }
    Registration {
        machine: machine.id,
        partition: machine.partition,
        hardware,
        bios: Bios::default(),
        ipmi: None,
        tags: Vec::new(),
        metal_hammer_version: String::new(),
    }
}

/// All machines of a rack are powered on at once: each registration writes the same two switches.
#[test]
fn machines_that_register_at_the_same_switches_do_not_decide_again_for_one_another() {
    on_paused_time(|| async {
        let fixture = Fixture::start_with(counted).await;
        let world = fixture.local.world();
        world.insert(crate::store::Generation(1), fixture::partition(fixture::PARTITION));
        for leaf in ["leaf01", "leaf02"] {
            let port = |number| crate::switch::SwitchPort {
                name: format!("Ethernet{number}"),
                identifier: format!("port{number}"),
                ..crate::switch::SwitchPort::default()
            };
            let switch = Switch { nics: (0..MACHINES).map(port).collect(), ..fixture::switch(leaf) };
            fixture.put(switch).await;
        }
        let asks = (0..MACHINES).map(|number| {
            let command = MachineCommand::Register(Box::new(registration(number)));
            fixture.local.ask(&fixture.principal, None, Body::Machine(command))
        });
        let answers = futures_util::future::join_all(asks).await;
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Answer::Registered { .. }))), "{answers:?}");
        for leaf in ["leaf01", "leaf02"] {
            assert_eq!(world.switches.get(leaf).unwrap().connections.len(), MACHINES as usize);
        }
        assert!(world.machines.get(MachineId::from("m7").as_str()).is_some());
        let decisions = DECISIONS.load(Ordering::Relaxed);
        assert!(decisions <= 2 * MACHINES, "each decides when it comes and when it is its turn: {decisions}");
    });
}

/// A caller that waits for a row that stays locked gets an error at its deadline, and its command is never applied.
#[test]
fn a_command_that_could_not_begin_says_so() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        let key = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, 1));
        let held = fixture.local.world().hold_rows([&key]);
        assert_eq!(fixture.ask(None, "up").await, Err(CallError::Expired));
        // Waits in the mailbox behind one that waits for the row.
        let bodies = ["up", "down"].map(|text| Body::Masterdata(SizeDelete(text.to_owned())));
        let asks = bodies.map(|body| fixture.local.ask(&fixture.principal, None, body));
        assert_eq!(
            futures_util::future::join_all(asks).await,
            [Err(CallError::Expired), Err(CallError::Expired)]
        );
        drop(held);
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(1)));
    });
}
