//! What the rules need to know about one certificate.

use super::check::CERTIFICATE_BYTES_MAX;
use super::name::Subject;
use super::{IdentityError, KeyHash, Moment, NodeName, Rank};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A certificate that can be read. Nothing of it is verified yet.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    rank: Rank,
    x509: X509Certificate<'a>,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(rank: Rank, der: &'a CertificateDer<'_>) -> Result<Self, IdentityError> {
        let size_bytes = der.len();
        if size_bytes > CERTIFICATE_BYTES_MAX {
            return Err(IdentityError::TooLarge { rank, size_bytes, max_bytes: CERTIFICATE_BYTES_MAX });
        }
        match X509Certificate::from_der(der) {
            Ok(([], x509)) => Ok(Self { rank, x509 }),
            Ok(_) | Err(_) => Err(IdentityError::Unreadable { rank }),
        }
    }

    /// A certificate that can be a root: an authority of the right key type.
    pub(super) fn read_root(der: &'a CertificateDer<'_>) -> Result<Self, IdentityError> {
        let root = Self::read(Rank::Root, der)?;
        root.check_key_type()?;
        root.check_authority()?;
        Ok(root)
    }

    /// What the only alternative name says. The common name counts for nothing.
    pub(super) fn subject(&self) -> Result<Subject, IdentityError> {
        let rank = self.rank;
        let extension =
            self.x509.subject_alternative_name().map_err(|_| IdentityError::Unreadable { rank })?;
        let names = extension.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
        if let [GeneralName::URI(uri)] = names {
            return Subject::parse(uri);
        }
        let uri_count = names.iter().filter(|name| matches!(name, GeneralName::URI(_))).count();
        Err(IdentityError::NotOneUri { rank, count: names.len(), uri_count })
    }

    pub(super) fn node(&self) -> Result<NodeName, IdentityError> {
        match self.subject()? {
            Subject::Node(name) => Ok(name),
            other => Err(self.wrong_subject(&other)),
        }
    }

    /// The federation and the partition of an intermediate.
    pub(super) fn partition(&self) -> Result<(String, String), IdentityError> {
        match self.subject()? {
            Subject::Partition { federation, partition } => Ok((federation, partition)),
            other => Err(self.wrong_subject(&other)),
        }
    }

    /// The federation of a root.
    pub(super) fn federation(&self) -> Result<String, IdentityError> {
        match self.subject()? {
            Subject::Root { federation } => Ok(federation),
            other => Err(self.wrong_subject(&other)),
        }
    }

    fn wrong_subject(&self, subject: &Subject) -> IdentityError {
        IdentityError::WrongSubject { rank: self.rank, uri: subject.to_string() }
    }

    pub(super) fn check_key_type(&self) -> Result<(), IdentityError> {
        if is_p256(self.x509.public_key()) { Ok(()) } else { Err(IdentityError::KeyType { rank: self.rank }) }
    }

    pub(super) fn check_authority(&self) -> Result<(), IdentityError> {
        if self.x509.is_ca() { Ok(()) } else { Err(IdentityError::NoAuthority { rank: self.rank }) }
    }

    /// A leaf issues nothing and serves at both ends of a link.
    pub(super) fn check_leaf(&self) -> Result<(), IdentityError> {
        let unreadable = |_| IdentityError::Unreadable { rank: self.rank };
        if self.x509.is_ca() {
            return Err(IdentityError::LeafIsAuthority);
        }
        if self.x509.key_usage().map_err(unreadable)?.is_some_and(|usage| usage.value.key_cert_sign()) {
            return Err(IdentityError::LeafIsAuthority);
        }
        let usage = self.x509.extended_key_usage().map_err(unreadable)?;
        match usage.is_some_and(|usage| usage.value.client_auth && usage.value.server_auth) {
            true => Ok(()),
            false => Err(IdentityError::Usage),
        }
    }

    pub(super) fn check_dates(&self, now: UnixTime) -> Result<(), IdentityError> {
        let rank = self.rank;
        let starts_at = unix_time(self.x509.validity().not_before.timestamp());
        if now < starts_at {
            return Err(IdentityError::NotYetValid { rank, starts_at: Moment(starts_at), now: Moment(now) });
        }
        let ended_at = self.ends_at();
        if now > ended_at {
            return Err(IdentityError::Expired { rank, ended_at: Moment(ended_at), now: Moment(now) });
        }
        Ok(())
    }

    /// The last second of its validity.
    pub(super) fn ends_at(&self) -> UnixTime {
        unix_time(self.x509.validity().not_after.timestamp())
    }

    pub(super) fn key_hash(&self) -> KeyHash {
        KeyHash::of(self.x509.public_key().raw)
    }

    /// The point of the public key, as ring takes it.
    pub(super) fn public_key(&self) -> &[u8] {
        &self.x509.public_key().subject_public_key.data
    }

    /// What the issuer signed.
    pub(super) fn signed_bytes(&self) -> &[u8] {
        self.x509.tbs_certificate.as_ref()
    }

    /// The issuer's signature in ASN.1.
    pub(super) fn signature(&self) -> &[u8] {
        &self.x509.signature_value.data
    }

    /// Bytes of the subject's distinguished name.
    pub(super) fn subject_bytes(&self) -> &[u8] {
        self.x509.subject().as_raw()
    }

    /// Bytes of the issuer's distinguished name.
    pub(super) fn issuer_bytes(&self) -> &[u8] {
        self.x509.issuer().as_raw()
    }
}

/// The federation and the partition that an intermediate names. Its signature is not verified.
pub(crate) fn intermediate_name(der: &CertificateDer<'_>) -> Result<(String, String), IdentityError> {
    let intermediate = Certificate::read(Rank::Intermediate, der)?;
    intermediate.check_key_type()?;
    intermediate.check_authority()?;
    intermediate.partition()
}

/// The federation that a root names.
pub(crate) fn root_federation(der: &CertificateDer<'_>) -> Result<String, IdentityError> {
    Certificate::read_root(der)?.federation()
}

pub(super) fn is_p256(key: &SubjectPublicKeyInfo<'_>) -> bool {
    let curve = key.algorithm.parameters.as_ref().and_then(|curve| curve.as_oid().ok());
    key.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY && curve == Some(OID_EC_P256)
}

/// Dates before 1970 are its first second.
fn unix_time(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}
