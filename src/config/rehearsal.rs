//! Errors that would make `serve` fail, found before it starts. `config check` refuses them. A node starts with them
//! where it can, and logs them: a certificate that is expired today was valid yesterday, and machines wait.

use super::{Checked, StoreConfig, Tls};
use crate::door::tls;
use actors::time::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::Path;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The findings, with the path of the key. `folder`: that of the configuration.
pub(super) fn faults(checked: &Checked, folder: &Path, now: Timestamp) -> Vec<String> {
    let mut found = filter(&checked.config.log.filter);
    found.extend(store(&checked.config.store, folder));
    found.extend(checked.tls.iter().flat_map(|tls| certificates(tls, now)));
    found
}

/// The filter takes a word that is no level for a module's name. No such module exists, so nothing would be logged.
fn filter(text: &str) -> Vec<String> {
    if let Err(error) = EnvFilter::try_new(text) {
        return vec![format!("log.filter: {text:?} is not a valid filter: {error}")];
    }
    let is_level = |text: &str| text.trim().parse::<LevelFilter>().is_ok();
    let directives = text.split(',').filter(|directive| !directive.trim().is_empty());
    let level = |directive: &str| directive.rsplit(['=', ']']).next().is_some_and(is_level);
    let without = directives.clone().find(|directive| !level(directive));
    let without = without.or_else(|| directives.clone().next().is_none().then_some(text));
    let say = |directive: &str| {
        format!(
            "log.filter: {:?} names no level: write one of error, warn, info, debug and trace, or module=level",
            directive.trim()
        )
    };
    without.map(say).into_iter().collect()
}

fn store(store: &StoreConfig, folder: &Path) -> Option<String> {
    let StoreConfig::Sqlite { path } = store else { return None };
    let parent = folder.join(path);
    let parent = parent.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(folder);
    (!parent.is_dir())
        .then(|| format!("store.path: folder {} does not exist: create it first", parent.display()))
}

fn certificates(files: &Tls, now: Timestamp) -> Vec<String> {
    let given = tls::Tls {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
        client_ca: files.ca.clone(),
    };
    if let Err(fault) = tls::Renewable::new(&given) {
        let key = fault.file();
        return vec![format!("grpc.tls.{key}: {:#}", anyhow::Error::new(fault))];
    }
    let texts = [("certificate_file", &files.certificate), ("ca_file", &files.ca)];
    texts.into_iter().flat_map(|(key, text)| outdated(key, text, now)).collect()
}

/// Peers refuse a certificate that is expired or not yet valid.
fn outdated(key: &str, text: &str, now: Timestamp) -> Vec<String> {
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes()).filter_map(Result::ok);
    let fault = |certificate: CertificateDer<'_>| {
        let Ok((_, certificate)) = X509Certificate::from_der(&certificate) else {
            return Some(format!("grpc.tls.{key}: the certificate cannot be read"));
        };
        let (validity, now_s) = (certificate.validity(), now.millis().div_euclid(1000));
        let (begin, end) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        let at = |second: i64| Timestamp::from_millis(second.saturating_mul(1000));
        if now_s > end {
            Some(format!("grpc.tls.{key}: the certificate expired at {}: renew it", at(end)))
        } else if now_s < begin {
            Some(format!("grpc.tls.{key}: the certificate is valid only from {}: check the clock", at(begin)))
        } else {
            None
        }
    };
    certificates.filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn a_filter_names_levels() {
        for good in [
            "info",
            "warn,metalmesh=debug",
            "metalmesh[call]=trace",
            "off",
            "INFO",
            "info,",
            "metalmesh=info,3",
        ] {
            assert_eq!(filter(good), Vec::<String>::new(), "{good}");
        }
        for (wrong, said) in [
            ("inof", "\"inof\" names no level"),
            ("metalmesh", "\"metalmesh\" names no level"),
            ("info, metalmsh", "\"metalmsh\" names no level"),
            ("", "\"\" names no level"),
            ("metalmesh=loud", "is not a valid filter"),
        ] {
            let found = filter(wrong);
            assert!(found.len() == 1 && found[0].contains(said), "{wrong}: {found:?}");
        }
    }

    #[test]
    fn certificates_are_of_today() {
        let year = |year: i32| {
            let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
            (params.not_before, params.not_after) =
                (rcgen::date_time_ymd(year, 1, 1), rcgen::date_time_ymd(year + 1, 1, 1));
            params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
        };
        let now = Timestamp::parse("2026-06-01T00:00:00Z").unwrap();
        let at = |years: &[i32]| {
            let chain: String = years.iter().map(|one| year(*one)).collect();
            outdated("certificate_file", &chain, now)
        };
        assert_eq!(at(&[2026]), Vec::<String>::new());
        assert_eq!(
            at(&[2024]),
            ["grpc.tls.certificate_file: the certificate expired at 2025-01-01T00:00:00Z: renew it"]
        );
        assert_eq!(
            at(&[2026, 2027]),
            [
                "grpc.tls.certificate_file: the certificate is valid only from 2027-01-01T00:00:00Z: check the clock"
            ]
        );
    }
}
