//! Commands to machines with their answers.

use crate::answer::IpmiOutcome;
use crate::command::ask::{Allocated, Ask, Corrected, Freed, Registered};
use crate::ids::{MachineId, PartitionId};
use crate::machine::command::{AllocateRequest, IpmiReport, MachineCommand as Command, Registration};
use crate::record::machine::{BmcAction, BootInfo, EventKind, Machine, Role};
use uuid::Uuid;

/// api-machines 2.3
pub fn event(machine: MachineId, event: EventKind, message: String) -> Ask<()> {
    Ask::new(Command::Event { machine, event, message })
}

/// api-machines 5.8
pub fn discover(machine: MachineId) -> Ask<()> {
    Ask::new(Command::Discover { machine })
}

/// api-machines 5.4
pub fn register(registration: Registration) -> Ask<Registered> {
    Ask::new(Command::Register(Box::new(registration)))
}

/// api-machines 5.5, step 3
pub fn start_waiting(machine: MachineId) -> Ask<()> {
    Ask::new(Command::StartWaiting { machine })
}

/// api-machines 5.5, step 6
pub fn stop_waiting(machine: MachineId) -> Ask<()> {
    Ask::new(Command::StopWaiting { machine })
}

/// api-machines 5.6
pub fn report(machine: MachineId, console_password: String, boot_info: Option<Box<BootInfo>>) -> Ask<()> {
    Ask::new(Command::Report { machine, console_password, boot_info })
}

/// api-machines 5.7
pub fn abort_reinstall(machine: MachineId, primary_disk_wiped: bool) -> Ask<Option<Box<BootInfo>>> {
    Ask::new(Command::AbortReinstall { machine, primary_disk_wiped })
}

/// api-machines 3.1 to 3.5
pub fn allocate(role: Role, request: AllocateRequest) -> Ask<Allocated> {
    Ask::new(Command::Allocate { role, request: Box::new(request) })
}

/// api-machines 3.7
pub fn free(machine: MachineId) -> Ask<Freed> {
    Ask::new(Command::Free { machine })
}

/// api-machines 3.8; returns the machine before its deletion.
pub fn delete(machine: MachineId) -> Ask<Box<Machine>> {
    Ask::new(Command::Delete { machine })
}

/// api-machines 3.6
pub fn reinstall(machine: MachineId, image: String) -> Ask<MachineId> {
    Ask::new(Command::Reinstall { machine, image })
}

/// api-machines 3.9
pub fn set_state(machine: MachineId, value: String, description: String) -> Ask<MachineId> {
    Ask::new(Command::SetState { machine, value, description })
}

/// api-machines 3.10
pub fn update(
    machine: MachineId,
    description: Option<String>,
    tags: Vec<String>,
    ssh_pub_keys: Vec<String>,
) -> Ask<MachineId> {
    Ask::new(Command::Update { machine, description, tags, ssh_pub_keys })
}

/// api-machines 6.2
pub fn power(machine: MachineId, action: BmcAction) -> Ask<MachineId> {
    Ask::new(Command::Power { machine, action })
}

/// api-machines 6.3
pub fn led(machine: MachineId, on: bool, description: String) -> Ask<MachineId> {
    Ask::new(Command::Led { machine, on, description })
}

/// api-machines 6.1
pub fn ipmi_report(machine: MachineId, partition: PartitionId, report: IpmiReport) -> Ask<IpmiOutcome> {
    Ask::new(Command::IpmiReport { machine, partition, report: Box::new(report) })
}

/// The agent carried out BMC orders.
pub fn orders_done(machine: MachineId, orders: Vec<Uuid>) -> Ask<()> {
    Ask::new(Command::OrdersDone { machine, orders })
}

/// Checks whether the machine's events are overdue.
pub fn inspect(machine: MachineId) -> Ask<()> {
    Ask::new(Command::Inspect { machine })
}

/// One bounded round that releases claims of ended allocations.
pub fn reconcile() -> Ask<Corrected> {
    Ask::new(Command::Reconcile)
}
