//! The JSON of an allocation (api-machines 1.4).

use crate::api::routes::image::ImageResponse;
use crate::api::routes::network::nat_type;
use crate::api::routes::partition::{DnsServer, NtpServer};
use actors::machine::{Allocation, AllocationNetwork, BootInfo, FirewallRule, FirewallRules, Role, Vpn};
use actors::masterdata::{Image, Layout};
use actors::network::NetworkType;
use actors::time::Timestamp;
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
pub(super) struct AllocationResponse<'a> {
    creator: &'a str,
    created: Timestamp,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    project: &'a str,
    image: ImageResponse<'a>,
    filesystemlayout: Option<&'a Layout>,
    networks: Vec<NetworkResponse<'a>>,
    hostname: &'a str,
    ssh_pub_keys: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    user_data: &'a str,
    /// Never set.
    succeeded: bool,
    reinstall: bool,
    boot_info: Option<BootInfoResponse<'a>>,
    role: Role,
    vpn: Option<&'a Vpn>,
    allocationuuid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    firewall_rules: Option<RulesResponse<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_servers: Vec<DnsServer<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ntp_servers: Vec<NtpServer<'a>>,
}

/// api-machines 1.4.1
#[derive(Serialize)]
struct NetworkResponse<'a> {
    networkid: &'a str,
    prefixes: &'a [String],
    ips: &'a [String],
    destinationprefixes: &'a [String],
    networktype: &'static str,
    vrf: u32,
    asn: u32,
    nat: bool,
    private: bool,
    underlay: bool,
    projectid: &'a str,
    networktypev2: &'static str,
    nattypev2: &'static str,
}

#[derive(Serialize)]
struct BootInfoResponse<'a> {
    image_id: &'a str,
    primary_disk: &'a str,
    os_partition: &'a str,
    initrd: &'a str,
    cmdline: &'a str,
    kernel: &'a str,
    bootloaderid: &'a str,
}

#[derive(Serialize)]
struct RulesResponse<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    egress: Vec<RuleResponse<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ingress: Vec<RuleResponse<'a>>,
}

#[derive(Serialize)]
struct RuleResponse<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    comment: &'a str,
    protocol: &'a str,
    ports: &'a [i32],
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a [String]>,
}

impl<'a> AllocationResponse<'a> {
    /// `image`: `None` if it was deleted.
    pub(super) fn new(allocation: &'a Allocation, image: Option<&'a Image>) -> Self {
        Self {
            creator: &allocation.creator,
            created: allocation.created,
            name: &allocation.name,
            description: &allocation.description,
            project: allocation.project.as_str(),
            image: image.map_or(ImageResponse::empty(), ImageResponse::new),
            filesystemlayout: allocation.layout.as_ref(),
            networks: allocation.networks.iter().filter_map(network).collect(),
            hostname: &allocation.hostname,
            ssh_pub_keys: &allocation.ssh_pub_keys,
            user_data: &allocation.user_data,
            succeeded: false,
            reinstall: allocation.reinstall,
            boot_info: allocation.boot_info.as_ref().map(boot_info),
            role: allocation.role,
            vpn: allocation.vpn.as_ref(),
            allocationuuid: allocation.uuid,
            firewall_rules: rules(allocation),
            dns_servers: allocation.dns_servers.iter().map(|ip| DnsServer { ip }).collect(),
            ntp_servers: allocation.ntp_servers.iter().map(|address| NtpServer { address }).collect(),
        }
    }
}

/// The word for (private, primary, shared, underlay); a combination without one is not shown.
pub(super) const fn network_type(network: &AllocationNetwork) -> Option<&'static str> {
    match (network.private, network.private_primary, network.shared, network.underlay) {
        (true, true | false, false, false) => Some("privateprimaryunshared"),
        (true, true, true, false) => Some("privateprimaryshared"),
        (true, false, true, false) => Some("privatesecondaryshared"),
        (false, false, false, false) => Some("external"),
        (false, false, false, true) => Some("underlay"),
        _ => None,
    }
}

fn network(network: &AllocationNetwork) -> Option<NetworkResponse<'_>> {
    Some(NetworkResponse {
        networkid: network.network.as_str(),
        prefixes: &network.prefixes,
        ips: &network.ips,
        destinationprefixes: &network.destination_prefixes,
        networktype: network_type(network)?,
        vrf: network.vrf,
        asn: network.asn,
        nat: network.nat,
        private: network.private,
        underlay: network.underlay,
        projectid: network.project.as_str(),
        networktypev2: network.network_type.map_or("", NetworkType::as_str),
        nattypev2: if network.network_type.is_some() { nat_type(network.nat) } else { "" },
    })
}

fn boot_info(info: &BootInfo) -> BootInfoResponse<'_> {
    BootInfoResponse {
        image_id: &info.image_id,
        primary_disk: &info.primary_disk,
        os_partition: &info.os_partition,
        initrd: &info.initrd,
        cmdline: &info.cmdline,
        kernel: &info.kernel,
        bootloaderid: &info.bootloader_id,
    }
}

fn rules(allocation: &Allocation) -> Option<RulesResponse<'_>> {
    let rules: &FirewallRules = allocation.firewall_rules.as_ref()?;
    let any = !rules.egress.is_empty() || !rules.ingress.is_empty();
    (allocation.role == Role::Firewall && any).then(|| RulesResponse {
        egress: rules.egress.iter().map(egress).collect(),
        ingress: rules.ingress.iter().map(ingress).collect(),
    })
}

fn egress(rule: &FirewallRule) -> RuleResponse<'_> {
    RuleResponse {
        comment: &rule.comment,
        protocol: &rule.protocol,
        ports: &rule.ports,
        to: Some(&rule.to),
        from: None,
    }
}

fn ingress(rule: &FirewallRule) -> RuleResponse<'_> {
    RuleResponse {
        comment: &rule.comment,
        protocol: &rule.protocol,
        ports: &rule.ports,
        to: (!rule.to.is_empty()).then_some(rule.to.as_slice()),
        from: Some(&rule.from),
    }
}
