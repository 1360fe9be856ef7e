//! Golden bodies of networks and addresses, and their filters.

use super::fixture::{Fixture, signed};
use actors::decision::Role;
use expect_test::expect;
use serde_json::{Value, json};

async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    let boot = json!({"imageurl": "http://i", "kernelurl": "http://k"});
    fixture.put("v1/partition", json!({"id": "mini-lab", "bootconfig": boot})).await.ok();
    fixture.put("v1/tenant", json!({"meta": {"id": "t1"}})).await.ok();
    fixture.put("v1/project", json!({"meta": {"id": "p1"}, "tenant_id": "t1"})).await.ok();
    fixture
}

fn private_super() -> Value {
    json!({"id": "super", "privatesuper": true, "partitionid": "mini-lab", "prefixes": ["10.0.0.0/16"],
        "destinationprefixes": null, "nattype": null, "networktype": null, "labels": {"L": ""}, "vrf": null,
        "defaultchildprefixlength": {"IPv4": 22}, "additionalAnnouncableCIDRs": ["10.240.0.0/12"]})
}

/// A prefix by name is below `mesh/v1/` only: the contract has no such field.
#[actix_web::test]
async fn a_child_is_cut_by_name() {
    let fixture = fixture().await;
    fixture.put("v1/network", private_super()).await.ok();
    let wanted = json!({"partitionid": "mini-lab", "projectid": "p1", "labels": null,
        "prefixes": ["10.0.8.0/23"], "specific": ["10.0.12.0/23"]});
    let by_length = fixture.post("v1/network/allocate", wanted.clone()).await;
    assert_eq!((by_length.status, &by_length.ok()["prefixes"]), (201, &json!(["10.0.0.0/22"])));
    let by_name = fixture.post("mesh/v1/network/allocate", wanted.clone()).await;
    assert_eq!((by_name.status, &by_name.ok()["prefixes"]), (201, &json!(["10.0.8.0/23"])));
    let (status, text) = fixture.post("mesh/v1/network/allocate", wanted).await.refusal();
    assert!(status == 422 && text.contains("specific prefix 10.0.8.0/23 is not available"), "{text}");
    let plain = json!({"partitionid": "mini-lab", "projectid": "p1"});
    let as_v1 = fixture.post("mesh/v1/network/allocate", plain).await.ok();
    assert_eq!(as_v1["prefixes"], json!(["10.0.4.0/22"]));
    let none = json!({"partitionid": "mini-lab", "projectid": "p1", "prefixes": "10.0.8.0/23"});
    assert_eq!(fixture.post("mesh/v1/network/allocate", none).await.refusal().0, 400);
}

