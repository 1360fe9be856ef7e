//! Size-image-constraints as metalctl sends them (metalctl 2.2), and the installations that they refuse.

use super::fixture::rack::{M1, allocation, masterdata, private_network, rack};
use actors::decision::Role;
use expect_test::expect;
use serde_json::json;

const PATH: &str = "v1/size-image-constraint";

/// api-resources 5.4
#[actix_web::test]
async fn a_size_image_constraint() {
    let fixture = masterdata().await;
    let body = json!({"id": "s", "name": "n", "constraints": {"images": {"ubuntu": ">= 24.04", "fw": null}}});
    let refused = (
        400,
        "given imageconstraint: is not valid, missing space between op and version? invalid semantic version"
            .to_owned(),
    );
    assert_eq!(fixture.put(PATH, body).await.refusal(), refused, "null is an empty text");
    let body = json!({"id": "s", "name": "n", "constraints": {"images": {"ubuntu": ">= 24.04"}}});
    let created = fixture.put(PATH, body.clone()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "constraints": {
            "images": {
              "ubuntu": ">= 24.04"
            }
          },
          "description": "",
          "id": "s",
          "name": "n"
        }"#]]
    .assert_eq(&created.pretty());
    let taken = "Conflict cannot create sizeimageconstraint in database, entity already exists: s";
    assert_eq!(fixture.put(PATH, body).await.refusal(), (409, taken.to_owned()));
    assert_eq!(fixture.get(PATH).await.ok(), json!([created.json()]));
    assert_eq!(fixture.get(&format!("{PATH}/s")).await.ok(), created.json());
    let updated = fixture.post(PATH, json!({"id": "s", "description": "d"})).await.ok();
    assert_eq!(updated, json!({"id": "s", "name": "n", "description": "d", "constraints": {"images": null}}));
    let empty = (400, "id should not be empty".to_owned());
    assert_eq!(fixture.put(PATH, json!({"constraints": {"images": {}}})).await.refusal(), empty);
    let as_editor = fixture.call(Role::Edit, "PUT", PATH, Some(json!({"id": "e"}))).await;
    assert_eq!(as_editor.status, 403);
    assert_eq!(fixture.call(Role::View, "GET", PATH, None).await.status, 200);
    assert_eq!(fixture.delete(&format!("{PATH}/s")).await.ok(), updated);
    let gone = (404, "NotFound no sizeimageconstraint with id \"s\" found".to_owned());
    assert_eq!(fixture.get(&format!("{PATH}/s")).await.refusal(), gone);
    assert_eq!(fixture.delete(&format!("{PATH}/s")).await.refusal(), gone);
    assert_eq!(fixture.post(PATH, json!({"id": "s"})).await.refusal(), gone);
    assert_eq!(fixture.get(PATH).await.text, "[]");
}

/// api-resources 5.4, `try`, and api-machines 3.3, check 7.
#[actix_web::test]
async fn a_constraint_that_is_violated_refuses_the_image() {
    let fixture = rack(&[M1]).await;
    let network = private_network(&fixture).await;
    let path = format!("{PATH}/try");
    let question = json!({"size": "v1-small-x86", "image": "ubuntu-24.04"});
    assert_eq!(fixture.post(&path, question.clone()).await.text, "{}");
    let constraint =
        json!({"id": "v1-small-x86", "constraints": {"images": {"ubuntu": ">= 25.04.20260101"}}});
    fixture.put(PATH, constraint).await.ok();
    let violated = "given size:v1-small-x86 with image:ubuntu-24.4.20260101 does violate image constraint:ubuntu >=25.04.20260101";
    let violated = (422, violated.to_owned());
    assert_eq!(fixture.post(&path, question.clone()).await.refusal(), violated);
    let machine = || fixture.post("v1/machine/allocate", allocation("", &network, "ubuntu-24.04"));
    assert_eq!(machine().await.refusal(), violated);
    let named = fixture.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await;
    assert_eq!(named.refusal(), violated, "also of a machine that is named");
    for (question, status, message) in [
        (json!({"size": "v1-small-x86"}), 400, "size and image must be given"),
        (json!({"size": "x", "image": "ubuntu-24.04"}), 404, "NotFound no size with id \"x\" found"),
        (
            json!({"size": "v1-small-x86", "image": "ubuntu-9"}),
            404,
            "NotFound no image for id:ubuntu-9 found:no image for os:ubuntu version:9.0.0 found",
        ),
    ] {
        assert_eq!(fixture.post(&path, question).await.refusal(), (status, message.to_owned()));
    }
    assert_eq!(fixture.call(Role::Edit, "POST", &path, Some(question.clone())).await.status, 403);
    let wider = json!({"id": "v1-small-x86", "constraints": {"images": {"ubuntu": "~ 24.4"}}});
    fixture.post(PATH, wider).await.ok();
    assert_eq!(fixture.post(&path, question).await.text, "{}");
    assert_eq!(machine().await.ok()["allocation"]["image"]["id"], "ubuntu-24.04.20260101");
}
