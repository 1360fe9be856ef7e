//! The principal of gRPC callers, and how a refusal is sent to them. Every peer may do everything: there is no
//! authorisation per client (api-machines 5.1).

use actors::command::ask::{Ask, FromAnswer};
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::runtime::CallError;
use tonic::Status;

/// The principal of gRPC peers.
pub(super) fn principal() -> Principal {
    Principal { email: "metal-edit@metal-stack.io".to_owned(), role: Role::Edit }
}

/// Executes a command of a peer.
pub(super) async fn execute<A: FromAnswer>(gateway: &Gateway, ask: Ask<A>) -> Result<A, CallError> {
    let answer = gateway.execute(&principal(), None, ask).await;
    match &answer {
        Ok(_) => tracing::debug!("answered"),
        Err(error) => tracing::debug!(%error, "refused"),
    }
    answer
}

/// Maximal bytes of a refusal's text. It is sent in a header, escaped to three times its length, and clients abort the
/// stream when headers exceed 16 KiB.
const TEXT_BYTES_MAX: usize = 2 << 10;

/// Errors of handlers have no code of their own: UNKNOWN with the text (api-machines 5.1), possibly truncated.
pub(super) fn refused(error: impl std::fmt::Display) -> Status {
    let mut text = error.to_string();
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    Status::unknown(text)
}
