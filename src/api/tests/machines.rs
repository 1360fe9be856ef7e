//! Machines over HTTP: golden bodies, filters, operations, and what the cache must never show.

use super::lab::{M1, M2, allocation, event_of, masterdata, private_network, rack, report};
use super::stage::{Stage, signed};
use actors::decision::Role;
use actors::machine::EventKind;
use expect_test::expect;
use serde_json::{Value, json};

/// api-machines 1.3 and 1.6
#[actix_web::test]
async fn a_machine_in_every_stage() {
    let stage = masterdata().await;
    event_of(&stage, M1, EventKind::PxeBooting).await;
    expect![[r#"
        {
          "allocation": null,
          "bios": {
            "date": "",
            "vendor": "",
            "version": ""
          },
          "changed": "2026-01-15T10:00:00Z",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "events": {
            "crash_loop": false,
            "failed_machine_reclaim": false,
            "last_event_time": "2026-01-15T10:00:00Z",
            "log": [
              {
                "event": "PXE Booting",
                "message": "pxe booting",
                "time": "2026-01-15T10:00:00Z"
              }
            ]
          },
          "hardware": {
            "cpu_cores": 0,
            "disks": [],
            "memory": 0,
            "nics": []
          },
          "id": "00000000-0000-0000-0000-000000000001",
          "ledstate": {
            "description": "",
            "value": ""
          },
          "liveliness": "Alive",
          "name": "",
          "partition": null,
          "rackid": "",
          "size": null,
          "state": {
            "description": "",
            "metal_hammer_version": "",
            "value": ""
          },
          "tags": []
        }"#]]
    .assert_eq(&stage.get(&format!("v1/machine/{M1}")).await.pretty());
    let missing = (404, "NotFound no machine with id \"x\" found".to_owned());
    assert_eq!(stage.get("v1/machine/x").await.refusal(), missing);
    let stage = rack(&[M1]).await;
    expect![[r#"
        {
          "allocation": null,
          "bios": {
            "date": "d",
            "vendor": "v",
            "version": "1"
          },
          "changed": "2026-01-15T10:00:00Z",
          "created": "2026-01-15T10:00:00Z",
          "description": "",
          "events": {
            "crash_loop": false,
            "failed_machine_reclaim": false,
            "last_event_time": "2026-01-15T10:00:00Z",
            "log": [
              {
                "event": "Waiting",
                "message": "waiting",
                "time": "2026-01-15T10:00:00Z"
              },
              {
                "event": "Registering",
                "message": "registering",
                "time": "2026-01-15T10:00:00Z"
              },
              {
                "event": "Preparing",
                "message": "preparing",
                "time": "2026-01-15T10:00:00Z"
              }
            ]
          },
          "hardware": {
            "cpu_cores": 0,
            "cpus": [
              {
                "cores": 1,
                "model": "M",
                "threads": 1,
                "vendor": "V"
              }
            ],
            "disks": [
              {
                "name": "/dev/sda",
                "size": 5368709120
              }
            ],
            "memory": 2147483648,
            "nics": [
              {
                "identifier": "",
                "mac": "00:00:00:00:00:01",
                "name": "eth0",
                "neighbors": [
                  {
                    "identifier": "Eth1",
                    "mac": "Eth1",
                    "name": "Ethernet0",
                    "neighbors": []
                  }
                ]
              },
              {
                "identifier": "",
                "mac": "00:00:00:00:00:02",
                "name": "eth1",
                "neighbors": [
                  {
                    "identifier": "Eth1",
                    "mac": "Eth1",
                    "name": "Ethernet0",
                    "neighbors": []
                  }
                ]
              }
            ]
          },
          "id": "00000000-0000-0000-0000-000000000001",
          "ledstate": {
            "description": "Machine registered",
            "value": "LED-OFF"
          },
          "liveliness": "Alive",
          "name": "",
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
          "rackid": "test-rack",
          "size": {
            "changed": "2026-01-15T10:00:00Z",
            "constraints": [
              {
                "max": 4,
                "min": 1,
                "type": "cores"
              },
              {
                "max": 8589934592,
                "min": 1,
                "type": "memory"
              },
              {
                "max": 1000000000000,
                "min": 1,
                "type": "storage"
              }
            ],
            "created": "2026-01-15T10:00:00Z",
            "description": "",
            "id": "v1-small-x86",
            "labels": {},
            "name": ""
          },
          "state": {
            "description": "",
            "metal_hammer_version": "v0.13.16",
            "value": ""
          },
          "tags": []
        }"#]]
    .assert_eq(&stage.get(&format!("v1/machine/{M1}")).await.pretty());
    expect![[r#"
        {
          "address": "10.8.0.1:623",
          "bmcversion": "",
          "fru": {
            "board_mfg": "B",
            "board_mfg_serial": "",
            "board_part_number": "",
            "chassis_part_number": "",
            "chassis_part_serial": "",
            "product_manufacturer": "",
            "product_part_number": "",
            "product_serial": ""
          },
          "interface": "lanplus",
          "last_updated": "2026-01-15T10:00:00Z",
          "mac": "aa",
          "password": "secret",
          "powermetric": {
            "averageconsumedwatts": 1.5,
            "intervalinmin": 0.0,
            "maxconsumedwatts": 0.0,
            "minconsumedwatts": 0.0
          },
          "powerstate": "",
          "powersupplies": [
            {
              "status": {
                "health": "OK",
                "state": "Enabled"
              }
            }
          ],
          "user": "metal"
        }"#]]
    .assert_eq(&ipmi(&stage).await);
}

async fn ipmi(stage: &Stage) -> String {
    let one = stage.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    let all = stage.post("v1/machine/ipmi/find", json!({"id": M1})).await.ok();
    assert_eq!(all, json!([one]));
    let mut plain = one.clone();
    let ipmi = plain.as_object_mut().unwrap().remove("ipmi").unwrap();
    assert_eq!(plain, stage.get(&format!("v1/machine/{M1}")).await.ok(), "the rest is the machine");
    serde_json::to_string_pretty(&ipmi).unwrap()
}

/// api-machines 1.4, 3 and 6
#[actix_web::test]
async fn the_life_of_an_allocation() {
    let stage = rack(&[M1]).await;
    let network = private_network(&stage).await;
    let allocated = stage.post("v1/machine/allocate", allocation("", &network, "ubuntu-24.04")).await;
    assert_eq!(allocated.status, 200, "{allocated:?}");
    let mut shown = allocated.ok()["allocation"].take();
    assert_eq!(shown["networks"][0]["networkid"].take(), json!(network));
    assert!(shown["allocationuuid"].take().is_string());
    expect![[r#"
        {
          "allocationuuid": null,
          "boot_info": null,
          "created": "2026-01-15T10:00:00Z",
          "creator": "metal-admin@metal-stack.io",
          "description": "d",
          "filesystemlayout": {
            "constraints": {
              "images": {
                "fw": "*",
                "ubuntu": "*"
              },
              "sizes": [
                "v1-small-x86"
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
            "id": "default",
            "logicalvolumes": [],
            "name": "",
            "raid": [],
            "volumegroups": []
          },
          "hostname": "h",
          "image": {
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
          },
          "name": "n",
          "networks": [
            {
              "asn": 4210000001,
              "destinationprefixes": [],
              "ips": [
                "10.0.0.1"
              ],
              "nat": false,
              "nattypev2": "none",
              "networkid": null,
              "networktype": "privateprimaryunshared",
              "networktypev2": "child",
              "prefixes": [
                "10.0.0.0/22"
              ],
              "private": true,
              "projectid": "p1",
              "underlay": false,
              "vrf": 1
            }
          ],
          "project": "p1",
          "reinstall": false,
          "role": "machine",
          "ssh_pub_keys": [],
          "succeeded": false,
          "user_data": "data",
          "vpn": null
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&shown).unwrap());
    let full = stage.post("v1/machine/allocate", allocation("", &network, "ubuntu-24.04")).await;
    assert_eq!(full.refusal(), (422, "no machine available".to_owned()));

    let password = |id: &'static str| {
        let body = json!({"id": id, "reason": "r"}).to_string();
        stage.send(signed(Role::Edit, "GET", "v1/machine/consolepassword").set_payload(body))
    };
    report(&stage, M1).await;
    let wanted = json!({"id": M1, "name": "", "description": "", "console_password": "console-secret"});
    assert_eq!(password(M1).await.ok(), wanted);
    assert_eq!(password("x").await.refusal().0, 404);
    let boot = stage.get(&format!("v1/machine/{M1}")).await.ok()["allocation"]["boot_info"].clone();
    assert_eq!((&boot["kernel"], &boot["bootloaderid"]), (&json!("/boot/k"), &json!("")));

    let used = stage.get("v1/image?show-usage=true").await.ok();
    assert_eq!((&used[0]["usedby"], &used[1]["usedby"]), (&Value::Null, &json!([M1])));
    let project = stage.get("v1/project/p1").await.ok();
    assert_eq!(project["quotas"], json!({"machine": {"used": 1}, "ip": {"used": 1}}));
    let updated =
        stage.post("v1/machine", json!({"id": M1, "description": "new", "tags": [], "ssh_pub_keys": null}));
    assert_eq!(updated.await.ok()["allocation"]["description"], "new");
    let path = format!("v1/machine/{M1}/reinstall");
    let again = stage.post(&path, json!({"id": M1, "imageid": "ubuntu-24.04.20260101"}));
    assert_eq!(again.await.ok()["allocation"]["reinstall"], true);
    let held = stage.delete(&format!("v1/machine/{M1}")).await;
    assert_eq!(held.refusal(), (422, "cannot delete machine that is allocated".to_owned()));
    let freed = stage.delete(&format!("v1/machine/{M1}/free")).await.ok();
    assert_eq!((&freed["allocation"], &freed["tags"]), (&Value::Null, &json!([])));
    let none = (422, "machine is not allocated, no consolepassword present".to_owned());
    assert_eq!(password(M1).await.refusal(), none);
    assert_eq!(stage.get("v1/ip").await.text, "[]", "freed with the machine");
}

/// api-machines 3.5
#[actix_web::test]
async fn firewalls_are_machines() {
    let stage = rack(&[M1, M2]).await;
    let network = private_network(&stage).await;
    let mut request = allocation(M1, &network, "fw-3.0");
    request["firewall_rules"] = json!({"egress": [{"ports": [443], "protocol": "TCP", "to": ["0.0.0.0/0"], "comment": null}],
        "ingress": [{"ports": [22], "from": ["1.1.1.1/32"], "to": null}]});
    let firewall = stage.post("v1/firewall/allocate", request).await.ok();
    assert_eq!(firewall["allocation"]["role"], "firewall");
    let rules = json!({"egress": [{"ports": [443], "protocol": "tcp", "to": ["0.0.0.0/0"]}],
        "ingress": [{"ports": [22], "protocol": "tcp", "from": ["1.1.1.1/32"]}]});
    assert_eq!(firewall["allocation"]["firewall_rules"], rules);
    stage.post("v1/machine/allocate", allocation(M2, &network, "ubuntu-24.04")).await.ok();
    for (path, count) in [("v1/firewall", 1), ("v1/machine", 2)] {
        assert_eq!(stage.get(path).await.ok().as_array().unwrap().len(), count, "{path}");
    }
    let found = stage.post("v1/firewall/find", json!({"allocation_role": "machine"})).await.ok();
    assert_eq!(found[0]["id"], M1, "the role is forced");
    assert_eq!(stage.get(&format!("v1/firewall/{M1}")).await.ok()["id"], M1);
    let other = stage.get(&format!("v1/firewall/{M2}")).await;
    assert_eq!(other.refusal(), (404, "machine is not a firewall".to_owned()));
}

/// api-machines 3.8 to 3.10, 6.2 and 6.3; metalctl 0.5: the body is `[]`.
#[actix_web::test]
async fn operators_act() {
    let stage = rack(&[M1]).await;
    for action in ["on", "off", "reset", "cycle", "bios", "disk", "pxe"] {
        let path = format!("v1/machine/{M1}/power/{action}");
        assert_eq!(stage.post(&path, json!([])).await.ok()["id"], M1, "{action}");
        let empty = signed(Role::Edit, "POST", &path).insert_header(("Content-Type", "application/json"));
        assert_eq!(stage.send(empty).await.status, 200, "{action}: the body is never read");
    }
    let path = format!("v1/machine/{M1}/power/chassis-identify-led-on?description=look+here");
    let led = json!({"value": "LED-ON", "description": "look here"});
    assert_eq!(stage.post(&path, json!([])).await.ok()["ledstate"], led);
    let path = format!("v1/machine/{M1}/state");
    let state =
        stage.post(&path, json!({"value": "RESERVED", "description": "d", "metal_hammer_version": null}));
    let state = state.await.ok()["state"].clone();
    let wanted = json!({"value": "RESERVED", "description": "d", "issuer": "metal-admin@metal-stack.io",
        "metal_hammer_version": ""});
    assert_eq!((&state["value"], &state["issuer"]), (&wanted["value"], &wanted["issuer"]));
    for text in ["RESERVED", "TAINTED"] {
        let found = stage.post("v1/machine/find", json!({"state_value": text})).await.ok();
        assert_eq!(found.as_array().unwrap().len(), 1, "{text}");
    }
    assert_eq!(
        stage.post(&path, json!({"value": "x"})).await.refusal(),
        (400, "unknown MachineState:x".to_owned())
    );
    let freed = stage.post(&path, json!({"value": null, "description": null})).await.ok();
    assert_eq!(freed["state"]["value"], "");
    let update = stage.post("v1/machine", json!({"id": M1})).await;
    assert_eq!(update.refusal(), (400, "only allocated machines can be updated".to_owned()));
    let text = "can only delete dead machines, if you power off this machine it will reach dead state.";
    assert_eq!(stage.delete(&format!("v1/machine/{M1}")).await.refusal(), (422, text.to_owned()));
}

/// api-machines 6.1
#[actix_web::test]
async fn bmc_reports() {
    let stage = rack(&[M1]).await;
    let report = json!({"BMCIp": "10.8.0.99", "FRU": {"board_mfg": null}, "BIOSVersion": "2", "PowerState": "ON",
        "IndicatorLEDState": "LED-OFF", "PowerMetric": null, "PowerSupplies": null, "BMCVersion": ""});
    let body = json!({"partitionid": "mini-lab", "reports": {M1: report, "new": report, "": report}});
    let outcome = stage.post("v1/machine/ipmi", body).await.text;
    assert_eq!(outcome, format!(r#"{{"updated":["{M1}"],"created":["new"]}}"#));
    let shown = stage.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    assert_eq!(
        (&shown["ipmi"]["address"], &shown["bios"]["version"]),
        (&json!("10.8.0.99:623"), &json!("2"))
    );
    assert_eq!(shown["ipmi"]["fru"]["board_mfg"], "B");
    let empty = json!({"partitionid": "mini-lab", "reports": {}});
    assert_eq!(stage.post("v1/machine/ipmi", empty).await.text, r#"{"updated":[],"created":[]}"#);
    let none = stage.post("v1/machine/ipmi", json!({"partitionid": null, "reports": {}})).await;
    assert_eq!(none.refusal(), (400, "partition id must not be empty".to_owned()));
    let unknown = stage.post("v1/machine/ipmi", json!({"partitionid": "x", "reports": {}})).await;
    assert_eq!(unknown.refusal(), (404, "NotFound no partition with id \"x\" found".to_owned()));
    assert_eq!(
        stage.get("v1/machine/new").await.ok()["liveliness"],
        "",
        "api-machines 1.6: no container is fine"
    );
}

/// limits.md 5: a body is rendered once per version, and is never older than what it shows.
#[actix_web::test]
async fn cached_bodies_follow_their_rows() {
    let stage = rack(&[M1, M2]).await;
    let path = format!("v1/machine/{M1}");
    let before = stage.get(&path).await.text;
    assert_eq!(stage.get(&path).await.text, before);
    event_of(&stage, M1, EventKind::Crashed).await;
    let after = stage.get(&path).await.ok();
    assert_eq!(after["events"]["crash_loop"], true, "its events");
    stage.post("v1/size", json!({"id": "v1-small-x86", "name": "renamed"})).await.ok();
    assert_eq!(stage.get(&path).await.ok()["size"]["name"], "renamed", "what it refers to");
    stage.post(&format!("{path}/state"), json!({"value": "LOCKED", "description": "d"})).await.ok();
    let list = stage.get("v1/machine").await.ok();
    assert_eq!(list[0]["state"]["value"], "LOCKED", "itself");
    assert_eq!(list[0], stage.get(&path).await.ok());
    assert_eq!(list[1]["id"], M2);
    stage.delete("v1/partition/mini-lab").await.ok();
    let gone = format!(
        "error finding partition \"mini-lab\" for machine \"{M1}\": NotFound no partition with id \"mini-lab\" found"
    );
    assert_eq!(stage.get(&path).await.refusal(), (404, gone), "api-machines 1.3, last line");
    assert_eq!(stage.get("v1/machine").await.ok()[0]["partition"]["id"], "");
}

/// What BMC agents fetch and acknowledge, and what operators are told.
#[actix_web::test]
async fn orders_and_reasons() {
    let stage = rack(&[M1]).await;
    let orders = "mesh/v1/bmc/mini-lab/orders";
    assert_eq!(stage.call(Role::View, "GET", orders, None).await.status, 403);
    assert_eq!(stage.call(Role::Edit, "GET", orders, None).await.text, "[]");
    assert_eq!(stage.call(Role::Edit, "GET", "mesh/v1/bmc/x/orders", None).await.status, 404);
    stage.post(&format!("v1/machine/{M1}/power/reset"), json!([])).await.ok();
    let handed = stage.call(Role::Edit, "GET", &format!("{orders}?wait_seconds=30"), None).await.ok();
    assert_eq!((&handed[0]["machine"], &handed[0]["cmd"]), (&json!(M1), &json!("RESET")));
    assert_eq!(handed[0]["ipmi"]["password"], "secret");
    let done = json!({"orders": [handed[0]["order"]]});
    stage.call(Role::Edit, "POST", &format!("mesh/v1/bmc/{M1}/orders/done"), Some(done)).await.ok();
    assert_eq!(stage.call(Role::Edit, "GET", orders, None).await.text, "[]");
    let path = format!("{orders}?wait_seconds=30");
    let waiting = stage.call(Role::Edit, "GET", &path, None);
    let acting = async {
        tokio::task::yield_now().await;
        stage.post(&format!("v1/machine/{M1}/power/on"), json!([])).await.ok()
    };
    let (handed, _) = futures_util::future::join(waiting, acting).await;
    assert_eq!(handed.ok()[0]["cmd"], "ON", "a wait ends when an order comes");
    let why = stage.get(&format!("mesh/v1/machine/{M1}/why")).await.ok();
    assert_eq!((&why["id"], &why["orders"][0]["action"]), (&json!(M1), &json!("ON")));
    assert_eq!(stage.get("mesh/v1/machine/x/why").await.status, 404);
}
