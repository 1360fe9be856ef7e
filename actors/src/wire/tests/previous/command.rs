//! Commands about everything else as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::machine_command::{DnsServer, MachineCommand, NtpServer, SwitchCommand};
use super::masterdata::{Constraint, Layout, Project, Tenant};
use super::network::PoolPolicy;
use super::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use uuid::Uuid;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Command {
    pub(crate) key: Uuid,
    pub(crate) principal: Principal,
    pub(crate) partition: PartitionId,
    pub(crate) body: Body,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Body {
    Machine(MachineCommand),
    Switch(SwitchCommand),
    Network(NetworkCommand),
    Address(AddressCommand),
    Masterdata(MasterdataCommand),
    Namespace(NamespaceCommand),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Principal {
    pub(crate) email: String,
    pub(crate) role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    View,
    Edit,
    Admin,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AddressCommand {
    Allocate(Box<AddressAllocate>),
    AllocateMany(Box<AddressesAllocate>),
    Update(Box<AddressUpdate>),
    Free(String),
    Release {
        id: String,
        allocation: Uuid,
    },
    #[serde(rename = "lift")]
    EndQuarantine(String),
    #[serde(rename = "lift_due")]
    EndDueQuarantines {
        network: NetworkId,
        addresses: Vec<IpAddr>,
    },
    Mend {
        network: NetworkId,
        addresses: Vec<IpAddr>,
    },
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressAllocate {
    pub(crate) networkid: String,
    pub(crate) projectid: String,
    pub(crate) name: String,
    pub(crate) description: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) tags: Vec<String>,
    pub(crate) machineid: Option<String>,
    pub(crate) addressfamily: Option<String>,
    pub(crate) specific: Option<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressesAllocate {
    #[serde(flatten)]
    pub(crate) each: AddressAllocate,
    pub(crate) count: BTreeMap<String, u32>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AddressUpdate {
    pub(crate) ipaddress: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) tags: Option<Vec<String>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MasterdataCommand {
    PartitionCreate(Box<PartitionRequest>),
    PartitionUpdate(Box<PartitionRequest>),
    PartitionDelete(String),
    SizeCreate(Box<SizeRequest>),
    SizeUpdate(Box<SizeRequest>),
    SizeDelete(String),
    ImageCreate(Box<ImageRequest>),
    ImageUpdate(Box<ImageRequest>),
    ImageDelete(String),
    ImageSweep(ImageId),
    LayoutCreate(Box<Layout>),
    LayoutUpdate(Box<Layout>),
    LayoutDelete(String),
    ProjectCreate(Box<Project>),
    ProjectUpdate(Box<Project>),
    ProjectDelete(String),
    TenantCreate(Box<Tenant>),
    TenantUpdate(Box<Tenant>),
    TenantDelete(String),
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PartitionRequest {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) mgmtserviceaddress: Option<String>,
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) bootconfig: Option<BootConfigRequest>,
    pub(crate) dns_servers: Option<Vec<DnsServer>>,
    pub(crate) ntp_servers: Option<Vec<NtpServer>>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BootConfigRequest {
    pub(crate) imageurl: Option<String>,
    pub(crate) kernelurl: Option<String>,
    pub(crate) commandline: Option<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SizeRequest {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) constraints: Option<Vec<Constraint>>,
    pub(crate) labels: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ImageRequest {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) features: Vec<String>,
    pub(crate) expirationdate: Option<Timestamp>,
    pub(crate) classification: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NamespaceCommand {
    Create(NamespaceId),
    Delete(NamespaceId),
    CreatePrefix { namespace: NamespaceId, cidr: String },
    DeletePrefix { namespace: NamespaceId, cidr: String },
    AcquireChild { namespace: NamespaceId, parent: String, child: Child },
    ReleaseChild { namespace: NamespaceId, cidr: String },
    AcquireAddress { namespace: NamespaceId, prefix: String, address: Option<String> },
    ReleaseAddress { namespace: NamespaceId, prefix: String, address: String },
    Load { namespace: NamespaceId, step: LoadCommand },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Child {
    Length(u8),
    Specific(String),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LoadCommand {
    Begin { load: Uuid },
    Add { load: Uuid, prefixes: Vec<PlannedPrefix>, addresses: Vec<PlannedAddress> },
    End { load: Uuid },
    Undo { load: Option<Uuid> },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedPrefix {
    pub(crate) cidr: IpNet,
    pub(crate) parent: Option<IpNet>,
    pub(crate) is_parent: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedAddress {
    pub(crate) prefix: IpNet,
    pub(crate) address: IpAddr,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NetworkCommand {
    Create(Box<NetworkCreate>),
    Update { update: Box<NetworkUpdate>, force: bool },
    Allocate(Box<NetworkAllocate>),
    Free(NetworkId),
    Delete(NetworkId),
    SetPool { id: NetworkId, pool: PoolPolicy },
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkCreate {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) partitionid: Option<String>,
    pub(crate) projectid: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) destinationprefixes: Vec<String>,
    pub(crate) defaultchildprefixlength: Option<BTreeMap<String, u8>>,
    pub(crate) nat: bool,
    pub(crate) privatesuper: bool,
    pub(crate) underlay: bool,
    pub(crate) vrf: u32,
    pub(crate) vrfshared: bool,
    pub(crate) additionalannouncablecidrs: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkUpdate {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) shared: Option<bool>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) destinationprefixes: Vec<String>,
    pub(crate) defaultchildprefixlength: BTreeMap<String, u8>,
    pub(crate) additionalannouncablecidrs: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkAllocate {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) partitionid: String,
    pub(crate) projectid: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) shared: bool,
    pub(crate) nat: bool,
    pub(crate) destinationprefixes: Vec<String>,
    pub(crate) addressfamily: Option<String>,
    pub(crate) length: BTreeMap<String, u8>,
    pub(crate) specific: Vec<String>,
}
