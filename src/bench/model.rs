//! A model of go-ipam's storage, for machines without go-ipam: one JSON document per prefix, read whole, changed in
//! memory and written whole under a version, with go-ipam's retries (ipam 1.5, 2.1). It is not go-ipam itself: it has
//! no service in between and keeps connections open, so it is faster.
//!
//! Statements are prepared for every execution, as go-ipam's driver does (lib/pq without binary parameters): two round
//! trips for each statement with parameters.

use super::rows::{self, Rows};
use actors::index::Buddy;
use anyhow::{Context, bail};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions};
use sqlx::query::{Query, QueryScalar};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Maximum of connections: PostgreSQL's default is a hundred for all users.
const CONNECTIONS_MAX: u32 = 64;

/// Maximal tries of a change, and the first delay; each next one doubles.
const TRIES_MAX: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const JITTER_MS: u64 = 100;

const TABLE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS bench_model (space TEXT, cidr TEXT, prefix JSONB, PRIMARY KEY (space, cidr))",
    "CREATE INDEX IF NOT EXISTS bench_model_index ON bench_model USING GIN (prefix)",
];
const READ: &str = "SELECT prefix::text FROM bench_model WHERE space = $1 AND cidr = $2";
const LOCK: &str = "SELECT prefix::text FROM bench_model WHERE space = $1 AND cidr = $2 \
     AND (prefix->>'Version')::bigint = $3 FOR UPDATE";
const WRITE: &str = "UPDATE bench_model SET prefix = $4::text::jsonb WHERE space = $1 AND cidr = $2 \
     AND (prefix->>'Version')::bigint = $3";
const INSERT: &str = "INSERT INTO bench_model (space, cidr, prefix) VALUES ($1, $2, $3::text::jsonb)";
const ALL: &str = "SELECT cidr FROM bench_model WHERE space = $1";

/// A document, as in dumps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Document {
    pub(super) cidr: String,
    pub(super) parent_cidr: String,
    pub(super) is_parent: bool,
    /// `false`: allocated.
    pub(super) available_child_prefixes: BTreeMap<String, bool>,
    #[serde(rename = "IPs")]
    pub(super) ips: BTreeMap<String, bool>,
    pub(super) version: i64,
}

impl Document {
    /// With its reserved addresses.
    pub(super) fn new(cidr: &IpNet, parent: &str) -> Self {
        let mut ips = BTreeMap::from([(cidr.network().to_string(), true)]);
        if cidr.addr().is_ipv4() {
            ips.insert(cidr.broadcast().to_string(), true);
        }
        Self { cidr: cidr.to_string(), parent_cidr: parent.to_owned(), ips, ..Self::default() }
    }

    /// The lowest free address, searched as go-ipam does: candidates are looked up among the used ones, one after the
    /// other.
    fn lowest(&self) -> anyhow::Result<Option<String>> {
        let cidr: IpNet = self.cidr.parse()?;
        let text = |hosts: &mut dyn Iterator<Item = IpAddr>| {
            hosts.map(|host| host.to_string()).find(|host| !self.ips.contains_key(host))
        };
        Ok(text(&mut cidr.hosts()))
    }

    /// The free space is computed from all entries.
    fn child(&self, length: u8) -> anyhow::Result<Option<IpNet>> {
        let mut free = Buddy::new(&self.cidr.parse()?);
        for (child, _) in self.available_child_prefixes.iter().filter(|(_, returned)| !**returned) {
            let child: IpNet = child.parse()?;
            if free.take(&child).is_err() {
                bail!("child {child} lies outside or twice");
            }
        }
        Ok(free.best_fit(length))
    }
}

/// Prepared as the driver does: see the module.
fn asked(text: &'static str) -> Query<'static, Postgres, PgArguments> {
    sqlx::query(text).persistent(false)
}

fn asked_for_text(text: &'static str) -> QueryScalar<'static, Postgres, String, PgArguments> {
    sqlx::query_scalar(text).persistent(false)
}

/// The database of the model, and of single rows.
#[derive(Clone, Debug)]
pub(super) struct Bank(PgPool);

impl Bank {
    pub(super) async fn open(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).connect(url).await?;
        for text in TABLE.into_iter().chain([rows::TABLE]) {
            sqlx::query(text).execute(&pool).await?;
        }
        Ok(Self(pool))
    }

    pub(super) fn rows(&self, space: &str) -> Rows {
        Rows::new(self.0.clone(), space)
    }

    pub(super) fn space(&self, space: &str) -> Model {
        Model { pool: self.0.clone(), space: space.to_owned() }
    }
}

/// One address space.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pool: PgPool,
    space: String,
}

