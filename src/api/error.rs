//! The only table from errors to HTTP: status and body of each refusal.
//!
//! A body is a JSON string that contains a JSON object (api-resources 1.8): clients of the contract parse nothing else.

use crate::door::budget::Full;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, ContentType};
use actors::command::Body;
use actors::machine::MachineCommand;
use actors::network::NetworkCommand;
use actors::refusal::{Refusal, RefusalKind};
use actors::runtime::CallError;
use actors::store::Kind;
use actors::switch::SwitchCommand;
use serde::Serialize;

/// Retry delay in seconds when the node is overloaded or starting.
const RETRY_SOON_S: u32 = 1;
/// Retry delay in seconds when a store or partition does not answer.
const RETRY_LATER_S: u32 = 5;

/// A refused request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    retry_after_s: Option<u32>,
}

/// Responses that clients do not read use all of the memory budget.
impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, full.to_string()).soon()
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    statuscode: u16,
    message: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after_s: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// A part of the contract that this node does not implement; `what` names it.
    pub(crate) fn not_implemented(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, format!("this server does not implement {what} yet"))
    }

    /// Retrying soon may succeed.
    pub(crate) fn soon(self) -> Self {
        self.retry_after(RETRY_SOON_S)
    }

    fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// The error envelope.
    pub(crate) fn body(&self) -> String {
        let inner = Envelope { statuscode: self.status.as_u16(), message: &self.message };
        let text = serde_json::to_string(&inner).expect("a struct of a number and a text");
        serde_json::to_string(&text).expect("a text")
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(ContentType::json());
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response.body(self.body())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind {
            RefusalKind::BadRequest => StatusCode::BAD_REQUEST,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            RefusalKind::Unavailable => {
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, refusal.message)
                    .retry_after(RETRY_LATER_S);
            }
        };
        Self::new(status, refusal.message)
    }
}

/// The refusal for a failed command about `subject`.
pub(crate) fn call_failed(error: CallError, subject: &Subject) -> Problem {
    let unavailable = |message: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, message);
    match error {
        CallError::Refused(refusal) => refusal.into(),
        CallError::Conflict => Problem::new(
            StatusCode::CONFLICT,
            format!("Conflict cannot update {subject}: the entity was changed from another, please retry"),
        ),
        CallError::Overloaded | CallError::Expired => unavailable(error.to_string()).retry_after(RETRY_SOON_S),
        CallError::Unavailable { .. } => unavailable(error.to_string()).retry_after(RETRY_LATER_S),
        CallError::Unknown { .. } => unavailable(format!(
            "{error} (header Idempotency-Key): send the same request with this key again: it is applied once and returns the outcome"
        ))
        .retry_after(RETRY_SOON_S),
        CallError::KeyReused { .. } => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        CallError::UnreadableAnswer { .. } => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
        }
    }
}

/// The target of a command, for messages: the entity's word (api-machines 0.1), and its id if the caller named one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    entity: &'static str,
    id: String,
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.id.is_empty() { f.write_str(self.entity) } else { write!(f, "{} ({})", self.entity, self.id) }
    }
}

impl Subject {
    pub(crate) fn of(body: &Body) -> Self {
        let (entity, id) = match body {
            Body::Machine(command) => ("machine", machine_id(command)),
            Body::Switch(command) => ("switch", switch_id(command)),
            Body::Network(command) => ("network", network_id(command)),
            Body::Address(command) => ("ip", address_id(command)),
            Body::Namespace(command) => ("namespace", command.namespace().0.clone()),
            Body::Masterdata(command) => (command.kind().entity(), command.target().to_owned()),
        };
        Self { entity, id }
    }

    /// The row of a kind with an id.
    pub(crate) fn row(kind: Kind, id: &str) -> Self {
        Self { entity: kind.entity(), id: id.to_owned() }
    }
}

fn machine_id(command: &MachineCommand) -> String {
    match command {
        MachineCommand::Allocate { request, .. } => request.uuid.clone(),
        command => command.machine().map(|machine| machine.0.clone()).unwrap_or_default(),
    }
}

fn switch_id(command: &SwitchCommand) -> String {
    use SwitchCommand as Command;
    match command {
        Command::Register(registration) => registration.id.clone(),
        Command::Migrate { new, .. } => new.0.clone(),
        Command::Update { id, .. }
        | Command::Notify { id, .. }
        | Command::Toggle { id, .. }
        | Command::Delete { id, .. } => id.0.clone(),
    }
}

fn network_id(command: &NetworkCommand) -> String {
    use NetworkCommand as Command;
    match command {
        Command::Create(request) => request.id.clone(),
        Command::Update { update, .. } => update.id.clone(),
        Command::Allocate(_) => String::new(),
        Command::Free(id) | Command::Delete(id) | Command::SetPool { id, .. } => id.0.clone(),
    }
}

fn address_id(command: &actors::ipam::AddressCommand) -> String {
    use actors::ipam::AddressCommand as Command;
    match command {
        Command::Allocate(request) => request.specific.clone().unwrap_or_default(),
        Command::AllocateMany(_) => String::new(),
        Command::Update(request) => request.ipaddress.clone(),
        Command::Free(id) | Command::Release { id, .. } | Command::EndQuarantine(id) => id.clone(),
        Command::EndDueQuarantines { network, .. } | Command::Mend { network, .. } => network.0.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actors::ids::{NetworkId, PartitionId};
    use uuid::Uuid;

    /// api-resources 1.8: the body is a JSON string with a JSON object inside, byte for byte.
    #[test]
    fn the_envelope_is_a_string_that_holds_an_object() {
        let problem: Problem = Refusal::not_found("network", "999").into();
        assert_eq!(problem.status, StatusCode::NOT_FOUND);
        let wanted =
            r#""{\"statuscode\":404,\"message\":\"NotFound no network with id \\\"999\\\" found\"}""#;
        assert_eq!(problem.body(), wanted);
    }

    /// api-machines 0.1 and api-resources 1.8: one status per class.
    #[test]
    fn every_class_has_its_status() {
        let table = [
            (Refusal::bad_request("x"), 400),
            (Refusal::forbidden("x"), 403),
            (Refusal::missing("x"), 404),
            (Refusal::conflict("x"), 409),
            (Refusal::unprocessable("x"), 422),
            (Refusal::internal("x"), 500),
            (Refusal::unavailable("x"), 503),
        ];
        for (refusal, status) in table {
            assert_eq!(Problem::from(refusal.clone()).status.as_u16(), status, "{refusal:?}");
        }
    }

    #[test]
    fn failed_calls_say_what_the_caller_may_do() {
        let subject = Subject::of(&Body::Network(NetworkCommand::Free(NetworkId::from("n1"))));
        let conflict = call_failed(CallError::Conflict, &subject);
        assert_eq!(conflict.status, StatusCode::CONFLICT);
        assert_eq!(
            conflict.message,
            "Conflict cannot update network (n1): the entity was changed from another, please retry"
        );
        let key = Uuid::from_u128(7);
        let unknown = call_failed(CallError::Unknown { key }, &subject);
        assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(unknown.message.contains(&key.to_string()));
        let away =
            CallError::Unavailable { partition: PartitionId::from("p"), reason: "stopping".to_owned() };
        for error in [CallError::Overloaded, CallError::Expired, away, CallError::Unknown { key }] {
            let response = call_failed(error.clone(), &subject).response();
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{error:?}");
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{error:?}");
        }
        assert_eq!(call_failed(CallError::KeyReused { key }, &subject).status.as_u16(), 422);
        assert_eq!(call_failed(CallError::UnreadableAnswer { key }, &subject).status.as_u16(), 500);
    }
}
