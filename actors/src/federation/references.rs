//! Where records name projects, tenants, images, sizes, layouts and networks.
//!
//! Records are taken apart field by field: a new field does not compile until it is listed here. Texts for people, tags
//! and labels keep the words that they were written with.

use super::rename::Renames;
use crate::masterdata::image;
use crate::record::ipam::{Address, Claim, ClaimOwner, QuarantinedAddress};
use crate::record::machine::{Allocation, AllocationNetwork, BootInfo, Events, Machine};
use crate::record::masterdata::{
    Image, Layout, LayoutConstraints, Meta, Partition, Project, Size, SizeImageConstraint, SizeReservation,
    Tenant,
};
use crate::record::namespace::{Namespace, Prefix, PrefixAddress};
use crate::record::network::Network;
use crate::record::switch::{Switch, SwitchStatus};
use crate::time::Timestamp;
use crate::world::Kept;

/// A record of which ids can be renamed, its own one included. By default, there are none.
pub(super) trait Refers: Kept + PartialEq {
    fn rename(&mut self, _ids: &Renames) {}

    /// Records the time of a change, where the record has one.
    fn changed(&mut self, _at: Timestamp) {}
}

impl Refers for Partition {}
impl Refers for Switch {}
impl Refers for SwitchStatus {}
impl Refers for Events {}
impl Refers for Namespace {}
impl Refers for Prefix {}
impl Refers for PrefixAddress {}

/// As an update by a client would.
fn next_version(meta: Option<&mut Meta>, at: Timestamp) {
    if let Some(meta) = meta {
        meta.version = meta.version.saturating_add(1);
        meta.updated_time = Some(at);
    }
}

impl Refers for Tenant {
    fn rename(&mut self, ids: &Renames) {
        let Self { meta, name: _, description: _, default_quotas: _, quotas: _, iam_config: _ } = self;
        if let Some(meta) = meta {
            ids.tenant(&mut meta.id);
        }
    }

    fn changed(&mut self, at: Timestamp) {
        next_version(self.meta.as_mut(), at);
    }
}

impl Refers for Project {
    fn rename(&mut self, ids: &Renames) {
        let Self { meta, name: _, description: _, tenant_id, quotas: _ } = self;
        if let Some(meta) = meta {
            ids.project(&mut meta.id);
        }
        ids.apply(tenant_id);
    }

    fn changed(&mut self, at: Timestamp) {
        next_version(self.meta.as_mut(), at);
    }
}