impl Model {
    async fn read(&self, cidr: &str) -> anyhow::Result<Document> {
        let text: Option<String> =
            asked_for_text(READ).bind(&self.space).bind(cidr).fetch_optional(&self.pool).await?;
        Ok(serde_json::from_str(&text.with_context(|| format!("no prefix {cidr}"))?)?)
    }

    /// Changes a document; `change` returns `None` when there is nothing to do.
    async fn change<T>(
        &self,
        cidr: &str,
        change: impl Fn(&mut Document) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<Option<T>> {
        for attempt in 0..TRIES_MAX {
            let mut document = self.read(cidr).await?;
            let before = document.version;
            let Some(done) = change(&mut document)? else { return Ok(None) };
            document.version += 1;
            if self.write(&document, before).await? {
                return Ok(Some(done));
            }
            let jitter = Duration::from_millis(rand::random::<u64>() % JITTER_MS);
            tokio::time::sleep(FIRST_WAIT * 2_u32.pow(attempt) + jitter).await;
        }
        bail!("{cidr} was changed by another client {TRIES_MAX} times")
    }

    async fn write(&self, document: &Document, before: i64) -> anyhow::Result<bool> {
        let (space, cidr) = (&self.space, &document.cidr);
        let mut transaction = self.pool.begin().await?;
        let locked: Option<String> = asked_for_text(LOCK)
            .bind(space)
            .bind(cidr)
            .bind(before)
            .fetch_optional(&mut *transaction)
            .await?;
        if locked.is_none() {
            return Ok(false);
        }
        let text = serde_json::to_string(document)?;
        let written =
            asked(WRITE).bind(space).bind(cidr).bind(before).bind(text).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(written.rows_affected() == 1)
    }

    async fn insert(&self, document: &Document) -> anyhow::Result<()> {
        let text = serde_json::to_string(document)?;
        asked(INSERT).bind(&self.space).bind(&document.cidr).bind(text).execute(&self.pool).await?;
        Ok(())
    }

    pub(super) async fn create_prefix(&self, cidr: &str) -> anyhow::Result<()> {
        let new: IpNet = cidr.parse()?;
        let known: Vec<String> = asked_for_text(ALL).bind(&self.space).fetch_all(&self.pool).await?;
        for known in known {
            let known: IpNet = known.parse()?;
            if known.contains(&new) || new.contains(&known) {
                bail!("{new} overlaps {known}");
            }
        }
        self.insert(&Document::new(&new, "")).await
    }

    pub(super) async fn acquire(&self, prefix: &str, ip: Option<&str>) -> anyhow::Result<Option<String>> {
        self.change(prefix, |document| {
            let given = match ip {
                Some(ip) if document.ips.contains_key(ip) => return Ok(None),
                Some(ip) => ip.to_owned(),
                None => document.lowest()?.context("no more ips")?,
            };
            document.ips.insert(given.clone(), true);
            Ok(Some(given))
        })
        .await
    }

    pub(super) async fn release(&self, prefix: &str, ip: &str) -> anyhow::Result<()> {
        let released = self.change(prefix, |document| Ok(document.ips.remove(ip).map(|_| ()))).await?;
        // The reply needs the document's current state.
        self.read(prefix).await?;
        released.with_context(|| format!("{ip} is not taken"))
    }

    /// Two transactions: the parent, then the child.
    pub(super) async fn child(&self, parent: &str, length: u8) -> anyhow::Result<String> {
        let child = self
            .change(parent, |document| {
                let child = document.child(length)?.context("no prefix is left")?;
                document.is_parent = true;
                document.available_child_prefixes.insert(child.to_string(), false);
                Ok(Some(child))
            })
            .await?
            .context("a child is never nothing")?;
        self.insert(&Document::new(&child, parent)).await?;
        Ok(child.to_string())
    }

    pub(super) async fn load(&self, dump: &str) -> anyhow::Result<()> {
        let documents: Vec<Document> = serde_json::from_str(dump)?;
        let mut transaction = self.pool.begin().await?;
        for document in documents {
            let text = serde_json::to_string(&document)?;
            let insert = asked(INSERT).bind(&self.space).bind(&document.cidr).bind(text);
            insert.execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    pub(super) async fn taken(&self, cidr: &str) -> anyhow::Result<(u64, u64)> {
        let document = self.read(cidr).await?;
        let children = document.available_child_prefixes.values().filter(|returned| !**returned).count();
        Ok((u64::try_from(document.ips.len())?, u64::try_from(children)?))
    }
}
