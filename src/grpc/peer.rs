//! Who calls, and how a refusal reads on this door. Every peer may do the same: there is no authorisation per client
//! (api-machines 5.1).

use actors::command::ask::{Ask, FromAnswer};
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::runtime::CallError;
use tonic::Status;

/// Whom commands of gRPC peers are attributed to.
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

/// Bytes of a refusal's text. It travels in a header, escaped to three times its length, and clients break the stream
/// when their headers have more than 16 KiB.
const TEXT_BYTES_MAX: usize = 2 << 10;

/// Handlers' errors carry no code of their own: UNKNOWN with the text (api-machines 5.1), or its beginning.
pub(super) fn refused(error: impl std::fmt::Display) -> Status {
    let mut text = error.to_string();
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    Status::unknown(text)
}
