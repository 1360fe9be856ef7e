//! HTTP clients, with the one TLS provider of the process.

use std::time::Duration;

/// A client with a timeout.
pub fn http_client(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    // The first caller installs the provider; later calls fail harmlessly, any provider works.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().timeout(timeout).build()
}
