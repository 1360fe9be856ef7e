//! Size reservations as metalctl asks for them (metalctl 2.2), and what they keep others from.

use super::fixture::Fixture;
use super::fixture::rack::{M1, M2, allocation, masterdata, private_network, rack};
use actors::decision::Role;
use expect_test::expect;
use serde_json::{Value, json};

const PATH: &str = "v1/size/reservations";

/// As `metalctl size reservation create` sends it, with all of its flags (metalctl 3.6).
fn reservation(id: &str, project: &str, amount: i64) -> Value {
    json!({"id": id, "name": "n", "description": null, "sizeid": "v1-small-x86", "projectid": project,
        "partitionids": ["mini-lab"], "amount": amount, "labels": {"a": "b"}})
}

async fn found(fixture: &Fixture, wanted: Value) -> usize {
    fixture.post(&format!("{PATH}/find"), wanted).await.ok().as_array().unwrap().len()
}

/// api-resources 5.3
#[actix_web::test]
async fn a_reservation() {
    let fixture = masterdata().await;
    let created = fixture.put(PATH, reservation("r", "p1", 2)).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "amount": 2,
          "changed": "2026-01-15T10:00:00Z",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "id": "r",
          "labels": {
            "a": "b"
          },
          "name": "n",
          "partitionids": [
            "mini-lab"
          ],
          "projectid": "p1",
          "sizeid": "v1-small-x86"
        }"#]]
    .assert_eq(&created.pretty());
    let taken = "Conflict cannot create sizereservation in database, entity already exists: r";
    assert_eq!(fixture.put(PATH, reservation("r", "p1", 2)).await.refusal(), (409, taken.to_owned()));
    let updated =
        fixture.post(PATH, json!({"id": "r", "amount": 3, "labels": {}, "partitionids": []})).await.ok();
    assert_eq!((&updated["amount"], updated.get("labels")), (&json!(3), None));
    assert_eq!(updated["partitionids"], json!(["mini-lab"]), "an empty list changes nothing");
    assert_eq!(fixture.get(PATH).await.ok(), json!([updated]));
    assert_eq!(fixture.get(&format!("{PATH}/r")).await.ok(), updated);
    for (wanted, count) in [
        (json!({}), 1),
        (json!({"id": "r", "sizeid": "v1-small-x86", "projectid": "p1", "partitionid": "mini-lab"}), 1),
        (json!({"partitionid": "elsewhere"}), 0),
        (json!({"projectid": ""}), 0),
    ] {
        assert_eq!(found(&fixture, wanted.clone()).await, count, "{wanted}");
    }
    assert_eq!(fixture.delete(&format!("{PATH}/r")).await.ok(), updated);
    let gone = (404, "NotFound no sizereservation with id \"r\" found".to_owned());
    assert_eq!(fixture.get(&format!("{PATH}/r")).await.refusal(), gone);
    assert_eq!(fixture.delete(&format!("{PATH}/r")).await.refusal(), gone);
    assert_eq!(fixture.post(PATH, json!({"id": "r", "amount": 1})).await.refusal(), gone);
    assert_eq!(fixture.get(PATH).await.text, "[]");
}

/// The statuses of api-resources 5.3; the order of its checks is `actors::masterdata::reservation`'s.
#[actix_web::test]
async fn mistakes_have_the_status_of_the_contract() {
    let fixture = masterdata().await;
    let with = |field: &str, value: Value| {
        let mut body = reservation("r", "p1", 1);
        body[field] = value;
        body
    };
    let no_project =
        "rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set";
    for (body, status, message) in [
        (with("sizeid", json!("x")), 404, "NotFound no size with id \"x\" found"),
        (with("projectid", json!("x")), 404, no_project),
        (with("amount", json!(0)), 400, "amount must be a positive integer"),
        (with("partitionids", json!([])), 400, "at least one partition id must be specified"),
        (with("partitionids", json!(["x"])), 400, "partition must exist before creating a size reservation"),
        (
            with("partitionids", json!(["mini-lab", "mini-lab"])),
            400,
            "partitions must not contain duplicates",
        ),
    ] {
        assert_eq!(fixture.put(PATH, body).await.refusal(), (status, message.to_owned()));
    }
    // Without flags metalctl sends null for what it must send.
    let bare = json!({"id": null, "amount": null, "partitionids": null, "projectid": null, "sizeid": null});
    let refused = fixture.put(PATH, bare).await.refusal();
    assert_eq!(refused, (404, "NotFound no size with id \"\" found".to_owned()));
    let unnamed = fixture.put(PATH, with("id", Value::Null)).await.ok();
    assert_eq!(unnamed["id"].as_str().unwrap().len(), 36, "a random one");
    let as_viewer = fixture.call(Role::View, "PUT", PATH, Some(reservation("v", "p1", 1))).await;
    assert_eq!(as_viewer.status, 403);
    assert_eq!(fixture.call(Role::View, "POST", &format!("{PATH}/usage"), Some(json!({}))).await.status, 200);
    let kept = "cannot delete size before all size reservations were removed";
    assert_eq!(fixture.delete("v1/size/v1-small-x86").await.refusal(), (422, kept.to_owned()));
    let kept = "there are still size reservations made by this project";
    assert_eq!(fixture.delete("v1/project/p1").await.refusal(), (400, kept.to_owned()));
}

/// api-machines 3.4.1, 3, and the usage of api-resources 5.3.
#[actix_web::test]
async fn what_is_reserved_is_not_given_to_others() {
    let fixture = rack(&[M1, M2]).await;
    let network = private_network(&fixture).await;
    fixture.put("v1/project", json!({"meta": {"id": "p2"}, "tenant_id": "t1"})).await.ok();
    fixture.put(PATH, reservation("r", "p2", 1)).await.ok();
    let usage = |wanted: Value| {
        let fixture = &fixture;
        async move { fixture.post(&format!("{PATH}/usage"), wanted).await }
    };
    let before = usage(json!({"projectid": "p2"})).await.ok();
    assert_eq!(
        before,
        json!([{"id": "r", "name": "n", "description": "", "sizeid": "v1-small-x86", "partitionid": "mini-lab",
            "projectid": "p2", "amount": 1, "usedamount": 0, "projectallocations": 0, "labels": {"a": "b"}}])
    );
    assert_eq!(usage(json!({"projectid": "p1"})).await.text, "null");
    let first = allocation("", &network, "ubuntu-24.04");
    fixture.post("v1/machine/allocate", first.clone()).await.ok();
    let refused = (422, "no machine available".to_owned());
    assert_eq!(fixture.post("v1/machine/allocate", first.clone()).await.refusal(), refused);
    let of_p2 = json!({"name": "n", "projectid": "p2", "partitionid": "mini-lab"});
    let network = fixture.post("v1/network/allocate", of_p2).await.ok()["id"].as_str().unwrap().to_owned();
    let mut second = allocation("", &network, "ubuntu-24.04");
    second["projectid"] = json!("p2");
    fixture.post("v1/machine/allocate", second).await.ok();
    let after = usage(json!({"partitionid": "mini-lab"})).await.ok();
    assert_eq!((&after[0]["usedamount"], &after[0]["projectallocations"]), (&json!(1), &json!(1)));
}
