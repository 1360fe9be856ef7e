//! Lets pages of any origin call the API (api-resources 1.7). Preflights are answered without authentication: browsers
//! send no credentials with them.

use super::router::Route;
use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderMap};

/// The answer to `OPTIONS` on a path that exists.
pub(super) fn preflight(headers: &HeaderMap, routes: &[&'static Route]) -> HttpResponse {
    let methods: Vec<&str> = routes.iter().map(|route| route.method.as_str()).collect();
    let methods = methods.join(",");
    let mut response = HttpResponse::Ok();
    response.insert_header((header::ALLOW, methods.clone()));
    response.insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods));
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
    }
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone()));
    }
    response.finish()
}

/// Allows the page that sent the request to read the answer.
pub(super) fn allow(mut response: HttpResponse, headers: &HeaderMap) -> HttpResponse {
    if let Some(origin) = headers.get(header::ORIGIN) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}
