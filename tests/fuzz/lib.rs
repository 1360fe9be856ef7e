//! Shared by the fuzz targets: a small world, and the APIs.

pub mod door;
pub mod world;
