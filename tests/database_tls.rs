//! A database over TLS with libpq's parameters: which certificates are verified, and what a refused node does.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::{Cluster, skipped};
use crate::support::process::{free_address, run};
use actors::store::{Store, StoreError};
use actors::time::Timestamp;
use metalmesh::store::Postgres;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Executor, Row};
use std::net::SocketAddr;
use std::path::Path;

/// Serves TLS on `address` with the certificate of `certs`: `metalmesh` logs in by password, `localhost` by client
/// certificate.
fn serves_tls(address: SocketAddr, certs: &Path) -> String {
    let (certs, port) = (certs.display(), address.port());
    format!(
        r#"
cat >>"$1/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = {port}
ssl = on
ssl_cert_file = '$1/data/server.pem'
ssl_key_file = '$1/data/server-key.pem'
ssl_ca_file = '$1/data/ca.pem'
END
cp {certs}/ca.pem {certs}/server.pem {certs}/server-key.pem "$1/data"
chmod 600 "$1/data/server-key.pem"
cat >"$1/data/pg_hba.conf" <<END
local all all trust
hostssl all metalmesh 127.0.0.1/32 trust
hostssl all localhost 127.0.0.1/32 cert
END
"#
    )
}

struct Served {
    cluster: Cluster,
    address: SocketAddr,
    /// Its `certs` are also those of the database.
    partition: Partition,
}

fn served() -> Option<Served> {
    let partition = Partition::new(POSTGRES);
    let (certs, address) = (partition.folder().join("certs"), free_address());
    readable_by_all(partition.folder());
    let Some(cluster) = Cluster::start_with(&serves_tls(address, &certs)) else {
        skipped("PostgreSQL is not installed");
        return None;
    };
    Some(Served { cluster, address, partition })
}

/// The database's user copies its certificates from there.
fn readable_by_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

impl Served {
    async fn connect(&self) -> PgConnection {
        let socket = self.cluster.url();
        let options: PgConnectOptions = socket.parse().unwrap();
        options.port(self.address.port()).connect().await.unwrap()
    }
}

