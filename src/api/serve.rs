//! One request from its first to its last byte: the order of processing and the routing rules of api-resources 1.3 and
//! 1.9.

use super::Api;
use super::auth::{self, Identity, Level};
use super::body;
use super::bounds;
use super::call::{Answered, Call};
use super::cors;
use super::error::Problem;
use super::query::Query;
use super::router::{self, Route, Run, Verb};
use crate::correlation;
use crate::door::budget::Holder;
use crate::door::port::NO_ROUTE;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType, HeaderMap};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;
use tracing::Instrument;
use uuid::Uuid;

/// Answers any request.
pub(super) async fn serve(request: HttpRequest, payload: Payload, api: Data<Api>) -> HttpResponse {
    let api = api.into_inner();
    let started = tokio::time::Instant::now();
    let _answering = api.port.begin();
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id = api.port.request_id(text("X-Request-Id"), api.gateway.now());
    let trace = text("traceparent").and_then(correlation::trace_id);
    let span = tracing::info_span!("http", id, trace, path = request.path());
    let (route, response) = answer(&request, payload, &api).instrument(span.clone()).await;
    let status = response.status();
    let path = route.map_or(NO_ROUTE, |route| route.path);
    api.port.count(path, request.method(), status, started.elapsed());
    let _in_span = span.enter();
    if status.is_server_error() {
        tracing::warn!(method = %request.method(), status = status.as_u16(), "a request failed");
    } else {
        tracing::debug!(method = %request.method(), status = status.as_u16(), "answered");
    }
    response
}

async fn answer(
    request: &HttpRequest,
    payload: Payload,
    api: &Arc<Api>,
) -> (Option<&'static Route>, HttpResponse) {
    let Some(path) = router::decoded(request.uri().path()) else {
        return (None, Problem::bad_request("the path is not UTF-8 text").response());
    };
    if let Some(clean) = router::cleaned(&path) {
        return (None, moved(&clean, request.query_string()));
    }
    let headers = request.headers();
    let identity =
        match api.settings.keys.authenticator().identify(headers, request.method(), api.gateway.now()) {
            Ok(identity) => identity,
            Err(problem) => return (None, problem.response()),
        };
    let (route, parameters) = match find(request, &path, api) {
        Found::Route(route, parameters) => (route, parameters),
        Found::Preflight(response) => return (None, response),
        Found::Nothing(problem) => return (None, no_route(&problem, &identity, headers)),
    };
    if matches!(identity, Identity::Guest) && route.level != Level::Open {
        return (Some(route), tenant_not_allowed());
    }
    let holder = holder(&identity, request);
    let reply = run(request, payload, api, route, Permitted { identity, parameters }).await;
    let response = reply.and_then(|reply| reply.response(&api.answers, holder));
    let response = response.unwrap_or_else(|problem| problem.response());
    (Some(route), cors::allow(response, headers))
}

enum Found {
    Route(&'static Route, Vec<String>),
    Preflight(HttpResponse),
    Nothing(Problem),
}

fn find(request: &HttpRequest, path: &str, api: &Api) -> Found {
    let below = path.strip_prefix(api.settings.base_path.as_str());
    let verb = Verb::of(request.method());
    let matched = below.and_then(|path| api.router.find(verb, path.strip_suffix('/').unwrap_or(path)));
    let Some(matched) = matched else {
        return Found::Nothing(Problem::new(StatusCode::NOT_FOUND, "404: Page Not Found"));
    };
    if request.method() == actix_web::http::Method::OPTIONS {
        return Found::Preflight(cors::preflight(request.headers(), matched.routes));
    }
    let Some(route) = matched.routes.iter().find(|route| Some(route.method) == verb) else {
        return Found::Nothing(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "405: Method Not Allowed"));
    };
    match negotiated(request.headers(), route) {
        Ok(()) => Found::Route(route, matched.parameters),
        Err(problem) => Found::Nothing(problem),
    }
}

