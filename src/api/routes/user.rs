//! `GET /v1/user/me` (api-resources 7.4).

use crate::api::call::{Answered, ApiResponse, Call};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UserResponse<'a> {
    #[serde(rename = "EMail")]
    email: &'a str,
    name: &'a str,
    groups: [&'a str; 2],
    tenant: &'a str,
    issuer: &'a str,
    subject: &'a str,
}

pub(super) fn me(call: &Call) -> Answered {
    let user = call.user()?;
    ApiResponse::ok(&UserResponse {
        email: &user.principal.email,
        name: user.name(),
        groups: user.groups(),
        tenant: &call.api.settings.provider_tenant,
        issuer: "",
        subject: "",
    })
}
