//! How the API asks URLs whether they answer.

use crate::api::Urls;
use async_trait::async_trait;
use reqwest::Client;
use std::error::Error;
use std::time::Duration;

/// Two of these fit into the 30 s that metalctl waits.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks over HTTP.
#[derive(Debug)]
pub struct HttpUrls(Client);

impl HttpUrls {
    /// An error when the system has nothing to make a client of.
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
