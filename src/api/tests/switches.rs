//! Switches over HTTP (api-machines 4).

use super::fixture::rack::{M1, allocation, leaf_registration, private_network, rack, report};
use super::fixture::signed;
use actors::decision::Role;
use expect_test::expect;
use serde_json::{Value, json};

/// api-machines 4.1, 4.5, 4.6 and 4.9: what metal-core reads every ten seconds.
#[actix_web::test]
async fn a_switch_and_its_loop() {
    let fixture = rack(&[M1]).await;
    let network = private_network(&fixture).await;
    fixture.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await.ok();
    report(&fixture, M1).await;
    let states = json!({"Ethernet0": "UP", "Ethernet1": "DOWN", "other": "UP"});
    let bgp = json!({"Ethernet0": {"Neighbor": "n", "PeerGroup": "g", "VrfName": "v", "BgpState": "Established",
        "BgpTimerUpEstablished": 1, "SentPrefixCounter": 2, "AcceptedPrefixCounter": 3}});
    let notify = json!({"sync_duration": 123, "error": null, "port_states": states, "bgp_port_states": bgp});
    let notified = fixture.call(Role::Edit, "POST", "v1/switch/leaf01/notify", Some(notify)).await.text;
    let wanted = r#"{"id":"leaf01","name":"","description":"","last_sync":{"time":"2026-01-15T10:00:00Z","duration":123,"error":null},"last_sync_error":null}"#;
    assert_eq!(notified, wanted);
    expect![[r#"
        {
          "changed": "2026-01-15T10:00:00Z",
          "connections": [
            {
              "machine_id": "00000000-0000-0000-0000-000000000001",
              "nic": {
                "actual": "UP",
                "bgp_port_state": null,
                "filter": null,
                "identifier": "Eth1",
                "mac": "",
                "name": "Ethernet0",
                "vrf": ""
              }
            }
          ],
          "console_command": "",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "id": "leaf01",
          "last_sync": {
            "duration": 123,
            "error": null,
            "time": "2026-01-15T10:00:00Z"
          },
          "last_sync_error": null,
          "management_ip": "10.9.0.1",
          "management_user": "admin",
          "mode": "",
          "name": "leaf01",
          "nics": [
            {
              "actual": "UP",
              "admin_status": "UP",
              "bgp_port_state": {
                "AcceptedPrefixCounter": 3,
                "BgpState": "Established",
                "BgpTimerUpEstablished": 1,
                "Neighbor": "n",
                "PeerGroup": "g",
                "SentPrefixCounter": 2,
                "VrfName": "v"
              },
              "filter": {
                "cidrs": [
                  "10.0.0.0/22"
                ],
                "vnis": []
              },
              "identifier": "Eth1",
              "mac": "",
              "name": "Ethernet0",
              "vrf": "vrf1"
            },
            {
              "actual": "DOWN",
              "admin_status": "UP",
              "bgp_port_state": null,
              "filter": null,
              "identifier": "Eth2",
              "mac": "",
              "name": "Ethernet1",
              "vrf": ""
            }
          ],
          "os": {
            "metal_core_version": "v0.18",
            "vendor": "SONiC",
            "version": "4"
          },
          "partition": {
            "bootconfig": {
              "commandline": "quiet",
              "imageurl": "http://i",
              "kernelurl": "http://k"
            },
            "changed": "2026-01-15T10:00:00Z",
            "created": "2026-01-15T10:00:00Z",
            "description": "",
            "id": "mini-lab",
            "labels": {},
            "mgmtserviceaddress": "",
            "name": ""
          },
          "rack_id": "test-rack"
        }"#]]
    .assert_eq(&fixture.get("v1/switch/leaf01").await.pretty());
    let toggled =
        fixture.post("v1/switch/leaf01/port", json!({"nic": "ethernet0", "status": "DOWN"})).await.ok();
    let (nic, connected) = (&toggled["nics"][0], &toggled["connections"][0]["nic"]);
    assert_eq!((&nic["actual"], &nic["admin_status"]), (&json!("DOWN"), &json!("DOWN")));
    assert_eq!((&connected["actual"], connected.get("admin_status")), (&json!("UP"), None));
    let wrong = fixture.post("v1/switch/leaf01/port", json!({"nic": "x", "status": "UNKNOWN"})).await;
    assert_eq!(wrong.refusal(), (400, "the status \"UNKNOWN\" must be concrete".to_owned()));
    let unknown = fixture.post("v1/switch/none/notify", json!({"sync_duration": 1, "error": null})).await;
    assert_eq!(unknown.refusal(), (404, "NotFound no switch with id \"none\" found".to_owned()));
}

/// api-machines 4.1 (find), 4.2, 4.4, 4.7 and 4.8
#[actix_web::test]
async fn switches_come_and_go() {
    let fixture = rack(&[M1]).await;
    assert_eq!(fixture.post("v1/switch/register", leaf_registration("leaf01")).await.status, 200, "known");
    assert_eq!(fixture.post("v1/switch/register", leaf_registration("leaf03")).await.status, 201, "new");
    let empty = fixture.post("v1/switch/register", json!({"id": ""})).await;
    assert_eq!(empty.refusal(), (400, "uuid cannot be empty".to_owned()));
    for (filter, count) in [(json!({}), 3), (json!({"id": "leaf03"}), 1), (json!({"osvendor": "Cumulus"}), 0)]
    {
        let found = fixture.post("v1/switch/find", filter.clone()).await.ok();
        assert_eq!(found.as_array().unwrap().len(), count, "{filter}");
    }
    assert_eq!(fixture.get("v1/switch").await.ok()[0]["nics"][1]["name"], "Ethernet1", "sorted by name");
    let update = json!({"id": "leaf01", "description": "d", "mode": "replace", "os": {"vendor": "4"}});
    let updated = fixture.post("v1/switch", update).await.ok();
    assert_eq!((&updated["mode"], &updated["console_command"]), (&json!("replace"), &json!("")));
    let held = fixture.delete("v1/switch/leaf02").await;
    let text = "cannot delete switch leaf02 while it still has machines connected to it";
    assert_eq!(held.refusal(), (400, text.to_owned()));
    let garbage = fixture.delete("v1/switch/leaf02?force=yes").await;
    assert_eq!(garbage.refusal(), (400, "strconv.ParseBool: parsing \"yes\": invalid syntax".to_owned()));
    let migrated =
        fixture.post("v1/switch/migrate", json!({"old_switch_id": "leaf02", "new_switch_id": "leaf03"}));
    assert_eq!(migrated.await.ok()["connections"][0]["machine_id"], M1);
    assert_eq!(fixture.get("v1/switch/leaf02").await.ok()["connections"], json!([]));
    let deleted = fixture.delete("v1/switch/leaf03?force=true").await.ok();
    assert_eq!((&deleted["id"], &deleted["last_sync"]), (&json!("leaf03"), &Value::Null));
    assert_eq!(fixture.get("v1/switch/leaf03").await.status, 404);
}

/// Texts of hardware are cleaned; a bad text does not discard the rest of the report.
#[actix_web::test]
async fn a_switch_may_say_what_it_likes() {
    let fixture = rack(&[M1]).await;
    let mut padded = leaf_registration("leaf09");
    let name = format!("{}\0\0 ", padded["nics"][0]["name"].as_str().unwrap());
    padded["nics"][0]["name"] = name.clone().into();
    let registered = fixture.post("v1/switch/register", padded).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let name = name.trim_end_matches(['\0', ' ']);
    assert!(registered.ok()["nics"].as_array().unwrap().iter().any(|nic| nic["name"] == name));
    let error = format!("bgp\0 said \u{1b}[31m{}", "no ".repeat(40_000));
    let notify = json!({"sync_duration": 1, "error": error, "port_states": {"Ethernet0\0": "DOWN"}});
    let notified = fixture.call(Role::Edit, "POST", "v1/switch/leaf01/notify", Some(notify)).await.ok();
    let kept = notified["last_sync_error"]["error"].as_str().unwrap();
    assert!(kept.starts_with("bgp\u{fffd} said \u{fffd}[31mno no") && kept.ends_with('\u{2026}'), "{kept}");
    let shown = fixture.get("v1/switch/leaf01").await.text;
    assert!(shown.contains("DOWN"), "{shown}");
    let bytes = b"{\"sync_duration\": 1, \"error\": \"caf\xe9\"}";
    let latin = signed(Role::Edit, "POST", "v1/switch/leaf01/notify")
        .insert_header(("Content-Type", "application/json"))
        .set_payload(&bytes[..]);
    let kept = fixture.send(latin).await.ok();
    assert_eq!(kept["last_sync_error"]["error"], "caf\u{fffd}");
}
