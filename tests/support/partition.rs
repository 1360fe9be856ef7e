//! A real partition as its operator sets it up: a complete configuration file, keys, certificates.

use crate::support::process::{Process, command, free_address};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder with a valid configuration, with mutual TLS.
pub(crate) struct Partition {
    folder: TempDir,
    pub(crate) http: SocketAddr,
    pub(crate) grpc: SocketAddr,
    config: String,
}

/// A store in the folder.
pub(crate) const SQLITE: &str = "kind = \"sqlite\"\npath = \"plant.db\"";

/// A database elsewhere; the folder's `store.url` has its URL.
pub(crate) const POSTGRES: &str = "kind = \"postgres\"\nurl_file = \"store.url\"";

impl Partition {
    /// `store`: the lines of `[store]`.
    pub(crate) fn new(store: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (http, grpc) = (free_address(), free_address());
        keys(folder.path());
        certificates(folder.path());
        let config = format!(
            r#"partition = "mini-lab"

[store]
{store}

[http]
listen = "{http}"
base_path = "/metal/"
provider_tenant = "metal-stack"
check_urls = false

[http.hmac]
view_key_file = "keys/view"
edit_key_file = "keys/edit"
admin_key_file = "keys/admin"
view_lifetime_s = 30
edit_lifetime_s = 30
admin_lifetime_s = 90

[grpc]
listen = "{grpc}"
insecure = false

[grpc.tls]
ca_file = "certs/ca.pem"
certificate_file = "certs/server.pem"
key_file = "certs/server-key.pem"

[log]
format = "human"
filter = "info"

[shutdown]
patience_s = 10
"#
        );
        let partition = Self { folder, http, grpc, config };
        partition.write(partition.config());
        partition
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn config(&self) -> &str {
        &self.config
    }

    /// Replaces the configuration.
    pub(crate) fn write(&self, config: &str) {
        std::fs::write(self.folder().join("node.toml"), config).unwrap();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/metal", self.http)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("node.log")).unwrap_or_default()
    }

    /// Starts `metalmesh serve` with the log filter of its configuration.
    pub(crate) fn serve(&self) -> Process {
        let mut command = command(&["serve", "--config", "node.toml"], self.folder());
        command.env_remove("RUST_LOG");
        Process::spawn(command, &self.folder().join("node.log"))
    }

    /// Starts `metalmesh hardware` with the certificate of a machine.
    pub(crate) fn hardware(&self, options: &[&str]) -> Process {
        let (url, grpc) = (self.url(), format!("https://localhost:{}", self.grpc.port()));
        let arguments = ["hardware", "--http", &url, "--grpc", &grpc, "--partition", "mini-lab"];
        let tls = ["--grpc-ca", "certs/ca.pem", "--grpc-cert", "certs/machine.pem"];
        let key = ["--grpc-key", "certs/machine-key.pem"];
        let arguments = [&arguments[..], &tls, &key, options].concat();
        Process::start(&arguments, self.folder(), "rack.log")
    }
}

/// The keys of a dev node, which clients use by default.
fn keys(folder: &Path) {
    std::fs::create_dir(folder.join("keys")).unwrap();
    for role in ["view", "edit", "admin"] {
        std::fs::write(folder.join("keys").join(role), format!("metal-{role}\n")).unwrap();
    }
}

/// In `certs`: an authority, and its certificates for a server and a machine, both named `localhost`.
pub(crate) fn certificates(folder: &Path) {
    let folder = folder.join("certs");
    std::fs::create_dir(&folder).unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority");
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    std::fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
    for owner in ["server", "machine"] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        // OpenSSL treats a certificate whose subject equals its issuer as an authority.
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let pem = params.signed_by(&key, &ca).unwrap().pem();
        let write = |name: PathBuf, text: String| std::fs::write(folder.join(name), text).unwrap();
        write(format!("{owner}.pem").into(), pem);
        write(format!("{owner}-key.pem").into(), key.serialize_pem());
    }
}
