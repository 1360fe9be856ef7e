//! Commands to masterdata. Layouts, projects and tenants have their stored form, which is the contract's shape.

use super::machine::{DnsServer, NtpServer};
use crate::ids::ImageId;
use crate::masterdata as domain;
use crate::masterdata::{Constraint, Layout, Project, Tenant, command};
use crate::record::masterdata::ImageConstraints;
use crate::time::Timestamp;
use crate::wire::travel::{as_it_is, wire_enum, wire_struct};
use std::collections::BTreeMap;

as_it_is!(
    Constraint,
    domain::Image,
    ImageConstraints,
    Layout,
    domain::Partition,
    Project,
    domain::Size,
    Tenant
);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    MasterdataCommand = domain::MasterdataCommand {
        PartitionCreate(request: Box<PartitionRequest>),
        PartitionUpdate(request: Box<PartitionRequest>),
        PartitionDelete(id: String),
        SizeCreate(request: Box<SizeRequest>),
        SizeUpdate(request: Box<SizeRequest>),
        SizeDelete(id: String),
        SizeReservationCreate(request: Box<SizeReservationRequest>),
        SizeReservationUpdate(request: Box<SizeReservationRequest>),
        SizeReservationDelete(id: String),
        SizeImageConstraintCreate(request: Box<SizeImageConstraintRequest>),
        SizeImageConstraintUpdate(request: Box<SizeImageConstraintRequest>),
        SizeImageConstraintDelete(id: String),
        ImageCreate(request: Box<ImageRequest>),
        ImageUpdate(request: Box<ImageRequest>),
        ImageDelete(id: String),
        ImageSweep(id: ImageId),
        LayoutCreate(layout: Box<Layout>),
        LayoutUpdate(layout: Box<Layout>),
        LayoutDelete(id: String),
        ProjectCreate(project: Box<Project>),
        ProjectUpdate(project: Box<Project>),
        ProjectDelete(id: String),
        TenantCreate(tenant: Box<Tenant>),
        TenantUpdate(tenant: Box<Tenant>),
        TenantDelete(id: String),
    }
}

wire_struct! {
    #[derive(Default)]
    #[serde(default)]
    PartitionRequest = command::PartitionRequest {
        id: String,
        name: Option<String>,
        description: Option<String>,
        mgmtserviceaddress: Option<String>,
        labels: Option<BTreeMap<String, String>>,
        bootconfig: Option<BootConfigRequest>,
        dns_servers: Option<Vec<DnsServer>>,
        ntp_servers: Option<Vec<NtpServer>>,
    }

    #[derive(Default)]
    #[serde(default)]
    BootConfigRequest = command::BootConfigRequest {
        imageurl: Option<String>,
        kernelurl: Option<String>,
        commandline: Option<String>,
    }

    #[derive(Default)]
    #[serde(default)]
    SizeRequest = command::SizeRequest {
        id: String,
        name: Option<String>,
        description: Option<String>,
        constraints: Option<Vec<Constraint>>,
        labels: Option<BTreeMap<String, String>>,
    }

    #[derive(Default)]
    #[serde(default)]
    SizeReservationRequest = domain::reservation::SizeReservationRequest {
        id: String,
        name: Option<String>,
        description: Option<String>,
        sizeid: String,
        projectid: String,
        partitionids: Vec<String>,
        amount: Option<i64>,
        labels: Option<BTreeMap<String, String>>,
    }

    #[derive(Default)]
    #[serde(default)]
    SizeImageConstraintRequest = domain::image_constraint::SizeImageConstraintRequest {
        id: String,
        name: Option<String>,
        description: Option<String>,
        constraints: ImageConstraints,
    }

    #[derive(Default)]
    #[serde(default)]
    ImageRequest = command::ImageRequest {
        id: String,
        name: Option<String>,
        description: Option<String>,
        url: Option<String>,
        features: Vec<String>,
        expirationdate: Option<Timestamp>,
        classification: Option<String>,
    }
}
