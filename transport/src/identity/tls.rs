//! Settings of TLS: version 1.3 only, mutual, the provider given explicitly, no resumption and no early data.
//!
//! A resumed session skips the certificates, and so the rules that may have changed since; early data may arrive twice.

use super::check::{check, check_joining};
use super::{Credentials, Fingerprint, IdentityError, SharedTrust, WallClock};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, OtherError, ServerConfig, SignatureScheme,
    version,
};
use std::fmt;
use std::sync::Arc;

/// The protocol of links between members.
pub const ALPN_MESH: &[u8] = b"metalmesh/1";

/// The protocol of newcomers, who have no certificate yet.
pub const ALPN_JOIN: &[u8] = b"metalmesh-join/1";

/// What clients pass as the name of the server. It is neither sent nor checked: the name that counts is that of the
/// certificate's URI.
pub const SERVER_NAME: &str = "metalmesh";

/// Settings of the listening side.
///
/// The certificate of a client is checked if it is sent. It may be missing, as newcomers have none: the caller refuses
/// [`ALPN_MESH`] without one.
///
/// # Errors
/// [`IdentityError::Tls`] if the credentials do not fit together.
pub fn server_config(
    credentials: &Credentials,
    trust: &SharedTrust,
    clock: &WallClock,
) -> Result<ServerConfig, IdentityError> {
    let verifier = Arc::new(Verifier::Members(trust.clone()));
    let mut config = ServerConfig::builder_with_details(provider(), time(clock))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(tls_error)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(credentials.chain().to_vec(), credentials.key())
        .map_err(tls_error)?;
    config.alpn_protocols = vec![ALPN_MESH.to_vec(), ALPN_JOIN.to_vec()];
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    Ok(config)
}

/// Settings of a member that dials another.
///
/// Any member of the federation is accepted: the caller compares [`super::peer_of`] with the partition it dialled.
///
/// # Errors
/// [`IdentityError::Tls`] if the credentials do not fit together.
pub fn client_config(
    credentials: &Credentials,
    trust: &SharedTrust,
    clock: &WallClock,
) -> Result<ClientConfig, IdentityError> {
    let mut config = ClientConfig::builder_with_details(provider(), time(clock))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(tls_error)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier::Members(trust.clone())))
        .with_client_auth_cert(credentials.chain().to_vec(), credentials.key())
        .map_err(tls_error)?;
    config.alpn_protocols = vec![ALPN_MESH.to_vec()];
    close_shortcuts(&mut config);
    Ok(config)
}

/// Settings of a newcomer: it sends no certificate, and accepts a host whose chain ends in the root with this
/// fingerprint.
///
/// # Errors
/// [`IdentityError::Tls`] if the library refuses the settings.
pub fn joining_config(root: Fingerprint, clock: &WallClock) -> Result<ClientConfig, IdentityError> {
    let mut config = ClientConfig::builder_with_details(provider(), time(clock))
        .with_protocol_versions(&[&version::TLS13])
        .map_err(tls_error)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier::Below(root)))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_JOIN.to_vec()];
    close_shortcuts(&mut config);
    Ok(config)
}

fn close_shortcuts(config: &mut ClientConfig) {
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    config.enable_sni = false;
}

/// Given explicitly: a process-wide provider is ambiguous as soon as a dependency brings a second one.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn tls_error(error: rustls::Error) -> IdentityError {
    IdentityError::Tls { reason: error.to_string() }
}

fn time(clock: &WallClock) -> Arc<dyn TimeProvider> {
    Arc::new(PassedTime(Arc::clone(clock)))
}

struct PassedTime(WallClock);

impl fmt::Debug for PassedTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PassedTime")
    }
}

impl TimeProvider for PassedTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some((self.0)())
    }
}

/// Whose chains are accepted.
#[derive(Debug)]
enum Verifier {
    /// Those of members of the federation, at either end.
    Members(SharedTrust),
    /// Those below one root, known by its fingerprint only.
    Below(Fingerprint),
}

impl Verifier {
    /// The sentence travels inside the error of TLS, which QUIC shows at this end and sends to the other. rustls shows
    /// an error of certificates by its Debug text, so this is none of those.
    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        rest: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), rustls::Error> {
        let chain: Vec<_> = std::iter::once(leaf).chain(rest).cloned().collect();
        let judged = match self {
            Self::Members(trust) => check(&chain, &trust.current(), now),
            Self::Below(root) => check_joining(&chain, *root, now),
        };
        judged.map(drop).map_err(|error| OtherError(Arc::new(error)).into())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verify(end_entity, intermediates, now).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(version_error())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

impl ClientCertVerifier for Verifier {
    /// Newcomers have none.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.verify(end_entity, intermediates, now).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(version_error())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        schemes()
    }
}

fn version_error() -> rustls::Error {
    rustls::PeerIncompatible::Tls13RequiredForQuic.into()
}

fn schemes() -> Vec<SignatureScheme> {
    vec![SignatureScheme::ECDSA_NISTP256_SHA256]
}

/// The certificate's key is ECDSA P-256, as [`check`] wants it, so no other scheme can fit.
fn verify_signature(
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    verify_tls13_signature(message, cert, dss, &algorithms)
}
