//! PostgreSQL and CockroachDB, which has the same protocol: for partitions whose rows must survive the loss of a
//! machine.

use super::classify::{Stage, classify, gave_up};
use super::link::{Link, Readers, Target};
use super::sql::{self, Flavor};
use super::url::DatabaseUrl;
use super::{SqlStore, Wiring, decode, standing};
use actors::ids::PartitionId;
use actors::store::StoreError;
use actors::time::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::path::Path;
use std::time::Duration;

/// Connections for reading; CockroachDB recommends few per node (store 1.7).
const READERS: u32 = 4;

/// How long a reader waits for a connection.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);

/// Maximal age of connections, so that the load follows servers that join or leave a cluster.
const LIFETIME: Duration = Duration::from_secs(300);

/// Prepared statements per connection: one per table and number of rows in use.
const STATEMENTS: usize = 400;

/// Settings of each session. Every transaction is serializable, and the server times out before the client.
const SESSION: [(&str, &str); 4] = [
    ("default_transaction_isolation", "serializable"),
    ("statement_timeout", "10000"),
    ("lock_timeout", "5000"),
    ("idle_in_transaction_session_timeout", "30000"),
];

/// Settings that make the server always use an index, in its order. A full scan under SERIALIZABLE conflicts with every
/// write of other nodes, and a plan that was made for a small table is kept while the table grows.
const PLANS: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("enable_sort", "off")];

/// Opens stores in PostgreSQL or CockroachDB databases.
#[derive(Clone, Copy, Debug)]
pub struct Postgres;

impl Postgres {
    /// Connects to `url` (`postgres://user@host/database`), migrates the schema, and takes the partition over from the
    /// node that serves it.
    pub async fn open(url: &str, partition: &PartitionId, now: Timestamp) -> Result<SqlStore, StoreError> {
        Self::open_as(&super::this_process(), url, partition, now).await
    }

    /// Waits while another node than `me` serves the partition. `told` is called with its name.
    pub async fn stand_by(
        me: &str,
        url: &str,
        partition: &PartitionId,
        told: impl FnMut(&str),
    ) -> Result<(), StoreError> {
        let target = Target::Postgres(Box::new(options(url)?), Flavor::Postgres);
        standing::turn(&target, partition.as_str(), me, told).await
    }

    /// Like [`Postgres::open`]; other nodes see `me` as the partition's node.
    pub async fn open_as(
        me: &str,
        url: &str,
        partition: &PartitionId,
        now: Timestamp,
    ) -> Result<SqlStore, StoreError> {
        let options = options(url)?;
        let flavor = detect(&options).await.map_err(|error| {
            let class = classify(&error, Stage::Before);
            gave_up(class, error.into())
        })?;
        let options = match flavor {
            Flavor::Postgres => options.options(PLANS),
            Flavor::Cockroach | Flavor::Sqlite => options,
        };
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(ACQUIRE_WITHIN)
            .max_lifetime(LIFETIME)
            .connect_lazy_with(options.clone());
        let target = Target::Postgres(Box::new(options), flavor);
        let wiring = Wiring { target, readers: Readers::Postgres(readers), holder: me.to_owned() };
        SqlStore::open(wiring, partition, now).await
    }
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let url =
        DatabaseUrl::parse(url, Path::new(".")).map_err(|error| StoreError::Invalid(error.to_string()))?;
    Ok(url.options.application_name("metalmesh").statement_cache_capacity(STATEMENTS).options(SESSION))
}

/// Detects the kind of server.
async fn detect(options: &PgConnectOptions) -> Result<Flavor, sqlx::Error> {
    let target = Target::Postgres(Box::new(options.clone()), Flavor::Postgres);
    let mut link: Link = target.connect().await?;
    let records = link.fetch(&sql::version(Flavor::Postgres)).await?;
    let version = records.into_iter().next().map(decode::text).transpose()?.unwrap_or_default();
    link.close().await?;
    Ok(flavor(&version))
}

fn flavor(version: &str) -> Flavor {
    if version.starts_with("CockroachDB") { Flavor::Cockroach } else { Flavor::Postgres }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cockroach_says_its_name_first() {
        assert_eq!(flavor("CockroachDB CCL v25.4.10 (x86_64-pc-linux-gnu, built ..)"), Flavor::Cockroach);
        assert_eq!(flavor("PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64"), Flavor::Postgres);
    }
}
