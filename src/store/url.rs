//! The URL of a PostgreSQL or CockroachDB database: its TLS parameters, as in libpq, and how safe the connection is.
//!
//! `sslmode`, `sslrootcert`, `sslcert` and `sslkey` are libpq's (PostgreSQL 17, sections 32.1.2 and 32.19), and so are
//! `PGSSLMODE` and its siblings. Four things differ: `~/.postgresql` is not searched; `verify-ca` and `verify-full`
//! trust the system's authorities besides those of `sslrootcert`; `allow` is `disable`; and of other options only
//! `application_name` and `options` have an effect.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use url::Url;

/// A parsed URL.
#[derive(Clone)]
pub struct DatabaseUrl {
    /// Without ignored options, and with absolute paths. It may hold a password.
    pub text: String,
    pub way: Way,
    /// Accepted options that deserve a warning.
    pub warnings: Vec<String>,
    pub(super) options: PgConnectOptions,
}

/// The network between a node and its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It does not leave the machine.
    Local,
    /// TLS with a verified server certificate.
    Verified,
    /// A man in the middle can read and change the traffic.
    Open { host: String, because: &'static str },
}

/// Why a URL cannot be used. Contains only names of options and files from it, no secrets.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("the database's URL cannot be read: {0}")]
    Unreadable(String),
    #[error("the database's URL begins with postgres:// or postgresql://, not with {0}://")]
    Scheme(String),
    #[error("the database's URL: {name}: {message}")]
    Option { name: &'static str, message: String },
}

/// Options that are passed on to the driver, under libpq's names.
const MEANT: [&str; 9] =
    ["application_name", "dbname", "host", "hostaddr", "options", "password", "port", "sslmode", "user"];

/// Options that name files, each with the driver's other spellings.
const FILES: [&str; 3] = ["sslrootcert", "sslcert", "sslkey"];

fn libpq_name(name: &str) -> &str {
    match name {
        "ssl-mode" => "sslmode",
        "ssl-root-cert" | "ssl-ca" => "sslrootcert",
        "ssl-cert" => "sslcert",
        "ssl-key" => "sslkey",
        name => name,
    }
}

/// The TLS files that are named.
#[derive(Default)]
struct Files {
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    /// The URL names the system's authorities.
    system: bool,
}

impl DatabaseUrl {
    /// Parses `text`; relative paths in it are relative to `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, UrlError> {
        let mut url = Url::parse(text).map_err(|error| UrlError::Unreadable(error.to_string()))?;
        if !["postgres", "postgresql"].contains(&url.scheme()) {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        let mut warnings = Vec::new();
        let mut files = Files::from_environment();
        let mut kept: Vec<(String, String)> = Vec::new();
        for (name, value) in url.query_pairs() {
            let name = libpq_name(&name);
            if FILES.contains(&name) {
                files.set(name, &value, folder);
            } else if MEANT.contains(&name) || name.starts_with("options[") {
                kept.push((name.to_owned(), value.into_owned()));
            } else {
                let name: String = name.chars().filter(char::is_ascii_graphic).take(40).collect();
                warnings.push(format!("{name} in the database's URL is ignored"));
            }
        }
        files.check()?;
        kept.extend(files.options());
        let mut with = |query: &[(String, String)]| {
            url.set_query(None);
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            url.to_string()
        };
        // The driver does not know the name `system` and would look for a file; it trusts the system's authorities
        // anyway.
        let mut options = PgConnectOptions::from_str(&with(&kept))
            .map_err(|error| UrlError::Unreadable(error.to_string()))?;
        kept.extend(files.system.then(|| ("sslrootcert".to_owned(), "system".to_owned())));
        let text = with(&kept);
        if files.system {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        } else if matches!(options.get_ssl_mode(), PgSslMode::Require) && files.root.is_some() {
            options = options.ssl_mode(PgSslMode::VerifyCa);
        }
        // The URL puts an IPv6 address into brackets, which certificates do not have.
        let host = options.get_host().trim_matches(['[', ']']).to_owned();
        let options = options.host(&host);
        let way = way(&options);
        if way == Way::Verified && matches!(options.get_ssl_mode(), PgSslMode::VerifyCa) {
            warnings.push(
                "the database's certificate is accepted under any name, also from the system's authorities: \
                 sslmode=verify-full looks at its name"
                    .to_owned(),
            );
        }
        Ok(Self { text, way, warnings, options })
    }
}

impl Files {
    fn from_environment() -> Self {
        let file = |name| std::env::var(name).ok().filter(|path| !path.is_empty());
        let mut files = Self { certificate: file("PGSSLCERT"), key: file("PGSSLKEY"), ..Self::default() };
        if let Some(root) = file("PGSSLROOTCERT") {
            files.set("sslrootcert", &root, Path::new("."));
        }
        files
    }

    fn set(&mut self, name: &str, value: &str, folder: &Path) {
        let path = || Some(folder.join(value).display().to_string()).filter(|_| !value.is_empty());
        match name {
            "sslrootcert" if value == "system" => self.system = true,
            "sslrootcert" => self.root = path(),
            "sslcert" => self.certificate = path(),
            _ => self.key = path(),
        }
    }

    fn options(&self) -> impl Iterator<Item = (String, String)> {
        let files = [("sslrootcert", &self.root), ("sslcert", &self.certificate), ("sslkey", &self.key)];
        files.into_iter().filter_map(|(name, path)| Some((name.to_owned(), path.clone()?)))
    }

    /// The driver would report them only at each connection.
    fn check(&self) -> Result<(), UrlError> {
        let wrong = |name: &'static str, message: String| Err(UrlError::Option { name, message });
        for (name, file) in [("sslrootcert", &self.root), ("sslcert", &self.certificate)] {
            let Some(file) = file else { continue };
            let certificates =
                CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            match certificates {
                Ok(certificates) if certificates.is_empty() => {
                    return wrong(name, format!("{file} contains no certificate"));
                }
                Ok(_) => {}
                Err(error) => return wrong(name, format!("{file} cannot be read: {error}")),
            }
        }
        if let Some(key) = &self.key
            && let Err(error) = PrivateKeyDer::from_pem_file(key)
        {
            return wrong("sslkey", format!("{key} cannot be read: {error}"));
        }
        match (&self.certificate, &self.key) {
            (Some(_), None) => wrong("sslkey", "is missing beside sslcert".to_owned()),
            (None, Some(_)) => wrong("sslcert", "is missing beside sslkey".to_owned()),
            _ => Ok(()),
        }
    }
}

fn way(options: &PgConnectOptions) -> Way {
    let host = options.get_host();
    let is_socket = options.get_socket().is_some() || host.starts_with('/');
    let is_loopback =
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback());
    if is_socket || is_loopback {
        return Way::Local;
    }
    let because = match options.get_ssl_mode() {
        PgSslMode::VerifyFull | PgSslMode::VerifyCa => return Way::Verified,
        PgSslMode::Disable => "sslmode=disable uses no TLS",
        PgSslMode::Allow => "sslmode=allow uses no TLS",
        PgSslMode::Prefer => "sslmode=prefer, the default, verifies no certificate and may use no TLS",
        PgSslMode::Require => "sslmode=require verifies no certificate unless sslrootcert names an authority",
    };
    Way::Open { host: host.to_owned(), because }
}
