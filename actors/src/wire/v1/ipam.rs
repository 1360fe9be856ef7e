//! Commands about addresses.

use crate::ids::NetworkId;
use crate::ipam::{self as domain, command};
use crate::wire::travel::{wire_enum, wire_struct};
use std::collections::BTreeMap;
use std::net::IpAddr;
use uuid::Uuid;

wire_enum! {
    #[serde(rename_all = "snake_case")]
    AddressCommand = domain::AddressCommand {
        Allocate(request: Box<AddressAllocate>),
        AllocateMany(request: Box<AddressesAllocate>),
        Update(request: Box<AddressUpdate>),
        Free(id: String),
        Release { id: String, allocation: Uuid },
        #[serde(rename = "lift")]
        EndQuarantine(id: String),
        #[serde(rename = "lift_due")]
        EndDueQuarantines { network: NetworkId, addresses: Vec<IpAddr> },
        Mend { network: NetworkId, addresses: Vec<IpAddr> },
    }
}

wire_struct! {
    #[derive(Default)]
    #[serde(default)]
    AddressAllocate = command::AddressAllocate {
        networkid: String,
        projectid: String,
        name: String,
        description: String,
        #[serde(rename = "type")]
        kind: String,
        tags: Vec<String>,
        machineid: Option<String>,
        addressfamily: Option<String>,
        specific: Option<String>,
    }

    #[derive(Default)]
    #[serde(default)]
    AddressesAllocate = command::AddressesAllocate {
        #[serde(flatten)]
        each: AddressAllocate,
        count: BTreeMap<String, u32>,
    }

    #[derive(Default)]
    #[serde(default)]
    AddressUpdate = command::AddressUpdate {
        ipaddress: String,
        name: Option<String>,
        description: Option<String>,
        #[serde(rename = "type")]
        kind: Option<String>,
        tags: Option<Vec<String>>,
    }
}
