//! Newcomers at the host: they ask with [`crate::join::ask`].

use super::shared::Shared;
use crate::close;
use crate::join::JOIN_BYTES_MAX;
use quinn::Connection;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a newcomer may take to send its request, and to take its reply.
const PATIENCE: Duration = Duration::from_secs(5);

/// Serves one newcomer.
pub(crate) async fn serve(shared: &Arc<Shared>, connection: Connection) {
    let Some(_served) = shared.counters.begin_newcomer() else {
        shared.counters.note_refused();
        return close::with(&connection, close::REFUSED, "too many newcomers at the same time, try again");
    };
    let served = serve_one(shared, &connection).await;
    if let Err(reason) = served {
        tracing::debug!(from = %connection.remote_address(), reason, "a newcomer got no reply");
        shared.counters.note_failed();
        close::with(&connection, close::REFUSED, &reason);
    }
}

async fn serve_one(shared: &Arc<Shared>, connection: &Connection) -> Result<(), String> {
    let asked = timeout(PATIENCE, async {
        let (send, mut receive) = connection.accept_bi().await.map_err(|error| close::sentence(&error))?;
        let request = receive.read_to_end(JOIN_BYTES_MAX).await.map_err(|error| error.to_string())?;
        Ok::<_, String>((send, request))
    });
    let (mut send, request) = asked.await.map_err(|_| "the request did not come in time")??;
    let reply = shared.server.join(connection.remote_address(), request.into()).await;
    let answered = timeout(PATIENCE, async {
        send.write_all(&reply).await.map_err(|error| error.to_string())?;
        send.finish().map_err(|error| error.to_string())?;
        // The one that receives last closes; closing here could lose the reply.
        connection.closed().await;
        Ok(())
    });
    answered.await.map_err(|_| "the reply was not taken in time")?
}
