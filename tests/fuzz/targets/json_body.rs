//! HTTP requests, also to go-ipam's service: a line with method and path, then the body. Every input gets an answer of
//! the contract, a refused request changes nothing, and stored data can be read again.

#![no_main]

use actix_web::http::Uri;
use fuzz::door;
use fuzz::world::{House, World};
use libfuzzer_sys::{Corpus, fuzz_target};
use std::str;

/// The path of that service.
const IPAM: &str = "api.v1.IpamService/";

thread_local! {
    static WORLD: World = World::default();
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((method, path, body)) = read(input) else { return Corpus::Reject };
    WORLD.with(|world| {
        world.visit(async |house| match path.strip_prefix(IPAM) {
            Some(procedure) => call(house, procedure, body).await,
            None => request(house, method, path, body).await,
        });
    });
    Corpus::Keep
});

async fn request(house: &House, method: &str, path: &str, body: &[u8]) {
    let before = house.rows().await;
    let reply = door::json(house, method, path, body.to_vec()).await;
    let defined = matches!(reply.status, 200 | 201 | 301 | 400 | 404 | 405 | 409 | 413 | 415 | 422 | 501)
        || reply.status == 500 && is_defined(&reply.text);
    assert!(defined, "{reply:?}");
    // The status of an unknown switch is stored anyway (api-machines 4.5).
    if reply.status >= 300 && !path.contains("notify") {
        assert_eq!(house.rows().await, before, "refused, and yet something changed: {reply:?}");
    }
    house.expect_readable().await;
}

/// An unclean path gets a redirect to its clean form (301), and invalid requests get a 4xx. Refusals about namespaces
/// have the code unknown, which is a 500 (ipam 1.6).
async fn call(house: &House, procedure: &str, body: &[u8]) {
    let before = house.rows().await;
    let reply = door::connect(house, procedure, body.to_vec()).await;
    let defined = matches!(reply.status, 200 | 301 | 400..500)
        || reply.status == 500 && reply.text.contains("\"unknown\"");
    assert!(defined, "{reply:?}");
    if reply.status >= 300 {
        assert_eq!(house.rows().await, before, "refused, and yet something changed: {reply:?}");
    }
    house.expect_readable().await;
}

/// The contract's own 500s.
fn is_defined(text: &str) -> bool {
    ["no ips left", "exhausted pool", "has no defaultchildprefixlength"].iter().any(|why| text.contains(why))
}

/// Only requests that HTTP itself allows.
fn read(input: &[u8]) -> Option<(&str, &str, &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    let (method, path) = str::from_utf8(&input[..end]).ok()?.split_once(' ')?;
    let known = ["GET", "PUT", "POST", "DELETE"].contains(&method);
    let is_uri = format!("/metal/{path}").parse::<Uri>().is_ok();
    let known = known && (method == "POST" || !path.starts_with(IPAM));
    (known && is_uri).then_some((method, path, &input[end + 1..]))
}
