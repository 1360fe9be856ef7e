//! Those who issue certificates: the root of a federation, and the intermediate of each partition.
//!
//! Keys are ECDSA P-256 and come from the system's random numbers, the one thing here that no seed gives.

use super::certificate::{Certificate, is_p256};
use super::check::CERTIFICATE_BYTES_MAX;
use super::name::{Subject, check_label};
use super::{Credentials, Fingerprint, IdentityError, KeyHash, Moment, NodeName, Rank};
use data_encoding::BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber, SigningKey,
    SubjectPublicKeyInfo,
};
use ring::error::Unspecified;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Certificates start that much before they are issued, for peers whose clocks are behind.
pub const CLOCK_SKEW: Duration = HOUR;
/// A root outlives the hardware: its end would cut all links at once.
pub const ROOT_LIFETIME: Duration = Duration::from_secs(30 * 365 * DAY.as_secs());
/// How long a partition is admitted. It renews with a year to spare.
pub const INTERMEDIATE_LIFETIME: Duration = Duration::from_secs(2 * 365 * DAY.as_secs());
/// A stolen leaf is worthless after a day. The partition issues it by itself, so short costs nothing.
pub const LEAF_LIFETIME: Duration = DAY;

const SERIAL_SIZE_BYTES: usize = 16;

const KEY_LABEL: &str = "PRIVATE KEY";
const CERTIFICATE_LABEL: &str = "CERTIFICATE";
/// RFC 7468.
const PEM_LINE_CHARS: usize = 64;
/// A key and the largest certificate, with room for an operator's notes.
const PEM_BYTES_MAX: usize = 16 * 1024;

/// The root of a federation. The holder of its key decides which partitions are members.
pub struct Root {
    federation: String,
    key: KeyPair,
    certificate: CertificateDer<'static>,
}

impl Root {
    /// A new root with a new key, valid from an hour before `now` for [`ROOT_LIFETIME`]. The founder is the partition
    /// at which it is made: people read it in the certificate, no rule does.
    ///
    /// # Errors
    /// If a name breaks the grammar, or the clock is beyond the years of certificates.
    pub fn create(federation: &str, founder: &str, now: UnixTime) -> Result<Self, IdentityError> {
        check_label(founder)?;
        let key = new_key()?;
        let plan = Plan {
            subject: Subject::root(federation)?,
            common_name: format!("metalmesh {federation}, founded by {founder}"),
            is_ca: IsCa::Ca(BasicConstraints::Constrained(1)),
            lifetime: ROOT_LIFETIME,
        };
        let certificate = plan.params(&key, now)?.self_signed(&key)?.into();
        Ok(Self { federation: federation.to_owned(), key, certificate })
    }

    /// A root that was stored.
    ///
    /// # Errors
    /// If the key or the certificate cannot be read, or they do not belong together.
    pub fn open(
        key: &PrivatePkcs8KeyDer<'_>,
        certificate: CertificateDer<'static>,
    ) -> Result<Self, IdentityError> {
        let key = read_key(key)?;
        let root = Certificate::read_root(&certificate)?;
        let federation = root.federation()?;
        check_pair(Rank::Root, &key, &root)?;
        Ok(Self { federation, key, certificate })
    }

    /// The private key and the certificate as PEM: what an operator keeps offline.
    pub fn expose_pem(&self) -> String {
        [pem(KEY_LABEL, self.key.serialized_der()), pem(CERTIFICATE_LABEL, &self.certificate)].concat()
    }

    /// Reads what [`Self::expose_pem`] wrote; the order of the two and text around them do not matter.
    ///
    /// # Errors
    /// As [`Self::open`], and [`IdentityError::PemUnreadable`].
    pub fn from_pem(text: &str) -> Result<Self, IdentityError> {
        if text.len() > PEM_BYTES_MAX {
            return Err(IdentityError::PemUnreadable);
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes());
        let certificate = CertificateDer::from_pem_slice(text.as_bytes());
        match (key, certificate) {
            (Ok(key), Ok(certificate)) => Self::open(&key, certificate),
            _ => Err(IdentityError::PemUnreadable),
        }
    }

