//! The HTTP server: actix-web's, on our own connections. It speaks only HTTP/1.1; HTTP/2 is on the gRPC port.

use super::{Connection, Places};
use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_service::{IntoServiceFactory, ServiceFactoryExt, map_config};
use actix_web::App;
use actix_web::dev::{AppConfig, Server, fn_service};
use actix_web::rt::net::TcpStream;
use actix_web::web::ServiceConfig;
use std::io;
use std::net::TcpListener;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Threads that parse, authenticate and serve reads.
const WORKERS: usize = 2;

/// Longest time from the first byte of a request to the end of its head.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// An idle connection is closed after this time.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Serves until it is stopped, and then for at most `patience`. Cancelling `closing` closes idle connections.
pub(crate) fn serve(
    listener: TcpListener,
    places: Places,
    configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    patience: Duration,
    closing: CancellationToken,
) -> io::Result<Server> {
    let server = Server::build().workers(WORKERS).disable_signals().shutdown_timeout(patience.as_secs());
    let server = server.listen("http", listener, move || {
        let (configure, places, closing) = (configure.clone(), places.clone(), closing.clone());
        let app = App::new().configure(configure).into_factory();
        let app = app.map_err(|error: actix_web::Error| error.error_response());
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_WITHIN)
            .graceful_shutdown_signal(move || closing.clone().cancelled_owned())
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(move |stream: TcpStream| std::future::ready(let_in(stream, &places))).and_then(http)
    })?;
    Ok(server.run())
}

type LetIn = (Connection<TcpStream>, Protocol, Option<std::net::SocketAddr>);

fn let_in(stream: TcpStream, places: &Places) -> Result<LetIn, DispatchError> {
    let peer = stream.peer_addr().map_err(DispatchError::Io)?;
    let place = places.take(peer.ip()).map_err(|full| DispatchError::Io(io::Error::other(full)))?;
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a socket option could not be set");
    }
    Ok((Connection::new(stream, peer, place), Protocol::Http1, Some(peer)))
}
