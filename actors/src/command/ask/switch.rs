//! Commands about switches with their answers.

use crate::command::ask::{Ask, Notified, SwitchWritten};
use crate::ids::SwitchId;
use crate::record::switch::BgpPortState;
use crate::switch::command::{SwitchCommand as Command, SwitchRegistration};
use std::collections::BTreeMap;

/// A switch's report (api-machines 4.5). Maps are by port name; absent ports are unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwitchReport {
    pub sync_duration_ns: i64,
    /// An empty text is an error, too.
    pub error: Option<String>,
    pub port_states: Option<BTreeMap<String, String>>,
    pub bgp_port_states: Option<BTreeMap<String, BgpPortState>>,
}

/// api-machines 4.2 and 4.7.1
pub fn register(registration: SwitchRegistration) -> Ask<SwitchWritten> {
    Ask::new(Command::Register(Box::new(registration)))
}

/// api-machines 4.4; `mode` as sent.
pub fn update(
    id: SwitchId,
    description: Option<String>,
    console_command: String,
    mode: String,
) -> Ask<SwitchWritten> {
    Ask::new(Command::Update { id, description, console_command, mode })
}

/// api-machines 4.5
pub fn notify(id: SwitchId, report: SwitchReport) -> Ask<Notified> {
    let SwitchReport { sync_duration_ns, error, port_states, bgp_port_states } = report;
    Ask::new(Command::Notify { id, sync_duration_ns, error, port_states, bgp_port_states })
}

/// api-machines 4.6; `status` as sent.
pub fn toggle(id: SwitchId, nic: String, status: String) -> Ask<SwitchWritten> {
    Ask::new(Command::Toggle { id, nic, status })
}

/// api-machines 4.7
pub fn migrate(old: SwitchId, new: SwitchId) -> Ask<SwitchWritten> {
    Ask::new(Command::Migrate { old, new })
}

/// api-machines 4.8
pub fn delete(id: SwitchId, force: bool) -> Ask<SwitchWritten> {
    Ask::new(Command::Delete { id, force })
}
