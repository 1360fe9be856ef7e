//! The request that a route's code gets, and the answer that it returns.

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
use actors::command::ask::{Ask, FromAnswer};
use actors::decision::Principal;
use actors::gateway::{Partial, View};
use actors::ids::PartitionId;
use actors::refusal::Refusal;
use actors::store::Kind;
use actors::world::World;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// The result of a route's code.
pub(crate) type Answered = Result<ApiResponse, Problem>;

/// The input of a route's code.
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
    /// This partition's rows.
    pub(crate) fn here(&self) -> &World {
        self.api.gateway.here()
    }

    /// The result of `look`, unless it read rows of a kind with unreadable rows: the rest would look complete.
    pub(crate) fn whole<T>(&self, look: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        self.here().whole(look).map_err(Refusal::from)?
    }

    /// A thing as the partition that has it shows it. If no partition has it, the view of this one.
    pub(crate) async fn view(&self, kind: Kind, id: &str) -> Result<View, Problem> {
        let gateway = &self.api.gateway;
        let found = gateway.get(kind, id).await.map_err(|error| call_failed(error, &Subject::row(kind, id)));
        Ok(found?.unwrap_or_else(|| gateway.own()))
    }

    /// Like [`Call::view`], before a command about the thing.
    pub(crate) async fn view_before_write(&self, kind: Kind, id: &str) -> Result<View, Problem> {
        let gateway = &self.api.gateway;
        let found = gateway.get_before_write(kind, id, self.key).await;
        let found = found.map_err(|error| call_failed(error, &Subject::row(kind, id)));
        Ok(found?.unwrap_or_else(|| gateway.own()))
    }

    /// All things of a kind, from all partitions that answer, and the names of those that do not.
    pub(crate) async fn views(&self, kind: Kind) -> (Vec<View>, Vec<PartitionId>) {
        let Partial { answers, unreachable } = self.api.gateway.list(kind).await;
        (answers.into_values().collect(), unreachable)
    }

    /// The first parameter of the path.
    pub(crate) fn id(&self) -> &str {
        self.parameters.first().map(String::as_str).unwrap_or_default()
    }

    /// The body as a `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse(&self.body)
    }

    /// The body, with texts of hardware, as a `T`.
    pub(crate) fn read_spoken<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        body::parse_spoken(&self.body)
    }

    /// The body, with texts of hardware, not checked yet.
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

    /// Executes a command.
    pub(crate) async fn execute<A: FromAnswer>(&self, ask: Ask<A>) -> Result<A, Problem> {
        self.execute_with(self.key, ask).await
    }

    /// Executes one of several commands of a request.
    pub(crate) async fn execute_with<A: FromAnswer>(
        &self,
        key: Option<Uuid>,
        ask: Ask<A>,
    ) -> Result<A, Problem> {
        let subject = Subject::of(ask.body());
        let principal = self.principal()?;
        self.api.gateway.execute(principal, key, ask).await.map_err(|error| call_failed(error, &subject))
    }
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    status: StatusCode,
    body: Pieces,
    /// Partitions that did not answer.
    unreachable: Vec<PartitionId>,
}

/// Header with the names, separated by commas, of the partitions that are missing in a list (architecture 3).
const UNREACHABLE: &str = "X-Metalmesh-Unreachable";

impl ApiResponse {
    const fn new(status: StatusCode, body: Pieces) -> Self {
        Self { status, body, unreachable: Vec::new() }
    }

    /// Marks these partitions as missing.
    pub(crate) fn without(self, unreachable: Vec<PartitionId>) -> Self {
        Self { unreachable, ..self }
    }

    pub(crate) fn ok<T: Serialize + ?Sized>(value: &T) -> Answered {
        Self::with(StatusCode::OK, value)
    }

    pub(crate) fn created<T: Serialize + ?Sized>(value: &T) -> Answered {
        Self::with(StatusCode::CREATED, value)
    }

    pub(crate) fn with<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Answered {
        Ok(Self::new(status, Pieces::Own(json(value)?)))
    }

    /// 200 with serialised JSON.
    pub(crate) fn bytes(body: Bytes) -> Self {
        Self::new(StatusCode::OK, Pieces::Own(body))
    }

    /// 200 with a list that several responses share.
    pub(crate) fn shared(list: Arc<[Bytes]>) -> Self {
        Self::new(StatusCode::OK, Pieces::Shared(list))
    }

    /// `holder`: the caller whose budget pays.
    pub(crate) fn response(self, answers: &Budget, holder: Holder) -> Result<HttpResponse, Problem> {
        let body = self.body.sent(answers, holder)?;
        let mut response = HttpResponse::build(self.status);
        if !self.unreachable.is_empty() {
            let names: Vec<&str> = self.unreachable.iter().map(PartitionId::as_str).collect();
            response.insert_header((UNREACHABLE, names.join(",")));
        }
        Ok(response.content_type(ContentType::json()).body(body))
    }
}

/// `value` as JSON.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, Problem> {
    let text = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "a response could not be serialised as JSON");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Internal the response could not be serialised as JSON",
        )
    })?;
    // Answers are cached (`machine::Cache`), so the unused half of the buffer is returned.
    Ok(text.into_boxed_slice().into())
}
