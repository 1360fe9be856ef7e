//! What a node exposes to others on the network: the configuration must allow it, and the node warns at start.

use super::{Config, StoreConfig};
use crate::store::Way;
use std::net::SocketAddr;

/// A key that must be set and is not, with an explanation.
pub(super) type Missing = (&'static str, String);

/// What an attacker on the network can do to a node of this configuration. `way`: to its database.
pub(super) fn exposures(config: &Config, way: &Way) -> Result<Vec<String>, Missing> {
    let found = [store(&config.store, way)?, http(config)?, ipam(config), grpc(config), metrics(config)];
    Ok(found.into_iter().flatten().collect())
}

fn store(config: &StoreConfig, way: &Way) -> Result<Option<String>, Missing> {
    let (StoreConfig::Postgres { insecure, .. }, Way::Open { host, because }) = (config, way) else {
        return Ok(None);
    };
    if !insecure {
        let message = format!(
            "must be true to reach {host} this way: {because}. Or write sslmode=verify-full into the URL, with \
             sslrootcert=FILE where the authority is your own"
        );
        return Err(("store.insecure", message));
    }
    Ok(Some(format!(
        "store.insecure: an attacker between here and {host} can read and change all rows: {because}"
    )))
}

/// Beyond this machine.
fn is_exposed(listen: SocketAddr) -> bool {
    !listen.ip().to_canonical().is_loopback()
}

fn http(config: &Config) -> Result<Option<String>, Missing> {
    let (listen, insecure) = (config.http.listen, config.http.insecure);
    if !is_exposed(listen) {
        return Ok(None);
    }
    if !insecure {
        let message = format!(
            "must be true to listen on {listen}: there is no TLS on that port yet. Or listen on 127.0.0.1, behind a \
             proxy that has TLS"
        );
        return Err(("http.insecure", message));
    }
    Ok(Some(format!(
        "http.insecure: an attacker between {listen} and its clients can read and change requests and responses"
    )))
}

fn ipam(config: &Config) -> Option<String> {
    let listen = config.http.listen;
    (config.ipam.service && is_exposed(listen)).then(|| {
        format!("ipam.service: everyone who reaches {listen} can acquire and release every prefix and address of go-ipam")
    })
}

fn grpc(config: &Config) -> Option<String> {
    let listen = config.grpc.listen;
    (config.grpc.tls.is_none()).then(|| {
        format!("grpc.insecure: everyone who reaches {listen} can impersonate any machine or switch")
    })
}

/// Metrics on the HTTP port are covered by `http`.
fn metrics(config: &Config) -> Option<String> {
    let listen =
        config.metrics.listen.filter(|listen| is_exposed(*listen) && config.metrics.key_file.is_none())?;
    Some(format!(
        "metrics.listen: everyone who reaches {listen} can read the metrics: set metrics.key_file to require a key"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(http: &str, store: &str, grpc: &str) -> Config {
        let text = format!(
            "partition = \"p\"\n[store]\n{store}\n[http]\n{http}\n[http.hmac]\nview_key_file = \"k\"\n\
             edit_key_file = \"k\"\nadmin_key_file = \"k\"\n[grpc]\n{grpc}\n[ipam]\nservice = true"
        );
        toml::from_str(&text).unwrap()
    }

    const SQLITE: &str = "kind = \"sqlite\"\npath = \"f\"";
    const POSTGRES: &str = "kind = \"postgres\"\nurl_file = \"f\"";
    const TLS: &str = "tls = {ca_file = \"f\", certificate_file = \"f\", key_file = \"f\"}";

    /// The keys of the warnings, or the missing one.
    fn keys(http: &str, store: &str, grpc: &str, way: &Way) -> Result<Vec<String>, &'static str> {
        let found = exposures(&config(http, store, grpc), way).map_err(|(key, _)| key)?;
        Ok(found.iter().map(|text| text.split(':').next().unwrap_or_default().to_owned()).collect())
    }

    /// The kind: what others can listen in on.
    #[test]
    fn whatever_is_open_to_others_is_written_down_and_said() {
        let local = "listen = \"127.0.0.1:1\"";
        let open = Way::Open { host: "db".to_owned(), because: "" };
        let database = format!("{POSTGRES}\ninsecure = true");
        assert_eq!(keys(local, SQLITE, TLS, &Way::Local), Ok(vec![]));
        assert_eq!(keys(local, POSTGRES, TLS, &Way::Local), Ok(vec![]));
        assert_eq!(keys(local, POSTGRES, TLS, &Way::Verified), Ok(vec![]));
        assert_eq!(keys(local, POSTGRES, TLS, &open), Err("store.insecure"));
        assert_eq!(keys(local, &database, TLS, &open), Ok(vec!["store.insecure".to_owned()]));
        assert_eq!(keys(local, &database, TLS, &Way::Verified), Ok(vec![]), "nothing is open");
        for (listen, is_open) in [
            ("127.9.9.9:1", false),
            ("[::1]:1", false),
            ("[::ffff:127.0.0.1]:1", false),
            ("0.0.0.0:1", true),
            ("[::]:1", true),
            ("192.0.2.1:1", true),
            ("[::ffff:192.0.2.1]:1", true),
        ] {
            let listen = format!("listen = {listen:?}");
            let written = format!("{listen}\ninsecure = true");
            let said = ["http.insecure", "ipam.service"].map(str::to_owned);
            if is_open {
                assert_eq!(keys(&listen, SQLITE, TLS, &Way::Local), Err("http.insecure"), "{listen}");
                assert_eq!(keys(&written, SQLITE, TLS, &Way::Local), Ok(said.into()), "{listen}");
            } else {
                assert_eq!(keys(&listen, SQLITE, TLS, &Way::Local), Ok(vec![]), "{listen}");
            }
        }
        assert_eq!(keys(local, SQLITE, "insecure = true", &Way::Local), Ok(vec!["grpc.insecure".to_owned()]));
    }
}
