//! Golden bodies of what operators define.

use super::fixture::Fixture;
use expect_test::expect;
use serde_json::json;

/// api-resources 5.1
#[actix_web::test]
async fn a_partition() {
    let fixture = Fixture::new().await;
    let body = json!({
        "id": "p1", "name": "One", "description": null, "mgmtserviceaddress": "mgmt:3333", "labels": null,
        "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": null},
        "dns_servers": [{"ip": "1.1.1.1"}], "ntp_servers": null,
    });
    let created = fixture.put("v1/partition", body.clone()).await;
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
    let again = fixture.put("v1/partition", body).await;
    assert_eq!(
        again.refusal(),
        (409, "Conflict cannot create partition in database, entity already exists: p1".to_owned())
    );
    let updated = fixture.post("v1/partition", json!({"id": "p1", "dns_servers": []})).await.ok();
    assert_eq!(updated.get("dns_servers"), None);
    assert_eq!(fixture.get("v1/partition").await.ok().as_array().unwrap().len(), 1);
    assert_eq!(fixture.get("v1/partition/p1").await.ok()["id"], "p1");
    assert_eq!(fixture.delete("v1/partition/p1").await.ok()["id"], "p1");
    let gone = (404, "NotFound no partition with id \"p1\" found".to_owned());
    assert_eq!(fixture.get("v1/partition/p1").await.refusal(), gone);
    assert_eq!(fixture.delete("v1/partition/p1").await.refusal(), gone);
    assert_eq!(fixture.get("v1/partition").await.text, "[]");
}

/// api-resources 5.2
#[actix_web::test]
async fn a_size() {
    let fixture = Fixture::new().await;
    let body = json!({"id": "s1", "labels": {"a": "b"}, "constraints": [
        {"type": "cores", "min": 1, "max": 2, "identifier": null}, {"type": "memory", "min": 0, "max": 8}]});
    let created = fixture.put("v1/size", body.clone()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "changed": "2026-01-15T10:00:00Z",
          "constraints": [
            {
              "max": 2,
              "min": 1,
              "type": "cores"
            },
            {
              "max": 8,
              "type": "memory"
            }
          ],
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "id": "s1",
          "labels": {
            "a": "b"
          },
          "name": ""
        }"#]]
    .assert_eq(&created.pretty());
    let exists = "Conflict cannot create size in database, entity already exists: s1";
    assert_eq!(fixture.put("v1/size", body).await.refusal(), (409, exists.to_owned()));
    let wrong = json!({"id": "s2", "constraints": [{"type": "cores", "min": 3, "max": 2}]});
    let text = "size \"s2\" is invalid: constraint at index 0 is invalid: max is smaller than min";
    assert_eq!(fixture.put("v1/size", wrong).await.refusal(), (422, text.to_owned()));
    assert_eq!(fixture.post("v1/size", json!({"id": "s1", "name": "One"})).await.ok()["name"], "One");
    assert_eq!(fixture.get("v1/size").await.ok().as_array().unwrap().len(), 1);
    assert_eq!(fixture.delete("v1/size/s1").await.ok()["id"], "s1");
    assert_eq!(fixture.get("v1/size/s1").await.status, 404);
}

/// api-resources 5.5 and 8.3
#[actix_web::test]
async fn an_image() {
    let fixture = Fixture::new().await;
    let body = json!({"id": "ubuntu-24.04.20260101", "url": "http://u", "features": ["machine"],
        "expirationDate": "0001-01-01T00:00:00.000Z"});
    let created = fixture.put("v1/image", body.clone()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "changed": "2026-01-15T10:00:00Z",
          "classification": "preview",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "expirationDate": "2026-04-15T10:00:00Z",
          "features": [
            "machine"
          ],
          "id": "ubuntu-24.04.20260101",
          "name": "",
          "url": "http://u",
          "usedby": null
        }"#]]
    .assert_eq(&created.pretty());
    assert_eq!(fixture.put("v1/image", body).await.refusal().0, 409);
    let found = |path: &'static str| {
        let fixture = &fixture;
        async move { fixture.get(path).await.ok()["id"].clone() }
    };
    assert_eq!(found("v1/image/ubuntu-24.04/latest").await, "ubuntu-24.04.20260101");
    assert_eq!(found("v1/image/ubuntu-24.04.20260101").await, "ubuntu-24.04.20260101");
    assert_eq!(fixture.get("v1/image/ubuntu-24.04").await.status, 404);
    assert_eq!(fixture.get("v1/image/ubuntu-24.4/query").await.ok().as_array().unwrap().len(), 1);
    for (filter, count) in [
        (json!({}), 1),
        (json!({"version": "24.4.20260101", "os": "ubuntu", "features": ["machine"]}), 1),
        (json!({"version": "24.04.20260101"}), 0),
        (json!({"features": ["machine", "firewall"]}), 0),
        (json!({"classification": "preview"}), 1),
        (json!({"name": ""}), 1),
        (json!({"name": "x"}), 0),
    ] {
        let images = fixture.post("v1/image/find?show-usage=true", filter.clone()).await.ok();
        assert_eq!(images.as_array().unwrap().len(), count, "{filter}");
    }
    assert_eq!(fixture.get("v1/image?show-usage=x").await.refusal().0, 400);
    let updated =
        fixture.post("v1/image", json!({"id": "ubuntu-24.04.20260101", "classification": "supported"}));
    assert_eq!(updated.await.ok()["classification"], "supported");
    assert_eq!(fixture.delete("v1/image/ubuntu-24.04.20260101").await.status, 200);
}

