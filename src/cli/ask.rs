//! How every command that asks a node is told which one, and with whose key.

use super::dev::{ADMIN_KEY, EDIT_KEY, VIEW_KEY};
use crate::client::{Api, Key, Unanswered};
use crate::clock::SystemClock;
use actors::decision::Role;
use anyhow::Context;
use clap::{Args, ValueEnum};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The API of a dev node.
pub(super) const DEFAULT_HTTP: &str = "http://127.0.0.1:8080/metal";

/// A node with a million rows reads them all.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Whose key signs, and where it is.
#[derive(Clone, Debug, Default, Args)]
pub struct Credentials {
    /// A file with the key, as a node's configuration names them. Comes before --hmac.
    #[arg(long, value_name = "FILE")]
    hmac_file: Option<PathBuf>,
    /// The key itself; whoever lists the processes of this machine sees what is typed here.
    #[arg(long, alias = "key", value_name = "KEY", env = "METALMESH_HMAC", hide_env_values = true)]
    hmac: Option<String>,
    /// Whose key it is; left out, it is that of the role that may do it: view to look, edit or admin to change.
    #[arg(long, alias = "type")]
    role: Option<RoleName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    #[value(alias = "Metal-View")]
    View,
    #[value(alias = "Metal-Edit")]
    Edit,
    #[value(alias = "Metal-Admin")]
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::View => Self::View,
            RoleName::Edit => Self::Edit,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// A variable of the environment that held the key of a command before `METALMESH_HMAC` did for all; it still does.
pub(super) type OldName = &'static str;

impl Credentials {
    /// The key of a role, whoever it belongs to.
    pub(super) fn of(role: Role, key: &str) -> Self {
        let role = match role {
            Role::View => RoleName::View,
            Role::Edit => RoleName::Edit,
            Role::Admin => RoleName::Admin,
        };
        Self { hmac_file: None, hmac: Some(key.to_owned()), role: Some(role) }
    }

    /// `None` when nothing was said of it.
    pub(super) fn given(&self, needed: Role, old: OldName) -> anyhow::Result<Option<Key>> {
        let role = self.role.map_or(needed, Role::from);
        let secret = if let Some(file) = &self.hmac_file {
            Some(crate::config::key_of(file).with_context(|| format!("--hmac-file: {}", file.display()))?)
        } else {
            self.hmac.clone().or_else(|| std::env::var(old).ok()).map(|key| key.trim().to_owned())
        };
        Ok(secret.map(|secret| Key { role, secret }))
    }

    /// That of a dev node when nothing was said of it.
    pub(super) fn key(&self, needed: Role, old: OldName) -> anyhow::Result<Key> {
        Ok(self.given(needed, old)?.unwrap_or_else(|| dev_key(self.role.map_or(needed, Role::from))))
    }
}

/// The key of a dev node.
pub(super) fn dev_key(role: Role) -> Key {
    let secret = match role {
        Role::View => VIEW_KEY,
        Role::Edit => EDIT_KEY,
        Role::Admin => ADMIN_KEY,
    };
    Key { role, secret: secret.to_owned() }
}

/// Which node is asked, and with whose key.
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// The API of any node, with its base path.
    #[arg(long, default_value = DEFAULT_HTTP)]
    http: String,
    #[command(flatten)]
    credentials: Credentials,
    /// The answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

/// A node, and the key with which it is asked.
pub(super) struct Asking {
    api: Api,
    http: String,
    key: Key,
}

impl NodeArgs {
    /// For a command that needs `needed` for all that it asks.
    pub(super) fn asking(&self, needed: Role, old: OldName) -> anyhow::Result<Asking> {
        let key = self.credentials.key(needed, old)?;
        let is_http = Url::parse(&self.http).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
        anyhow::ensure!(is_http, "--http: {:?} is not the URL of a node", self.http);
        let api = Api::new(&self.http, TIMEOUT, Arc::new(SystemClock))?;
        Ok(Asking { api, http: self.http.clone(), key })
    }

    pub(super) fn show(&self, answer: &Value, sentences: impl Fn(&Value) -> String) -> anyhow::Result<()> {
        super::say(&if self.json { serde_json::to_string_pretty(answer)? } else { sentences(answer) });
        Ok(())
    }
}

impl Asking {
    /// The answer as JSON. `path`: the segments below `mesh/v1`; ids are people's input.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        self.ask_with(method, path, &[], body).await
    }

    pub(super) async fn ask_with(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.api.request(&self.key, method, &below_mesh(path)).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        let text = Api::answer(request).await.map_err(|error| self.explained(error))?;
        serde_json::from_str(&text).context("the answer is not JSON")
    }

    fn explained(&self, error: Unanswered) -> anyhow::Error {
        match error {
            Unanswered::Silent(why) => anyhow::anyhow!("{} does not answer: {why}", self.http),
            Unanswered::Refused { status: StatusCode::FORBIDDEN, message } if message.contains("HMAC") => {
                let role = format!("{:?}", self.key.role).to_lowercase();
                anyhow::anyhow!(
                    "{message}: this is not the {role} key of that node. Give it with --hmac-file FILE or \
                     METALMESH_HMAC; if it is another role's, say whose with --role"
                )
            }
            Unanswered::Refused { message, .. } => anyhow::anyhow!(message),
        }
    }
}

fn below_mesh(path: &[&str]) -> String {
    // Any base will do: only what is escaped below it is taken.
    let mut url = Url::parse("http://node").expect("a URL");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(["mesh", "v1"]).extend(path);
    }
    url.path().trim_start_matches('/').to_owned()
}