#[tokio::test]
async fn the_way_to_a_database_is_as_safe_as_its_url_asks_for() {
    let Some(served) = served() else { return };
    served.connect().await.execute("CREATE ROLE localhost LOGIN SUPERUSER").await.unwrap();
    let other = Partition::new(SQLITE);
    let (certs, others) = (served.partition.folder().join("certs"), other.folder().join("certs"));
    let (ca, stranger) = (certs.join("ca.pem"), others.join("ca.pem"));
    let root = |ca: &Path| format!("&sslrootcert={}", ca.display());
    let mine = format!(
        "&sslcert={}&sslkey={}",
        certs.join("machine.pem").display(),
        certs.join("machine-key.pem").display()
    );
    let rows = [
        ("metalmesh@localhost", format!("sslmode=verify-full{}", root(&ca)), true),
        ("metalmesh@127.0.0.1", format!("sslmode=verify-full{}", root(&ca)), false),
        ("metalmesh@127.0.0.1", format!("sslmode=verify-ca{}", root(&ca)), true),
        ("metalmesh@localhost", format!("sslmode=verify-ca{}", root(&stranger)), false),
        ("metalmesh@localhost", "sslmode=verify-full".to_owned(), false),
        ("metalmesh@localhost", "sslrootcert=system".to_owned(), false),
        ("metalmesh@localhost", "sslmode=require".to_owned(), true),
        ("metalmesh@localhost", format!("sslmode=require{}", root(&stranger)), false),
        ("metalmesh@localhost", "sslmode=prefer".to_owned(), true),
        ("metalmesh@localhost", "sslmode=disable".to_owned(), false),
        ("localhost@localhost", format!("sslmode=verify-full{}", root(&ca)), false),
        ("localhost@localhost", format!("sslmode=verify-full{}{mine}", root(&ca)), true),
    ];
    for (at, options, is_let_in) in rows {
        let url = format!("postgres://{at}:{}/postgres?{options}", served.address.port());
        let opened = Postgres::open(&url, &"p".into(), Timestamp::from_millis(0)).await;
        match opened {
            Ok(store) => {
                store.close().await;
                assert!(is_let_in, "{at}?{options}");
            }
            Err(error) => {
                assert!(!is_let_in, "{at}?{options}: {error:?}");
                let text = format!("{error:?}");
                assert!(!text.contains("No such file"), "{at}?{options}: {text}");
                let is_for_the_operator = matches!(&error, StoreError::Unavailable(_));
                assert!(is_for_the_operator && !metalmesh::store::may_come(&error), "{error:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_partition_with_a_database_by_tls_says_nothing_in_the_open() {
    let Some(served) = served() else { return };
    let partition = &served.partition;
    let url = |options: &str| {
        let text = format!("postgres://metalmesh@localhost:{}/postgres?{options}\n", served.address.port());
        std::fs::write(partition.folder().join("store.url"), text).unwrap();
    };
    url("sslmode=verify-full&sslrootcert=certs/ca.pem");
    let mut node = partition.serve();
    answers(&Client::new(&partition.url())).await;
    let sessions = "SELECT count(*), count(*) FILTER (WHERE ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                    WHERE application_name = 'metalmesh'";
    let row = served.connect().await.fetch_one(sessions).await.unwrap();
    let (all, by_tls): (i64, i64) = (row.get(0), row.get(1));
    assert!(all > 0 && all == by_tls, "{by_tls} of {all}");
    assert_eq!(node.terminate().await, Some(0));

    // Waiting does not make a certificate valid (`store.start_patience_s` is 60).
    url("sslmode=verify-full");
    let (code, _, error) = run(&["serve", "--config", "node.toml"], partition.folder());
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("certificate"), "{error}");
}

/// The case: an operator must know the problem before the node serves.
#[test]
fn a_url_that_cannot_be_used_is_refused_before_anything_is_asked() {
    let partition = Partition::new(POSTGRES);
    let check = |url: &str| {
        std::fs::write(partition.folder().join("store.url"), url).unwrap();
        let (code, _, error) = run(&["config", "check", "node.toml"], partition.folder());
        (code, error)
    };
    let key = "certs/machine-key.pem";
    let rows = [
        ("db.example/metalmesh".to_owned(), "store.url_file: the database's URL cannot be read"),
        ("mysql://m:secret@db/m".to_owned(), "store.url_file: the database's URL begins with postgres://"),
        (
            "postgres://m:secret@db/m".to_owned(),
            "store.insecure: must be true to reach db this way: sslmode=prefer",
        ),
        ("postgres://m:secret@db/m?sslmode=disable".to_owned(), "store.insecure: must be true"),
        ("postgres://m:secret@db/m?sslmode=require".to_owned(), "store.insecure: must be true"),
        (
            "postgres://m:secret@db/m?sslmode=maybe".to_owned(),
            "store.url_file: the database's URL cannot be read",
        ),
        (
            "postgres://m:secret@db/m?sslrootcert=gone.pem".to_owned(),
            "store.url_file: the database's URL: sslrootcert: ",
        ),
        (
            format!("postgres://m:secret@db/m?sslrootcert={key}"),
            "store.url_file: the database's URL: sslrootcert: ",
        ),
        (
            format!("postgres://m:secret@db/m?sslkey={key}"),
            "store.url_file: the database's URL: sslcert: is missing",
        ),
    ];
    for (url, wanted) in rows {
        let (code, error) = check(&url);
        assert_eq!(code, Some(64), "{url}: {error}");
        assert!(error.contains(wanted), "{url}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    for good in [
        "postgres://m:secret@db/m?sslmode=verify-full",
        "postgres://m:secret@db/m?sslrootcert=system",
        "postgresql://m:secret@db/m?sslmode=require&sslrootcert=certs/ca.pem",
        "postgres://m@%2Frun%2Fpostgresql/m",
        "postgres://m@[::1]/m",
        "postgres://m@localhost/m?connect_timeout=10&sslpassword=secret",
    ] {
        let (code, error) = check(good);
        assert_eq!(code, Some(0), "{good}: {error}");
        assert!(!error.contains("secret"), "{error}");
        let ignored = error.matches("is ignored").count();
        assert_eq!(ignored, 2 * usize::from(good.contains("timeout")), "{good}: {error}");
    }
}
