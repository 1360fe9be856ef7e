//! What the fuzz targets share: a small world, and the doors that bodies come through.

pub mod door;
pub mod world;
