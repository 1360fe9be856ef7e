//! Signed HTTP requests of our commands and of simulated hardware to a node.

use super::ClientError;
use super::signature::{Key, headers};
use actors::runtime::Clock;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Maximal bytes of an answer: ten times a list of ten thousand machines.
const ANSWER_BYTES_MAX: u64 = 512 << 20;

/// A node's API.
pub struct Api {
    http: reqwest::Client,
    /// With the base path, without a trailing `/`.
    url: String,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error("{0}")]
    Silent(String),
    /// With the message of the error envelope (api-resources 1.8), or the plain text.
    #[error("{status}: {message}")]
    Refused { status: StatusCode, message: String },
}

impl Api {
    /// `url`: with the base path, with or without a trailing `/`. Times out after `timeout`, unless a request sets its
    /// own.
    pub fn new(url: &str, timeout: Duration, clock: Arc<dyn Clock>) -> Result<Self, ClientError> {
        let http = crate::tls::http_client(timeout).map_err(ClientError::Http)?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), clock })
    }

    /// A request signed now. `path`: relative to the base path, escaped.
    pub fn request(&self, key: &Key, method: Method, path: &str) -> RequestBuilder {
        // A salt only has to differ between requests: servers do not store it.
        let salt = uuid::Builder::from_random_bytes(rand::random()).into_uuid().simple().to_string();
        let signed = headers(key.role, key.secret.as_bytes(), method.as_str(), self.clock.now(), &salt);
        let request = self.http.request(method, format!("{}/{path}", self.url));
        signed.into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// The text of a successful response.
    pub async fn answer(request: RequestBuilder) -> Result<String, Unanswered> {
        let response = request.send().await.map_err(silent)?;
        let status = response.status();
        let text = Self::text(response).await?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(Unanswered::Refused { status, message: message(&text) })
        }
    }

    async fn text(response: Response) -> Result<String, Unanswered> {
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX) {
            return Err(Unanswered::Silent("the answer is too long".to_owned()));
        }
        response.text().await.map_err(silent)
    }
}

/// The cause of a transport error is in its sources.
fn silent(error: reqwest::Error) -> Unanswered {
    let error = error.without_url();
    let sources = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
    Unanswered::Silent(sources.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

fn message(text: &str) -> String {
    let inner: Option<Value> =
        serde_json::from_str::<String>(text).ok().and_then(|inner| serde_json::from_str(&inner).ok());
    let message = inner.as_ref().and_then(|envelope| envelope.get("message")).and_then(Value::as_str);
    message.unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_message_of_an_envelope_is_found() {
        let envelope = json!({"statuscode": 404, "message": "NotFound no machine"}).to_string();
        assert_eq!(message(&Value::String(envelope).to_string()), "NotFound no machine");
        assert_eq!(message("<html>"), "<html>");
    }
}
