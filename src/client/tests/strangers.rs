//! The cost of unauthenticated clients: the server does not wait for the body of a request that it refuses.

use super::{Fixture, KEY, on_loopback};
use crate::client::headers;
use crate::clock::SystemClock;
use actors::decision::Role;
use actors::runtime::Clock;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends the head of a request without its body, and reads the first line of the response.
async fn status(fixture: &Fixture, method: &str, path: &str, role: Option<Role>) -> String {
    let authority = fixture.http.trim_start_matches("http://").trim_end_matches("/metal/");
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let mut head = format!(
        "{method} /metal/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n"
    );
    if let Some(role) = role {
        let key = if role == Role::Edit { KEY } else { "metal-view" };
        for (name, value) in headers(role, key.as_bytes(), method, SystemClock.now(), "salt") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    stream.write_all(format!("{head}\r\n{{").as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut answer));
    match read.await {
        Ok(read) => {
            read.unwrap();
            String::from_utf8_lossy(&answer[9..]).into_owned()
        }
        Err(_) => "waits".to_owned(),
    }
}

#[test]
fn only_who_may_is_waited_for() {
    on_loopback(async {
        let fixture = Fixture::start().await;
        for (method, path, role, wanted) in [
            ("PUT", "v1/size", None, "403"),
            ("POST", "v1/machine/find", None, "403"),
            ("GET", "v1/version", None, "200"),
            ("GET", "v1/health", None, "200"),
            ("POST", "v1/nothing", None, "406"),
            ("PUT", "v1/size", Some(Role::View), "403"),
            ("PUT", "v1/size", Some(Role::Edit), "403"),
            ("POST", "v1/audit/find", Some(Role::View), "501"),
        ] {
            assert_eq!(status(&fixture, method, path, role).await, wanted, "{method} {path} as {role:?}");
        }
        let patient = status(&fixture, "POST", "v1/machine/find", Some(Role::View)).await;
        assert_eq!(patient, "waits", "the test can tell the difference");
    });
}
