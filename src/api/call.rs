//! A request on its way to the code of its route, and the answer on its way back.

use super::Api;
use super::auth::{Identity, User};
use super::body;
use super::error::{Problem, Subject, call_failed};
use super::pieces::Pieces;
use super::query::Query;
use crate::door::budget::{Budget, Holder};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::Bytes;
use actors::command::{Answer, Body};
use actors::decision::Principal;
use actors::world::World;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// What the code of a route gives back.
pub(crate) type Answered = Result<Reply, Problem>;

/// Everything a route may look at.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) api: Arc<Api>,
    pub(crate) identity: Identity,
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Query,
    pub(crate) body: Bytes,
    /// From the header `Idempotency-Key`: a repeated request with the same key is applied once.
    pub(crate) key: Option<Uuid>,
}

impl Call {
    pub(crate) fn world(&self) -> &World {
        self.api.gateway.site().world()
    }

    /// The first parameter of the path.
    pub(crate) fn id(&self) -> &str {
        self.parameters.first().map(String::as_str).unwrap_or_default()
    }

    /// The body as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(&self.body)
    }

    /// The body, which carries what hardware says, as a `T`.
    pub(crate) fn read_spoken<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse_spoken(&self.body)
    }

    /// The body, which carries what hardware says, not yet looked at.
    pub(crate) fn heard(&self) -> Result<Value, Problem> {
        body::heard(&self.body)
    }

    pub(crate) fn user(&self) -> Result<&Arc<User>, Problem> {
        match &self.identity {
            Identity::User(user) => Ok(user),
            Identity::Guest => Err(Problem::forbidden("tenant  not allowed")),
        }
    }

    fn principal(&self) -> Result<&Principal, Problem> {
        self.user().map(|user| &user.principal)
    }

    /// Has a command executed.
    pub(crate) async fn ask(&self, body: Body) -> Result<Answer, Problem> {
        self.ask_with(self.key, body).await
    }

    /// Has one of several commands of a request executed.
    pub(crate) async fn ask_with(&self, key: Option<Uuid>, body: Body) -> Result<Answer, Problem> {
        let subject = Subject::of(&body);
        let principal = self.principal()?;
        self.api.gateway.execute(principal, key, body).await.map_err(|error| call_failed(error, &subject))
    }
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    body: Pieces,
}

impl Reply {
    pub(crate) fn ok<T: Serialize + ?Sized>(value: &T) -> Answered {
        Self::with(StatusCode::OK, value)
    }

    pub(crate) fn created<T: Serialize + ?Sized>(value: &T) -> Answered {
        Self::with(StatusCode::CREATED, value)
    }

    pub(crate) fn with<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Answered {
        Ok(Self { status, body: Pieces::Own(json(value)?) })
    }

    /// 200 with JSON that is ready.
    pub(crate) fn bytes(body: Bytes) -> Self {
        Self { status: StatusCode::OK, body: Pieces::Own(body) }
    }

    /// 200 with a list that others are sent, too.
    pub(crate) fn shared(list: Arc<[Bytes]>) -> Self {
        Self { status: StatusCode::OK, body: Pieces::Shared(list) }
    }

    /// `holder`: who asked.
    pub(crate) fn response(self, answers: &Budget, holder: Holder) -> Result<HttpResponse, Problem> {
        let body = self.body.sent(answers, holder)?;
        Ok(HttpResponse::build(self.status).content_type(ContentType::json()).body(body))
    }
}

/// `value` as JSON.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, Problem> {
    let text = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal the answer could not be written as JSON")
    })?;
    // Answers are kept (`machine::Cache`): up to half of what grew while it was written would be empty.
    Ok(text.into_boxed_slice().into())
}
