//! Server reflection in both versions of the protocol, as in go-ipam: it describes go-ipam's service, not the services
//! for machines and switches.

use super::json::DESCRIPTORS;
use tonic_reflection::server::Builder;
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};
use tonic_reflection::server::v1alpha::{
    ServerReflection as OlderReflection, ServerReflectionServer as OlderReflectionServer,
};

const WHY: &str = "the descriptors were generated from the protos";

pub(crate) fn reflection() -> ServerReflectionServer<impl ServerReflection> {
    Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS).build_v1().expect(WHY)
}

pub(crate) fn older_reflection() -> OlderReflectionServer<impl OlderReflection> {
    Builder::configure().register_encoded_file_descriptor_set(DESCRIPTORS).build_v1alpha().expect(WHY)
}