/// Content type and `Accept` (api-resources 1.9).
fn negotiated(headers: &HeaderMap, route: &Route) -> Result<(), Problem> {
    let value = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let any_type = matches!(route.run, Run::Bodiless(_) | Run::Missing(_));
    if route.method.carries_json() && !any_type {
        let given = value(header::CONTENT_TYPE);
        let is_json = given.is_some_and(|text| media_type(text).eq_ignore_ascii_case("application/json"));
        if !is_json {
            let text = if given.is_some() || has_body(headers) {
                "415: Unsupported Media Type"
            } else {
                "415: Unsupported Media Type\n\nAvailable representations: "
            };
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        }
    }
    let accepted = value(header::ACCEPT).is_none_or(|text| {
        text.split(',').any(|range| matches!(media_type(range), "*/*" | "application/json" | ""))
    });
    if accepted {
        return Ok(());
    }
    let text = "406: Not Acceptable\n\nAvailable representations: application/json";
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, text))
}

fn media_type(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

fn has_body(headers: &HeaderMap) -> bool {
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}

/// Guests get the same answer for all unknown paths, because they may not learn which paths exist (api-resources 1.9,
/// row "unknown path or wrong method, anonymous").
fn no_route(problem: &Problem, identity: &Identity, headers: &HeaderMap) -> HttpResponse {
    match identity {
        Identity::Guest => HttpResponse::NotAcceptable().finish(),
        Identity::User(_) => cors::allow(problem.response(), headers),
    }
}

/// Without the envelope (api-resources 1.6, step 2). A guest has no tenant, hence the two blanks.
fn tenant_not_allowed() -> HttpResponse {
    HttpResponse::Forbidden().content_type(ContentType::json()).body("\"tenant  not allowed\"")
}

fn moved(path: &str, query: &str) -> HttpResponse {
    let escaped = router::escaped(path);
    let target = if query.is_empty() { escaped } else { format!("{escaped}?{query}") };
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, target)).finish()
}

struct Permitted {
    identity: Identity,
    parameters: Vec<String>,
}

async fn run(
    request: &HttpRequest,
    payload: Payload,
    api: &Arc<Api>,
    route: &'static Route,
    permitted: Permitted,
) -> Answered {
    let Permitted { identity, parameters } = permitted;
    if let Identity::User(user) = &identity {
        auth::check(user, route.level)?;
    }
    let query = Query::read(request.query_string());
    parameters
        .iter()
        .map(|text| ("id", text.as_str()))
        .chain(query.iter())
        .try_for_each(|(name, text)| bounds::parameter(name, text))?;
    // Public routes have no body: the server does not wait for bytes of unknown clients.
    let has_body = !matches!(route.run, Run::Bodiless(_) | Run::Missing(_));
    let reads_body = route.level != Level::Open && has_body;
    let key = idempotency_key(request.headers())?;
    let (body, _share) = if reads_body {
        let share = api.port.held().share(holder(&identity, request));
        let (body, share) = body::collect(request.headers(), payload, route.body_bytes_max(), share).await?;
        (body, Some(share))
    } else {
        (Bytes::new(), None)
    };
    let call = Call { api: Arc::clone(api), identity, parameters, query, key, body };
    match route.run {
        Run::Read(code) => call.whole(|| code(&call)),
        Run::Show(kind, code) => {
            let view = call.view(kind, call.id()).await?;
            call.whole(|| code(&call, &view))
        }
        Run::List(kind, code) => {
            let (views, unreachable) = call.views(kind).await;
            call.whole(|| code(&call, &views)).map(|reply| reply.without(unreachable))
        }
        Run::Write(code) | Run::Bodiless(code) => code(call).await,
        Run::Missing(what) => Err(Problem::not_implemented(what)),
    }
}

/// The caller whose budget pays for the request's bytes.
fn holder(identity: &Identity, request: &HttpRequest) -> Holder {
    match identity {
        Identity::User(user) => Holder::Principal(user.principal.email.clone()),
        Identity::Guest => Holder::Connection(request.peer_addr()),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<Uuid>, Problem> {
    let Some(value) = headers.get("Idempotency-Key") else { return Ok(None) };
    let key = value.to_str().ok().and_then(|text| Uuid::parse_str(text).ok());
    key.map(Some).ok_or_else(|| Problem::bad_request("header Idempotency-Key must be a UUID"))
}
