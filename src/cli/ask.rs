//! How commands choose the node they ask and the key they sign with.

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

/// The URL of a dev node's API.
pub(super) const DEFAULT_HTTP: &str = "http://127.0.0.1:8080/metal";

/// A node with a million rows reads all of them for some answers.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The key that signs, and where it is read from.
#[derive(Clone, Debug, Default, Args)]
pub struct Credentials {
    /// File with the key, as in a node's configuration. Takes precedence over --hmac.
    #[arg(long, value_name = "FILE")]
    hmac_file: Option<PathBuf>,
    /// The key itself. Everyone who can list this machine's processes can read it on the command line.
    #[arg(long, alias = "key", value_name = "KEY", env = "METALMESH_HMAC", hide_env_values = true)]
    hmac: Option<String>,
    /// Role of the key. Default: the role that the command needs, view to read, edit or admin to change.
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

/// An environment variable that held one command's key before `METALMESH_HMAC`; it is still read.
pub(super) type OldName = &'static str;

impl Credentials {
    /// The key of the role, regardless of its owner.
    pub(super) fn of(role: Role, key: &str) -> Self {
        let role = match role {
            Role::View => RoleName::View,
            Role::Edit => RoleName::Edit,
            Role::Admin => RoleName::Admin,
        };
        Self { hmac_file: None, hmac: Some(key.to_owned()), role: Some(role) }
    }

    /// `None` if no key was given.
    pub(super) fn given(&self, needed: Role, old: OldName) -> anyhow::Result<Option<Key>> {
        let role = self.role.map_or(needed, Role::from);
        let secret = if let Some(file) = &self.hmac_file {
            Some(crate::config::key_of(file).with_context(|| format!("--hmac-file: {}", file.display()))?)
        } else {
            self.hmac.clone().or_else(|| std::env::var(old).ok()).map(|key| key.trim().to_owned())
        };
        Ok(secret.map(|secret| Key { role, secret }))
    }

    /// The given key, or that of a dev node.
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

/// The node to ask, and the key to sign with.
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    /// URL of the node's API, with its base path.
    #[arg(long, default_value = DEFAULT_HTTP)]
    http: String,
    #[command(flatten)]
    credentials: Credentials,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

/// A node, and the key that signs requests to it.
pub(super) struct Asking {
    api: Api,
    http: String,
    key: Key,
}

impl NodeArgs {
    /// For a command whose requests all need `needed`.
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
    /// Returns the answer as JSON. `path`: the segments below `mesh/v1`; ids come from the operator and are escaped.
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
    // Any base works: only the escaped path is used.
    let mut url = Url::parse("http://node").expect("a URL");
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(["mesh", "v1"]).extend(path);
    }
    url.path().trim_start_matches('/').to_owned()
}
