//! The only table from domain errors to status codes of go-ipam's service (ipam 1.6). Outages and mistakes of the
//! caller have different codes (ipam 1.8, B1).

use actors::refusal::{Refusal, RefusalKind};
use actors::runtime::CallError;
use tonic::{Code, Status};

/// Maximal bytes of an error text: it is sent in a header, escaped to three times its length.
const TEXT_BYTES_MAX: usize = 2 << 10;

pub(super) fn refused(refusal: Refusal) -> Status {
    let code = match refusal.kind {
        RefusalKind::NotFound => Code::NotFound,
        RefusalKind::Conflict => Code::AlreadyExists,
        RefusalKind::BadRequest | RefusalKind::Forbidden | RefusalKind::Unprocessable => {
            Code::InvalidArgument
        }
        RefusalKind::Internal => Code::Internal,
        RefusalKind::Unavailable => Code::Unavailable,
    };
    said(code, refusal.message)
}

pub(super) fn failed(error: CallError) -> Status {
    match error {
        CallError::Refused(refusal) => refused(refusal),
        CallError::Conflict => said(Code::InvalidArgument, format!("OptimisticLockError: {error}")),
        CallError::KeyReused { .. } => said(Code::InvalidArgument, error.to_string()),
        CallError::UnreadableAnswer { .. } => said(Code::Internal, error.to_string()),
        CallError::Overloaded | CallError::Expired | CallError::Unavailable { .. } => {
            said(Code::Unavailable, error.to_string())
        }
        // The call may have been applied: neither a mistake nor an outage.
        CallError::Unknown { .. } => said(Code::Unknown, error.to_string()),
    }
}

/// Calls about namespaces have one code for all refusals.
pub(super) fn of_namespaces(status: Status) -> Status {
    match status.code() {
        Code::Unavailable => status,
        _ => Status::unknown(status.message()),
    }
}

fn said(code: Code, mut text: String) -> Status {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    Status::new(code, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// ipam 1.6; 1.8, B1 and B14: an outage is reported neither as the caller's mistake nor as a missing entity.
    #[test]
    fn b1_b14_every_failure_has_its_code() {
        let partition = || "p".into();
        let table = [
            (CallError::Refused(Refusal::bad_request("x")), Code::InvalidArgument),
            (CallError::Refused(Refusal::missing("x")), Code::NotFound),
            (CallError::Refused(Refusal::conflict("x")), Code::AlreadyExists),
            (CallError::Refused(Refusal::unavailable("x")), Code::Unavailable),
            (CallError::Conflict, Code::InvalidArgument),
            (CallError::Overloaded, Code::Unavailable),
            (CallError::Expired, Code::Unavailable),
            (CallError::Unavailable { partition: partition(), reason: "x".to_owned() }, Code::Unavailable),
            (CallError::Unknown { key: Uuid::nil() }, Code::Unknown),
            (CallError::KeyReused { key: Uuid::nil() }, Code::InvalidArgument),
            (CallError::UnreadableAnswer { key: Uuid::nil() }, Code::Internal),
        ];
        for (error, code) in table {
            assert_eq!(failed(error.clone()).code(), code, "{error:?}");
        }
        assert!(failed(CallError::Conflict).message().starts_with("OptimisticLockError: "));
        let long = refused(Refusal::bad_request("\u{e4}".repeat(5000)));
        assert_eq!(long.message().len(), TEXT_BYTES_MAX);
        assert_eq!(of_namespaces(Status::not_found("x")).code(), Code::Unknown);
        assert_eq!(of_namespaces(Status::unavailable("x")).code(), Code::Unavailable);
    }
}
