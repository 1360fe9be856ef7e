//! Opens a store once it is reachable and no other node serves its partition.

use super::super::claim::{self, Claim};
use crate::config::{Checked, StoreConfig};
use crate::store::{Postgres, SqlStore, Sqlite};
use actors::ids::PartitionId;
use actors::runtime::Clock;
use anyhow::Context;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Interval of log lines while the database does not answer.
const SAY_EVERY: Duration = Duration::from_secs(5);

const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The store, and a claim on it that lives as long as the store is used. `take_over`: open it although another node
/// serves the partition.
pub(in crate::cli) async fn opened(
    checked: &Checked,
    config: &Path,
    take_over: bool,
) -> anyhow::Result<(SqlStore, Option<Claim>)> {
    patiently(&checked.config.store, async || {
        if !take_over {
            stand_by(checked, config).await?;
        }
        open(checked, config).await
    })
    .await
}

/// Opens a store that may not be reachable yet.
async fn patiently<T>(
    store: &StoreConfig,
    mut open: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let StoreConfig::Postgres { start_patience_s, .. } = store else { return open().await };
    let patience = bounded(*start_patience_s);
    let began = Instant::now();
    loop {
        let error = match open().await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let may_come = error.downcast_ref().is_some_and(crate::store::may_come);
        if !may_come || began.elapsed() + SAY_EVERY > patience {
            return Err(error);
        }
        tracing::warn!(error = format!("{error:#}"), waited = ?began.elapsed(), "the database does not answer yet: retrying");
        sleep(SAY_EVERY).await;
    }
}

/// A number of seconds from the configuration, bounded.
pub(super) fn bounded(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(A_WEEK)
}

/// The name of this node, for other nodes of the same database.
fn own_name(config: &Path) -> String {
    let config = config.canonicalize().unwrap_or_else(|_| config.to_owned());
    format!("{} of {}", config.display(), rustix::system::uname().nodename().to_string_lossy())
}

async fn stand_by(checked: &Checked, config: &Path) -> anyhow::Result<()> {
    let Some(url) = &checked.store_url else { return Ok(()) };
    let partition = PartitionId::from(checked.config.partition.as_str());
    let told = |other: &str| {
        tracing::warn!(
            other,
            "another node serves the partition: standing by until it stops; --take-over does not wait"
        );
    };
    let turn = Postgres::stand_by(&own_name(config), url, &partition, told).await;
    turn.context("store: the database cannot be opened")
}

async fn open(checked: &Checked, config: &Path) -> anyhow::Result<(SqlStore, Option<Claim>)> {
    let partition = PartitionId::from(checked.config.partition.as_str());
    let folder = config.parent().unwrap_or_else(|| Path::new("."));
    let now = crate::clock::SystemClock.now();
    Ok(match (&checked.config.store, &checked.store_url) {
        (StoreConfig::Postgres { .. }, Some(url)) => {
            let store = Postgres::open_as(&own_name(config), url, &partition, now).await;
            (store.context("store: the database cannot be opened")?, None)
        }
        (StoreConfig::Postgres { .. }, None) => anyhow::bail!("store.url_file: the URL was not read"),
        (StoreConfig::Sqlite { path }, _) => {
            let path = folder.join(path);
            let claim = claim::claim(&path).context("store.path")?;
            let store = Sqlite::open(&path, &partition, now).await;
            let store = store.with_context(|| format!("store.path: {} cannot be opened", path.display()))?;
            (store, Some(claim))
        }
    })
}