    /// The private key, to be stored like one.
    pub fn key(&self) -> PrivatePkcs8KeyDer<'static> {
        self.key.serialized_der().to_vec().into()
    }

    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    pub fn federation(&self) -> &str {
        &self.federation
    }

    /// The intermediate of a partition, for the key that the request carries and proves. Everything else that the
    /// request says is ignored. Valid from an hour before `now` for [`INTERMEDIATE_LIFETIME`], but never beyond the
    /// end of the root.
    ///
    /// # Errors
    /// If the root itself has ended, or if the request cannot be read, is not signed by its own key, or has a key of
    /// another type than ECDSA P-256.
    pub fn admit(
        &self,
        request: &[u8],
        partition: &str,
        now: UnixTime,
    ) -> Result<CertificateDer<'static>, IdentityError> {
        let root = Certificate::read_root(&self.certificate)?;
        root.check_dates(now)?;
        let key = SubjectPublicKeyInfo::from_der(&requested_key_info(request)?)?;
        let subject = Subject::partition(&self.federation, partition)?;
        let plan = Plan {
            common_name: subject.to_string(),
            subject,
            is_ca: IsCa::Ca(BasicConstraints::Constrained(0)),
            lifetime: INTERMEDIATE_LIFETIME.min(rest(root.ends_at(), now)),
        };
        let issuer = Issuer::from_ca_cert_der(&self.certificate, &self.key)?;
        Ok(plan.params(&key, now)?.signed_by(&key, &issuer)?.into())
    }

    /// ECDSA P-256 with SHA-256, in ASN.1: what [`verify_by_root`] verifies.
    pub(crate) fn sign_text(&self, text: &[u8]) -> Result<Vec<u8>, IdentityError> {
        Ok(self.key.sign(text)?)
    }
}

/// Without the key.
impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({}, {})", self.federation, self.fingerprint())
    }
}

/// A partition's intermediate: it issues the certificates of the partition's nodes.
pub struct PartitionAuthority {
    federation: String,
    partition: String,
    key: KeyPair,
    ends_at: UnixTime,
    intermediate: CertificateDer<'static>,
    root: CertificateDer<'static>,
}

impl PartitionAuthority {
    /// A new key and a request for its certificate, in DER, which [`Root::admit`] answers.
    ///
    /// # Errors
    /// If the name breaks the grammar.
    pub fn request(partition: &str) -> Result<(PrivatePkcs8KeyDer<'static>, Vec<u8>), IdentityError> {
        let key = new_key()?;
        let request = request(&key, partition)?;
        Ok((key.serialized_der().to_vec().into(), request))
    }

    /// A partition that was admitted, or stored. The dates do not count here: an ended certificate can still ask for
    /// [`Self::renewal`].
    ///
    /// # Errors
    /// If a part cannot be read, the key is not the intermediate's, or the root did not sign the intermediate.
    pub fn open(
        key: &PrivatePkcs8KeyDer<'_>,
        intermediate: CertificateDer<'static>,
        root: CertificateDer<'static>,
    ) -> Result<Self, IdentityError> {
        let key = read_key(key)?;
        let (federation, partition, ends_at) = {
            let issuer = Certificate::read_root(&root)?;
            let certificate = Certificate::read(Rank::Intermediate, &intermediate)?;
            let (federation, partition) = certificate.partition()?;
            certificate.check_authority()?;
            check_pair(Rank::Intermediate, &key, &certificate)?;
            check_issued(&certificate, &issuer)?;
            (federation, partition, certificate.ends_at())
        };
        Ok(Self { federation, partition, key, ends_at, intermediate, root })
    }

    /// A new request for the same key.
    ///
    /// # Errors
    /// If the library cannot sign.
    pub fn renewal(&self) -> Result<Vec<u8>, IdentityError> {
        request(&self.key, &self.partition)
    }

    /// The certificate of a node with a new key, valid from an hour before `now` for [`LEAF_LIFETIME`], but never
    /// beyond the end of the intermediate.
    ///
    /// # Errors
    /// If the name breaks the grammar, or the intermediate itself has ended.
    pub fn issue(&self, node: &str, now: UnixTime) -> Result<Credentials, IdentityError> {
        Certificate::read(Rank::Intermediate, &self.intermediate)?.check_dates(now)?;
        let name = NodeName::new(&self.federation, &self.partition, node)?;
        let key = new_key()?;
        let plan = Plan {
            common_name: name.to_string(),
            subject: Subject::Node(name),
            is_ca: IsCa::NoCa,
            lifetime: LEAF_LIFETIME.min(rest(self.ends_at, now)),
        };
        let issuer = Issuer::from_ca_cert_der(&self.intermediate, &self.key)?;
        let leaf = plan.params(&key, now)?.signed_by(&key, &issuer)?.into();
        let chain = [leaf, self.intermediate.clone(), self.root.clone()];
        Credentials::new(chain, key.serialized_der().to_vec().into())
    }

    /// The private key, to be stored like one.
    pub fn key(&self) -> PrivatePkcs8KeyDer<'static> {
        self.key.serialized_der().to_vec().into()
    }

    pub fn federation(&self) -> &str {
        &self.federation
    }

    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The last second at which nodes of the partition are accepted.
    pub const fn ends_at(&self) -> UnixTime {
        self.ends_at
    }

    pub const fn intermediate(&self) -> &CertificateDer<'static> {
        &self.intermediate
    }

    pub const fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }
}

/// Without the key.
impl fmt::Debug for PartitionAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { federation, partition, ends_at, .. } = self;
        write!(f, "PartitionAuthority({federation}, {partition}, ends {})", Moment(*ends_at))
    }
}

