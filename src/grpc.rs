//! The gRPC door.
pub mod api;