impl Refers for Size {
    fn rename(&mut self, ids: &Renames) {
        let Self { id, name: _, description: _, created: _, changed: _, constraints: _, labels: _ } = self;
        ids.apply(id);
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

impl Refers for Image {
    fn rename(&mut self, ids: &Renames) {
        let Self {
            id,
            name: _,
            description: _,
            created: _,
            changed: _,
            url: _,
            os,
            version,
            features: _,
            expiration: _,
            classification: _,
        } = self;
        let old = id.clone();
        ids.apply(id);
        // Both are parts of the id.
        if *id != old
            && let Ok((new_os, new_version)) = image::parse(id.as_str())
        {
            new_os.clone_into(os);
            *version = new_version.to_string();
        }
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

/// The constraints on images are by operating system, not by id.
fn rename_in_layout(layout: &mut Layout, ids: &Renames) {
    let Layout {
        id,
        name: _,
        description: _,
        filesystems: _,
        disks: _,
        raid: _,
        volumegroups: _,
        logicalvolumes: _,
        constraints: LayoutConstraints { sizes, images: _ },
    } = layout;
    ids.apply(id);
    sizes.iter_mut().for_each(|size| ids.size(size));
}

impl Refers for Layout {
    fn rename(&mut self, ids: &Renames) {
        rename_in_layout(self, ids);
    }
}

impl Refers for SizeReservation {
    fn rename(&mut self, ids: &Renames) {
        let Self {
            id: _,
            name: _,
            description: _,
            created: _,
            changed: _,
            size,
            project,
            partitions: _,
            amount: _,
            labels: _,
        } = self;
        ids.apply(size);
        ids.apply(project);
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

impl Refers for SizeImageConstraint {
    fn rename(&mut self, ids: &Renames) {
        let Self { id, name: _, description: _, constraints: _ } = self;
        ids.apply(id);
    }
}

impl Refers for Network {
    fn rename(&mut self, ids: &Renames) {
        let Self {
            id,
            name: _,
            description: _,
            created: _,
            changed: _,
            partition: _,
            project,
            labels: _,
            shared: _,
            prefixes: _,
            destination_prefixes: _,
            default_child_prefix_length: _,
            nat: _,
            private_super: _,
            underlay: _,
            vrf: _,
            parent,
            additional_announcable_cidrs: _,
            network_type: _,
            pool: _,
        } = self;
        ids.apply(id);
        ids.apply(project);
        parent.iter_mut().for_each(|parent| ids.apply(parent));
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

impl Refers for Address {
    fn rename(&mut self, ids: &Renames) {
        let Self {
            address: _,
            parent_prefix: _,
            network,
            project,
            allocation_uuid: _,
            request: _,
            name: _,
            description: _,
            kind: _,
            tags: _,
            created: _,
            changed: _,
            attachments: _,
            held_since: _,
        } = self;
        ids.apply(network);
        ids.apply(project);
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

impl Refers for QuarantinedAddress {
    fn rename(&mut self, ids: &Renames) {
        let Self { address: _, parent_prefix: _, network, project, allocation_uuid: _, since: _, until: _ } =
            self;
        ids.apply(network);
        ids.apply(project);
    }
}

impl Refers for Claim {
    fn rename(&mut self, ids: &Renames) {
        let Self { pool: _, number: _, owners } = self;
        for owner in owners {
            match owner {
                ClaimOwner::Network(network) => ids.apply(network),
                ClaimOwner::Allocation { allocation: _, machine: _ } => {}
            }
        }
    }
}

impl Refers for Machine {
    fn rename(&mut self, ids: &Renames) {
        let Self {
            id: _,
            created: _,
            changed: _,
            partition: _,
            size,
            rack: _,
            waiting: _,
            wiped: _,
            refused: _,
            hardware: _,
            state: _,
            led: _,
            tags: _,
            ipmi: _,
            bios: _,
            allocation,
            orders: _,
            expectation: _,
        } = self;
        ids.apply(size);
        if let Some(allocation) = allocation {
            rename_in_allocation(allocation, ids);
        }
    }

    fn changed(&mut self, at: Timestamp) {
        self.changed = at;
    }
}

fn rename_in_allocation(allocation: &mut Allocation, ids: &Renames) {
    let Allocation {
        uuid: _,
        creator: _,
        created: _,
        name: _,
        description: _,
        project,
        image,
        layout,
        networks,
        hostname: _,
        ssh_pub_keys: _,
        user_data: _,
        reinstall: _,
        boot_info,
        installed: _,
        role: _,
        vpn: _,
        firewall_rules: _,
        dns_servers: _,
        ntp_servers: _,
        console_password: _,
    } = allocation;
    ids.apply(project);
    ids.apply(image);
    if let Some(layout) = layout {
        rename_in_layout(layout, ids);
    }
    for network in networks {
        rename_in_network(network, ids);
    }
    if let Some(boot_info) = boot_info {
        let BootInfo {
            image_id,
            primary_disk: _,
            os_partition: _,
            initrd: _,
            cmdline: _,
            kernel: _,
            bootloader_id: _,
        } = boot_info;
        ids.image(image_id);
    }
}

fn rename_in_network(network: &mut AllocationNetwork, ids: &Renames) {
    let AllocationNetwork {
        network,
        prefixes: _,
        destination_prefixes: _,
        ips: _,
        vrf: _,
        asn: _,
        nat: _,
        private: _,
        private_primary: _,
        shared: _,
        underlay: _,
        project,
        network_type: _,
    } = network;
    ids.apply(network);
    ids.apply(project);
}
