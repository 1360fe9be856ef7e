//! `join --rename`: new ids for entities of this partition that stand in the way of a join.

use super::Federation;
use super::control::Progress;
use actors::federation::{Rename, Renames, rename};
use actors::runtime::NotDone;
use actors::store::Kind;
use actors::world::World;
use anyhow::Context;

/// Maximum of renames of one command.
const RENAMES_MAX: usize = 1000;

/// What the renames of a command will do.
pub(super) struct Plan {
    /// Those that are not done yet.
    pub(super) ids: Renames,
    /// What the operator should know of them.
    pub(super) remarks: Vec<String>,
}

/// Reads the renames of a command.
pub(super) fn wishes(texts: &[String]) -> anyhow::Result<Vec<Rename>> {
    anyhow::ensure!(texts.len() <= RENAMES_MAX, "--rename: at most {RENAMES_MAX} are possible at once");
    let wishes = texts.iter().map(|text| text.parse::<Rename>().context("--rename"));
    wishes.collect()
}

/// The renames that are left: a command that was interrupted after its renames is repeated with them.
fn left(world: &World, wishes: &[Rename]) -> Vec<Rename> {
    wishes.iter().filter(|wish| !wish.is_done(world)).cloned().collect()
}

impl Federation {
    /// Checks the renames without changing anything.
    pub(super) fn plan(&self, wishes: &[Rename]) -> anyhow::Result<Plan> {
        let (world, now) = (self.shared.gateway.here(), self.shared.clock.now());
        let done = wishes.iter().filter(|wish| wish.is_done(world));
        let mut remarks: Vec<String> =
            done.map(|wish| format!("--rename {wish}: it is done already")).collect();
        let ids = Renames::new(world, &left(world, wishes)).context("--rename")?;
        rename(world, &ids, now).context("--rename")?;
        let provider = &self.shared.settings.compared.provider_tenant;
        let is_provider =
            |(kind, from, _): &(Kind, String, String)| *kind == Kind::Tenant && from == provider;
        if ids.all().any(|renamed| is_provider(&renamed)) {
            remarks.push(format!(
                "tenant {provider} is also http.provider_tenant of this node, which stays: once joined, it means the tenant of \
                 that name in the federation"
            ));
        }
        Ok(Plan { ids, remarks })
    }

    /// Renames in one transaction what is not renamed yet. Commands wait meanwhile.
    pub(super) async fn rename(&self, wishes: &[Rename], progress: &Progress) -> anyhow::Result<()> {
        if wishes.is_empty() {
            return Ok(());
        }
        progress.say("renaming: commands wait");
        let renamed = self.shared.gateway.local().exclusively(|world, now| {
            let ids = Renames::new(world, &left(world, wishes))?;
            rename(world, &ids, now)
        });
        let renamed = renamed.await.map_err(|error| match error {
            NotDone::Refused(refusal) => anyhow::Error::from(refusal),
            NotDone::Call(error) => anyhow::Error::from(error)
                .context("repeat the same command, the renames were not done or are done as a whole"),
        })?;
        for (kind, from, to) in &renamed.ids {
            let kind = kind.entity();
            tracing::info!(kind, from, to, "renamed for a join");
            progress.say(format!("{kind} {from} is {to} now"));
        }
        Ok(())
    }
}