/// api-resources 2.2 to 2.7
#[actix_web::test]
async fn networks() {
    let fixture = fixture().await;
    assert_eq!(fixture.get("v1/network").await.text, "null");
    assert_eq!(fixture.post("v1/network/find", json!({})).await.text, "[]");
    let created = fixture.put("v1/network", private_super()).await;
    assert_eq!(created.status, 201);
    expect![[r#"
        {
          "additionalAnnouncableCIDRs": [
            "10.240.0.0/12"
          ],
          "changed": "2026-01-15T10:00:00Z",
          "consumption": {
            "ipv4": {
              "available_ips": 65536,
              "available_prefixes": 16384,
              "used_ips": 2,
              "used_prefixes": 0
            },
            "ipv6": null
          },
          "created": "2026-01-15T10:00:00Z",
          "defaultchildprefixlength": {
            "IPv4": 22
          },
          "description": "",
          "destinationprefixes": [],
          "id": "super",
          "labels": {
            "L": ""
          },
          "name": "",
          "nat": false,
          "nattype": "none",
          "networktype": "super",
          "parentnetworkid": null,
          "partitionid": "mini-lab",
          "prefixes": [
            "10.0.0.0/16"
          ],
          "privatesuper": true,
          "projectid": "",
          "shared": false,
          "underlay": false,
          "usage": {
            "available_ips": 65536,
            "available_prefixes": 16384,
            "used_ips": 2,
            "used_prefixes": 0
          },
          "vrf": 0,
          "vrfshared": null
        }"#]]
    .assert_eq(&created.pretty());
    // api-resources 10, row 2: the identical network overlaps itself, but the id is checked first.
    let again = fixture.put("v1/network", private_super()).await;
    assert_eq!(again.refusal(), (409, "entity already exists".to_owned()));
    let child =
        json!({"name": "c", "projectid": "p1", "partitionid": "mini-lab", "destinationprefixes": null});
    let child = fixture.post("v1/network/allocate", child).await;
    assert_eq!(child.status, 201);
    let child = child.ok();
    assert_eq!((&child["parentnetworkid"], &child["networktype"]), (&json!("super"), &json!("child")));
    assert_eq!(child["defaultchildprefixlength"], Value::Null);
    assert_eq!(child.get("additionalAnnouncableCIDRs"), None);
    let usage = fixture.get("v1/network/super").await.ok()["usage"].clone();
    assert_eq!(usage["used_prefixes"], 1);
    let id = child["id"].as_str().unwrap();
    let freed = fixture.delete(&format!("v1/network/free/{id}")).await.ok();
    assert_eq!(freed["consumption"], json!({"ipv4": null, "ipv6": null}));
    let force = fixture.post("v1/network?force=x", json!({"id": "super"})).await;
    assert_eq!(force.refusal(), (400, "strconv.ParseBool: parsing \"x\": invalid syntax".to_owned()));
    let kept = fixture.post("v1/network", json!({"id": "super", "name": "S"})).await;
    assert_eq!(kept.refusal().0, 400, "announcable CIDRs are only removed by force");
    assert_eq!(
        fixture.post("v1/network?force=true", json!({"id": "super", "name": "S"})).await.ok()["name"],
        "S"
    );
    assert_eq!(fixture.delete("v1/network/super").await.ok()["id"], "super");
}

/// api-resources 8.1, a row per filter.
#[actix_web::test]
async fn network_filters() {
    let fixture = fixture().await;
    fixture.put("v1/network", private_super()).await.ok();
    let external = json!({"id": "internet", "prefixes": ["1.2.0.0/24", "2001:db8::/64"], "nat": true, "vrf": 104_009,
        "destinationprefixes": ["0.0.0.0/0"], "projectid": "p1", "name": "I"});
    fixture.put("v1/network", external).await.ok();
    let table = [
        (json!({"id": "internet"}), "internet"),
        (json!({"name": "I"}), "internet"),
        (json!({"name": ""}), "super"),
        (json!({"partitionid": "mini-lab"}), "super"),
        (json!({"projectid": "p1"}), "internet"),
        (json!({"parentnetworkid": "super"}), ""),
        (json!({"vrf": 104_009}), "internet"),
        (json!({"nat": true}), "internet"),
        (json!({"nat": false}), "super"),
        (json!({"privatesuper": true}), "super"),
        (json!({"underlay": true}), ""),
        (json!({"underlay": false}), "internet super"),
        (json!({"labels": {"L": ""}}), "super"),
        (json!({"labels": {"l": ""}}), ""),
        (json!({"prefixes": ["1.2.0.0/24"]}), "internet"),
        (json!({"prefixes": ["1.2.0.0/64"]}), "400"),
        (json!({"prefixes": ["1.2.0.0/24", "10.0.0.0/16"]}), ""),
        (json!({"prefixes": [], "labels": {}, "id": null}), "internet super"),
        (json!({"destinationprefixes": ["0.0.0.0/0"]}), "internet"),
        (json!({"addressfamily": "ipv6"}), "internet"),
        (json!({"addressfamily": "IPv4"}), "internet super"),
        (json!({"addressfamily": "x"}), "422"),
    ];
    for (filter, wanted) in table {
        let reply = fixture.post("v1/network/find", filter.clone()).await;
        assert_eq!(ids(&reply, "id"), wanted, "{filter}");
    }
}

/// api-resources 8.1 and 8.2: all that cannot be read is named, in the reader's words, and `null` restricts nothing.
#[actix_web::test]
async fn filters_that_cannot_be_read_say_why() {
    let fixture = fixture().await;
    let wrong = json!({"prefixes": ["x", "1.2.0.0/24", "1.2.0.0/64"], "destinationprefixes": ["1.2.3.4"]});
    let why = "given cidr x is not a valid ip with mask: netip.ParsePrefix(\"x\"): no '/'\n\
               given cidr 1.2.0.0/64 is not a valid ip with mask: netip.ParsePrefix(\"1.2.0.0/64\"): \
               prefix length out of range\n\
               given cidr 1.2.3.4 is not a valid ip with mask: netip.ParsePrefix(\"1.2.3.4\"): no '/'";
    assert_eq!(fixture.post("v1/network/find", wrong).await.refusal(), (400, why.to_owned()));
    for find in ["v1/network/find", "v1/ip/find"] {
        let family = fixture.post(find, json!({"addressfamily": "IPv5"})).await;
        assert_eq!(family.refusal(), (422, "given addressfamily:\"IPv5\" is invalid".to_owned()), "{find}");
        let nothing = json!({"prefixes": null, "labels": null, "tags": null, "addressfamily": null});
        assert_eq!(fixture.post(find, nothing).await.status, 200, "{find}");
    }
}

/// api-resources 2.4, row 1, and 2.5, rows 1, 2 and 16, as far as the door decides.
#[actix_web::test]
async fn rows_of_the_door() {
    let fixture = fixture().await;
    fixture.put("v1/network", json!({"id": "internet", "prefixes": ["1.2.0.0/24"]})).await.ok();
    let unreadable =
        signed(Role::Admin, "PUT", "v1/network").insert_header(("Content-Type", "application/json"));
    let unreadable = fixture.send(unreadable.set_payload("{\"id\":")).await;
    assert_eq!(unreadable.refusal(), (400, "unexpected EOF".to_owned()), "2.4, row 1");
    let force = fixture.post("v1/network?force=maybe", json!({"id": "nobody"})).await;
    let text = "strconv.ParseBool: parsing \"maybe\": invalid syntax".to_owned();
    assert_eq!(force.refusal(), (400, text), "2.5, row 1, before row 2");
    for flag in ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"] {
        let unknown = fixture.post(&format!("v1/network?force={flag}"), json!({"id": "nobody"})).await;
        let text = "NotFound no network with id \"nobody\" found".to_owned();
        assert_eq!(unknown.refusal(), (404, text), "2.5, row 2, with {flag}");
    }
    fixture.post("v1/ip/allocate", json!({"networkid": "internet", "projectid": "p1"})).await.ok();
    let grown = json!({"id": "internet", "prefixes": ["1.2.0.0/24", "1.2.1.0/24", "2001:db8::/64"]});
    let updated = fixture.post("v1/network", grown).await.ok();
    let usage = |family: &str| {
        let usage = &updated["consumption"][family];
        (usage["available_ips"].clone(), usage["used_ips"].clone())
    };
    assert_eq!(usage("ipv4"), (json!(512), json!(5)), "2.5, row 16: with fresh consumption");
    assert_eq!(usage("ipv6"), (json!(2_147_483_647), json!(1)));
}

/// The ids found, or the status of a refusal.
fn ids(reply: &super::fixture::Response, key: &str) -> String {
    match reply.json() {
        Value::Array(rows) => rows.iter().map(|row| row[key].as_str().unwrap()).collect::<Vec<_>>().join(" "),
        _ => reply.refusal().0.to_string(),
    }
}

/// api-resources 3
#[actix_web::test]
async fn addresses() {
    let fixture = fixture().await;
    let external = json!({"id": "internet", "prefixes": ["1.2.0.0/24", "2001:db8::/64"]});
    fixture.put("v1/network", external).await.ok();
    let request = json!({"networkid": "internet", "projectid": "p1", "tags": ["b", "a"], "type": "static"});
    let first = fixture.post("v1/ip/allocate", request.clone()).await;
    assert_eq!(first.status, 201);
    let mut shown = first.ok();
    assert!(shown["allocationuuid"].take().is_string());
    expect![[r#"
        {
          "allocationuuid": null,
          "changed": "2026-01-15T10:00:00Z",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "ipaddress": "1.2.0.1",
          "name": "",
          "networkid": "internet",
          "projectid": "p1",
          "tags": [
            "a",
            "b"
          ],
          "type": "static"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&shown).unwrap());
    let specific = fixture.post("v1/ip/allocate/2001:db8::99", request.clone()).await;
    assert_eq!(specific.ok()["ipaddress"], "2001:db8::99");
    let taken = fixture.post("v1/ip/allocate/2001:db8::99", request).await;
    assert_eq!(taken.refusal(), (409, "Conflict ip already allocated".to_owned()));
    assert_eq!(fixture.get("v1/ip/2001:db8::99").await.status, 200);
    assert_eq!(fixture.get("v1/ip/2001%3Adb8%3A%3A99").await.status, 200);
    assert_eq!(fixture.get("v1/ip/2001:0db8::99").await.status, 404);
    let machine = json!({"networkid": "internet", "projectid": "p1", "machineid": "m1"});
    fixture.post("v1/ip/allocate", machine).await.ok();
    let table = [
        (json!({}), "1.2.0.1 1.2.0.2 2001:db8::99"),
        (json!({"ipaddress": "1.2.0.1"}), "1.2.0.1"),
        (json!({"networkid": "other"}), ""),
        (json!({"projectid": "p1", "type": "static", "tags": ["a"]}), "1.2.0.1 2001:db8::99"),
        (json!({"tags": ["a", "x"]}), ""),
        (json!({"machineid": "m1"}), "1.2.0.2"),
        (json!({"networkprefix": "2001:db8::/64"}), "2001:db8::99"),
        (json!({"addressfamily": "ipv4"}), "1.2.0.1 1.2.0.2"),
        (json!({"addressfamily": "x"}), "422"),
        (json!({"allocationuuid": "x"}), ""),
        (json!({"name": ""}), "1.2.0.1 1.2.0.2 2001:db8::99"),
    ];
    for (filter, wanted) in table {
        assert_eq!(ids(&fixture.post("v1/ip/find", filter.clone()).await, "ipaddress"), wanted, "{filter}");
    }
    let updated = fixture.post("v1/ip", json!({"ipaddress": "1.2.0.1", "name": "n", "tags": []})).await.ok();
    assert_eq!((&updated["name"], &updated["tags"]), (&json!("n"), &json!([])));
    let held = fixture.delete("v1/ip/free/1.2.0.2").await;
    assert_eq!(held.refusal(), (400, "ip with machine scope can not be deleted".to_owned()));
    assert_eq!(fixture.delete("v1/ip/free/1.2.0.1").await.ok()["ipaddress"], "1.2.0.1");
}
