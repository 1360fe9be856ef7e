//! Asks whether the URLs of images and kernels answer (api-resources 5.1 and 5.5), before a command stores them.

use super::error::Problem;
use actors::masterdata::MasterdataCommand;
use actors::masterdata::urls::{UrlCheck, to_check};
use actors::world::World;
use reqwest::Client;
use std::error::Error;
use std::time::Duration;

/// Two of these fit into the 30 s that metalctl waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The check, or its absence.
#[derive(Debug)]
pub(super) struct Urls {
    client: Option<Client>,
}

impl Urls {
    pub(super) fn new(check: bool) -> Result<Self, reqwest::Error> {
        if !check {
            return Ok(Self { client: None });
        }
        let client = crate::tls::http_client(ANSWER_TIMEOUT)?;
        Ok(Self { client: Some(client) })
    }

    /// Refuses `command` when a URL in it does not answer, or what is wrong with it before any URL is asked for.
    pub(super) async fn check(&self, world: &World, command: &MasterdataCommand) -> Result<(), Problem> {
        let Some(client) = &self.client else { return Ok(()) };
        for check in to_check(world, command)? {
            answers(client, &check).await?;
        }
        Ok(())
    }
}

async fn answers(client: &Client, check: &UrlCheck) -> Result<(), Problem> {
    match client.head(&check.url).send().await {
        Ok(response) if response.status().as_u16() < 400 => Ok(()),
        Ok(response) => Err(check.answered(&response.status().to_string()).into()),
        Err(error) => Err(check.failed(&chain(&error)).into()),
    }
}

/// The error with everything below it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