/// Verifies what a root signed besides certificates.
pub(crate) fn verify_by_root(
    root: &CertificateDer<'_>,
    text: &[u8],
    signature: &[u8],
) -> Result<(), IdentityError> {
    verify(Certificate::read_root(root)?.public_key(), text, signature).map_err(|_| IdentityError::Signature)
}

/// The hash of the key that a request carries and proves, to which an invitation is bound.
///
/// # Errors
/// As [`Root::admit`].
pub fn requested_key(request: &[u8]) -> Result<KeyHash, IdentityError> {
    requested_key_info(request).map(|info| KeyHash::of(&info))
}

/// What differs between the certificates of root, partition and node.
struct Plan {
    subject: Subject,
    common_name: String,
    is_ca: IsCa,
    lifetime: Duration,
}

impl Plan {
    fn params(self, key: &impl PublicKeyData, now: UnixTime) -> Result<CertificateParams, IdentityError> {
        let uri = self.subject.to_string();
        let mut params = CertificateParams::default();
        params.not_before = date(now.as_secs().saturating_sub(CLOCK_SKEW.as_secs()))?;
        params.not_after = date(now.as_secs().saturating_add(self.lifetime.as_secs()))?;
        params.serial_number = Some(serial(&uri, key, now));
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.subject_alt_names = vec![SanType::URI(uri.try_into()?)];
        params.use_authority_key_identifier_extension = true;
        if self.is_ca == IsCa::NoCa {
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
            params.extended_key_usages =
                vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        } else {
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        }
        params.is_ca = self.is_ca;
        Ok(params)
    }
}

/// The same number only for the same name, key and second. RFC 5280 wants it positive and at most 20 bytes long.
fn serial(uri: &str, key: &impl PublicKeyData, now: UnixTime) -> SerialNumber {
    let digest = Sha256::new()
        .chain_update(now.as_secs().to_be_bytes())
        .chain_update(uri)
        .chain_update(key.subject_public_key_info())
        .finalize();
    let mut bytes = digest[..SERIAL_SIZE_BYTES].to_vec();
    bytes[0] = bytes[0] & 0x7f | 0x40;
    SerialNumber::from(bytes)
}

/// What is left until the end of the issuer.
fn rest(ends_at: UnixTime, now: UnixTime) -> Duration {
    Duration::from_secs(ends_at.as_secs().saturating_sub(now.as_secs()))
}

fn date(seconds: u64) -> Result<OffsetDateTime, IdentityError> {
    let moment = Moment(UnixTime::since_unix_epoch(Duration::from_secs(seconds)));
    let signed = i64::try_from(seconds).ok();
    signed
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or(IdentityError::Clock { now: moment })
}

fn new_key() -> Result<KeyPair, IdentityError> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?)
}

fn read_key(key: &PrivatePkcs8KeyDer<'_>) -> Result<KeyPair, IdentityError> {
    KeyPair::from_pkcs8_der_and_sign_algo(key, &PKCS_ECDSA_P256_SHA256)
        .map_err(|_| IdentityError::KeyUnreadable)
}

fn request(key: &KeyPair, partition: &str) -> Result<Vec<u8>, IdentityError> {
    check_label(partition)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, partition);
    Ok(params.serialize_request(key)?.der().to_vec())
}

/// The SubjectPublicKeyInfo of a request whose signature is right.
fn requested_key_info(request: &[u8]) -> Result<Vec<u8>, IdentityError> {
    if request.len() > CERTIFICATE_BYTES_MAX {
        return Err(IdentityError::RequestUnreadable);
    }
    let Ok(([], request)) = X509CertificationRequest::from_der(request) else {
        return Err(IdentityError::RequestUnreadable);
    };
    let info = &request.certification_request_info;
    let key = &info.subject_pki;
    if !is_p256(key) {
        return Err(IdentityError::KeyType { rank: Rank::Intermediate });
    }
    verify(&key.subject_public_key.data, info.raw, &request.signature_value.data)
        .map_err(|_| IdentityError::RequestSignature)?;
    Ok(key.raw.to_vec())
}

/// One block, as RFC 7468 has it.
fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(PEM_LINE_CHARS / 4 * 3) {
        text.push_str(&BASE64.encode(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

fn check_pair(rank: Rank, key: &KeyPair, certificate: &Certificate<'_>) -> Result<(), IdentityError> {
    certificate.check_key_type()?;
    if key.public_key_raw() == certificate.public_key() {
        Ok(())
    } else {
        Err(IdentityError::OtherKey { rank })
    }
}

/// Handshakes verify chains with webpki. Here is no leaf to begin with.
fn check_issued(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> Result<(), IdentityError> {
    if certificate.issuer_bytes() != issuer.subject_bytes() {
        return Err(IdentityError::UnknownRoot);
    }
    verify(issuer.public_key(), certificate.signed_bytes(), certificate.signature())
        .map_err(|_| IdentityError::Signature)
}

fn verify(key: &[u8], text: &[u8], signature: &[u8]) -> Result<(), Unspecified> {
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).verify(text, signature)
}
