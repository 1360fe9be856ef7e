//! Removes images that have expired and are not in use (api-resources 5.5).

use super::principal;
use crate::command::{Answer, Body};
use crate::masterdata::{self, MasterdataCommand};
use crate::runtime::Site;
use std::time::Duration;

/// Between two looks for images that have expired; the first is when the time has passed once. They expire after
/// months.
pub(super) const EVERY: Duration = Duration::from_secs(3600);

pub(super) async fn run(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        tokio::time::sleep(EVERY).await;
        for image in masterdata::image::superfluous(site.world(), site.now()) {
            let command = MasterdataCommand::ImageSweep(image.clone());
            match site.ask(&principal, None, Body::Masterdata(command)).await {
                Ok(Answer::Image(_)) => tracing::info!(%image, "removed: it expired and nobody uses it"),
                Ok(_) => {}
                Err(error) => tracing::debug!(%image, %error, "an expired image was not removed this time"),
            }
        }
    }
}

#[cfg(test)]
mod tests;
