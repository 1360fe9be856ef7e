//! Rows of masterdata.

mod entities;
mod layout;

pub use entities::{
    BootConfig, Classification, Constraint, IamConfig, IdmConfig, Image, ImageFeature, IssuerConfig, Meta,
    Partition, Project, Quota, QuotaSet, Size, Tenant,
};
pub use layout::{
    Filesystem, Layout, LayoutConstraints, LayoutDisk, LayoutPartition, LogicalVolume, Raid, VolumeGroup,
};
