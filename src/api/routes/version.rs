//! `GET /v1/version` (api-resources 7.4).

use crate::api::call::{Answered, ApiResponse, Call};
use serde::Serialize;

#[derive(Serialize)]
struct VersionResponse<'a> {
    name: &'static str,
    version: &'a str,
    builddate: &'a str,
    revision: &'a str,
    gitsha1: &'a str,
    min_client_version: &'a str,
    release_version: Option<&'a str>,
}

pub(super) fn show(call: &Call) -> Answered {
    let info = &call.api.settings.version;
    ApiResponse::ok(&VersionResponse {
        name: "metal-api",
        version: &info.version,
        builddate: &info.build_date,
        revision: &info.revision,
        gitsha1: &info.git_sha,
        min_client_version: &info.min_client_version,
        release_version: info.release_version.as_deref(),
    })
}
