//! Why a command was refused, in terms of the wire contract, and what the caller may do next.

/// The class of a refusal. `src/api/error.rs` is the only place that turns it into an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The request itself is wrong where the contract says "400".
    BadRequest,
    /// The caller lacks the role ("403").
    Forbidden,
    /// An entity in the request does not exist ("404").
    NotFound,
    /// It exists already, or changed since it was read ("409").
    Conflict,
    /// Well-formed, but not possible: the contract's fallback ("422").
    Unprocessable,
    /// A pool is exhausted or a feature is off ("500").
    Internal,
    /// The partition or its store does not answer now; nothing was changed ("503").
    Unavailable,
}

/// A refused command; nothing was changed. Clients match on the texts: they are the contract's, word for word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: String,
}

impl Refusal {
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::BadRequest, message: message.into() }
    }

    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Forbidden, message: message.into() }
    }

    /// `entity` is the lower-case word of api-machines 0.1.
    pub fn not_found(entity: &str, id: impl std::fmt::Display) -> Self {
        Self { kind: RefusalKind::NotFound, message: format!("NotFound no {entity} with id \"{id}\" found") }
    }

    /// For missing entities with their own text.
    pub fn missing(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::NotFound, message: message.into() }
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Conflict, message: message.into() }
    }

    /// A create that hit an existing id (api-machines 0.1).
    pub fn exists(entity: &str, id: impl std::fmt::Display) -> Self {
        Self::conflict(format!("Conflict cannot create {entity} in database, entity already exists: {id}"))
    }

    /// A row changed between read and write (api-machines 0.1).
    pub fn changed(entity: &str, id: impl std::fmt::Display) -> Self {
        Self::conflict(format!(
            "Conflict cannot update {entity} ({id}): the entity was changed from another, please retry"
        ))
    }

    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Unprocessable, message: message.into() }
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Internal, message: message.into() }
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::Unavailable, message: message.into() }
    }

    /// Prepends text to the message and keeps the class.
    #[must_use]
    pub fn within(self, prefix: &str) -> Self {
        Self { message: format!("{prefix}{}", self.message), ..self }
    }

    /// Keeps the message and changes the class, for endpoints that answer one status for all failures.
    #[must_use]
    pub fn with_kind(self, kind: RefusalKind) -> Self {
        Self { kind, ..self }
    }
}
