//! Reloads certificates, keys and the log filter at SIGHUP, while the node serves. If anything is invalid, nothing
//! changes. The super user's password is read only at start.

use super::{keys, service, tls};
use crate::api::{Keyring, MetricsKey};
use crate::config;
use crate::grpc::Renewable;
use crate::telemetry::{self, Logging};
use sd_notify::NotifyState;
use std::path::Path;

/// What can be reloaded.
pub(super) struct Reload<'a> {
    pub(super) file: &'a Path,
    pub(super) logging: &'a Logging,
    pub(super) keyring: Keyring,
    pub(super) metrics_key: MetricsKey,
    pub(super) tls: Option<Renewable>,
}

impl Reload<'_> {
    pub(super) fn reload(&self) {
        if let Ok(now) = NotifyState::monotonic_usec_now() {
            service::tells(&[NotifyState::Reloading, now]);
        }
        match self.try_reload() {
            Ok(()) => tracing::info!("reloaded certificates, keys and the log filter"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the configuration was not reloaded: the old one stays in force");
            }
        }
    }

    /// Fallible steps come first.
    fn try_reload(&self) -> anyhow::Result<()> {
        let checked = config::load(self.file)?;
        let filter = telemetry::filter(&checked.config.log)?;
        if let (Some(renewable), Some(tls)) = (&self.tls, tls(&checked)) {
            renewable.renew(&tls)?;
        }
        self.logging.refilter(filter)?;
        self.keyring.replace(&keys(&checked));
        self.metrics_key.replace(checked.metrics_key.as_deref());
        checked.warnings.iter().chain(&checked.faults).for_each(|warning| tracing::warn!("{warning}"));
        Ok(())
    }
}
