//! Golden bodies of what operators define.

use super::stage::Stage;
use expect_test::expect;
use serde_json::json;

/// api-resources 5.1
#[actix_web::test]
async fn a_partition() {
    let stage = Stage::new().await;
    let body = json!({
        "id": "p1", "name": "One", "description": null, "mgmtserviceaddress": "mgmt:3333", "labels": null,
        "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": null},
        "dns_servers": [{"ip": "1.1.1.1"}], "ntp_servers": null,
    });
    let created = stage.put("v1/partition", body.clone()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "bootconfig": {
            "commandline": "",
            "imageurl": "http://i",
            "kernelurl": "http://k"
          },
          "changed": "2026-01-15T10:00:00Z",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "dns_servers": [
            {
              "ip": "1.1.1.1"
            }
          ],
          "id": "p1",
          "labels": {},
          "mgmtserviceaddress": "mgmt:3333",
          "name": "One"
        }"#]]
    .assert_eq(&created.pretty());
    let again = stage.put("v1/partition", body).await;
    assert_eq!(
        again.refusal(),
        (409, "Conflict cannot create partition in database, entity already exists: p1".to_owned())
    );
    let updated = stage.post("v1/partition", json!({"id": "p1", "dns_servers": []})).await.ok();
    assert_eq!(updated.get("dns_servers"), None);
    assert_eq!(stage.get("v1/partition").await.ok().as_array().unwrap().len(), 1);
    assert_eq!(stage.get("v1/partition/p1").await.ok()["id"], "p1");
    assert_eq!(stage.delete("v1/partition/p1").await.ok()["id"], "p1");
    let gone = (404, "NotFound no partition with id \"p1\" found".to_owned());
    assert_eq!(stage.get("v1/partition/p1").await.refusal(), gone);
    assert_eq!(stage.delete("v1/partition/p1").await.refusal(), gone);
    assert_eq!(stage.get("v1/partition").await.text, "[]");
}
