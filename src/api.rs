//! metal-api v1 over HTTP: parses and authenticates requests, calls the domain, and serialises its answers.
//!
//! A request takes one path: [`serve`] finds its route in [`routes`], authenticates the caller ([`auth`]), and runs the
//! route's code with a [`call::Call`]. That code parses, reads the world or sends one command, and maps the answer; it
//! makes no decisions. Only [`error`] maps refusals to HTTP.
//!
//! **Architecture invariant:** reads never leave the thread of the request. They use the rows of the world and, for
//! machines, JSON that is rendered once per version of a row ([`routes::machine::Cache`]).

mod auth;
mod body;
mod bounds;
mod call;
mod cors;
mod error;
mod load;
mod metrics;
mod pieces;
mod query;
mod reachable;
mod router;
mod routes;
mod serve;
#[cfg(test)]
mod tests;

pub use auth::{HmacKey, HmacKeys, Keyring, sign};
pub use metrics::{MetricsKey, MetricsPage};
pub use reachable::Urls;

use crate::door::HttpPort;
use crate::door::budget::Budget;
use crate::version::VersionInfo;
use actix_web::web::{self, ServiceConfig};
use actors::gateway::Gateway;
use std::sync::Arc;

/// Settings of an installation.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// Starts and ends with `/`; the prefix of every route.
    pub base_path: String,
    pub keys: Keyring,
    /// The tenant whose users may use the API (api-resources 1.6).
    pub provider_tenant: String,
    /// Checks that URLs of images and kernels answer before they are stored; `None`: they need not answer.
    pub urls: Option<Arc<dyn Urls>>,
    pub version: VersionInfo,
}

/// State that all requests share.
#[derive(Debug)]
struct Api {
    settings: ApiSettings,
    gateway: Gateway,
    router: router::Router,
    cache: routes::machine::Cache,
    port: HttpPort,
    ping: routes::health::LastPing,
    /// Memory budget of responses.
    answers: Budget,
}

/// Why the API cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("the base path must begin and end with a slash: \"{0}\"")]
    BasePath(String),
    #[error("the provider tenant must not be empty")]
    ProviderTenant,
}

/// Configures an actix-web `App` to serve the API: `App::new().configure(configure(..)?)`. Mount the [`MetricsPage`]
/// and go-ipam's service before it: they are outside of the base path.
pub fn configure(
    settings: ApiSettings,
    gateway: Gateway,
    port: HttpPort,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + 'static, SetupError> {
    if !settings.base_path.starts_with('/') || !settings.base_path.ends_with('/') {
        return Err(SetupError::BasePath(settings.base_path));
    }
    if settings.provider_tenant.is_empty() {
        return Err(SetupError::ProviderTenant);
    }
    let answers = pieces::budget();
    let api = Arc::new(Api {
        router: router::Router::new(routes::ROUTES),
        cache: routes::machine::Cache::new(answers.clone()),
        settings,
        gateway,
        port,
        ping: routes::health::LastPing::default(),
        answers,
    });
    Ok(move |config: &mut ServiceConfig| {
        config.app_data(web::Data::from(Arc::clone(&api))).default_service(web::to(serve::serve));
    })
}
