//! actix-web alone: a handler that sends bytes.

use super::server::Server;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use std::path::Path;

/// As many as a node has.
const HTTP_WORKERS: usize = 2;

/// Serves each file under `/metal/v1/<number>`, as JSON.
pub(crate) async fn serve(bodies: &[&str]) -> anyhow::Result<()> {
    let bodies: Vec<Bytes> =
        bodies.iter().map(|path| std::fs::read(path).map(Bytes::from)).collect::<Result<_, _>>()?;
    let server = HttpServer::new(move || {
        bodies.iter().enumerate().fold(App::new(), |app, (number, body)| {
            let body = body.clone();
            let send = move || {
                std::future::ready(HttpResponse::Ok().content_type("application/json").body(body.clone()))
            };
            app.route(&format!("/metal/v1/{number}"), web::get().to(send))
        })
    });
    let server = server.workers(HTTP_WORKERS).bind(("127.0.0.1", 0))?;
    let addresses = server.addrs();
    println!("ready: http://{}/metal", addresses[0]);
    server.run().await?;
    Ok(())
}

/// The same in a process of its own.
pub(crate) async fn start(bodies: &[&Path]) -> anyhow::Result<Server> {
    let bodies: Vec<String> = bodies.iter().map(|path| path.display().to_string()).collect();
    let arguments: Vec<&str> = std::iter::once("bare").chain(bodies.iter().map(String::as_str)).collect();
    Server::own(&arguments).await
}
