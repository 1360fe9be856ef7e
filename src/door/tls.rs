//! Mutual TLS over our own connections, with certificates that can be renewed while the port is open.

use super::Connection;
use futures_util::stream::{Stream, StreamExt};
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Longest time of a handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum of concurrent handshakes.
const HANDSHAKES_MAX: usize = 1024;

/// Peers must have a certificate of `client_ca`. All texts are PEM.
#[derive(Clone)]
pub struct Tls {
    pub certificate: String,
    pub key: String,
    pub client_ca: String,
}

impl fmt::Debug for Tls {
    /// Omits the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// Why certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    #[error("{0} is not PEM")]
    Pem(&'static str, #[source] rustls::pki_types::pem::Error),
    #[error("the CA of the clients cannot be used")]
    ClientCa(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the certificate and its key do not match, or are unusable")]
    Identity(#[source] rustls::Error),
}

impl TlsFault {
    /// The faulty file, under its name in the configuration.
    pub(crate) fn file(&self) -> &'static str {
        match self {
            Self::Pem(what, _) if what.contains("CA") => "ca_file",
            Self::Pem(what, _) if what.contains("key") => "key_file",
            Self::ClientCa(_) => "ca_file",
            Self::Pem(..) | Self::Identity(_) => "certificate_file",
        }
    }
}

/// The certificates in force. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Renewable(Arc<RwLock<Arc<ServerConfig>>>);

impl Renewable {
    pub(crate) fn new(tls: &Tls) -> Result<Self, TlsFault> {
        Ok(Self(Arc::new(RwLock::new(Arc::new(config(tls)?)))))
    }

    /// Applies to new connections; open ones stay. Invalid certificates change nothing.
    pub fn renew(&self, tls: &Tls) -> Result<(), TlsFault> {
        let config = Arc::new(config(tls)?);
        *self.0.write() = config;
        Ok(())
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.read()))
    }
}

fn config(tls: &Tls) -> Result<ServerConfig, TlsFault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    for root in certificates("the CA of the clients", &tls.client_ca)? {
        roots.add(root).map_err(|error| TlsFault::ClientCa(error.into()))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let verifier = verifier.build().map_err(|error| TlsFault::ClientCa(error.into()))?;
    let certificate = certificates("the certificate", &tls.certificate)?;
    let key = PrivateKeyDer::from_pem_slice(tls.key.as_bytes());
    let key = key.map_err(|error| TlsFault::Pem("the key of the certificate", error))?;
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(TlsFault::Identity)?.with_client_cert_verifier(verifier);
    let mut config = config.with_single_cert(certificate, key).map_err(TlsFault::Identity)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(what: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| TlsFault::Pem(what, error))
}

/// The connections whose handshake succeeds.
pub(crate) fn secured(
    incoming: impl Stream<Item = Result<Connection<TcpStream>, Infallible>>,
    tls: Renewable,
) -> impl Stream<Item = Result<TlsStream<Connection<TcpStream>>, Infallible>> {
    let handshakes = incoming.map(move |connection| {
        let acceptor = tls.acceptor();
        async move {
            let Ok(connection) = connection;
            match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(connection)).await {
                Ok(Ok(secured)) => Some(Ok(secured)),
                Ok(Err(error)) => {
                    tracing::debug!(%error, "a TLS handshake failed");
                    None
                }
                Err(_) => {
                    tracing::debug!("a TLS handshake took too long");
                    None
                }
            }
        }
    });
    handshakes.buffer_unordered(HANDSHAKES_MAX).filter_map(std::future::ready)
}
