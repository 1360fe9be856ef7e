//! The machine room's door: every command to the file that decides it.

use super::command::MachineCommand;
use super::{
    abort, allocate, delete, free, inspect, ipmi, life, orders, power, reconcile, register, reinstall,
    report, state, update, wait,
};
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::world::World;

/// Decides a command to the machine room.
pub fn decide(world: &World, command: &MachineCommand, moment: &mut Moment<'_>) -> Decided<Answer> {
    use MachineCommand as Ask;
    match command {
        Ask::Event { machine, event, message } => life::event(world, machine, *event, message, moment),
        Ask::Discover { machine } => life::discover(world, machine, moment),
        Ask::Register(registration) => register::decide(world, registration, moment),
        Ask::StartWaiting { machine } => wait::start(world, machine, moment),
        Ask::StopWaiting { machine } => wait::stop(world, machine, moment),
        Ask::Report { machine, console_password, boot_info } => {
            report::decide(world, machine, console_password, boot_info.as_deref(), moment)
        }
        Ask::AbortReinstall { machine, primary_disk_wiped } => {
            abort::decide(world, machine, *primary_disk_wiped, moment)
        }
        Ask::Allocate { role, request } => allocate::decide(world, *role, request, moment),
        Ask::Free { machine } => free::decide(world, machine, moment),
        Ask::Resurrect { machine } => free::resurrect(world, machine, moment),
        Ask::Delete { machine } => delete::decide(world, machine, moment),
        Ask::Reinstall { machine, image } => reinstall::decide(world, machine, image, moment),
        Ask::SetState { machine, value, description } => {
            state::decide(world, machine, value, description, moment)
        }
        Ask::Update { machine, description, tags, ssh_pub_keys } => {
            update::decide(world, machine, description.as_deref(), tags, ssh_pub_keys, moment)
        }
        Ask::Power { machine, action } => power::power(world, machine, *action, moment),
        Ask::Led { machine, on, description } => power::led(world, machine, *on, description, moment),
        Ask::IpmiReport { machine, partition, report } => {
            ipmi::decide(world, machine, partition, report, moment)
        }
        Ask::OrdersDone { machine, orders } => orders::done(world, machine, orders, moment),
        Ask::Inspect { machine } => inspect::decide(world, machine, moment),
        Ask::Reconcile => reconcile::decide(world, moment),
    }
}
