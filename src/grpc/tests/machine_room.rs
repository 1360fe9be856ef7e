//! Fake actors that only record which command arrived.

use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Decided, Decision, DecisionContext};
use actors::fixture::rows;
use actors::ids::MachineId;
use actors::machine::command::Registration;
use actors::machine::{Allocation, BootInfo, Event, Events, Machine, MachineCommand};
use actors::refusal::Refusal;
use actors::world::World;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn decide(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let Body::Machine(command) = body else { return Err(Refusal::unprocessable("not a machine")) };
    let peer = !matches!(command, MachineCommand::Allocate { .. });
    assert_eq!(peer, context.principal.email == "metal-edit@metal-stack.io", "peers edit, others allocate");
    match command {
        MachineCommand::Event { machine, event, message } => {
            if machine.as_str().starts_with("broken") {
                return Err(Refusal::unprocessable(format!("no room for {machine}")));
            }
            let mut decision = Decision::new(context.now, Answer::Done);
            let event = Event { time: context.now, event: *event, message: message.clone() };
            match world.events.get(machine.as_str()) {
                Some(read) => {
                    let mut events = (*read.value).clone();
                    Arc::make_mut(&mut events.log).push_front(event);
                    decision.update(&read, events);
                }
                None => {
                    let mut events = Events::new(machine.clone());
                    Arc::make_mut(&mut events.log).push_front(event);
                    decision.create(events).create(Machine::new(machine.clone(), context.now));
                }
            }
            Ok(decision)
        }
        MachineCommand::Discover { machine } => {
            let mut decision = Decision::new(context.now, Answer::Done);
            decision.create(Machine::new(machine.clone(), context.now));
            Ok(decision)
        }
        MachineCommand::Register(told) => register(told, context),
        MachineCommand::StartWaiting { machine } => {
            change(world, machine, context, |machine| machine.waiting |= machine.allocation.is_none())
        }
        MachineCommand::StopWaiting { machine } => {
            change(world, machine, context, |machine| machine.waiting = false)
        }
        MachineCommand::Allocate { request, .. } => {
            let uuid = context.uuid();
            change(world, &request.uuid.as_str().into(), context, |machine| {
                machine.allocation = Some(allocation(uuid))
            })
        }
        MachineCommand::Report { machine, console_password, boot_info } => {
            let Some(boot_info) = boot_info else {
                return Err(Refusal::unprocessable(format!("the machine \"{machine}\" bootinfo is nil")));
            };
            change(world, machine, context, |machine| {
                let allocation = machine.allocation.as_mut().expect("allocated by the test");
                allocation.console_password.clone_from(console_password);
                allocation.boot_info = Some((**boot_info).clone());
            })
        }
        MachineCommand::AbortReinstall { primary_disk_wiped, .. } => {
            let old = BootInfo { kernel: "old".to_owned(), ..BootInfo::default() };
            let answer = Answer::BootInfo((!primary_disk_wiped).then_some(Box::new(old)));
            Ok(Decision::new(context.now, answer))
        }
        _ => Err(Refusal::unprocessable("not a command of these tests")),
    }
}

fn register(told: &Registration, context: &DecisionContext<'_>) -> Decided<Answer> {
    if told.machine.as_str() == "installed" {
        let message = "it is installed, it will boot from disk".to_owned();
        return Ok(Decision::new(context.now, Answer::RegisterRefused { message }));
    }
    let answer = Answer::Registered {
        machine: told.machine.clone(),
        size: "v1-small-x86".to_owned(),
        partition: told.partition.clone(),
    };
    let mut decision = Decision::new(context.now, answer);
    decision.create(Machine {
        partition: told.partition.clone(),
        hardware: told.hardware.clone(),
        bios: told.bios.clone(),
        ipmi: told.ipmi.clone().unwrap_or_default(),
        tags: told.tags.clone(),
        ..Machine::new(told.machine.clone(), context.now)
    });
    Ok(decision)
}

fn change(
    world: &World,
    machine: &MachineId,
    context: &DecisionContext<'_>,
    edit: impl FnOnce(&mut Machine),
) -> Decided<Answer> {
    let read = world.machines.get(machine.as_str()).ok_or_else(|| Refusal::not_found("machine", machine))?;
    let mut changed = (*read.value).clone();
    edit(&mut changed);
    let mut decision = Decision::new(context.now, Answer::Done);
    decision.update(&read, changed);
    Ok(decision)
}

fn allocation(uuid: Uuid) -> Allocation {
    Allocation {
        hostname: "metal".to_owned(),
        ..rows::allocation(uuid, "p", "debian-13.0", actors::time::Timestamp::ZERO)
    }
}
