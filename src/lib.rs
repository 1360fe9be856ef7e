//! Everything around the domain: the doors (gRPC), the stores and the command line.

pub mod grpc;
