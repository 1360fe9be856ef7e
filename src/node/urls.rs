//! Checks whether URLs answer, for the API.

use crate::api::Urls;
use async_trait::async_trait;
use reqwest::Client;
use std::error::Error;
use std::time::Duration;

/// Two of these fit into the 30 s that metalctl waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends the requests over HTTP.
#[derive(Debug)]
pub struct HttpUrls(Client);

impl HttpUrls {
    /// Fails if the system cannot make a client.
    pub fn new() -> reqwest::Result<Self> {
        crate::tls::http_client(ANSWER_TIMEOUT).map(Self)
    }
}

#[async_trait]
impl Urls for HttpUrls {
    async fn head(&self, url: &str) -> Result<u16, String> {
        match self.0.head(url).send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(chain(&error)),
        }
    }
}

/// The error with all its sources.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
