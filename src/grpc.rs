//! The gRPC port (api-machines 5): calls of booting machines, installers and switches; and go-ipam's service
//! ([`goipam`]), also over other protocols.
//!
//! Knows no rules about machines: it converts messages into commands for the [`Gateway`] and answers into messages. It
//! does not know the REST API.

pub mod api;
mod boot;
mod bounds;
mod counted;
mod deadline;
mod event;
pub(crate) mod goipam;
#[cfg(feature = "node")]
mod handled;
mod peer;
mod registration;
#[cfg(feature = "node")]
mod server;
mod spoken;
mod wait;

#[cfg(test)]
mod tests;

#[cfg(feature = "node")]
pub use crate::door::tls::{Renewable, Tls, TlsFault};
pub use goipam::GoIpamPage;
#[cfg(feature = "node")]
pub use handled::GrpcMetrics;
#[cfg(feature = "node")]
pub(crate) use server::start;
#[cfg(feature = "node")]
pub use server::{Grpc, GrpcError, Settings};

use crate::door::budget::Budget;
use crate::version::VersionInfo;
use actors::gateway::Gateway;
use api::boot_service_server::BootServiceServer;
use api::event_service_server::EventServiceServer;
use boot::Boot;
use deadline::Punctual;
use event::Events;
use goipam::{Door, GoIpam};
use std::fmt;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// A password that debug output omits.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SuperUserPassword(pub String);

impl fmt::Debug for SuperUserPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "***" })
    }
}

/// The services of the port, for servers that receive requests another way. Streams end when `stop` is cancelled.
pub fn services(
    gateway: Gateway,
    super_user_password: SuperUserPassword,
    version: VersionInfo,
    stop: CancellationToken,
) -> Routes {
    let held = Budget::default();
    let boot = BootServiceServer::new(Boot::new(gateway.clone(), super_user_password, stop))
        .max_decoding_message_size(bounds::REGISTRATION_BYTES_MAX);
    let events = EventServiceServer::new(Events::new(gateway.clone()));
    Routes::new(Punctual { service: boot, held: held.clone() })
        .add_service(Punctual { service: events, held: held.clone() })
        .add_service(Door::new(GoIpam::new(gateway, version, held)))
}
