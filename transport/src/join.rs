//! Newcomers: one connection, one stream, one request, one reply. The newcomer proves nothing but what it says in its
//! request; the host proves that its chain ends in the root of the token.

use crate::close;
use crate::identity::{Fingerprint, IdentityError, SERVER_NAME, WallClock, joining_config};
use crate::settings::Settings;
use crate::tasks::Tasks;
use bytes::Bytes;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{AsyncUdpSocket, ClientConfig, Endpoint, EndpointConfig};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The largest request and the largest reply.
pub const JOIN_BYTES_MAX: usize = 1 << 20;

/// How long the last packets may take.
const CLOSING_LIVES: Duration = Duration::from_millis(200);

/// Why a newcomer got no reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinFault {
    #[error("the address {0} cannot be resolved")]
    Address(String),
    /// The host may have taken the request.
    #[error("the host does not answer: {0}")]
    Unreachable(String),
    #[error("the request has {0} bytes, at most {JOIN_BYTES_MAX} are allowed")]
    TooLarge(usize),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error("the socket or the TLS library cannot be used: {0}")]
    Local(String),
}

/// Asks the host at `address`, `host:port`, whose chain has to end in the root with this fingerprint.
///
/// Must be called inside a runtime of tokio. The socket is free again afterwards.
///
/// # Errors
/// [`JoinFault`] says what to do. After [`JoinFault::Unreachable`] the host may have taken the request.
pub async fn ask(
    socket: Arc<dyn AsyncUdpSocket>,
    address: &str,
    root: Fingerprint,
    clock: &WallClock,
    request: Bytes,
    patience: Duration,
) -> Result<Bytes, JoinFault> {
    if request.len() > JOIN_BYTES_MAX {
        return Err(JoinFault::TooLarge(request.len()));
    }
    let local = |error: &dyn std::fmt::Display| JoinFault::Local(error.to_string());
    let crypto = QuicClientConfig::try_from(joining_config(root, clock)?).map_err(|error| local(&error))?;
    let mut client = ClientConfig::new(Arc::new(crypto));
    client.transport_config(Settings::default().transport());
    let tasks = Tasks::new();
    let runtime = Arc::new(tasks.clone());
    let endpoint = Endpoint::new_with_abstract_socket(EndpointConfig::default(), None, socket, runtime)
        .map_err(|error| local(&error))?;
    let answer = timeout(patience, ask_one(&endpoint, client, address, request)).await;
    endpoint.close(close::DONE, b"");
    if timeout(CLOSING_LIVES, endpoint.wait_idle()).await.is_err() {
        tracing::debug!(address, "the host has not confirmed the end of the connection");
    }
    tasks.stop();
    answer.unwrap_or_else(|_| Err(JoinFault::Unreachable("no reply in time".to_owned())))
}

async fn ask_one(
    endpoint: &Endpoint,
    client: ClientConfig,
    address: &str,
    request: Bytes,
) -> Result<Bytes, JoinFault> {
    let unreachable = |error: &dyn std::fmt::Display| JoinFault::Unreachable(error.to_string());
    let remote = resolve(address).await?;
    let connecting = endpoint.connect_with(client, remote, SERVER_NAME);
    let connecting = connecting.map_err(|error| unreachable(&error))?;
    let connection = connecting.await.map_err(|error| JoinFault::Unreachable(close::sentence(&error)))?;
    let (mut send, mut receive) = connection.open_bi().await.map_err(|error| unreachable(&error))?;
    send.write_all(&request).await.map_err(|error| unreachable(&error))?;
    send.finish().map_err(|error| unreachable(&error))?;
    let reply = receive.read_to_end(JOIN_BYTES_MAX).await;
    let reply = reply.map_err(|error| match connection.close_reason() {
        Some(reason) => JoinFault::Unreachable(close::sentence(&reason)),
        None => unreachable(&error),
    })?;
    Ok(reply.into())
}

async fn resolve(address: &str) -> Result<SocketAddr, JoinFault> {
    if let Ok(address) = address.parse() {
        return Ok(address);
    }
    let mut resolved =
        tokio::net::lookup_host(address).await.map_err(|_| JoinFault::Address(address.to_owned()))?;
    resolved.next().ok_or_else(|| JoinFault::Address(address.to_owned()))
}
