//! Messages as JSON in protobuf's mapping: lowerCamel names, 64-bit numbers as texts, null for absent fields. Unknown
//! fields are ignored.

use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, MethodDescriptor,
    SerializeOptions, ServiceDescriptor,
};
use std::sync::LazyLock;
use tonic::Status;

/// The descriptors of the service.
pub(super) const DESCRIPTORS: &[u8] = include_bytes!("../generated/ipam.bin");

static SERVICE: LazyLock<ServiceDescriptor> = LazyLock::new(|| {
    let pool = DescriptorPool::decode(DESCRIPTORS).expect("it was generated from the protos");
    pool.get_service_by_name("api.v1.IpamService").expect("the file describes it")
});

/// A procedure of the service by its name.
pub(super) fn procedure(name: &str) -> Option<MethodDescriptor> {
    SERVICE.methods().find(|method| method.name() == name)
}

/// The names of all procedures.
#[cfg(test)]
pub(super) fn procedures() -> Vec<String> {
    SERVICE.methods().map(|method| method.name().to_owned()).collect()
}

/// JSON text as a message's bytes.
pub(super) fn read(descriptor: MessageDescriptor, text: &[u8]) -> Result<Vec<u8>, Status> {
    let unreadable =
        |error: serde_json::Error| Status::invalid_argument(format!("the request cannot be read: {error}"));
    let mut reader = serde_json::Deserializer::from_slice(text);
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let message =
        DynamicMessage::deserialize_with_options(descriptor, &mut reader, &options).map_err(unreadable)?;
    reader.end().map_err(unreadable)?;
    Ok(message.encode_to_vec())
}

/// A message's bytes as JSON text.
pub(super) fn write(descriptor: MessageDescriptor, bytes: &[u8]) -> Result<Vec<u8>, Status> {
    let failed = |error: &dyn std::error::Error| {
        tracing::error!(%error, "a response could not be serialised as JSON");
        Status::internal("the response could not be serialised as JSON")
    };
    let message = DynamicMessage::decode(descriptor, bytes).map_err(|error| failed(&error))?;
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut text);
    message.serialize_with_options(&mut writer, &SerializeOptions::new()).map_err(|error| failed(&error))?;
    Ok(text)
}