/// api-resources 5.6
#[actix_web::test]
async fn a_filesystemlayout() {
    let fixture = Fixture::new().await;
    let body = json!({
        "id": "l1", "name": null, "constraints": {"sizes": ["s1"], "images": {"ubuntu": "*"}},
        "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4", "mountoptions": null}],
        "disks": [{"device": "/dev/sda", "wipeonreinstall": true, "partitions": [{"number": 1, "size": 0}]}],
        "raid": null, "volumegroups": null, "logicalvolumes": null,
    });
    let created = fixture.put("v1/filesystemlayout", body.clone()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "constraints": {
            "images": {
              "ubuntu": "*"
            },
            "sizes": [
              "s1"
            ]
          },
          "description": "",
          "disks": [
            {
              "device": "/dev/sda",
              "partitions": [
                {
                  "number": 1,
                  "size": 0
                }
              ],
              "wipeonreinstall": true
            }
          ],
          "filesystems": [
            {
              "createoptions": [],
              "device": "/dev/sda1",
              "format": "ext4",
              "mountoptions": [],
              "path": "/"
            }
          ],
          "id": "l1",
          "logicalvolumes": [],
          "name": "",
          "raid": [],
          "volumegroups": []
        }"#]]
    .assert_eq(&created.pretty());
    let taken = (409, "filesystemlayout:l1 already exists".to_owned());
    assert_eq!(fixture.put("v1/filesystemlayout", body).await.refusal(), taken);
    let question = json!({"size": "s1", "image": "ubuntu-24.4"});
    assert_eq!(fixture.post("v1/filesystemlayout/try", question).await.ok()["id"], "l1");
    let none = "could not find a matching filesystemLayout for size:s2 and image:ubuntu-24.4";
    let question = json!({"size": "s2", "image": "ubuntu-24.4"});
    assert_eq!(fixture.post("v1/filesystemlayout/try", question).await.refusal(), (422, none.to_owned()));
    let question = json!({"machine": "m", "filesystemlayout": "l1"});
    assert_eq!(fixture.post("v1/filesystemlayout/matches", question).await.refusal().0, 404);
    assert_eq!(fixture.get("v1/filesystemlayout").await.ok().as_array().unwrap().len(), 1);
    assert_eq!(fixture.delete("v1/filesystemlayout/l1").await.ok()["id"], "l1");
}

/// api-resources 6 and 8.5
#[actix_web::test]
async fn tenants_and_projects() {
    let fixture = Fixture::new().await;
    for path in ["v1/tenant", "v1/project"] {
        assert_eq!(fixture.get(path).await.text, "null", "{path}");
        assert_eq!(fixture.post(&format!("{path}/find"), json!({})).await.text, "null", "{path}");
    }
    let zero = "0001-01-01T00:00:00.000Z";
    let meta = json!({"id": "t1", "kind": "Tenant", "apiversion": "v1", "labels": [], "created_time": zero,
        "updated_time": zero, "annotations": {"A/B": "c"}});
    let tenant = fixture.put("v1/tenant", json!({"meta": meta, "name": "T"})).await;
    assert_eq!(tenant.status, 201);
    expect![[r#"
        {
          "meta": {
            "annotations": {
              "A/B": "c"
            },
            "apiversion": "v1",
            "created_time": "2026-01-15T10:00:00Z",
            "id": "t1",
            "kind": "Tenant"
          },
          "name": "T"
        }"#]]
    .assert_eq(&tenant.pretty());
    for (filter, found) in [
        (json!({"id": "t1", "annotations": {"A/B": "c"}}), true),
        (json!({"annotations": {"a/b": "c"}}), false),
        (json!({"paging": {"page": 0, "count": 1}}), true),
        (json!({"paging": {"page": 1, "count": 1}}), false),
    ] {
        let text = fixture.post("v1/tenant/find", filter.clone()).await.text;
        assert_eq!(text != "null", found, "{filter}");
    }
    let project = fixture.put("v1/project", json!({"name": "P", "tenant_id": "t1", "quotas": {}})).await;
    assert_eq!(project.status, 201);
    let id = project.ok()["meta"]["id"].as_str().unwrap().to_owned();
    let shown = fixture.get(&format!("v1/project/{id}")).await.ok();
    assert_eq!(shown["quotas"], json!({"machine": {"used": 0}, "ip": {"used": 0}}));
    let found = fixture.post("v1/project/find", json!({"tenant_id": "t1"})).await.ok();
    assert_eq!(found[0]["quotas"], json!({}), "lists say nothing about use");
    let missing = "rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set";
    assert_eq!(fixture.get("v1/project/x").await.refusal(), (404, missing.to_owned()));
    let used = (422, "there are still projects allocated by this tenant".to_owned());
    assert_eq!(fixture.delete("v1/tenant/t1").await.refusal(), used);
    assert_eq!(fixture.delete(&format!("v1/project/{id}")).await.ok(), json!({"meta": {"id": id}}));
    assert_eq!(fixture.delete("v1/tenant/t1").await.text, r#"{"meta":{"id":"t1"}}"#);
}
