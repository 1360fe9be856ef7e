//! Everything around the domain: the doors (HTTP, gRPC), the stores and the command line.

pub mod api;
pub mod cli;
pub mod client;
pub mod clock;
pub mod grpc;
pub mod store;
