//! Certificates that the authorities of this crate would never issue.

use super::{FEDERATION, NODE, PARTITION, later};
use crate::identity::Trust;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_ECDSA_P256_SHA256, SanType, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::collections::BTreeSet;
use time::OffsetDateTime;

/// A certificate to be: all of it can be changed before it is signed.
pub(super) struct Draft {
    pub(super) params: CertificateParams,
    pub(super) key: KeyPair,
}

impl Draft {
    fn new(uri: &str, is_ca: IsCa) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, uri);
        params.is_ca = is_ca;
        params.not_before = date(later(0)) - time::Duration::HOUR;
        params.not_after = date(later(0)) + time::Duration::DAY;
        let mut draft = Self { params, key: key(&PKCS_ECDSA_P256_SHA256) };
        draft.name(&[uri]);
        draft
    }

    pub(super) fn name(&mut self, uris: &[&str]) {
        self.params.subject_alt_names =
            uris.iter().map(|uri| SanType::URI((*uri).try_into().unwrap())).collect();
    }

    pub(super) fn common_name(&mut self, name: &str) {
        self.params.distinguished_name.push(DnType::CommonName, name);
    }

    pub(super) fn dns(&mut self, name: &str) {
        self.params.subject_alt_names.push(SanType::DnsName(name.try_into().unwrap()));
    }

    pub(super) fn signed_by(&self, issuer: &Self) -> CertificateDer<'static> {
        let issuer = Issuer::from_params(&issuer.params, &issuer.key);
        self.params.signed_by(&self.key, &issuer).unwrap().into()
    }

    pub(super) fn self_signed(&self) -> CertificateDer<'static> {
        self.params.self_signed(&self.key).unwrap().into()
    }
}

/// A root, an intermediate and a leaf that are accepted as they are.
pub(super) struct Forge {
    pub(super) root: Draft,
    pub(super) intermediate: Draft,
    pub(super) leaf: Draft,
}

impl Forge {
    pub(super) fn new() -> Self {
        let root = format!("spiffe://{FEDERATION}");
        let partition = format!("{root}/partition/{PARTITION}");
        let mut leaf = Draft::new(&format!("{partition}/node/{NODE}"), IsCa::NoCa);
        leaf.params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Self {
            root: Draft::new(&root, IsCa::Ca(BasicConstraints::Unconstrained)),
            intermediate: Draft::new(&partition, IsCa::Ca(BasicConstraints::Constrained(0))),
            leaf,
        }
    }

    /// Leaf, intermediate, root.
    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![
            self.leaf.signed_by(&self.intermediate),
            self.intermediate.signed_by(&self.root),
            self.root.self_signed(),
        ]
    }

    pub(super) fn trust(&self) -> Trust {
        Trust {
            federation: FEDERATION.to_owned(),
            roots: vec![self.root.self_signed()],
            denied: BTreeSet::new(),
        }
    }
}

pub(super) fn key(algorithm: &'static SignatureAlgorithm) -> KeyPair {
    KeyPair::generate_for(algorithm).unwrap()
}

pub(super) fn date(at: UnixTime) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.as_secs().try_into().unwrap()).unwrap()
}
