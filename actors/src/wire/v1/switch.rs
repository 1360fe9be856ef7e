//! Commands to switches.

use crate::ids::SwitchId;
use crate::switch::BgpPortState;
use crate::switch::{self as domain, command};
use crate::wire::travel::{as_it_is, wire_enum, wire_struct};
use std::collections::BTreeMap;

as_it_is!(BgpPortState);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    SwitchCommand = domain::SwitchCommand {
        Register(registration: Box<SwitchRegistration>),
        Update { id: SwitchId, description: Option<String>, console_command: String, mode: String },
        Notify {
            id: SwitchId,
            sync_duration_ns: i64,
            error: Option<String>,
            port_states: Option<BTreeMap<String, String>>,
            bgp_port_states: Option<BTreeMap<String, BgpPortState>>,
        },
        Toggle { id: SwitchId, nic: String, status: String },
        Migrate { old: SwitchId, new: SwitchId },
        Delete { id: SwitchId, force: bool },
    }
}

wire_struct! {
    #[derive(Default)]
    #[serde(default)]
    SwitchRegistration = command::SwitchRegistration {
        id: String,
        name: Option<String>,
        description: Option<String>,
        partition_id: String,
        rack_id: String,
        nics: Vec<SwitchNic>,
        os: Option<OsReport>,
        management_ip: String,
        management_user: String,
        console_command: String,
    }

    #[derive(Default)]
    #[serde(default)]
    SwitchNic = command::SwitchNic { mac: String, name: String, identifier: String, vrf: String }

    #[derive(Default)]
    #[serde(default)]
    OsReport = command::OsReport { vendor: String, version: String, metal_core_version: String }
}
