//! Commands to the registry of networks.

use crate::ids::NetworkId;
use crate::network as domain;
use crate::network::command;
use crate::record::network::PoolPolicy;
use crate::wire::travel::{as_it_is, wire_enum, wire_struct};
use std::collections::BTreeMap;

as_it_is!(PoolPolicy);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    NetworkCommand = domain::NetworkCommand {
        Create(request: Box<NetworkCreate>),
        Update { update: Box<NetworkUpdate>, force: bool },
        Allocate(request: Box<NetworkAllocate>),
        Free(id: NetworkId),
        Delete(id: NetworkId),
        SetPool { id: NetworkId, pool: PoolPolicy },
    }
}

wire_struct! {
    #[derive(Default)]
    #[serde(default)]
    NetworkCreate = command::NetworkCreate {
        id: String,
        name: String,
        description: String,
        partitionid: Option<String>,
        projectid: String,
        labels: BTreeMap<String, String>,
        prefixes: Vec<String>,
        destinationprefixes: Vec<String>,
        defaultchildprefixlength: Option<BTreeMap<String, u8>>,
        nat: bool,
        privatesuper: bool,
        underlay: bool,
        vrf: u32,
        vrfshared: bool,
        additionalannouncablecidrs: Vec<String>,
    }

    #[derive(Default)]
    #[serde(default)]
    NetworkUpdate = command::NetworkUpdate {
        id: String,
        name: Option<String>,
        description: Option<String>,
        labels: Option<BTreeMap<String, String>>,
        shared: Option<bool>,
        prefixes: Vec<String>,
        destinationprefixes: Vec<String>,
        defaultchildprefixlength: BTreeMap<String, u8>,
        additionalannouncablecidrs: Vec<String>,
    }

    #[derive(Default)]
    #[serde(default)]
    NetworkAllocate = command::NetworkAllocate {
        name: String,
        description: String,
        partitionid: String,
        projectid: String,
        labels: BTreeMap<String, String>,
        shared: bool,
        nat: bool,
        destinationprefixes: Vec<String>,
        addressfamily: Option<String>,
        length: BTreeMap<String, u8>,
        specific: Vec<String>,
    }
}
