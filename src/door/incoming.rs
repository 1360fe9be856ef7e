//! Accepted connections, for servers that take a stream of them.

use super::{Connection, Places};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::io;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// Pause when the system has no room for a connection: an immediate retry would loop until another connection closes.
const PAUSE: Duration = Duration::from_millis(100);

/// All connections that got a place.
pub(crate) fn incoming(
    listener: TcpListener,
    places: Places,
) -> impl Stream<Item = Result<Connection<TcpStream>, Infallible>> {
    stream::unfold((listener, places), |(listener, places)| async move {
        let connection = next(&listener, &places).await;
        Some((Ok(connection), (listener, places)))
    })
}

async fn next(listener: &TcpListener, places: &Places) -> Connection<TcpStream> {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_peer(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = places.take(peer.ip()) else { continue };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a socket option could not be set");
        }
        return Connection::new(stream, peer, place);
    }
}

/// The connection was closed before it was accepted; accept the next one.
fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
