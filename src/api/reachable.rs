//! Checks that the URLs of images and kernels answer (api-resources 5.1 and 5.5), before a command stores them.

use super::call::Call;
use super::error::Problem;
use actix_web::http::StatusCode;
use actors::command::Body;
use actors::masterdata::urls::to_check;
use async_trait::async_trait;
use std::fmt::Debug;

/// Checks whether a URL answers. The API has no HTTP client of its own: the node provides one.
#[async_trait]
pub trait Urls: Debug + Send + Sync {
    /// The status of a HEAD request after redirects, or why there is none.
    async fn head(&self, url: &str) -> Result<u16, String>;
}

/// Refuses a command when one of its URLs does not answer; other checks of the command come first.
pub(super) async fn check(call: &Call, body: &Body) -> Result<(), Problem> {
    let (Some(urls), Body::Masterdata(command)) = (&call.api.settings.urls, body) else { return Ok(()) };
    for check in to_check(call.here(), command)? {
        match urls.head(&check.url).await {
            Ok(..400) => {}
            Ok(status) => {
                let text =
                    StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |it| it.to_string());
                return Err(check.answered(&text).into());
            }
            Err(why) => return Err(check.failed(&why).into()),
        }
    }
    Ok(())
}
