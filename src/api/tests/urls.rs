//! Checks of URLs against a real server on a loopback port (api-resources 5.1 and 5.5).

use super::fixture::{Fixture, settings};
use crate::api::ApiSettings;
use crate::node::HttpUrls;
use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::json;
use std::sync::Arc;

/// A server with an existing file, one that redirects to it, and a missing one; returns its base URL.
fn files() -> String {
    let server = HttpServer::new(|| {
        App::new()
            .route("/there", web::head().to(HttpResponse::Ok))
            .route(
                "/moved",
                web::head()
                    .to(|| async { HttpResponse::Found().insert_header(("Location", "/there")).finish() }),
            )
            .route("/gone", web::head().to(HttpResponse::NotFound))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let base = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    base
}

#[actix_web::test]
async fn only_what_answers_is_stored() {
    let base = files();
    let urls = HttpUrls::new().unwrap();
    let fixture = Fixture::with(ApiSettings { urls: Some(Arc::new(urls)), ..settings() }).await;
    let image = |id: &str, file: &str| json!({"id": id, "url": format!("{base}/{file}"), "features": []});
    assert_eq!(fixture.put("v1/image", image("a-1", "there")).await.status, 201);
    assert_eq!(fixture.put("v1/image", image("a-2", "moved")).await.status, 201, "redirects are followed");
    let gone = format!("image:a-3 is not accessible under:{base}/gone status:404 Not Found");
    assert_eq!(fixture.put("v1/image", image("a-3", "gone")).await.refusal(), (400, gone));
    // api-resources 10, row 2: the URL is checked before the id.
    assert_eq!(fixture.put("v1/image", image("a-1", "gone")).await.refusal().0, 400);
    assert_eq!(fixture.put("v1/image", image("a-1", "there")).await.refusal().0, 409);
    let empty = fixture.put("v1/image", json!({"id": "", "url": "nonsense"})).await;
    assert_eq!(empty.refusal(), (400, "id should not be empty".to_owned()));
    let nobody =
        fixture.post("v1/image", json!({"id": "a-1", "url": "http://127.0.0.1:1/x"})).await.refusal();
    assert_eq!(nobody.0, 400);
    assert!(
        nobody.1.starts_with("image:a-1 is not accessible under:http://127.0.0.1:1/x error:"),
        "{}",
        nobody.1
    );

    let partition = |image: &str, kernel: &str| json!({"id": "p", "bootconfig": {"imageurl": format!("{base}/{image}"), "kernelurl": format!("{base}/{kernel}")}});
    let kernel = format!("image:kernel is not accessible under:{base}/gone status:404 Not Found");
    assert_eq!(fixture.put("v1/partition", partition("there", "gone")).await.refusal(), (400, kernel));
    let none = fixture.put("v1/partition", json!({"id": "p"})).await.refusal();
    assert!(none.1.starts_with("image:image is not accessible under: error:"), "{}", none.1);
    assert_eq!(fixture.put("v1/partition", partition("there", "moved")).await.status, 201);
    assert_eq!(
        fixture.post("v1/partition", json!({"id": "p", "name": "n"})).await.status,
        200,
        "nothing to ask"
    );
    assert_eq!(fixture.post("v1/partition", partition("gone", "there")).await.refusal().0, 400);
}
