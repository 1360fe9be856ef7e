//! `GET /v1/version` (api-resources 7.4).

use super::call::{Answered, Call, Reply};
use serde::Serialize;

/// What the server says about itself; clients compare themselves with `min_client_version`, which must be a semantic
/// version (metalctl 5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionInfo {
    pub version: String,
    pub build_date: String,
    pub revision: String,
    pub git_sha: String,
    pub min_client_version: String,
    pub release_version: Option<String>,
}

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
    Reply::ok(&VersionResponse {
        name: "metal-api",
        version: &info.version,
        builddate: &info.build_date,
        revision: &info.revision,
        gitsha1: &info.git_sha,
        min_client_version: &info.min_client_version,
        release_version: info.release_version.as_deref(),
    })
}
