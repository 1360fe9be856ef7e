//! Passes every command to the file that decides it.

use super::command::MachineCommand;
use super::{
    abort, allocate, delete, free, inspect, ipmi, life, orders, power, reconcile, register, reinstall,
    report, state, update, wait,
};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::world::World;

/// Decides a command to machines.
pub fn decide(world: &World, command: &MachineCommand, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    use MachineCommand as Ask;
    match command {
        Ask::Event { machine, event, message } => life::event(world, machine, *event, message, context),
        Ask::Discover { machine } => life::discover(world, machine, context),
        Ask::Register(registration) => register::decide(world, registration, context),
        Ask::StartWaiting { machine } => wait::start(world, machine, context),
        Ask::StopWaiting { machine } => wait::stop(world, machine, context),
        Ask::Report { machine, console_password, boot_info } => {
            report::decide(world, machine, console_password, boot_info.as_deref(), context)
        }
        Ask::AbortReinstall { machine, primary_disk_wiped } => {
            abort::decide(world, machine, *primary_disk_wiped, context)
        }
        Ask::Allocate { role, request } => allocate::decide(world, *role, request, context),
        Ask::Free { machine } => free::decide(world, machine, context),
        Ask::Resurrect { machine } => free::resurrect(world, machine, context),
        Ask::Delete { machine } => delete::decide(world, machine, context),
        Ask::Reinstall { machine, image } => reinstall::decide(world, machine, image, context),
        Ask::SetState { machine, value, description } => {
            state::decide(world, machine, value, description, context)
        }
        Ask::Update { machine, description, tags, ssh_pub_keys } => {
            update::decide(world, machine, description.as_deref(), tags, ssh_pub_keys, context)
        }
        Ask::Power { machine, action } => power::power(world, machine, *action, context),
        Ask::Led { machine, on, description } => power::led(world, machine, *on, description, context),
        Ask::IpmiReport { machine, partition, report } => {
            ipmi::decide(world, machine, partition, report, context)
        }
        Ask::OrdersDone { machine, orders } => orders::done(world, machine, orders, context),
        Ask::Inspect { machine } => inspect::decide(world, machine, context),
        Ask::Reconcile => reconcile::decide(world, context),
    }
}
