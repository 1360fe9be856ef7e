//! `metalmesh store delete`: removes a row whose id no path of the API can carry; older releases accepted such ids. The
//! node must delete everything else, because it knows what depends on it.

use super::say;
use super::serve::opened;
use crate::config::{self, LogConfig};
use actors::naming;
use actors::store::{Delete, Key, Kind, Store, Transaction};
use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Entities whose ids come from clients, named as in their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Entity {
    Tenant,
    Project,
    Partition,
    Size,
    Image,
    Filesystemlayout,
    Network,
    Machine,
    Switch,
}

impl Entity {
    /// Its kinds of rows: the last is deleted together with the first.
    const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Tenant => &[Kind::Tenant],
            Self::Project => &[Kind::Project],
            Self::Partition => &[Kind::Partition],
            Self::Size => &[Kind::Size],
            Self::Image => &[Kind::Image],
            Self::Filesystemlayout => &[Kind::Layout],
            Self::Network => &[Kind::Network],
            Self::Machine => &[Kind::Machine, Kind::Events],
            Self::Switch => &[Kind::Switch, Kind::SwitchStatus],
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example, while no node serves the partition:\n  \
    metalmesh store delete --config node.toml size reservations")]
pub(super) struct DeleteArgs {
    /// Kind of the entity.
    entity: Entity,
    /// Id of the entity, as lists show it.
    #[arg(allow_hyphen_values = true)]
    id: String,
    /// The node's configuration.
    #[arg(long)]
    config: PathBuf,
}

pub(super) async fn run(args: &DeleteArgs) -> anyhow::Result<()> {
    let _logging = crate::telemetry::start(&LogConfig { filter: "warn".to_owned(), ..LogConfig::default() })?;
    let (checked, kinds, id) = (config::load(&args.config)?, args.entity.kinds(), args.id.as_str());
    let entity = kinds[0].entity();
    ensure!(
        naming::check(kinds[0], id).is_err(),
        "{entity} {id:?} has an id that the API can reach: delete it through a node, which checks what depends on it"
    );
    let (store, _claim) = opened(&checked, &args.config, false).await?;
    let mut deletes = Vec::new();
    for kind in kinds {
        let key = Key::new(*kind, id);
        if let Some(row) = store.row(&key).await? {
            deletes.push(Delete { key, expected: row.generation });
        }
    }
    let result = if deletes.is_empty() {
        Err(anyhow::anyhow!("there is no {entity} with the id {id:?}"))
    } else {
        let deleted = store.commit(Transaction { deletes, ..Transaction::default() }).await;
        deleted.map(drop).with_context(|| format!("{entity} {id:?} was not deleted"))
    };
    store.close().await;
    result?;
    say(&format!("{entity} {id:?} is deleted"));
    Ok(())
}
