//! Removes images that have expired and are not in use (api-resources 5.5).

use super::principal;
use super::task::{BackgroundTask, TaskOutcome};
use crate::answer::Answer;
use crate::command::Body;
use crate::masterdata::{self, MasterdataCommand};
use crate::runtime::LocalPartition;
use std::time::Duration;

/// Interval of checks for expired images; the first is one interval after the start. Images expire after months.
pub(super) const EVERY: Duration = Duration::from_secs(3600);

/// The newest image of an operating system stays, expired or not.
pub(super) struct RemoveExpiredImages;

impl BackgroundTask for RemoveExpiredImages {
    fn name(&self) -> &'static str {
        "remove_expired_images"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn first(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let (principal, mut outcome) = (principal(), TaskOutcome::default());
        outcome.add("removed", 0);
        for image in masterdata::image::superfluous(local.world(), local.now()) {
            let command = MasterdataCommand::ImageSweep(image.clone());
            match local.ask(&principal, None, Body::Masterdata(command)).await {
                Ok(Answer::Image(_)) => {
                    outcome.add("removed", 1);
                    tracing::info!(%image, "removed an expired image that is not in use");
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%image, %error, "an expired image was not removed; the next run retries");
                    outcome.fail(&error);
                }
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
