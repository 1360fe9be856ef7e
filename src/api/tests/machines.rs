//! Machines over HTTP: golden bodies and the life of an allocation.

use super::fixture::rack::{M1, M2, allocation, event_of, masterdata, private_network, rack, report};
use super::fixture::{Fixture, signed};
use actors::decision::Role;
use actors::machine::EventKind;
use expect_test::expect;
use serde_json::{Value, json};

/// api-machines 1.3 and 1.6
#[actix_web::test]
async fn a_machine_in_every_state() {
    let fixture = masterdata().await;
    event_of(&fixture, M1, EventKind::PxeBooting).await;
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
    .assert_eq(&fixture.get(&format!("v1/machine/{M1}")).await.pretty());
    let missing = (404, "NotFound no machine with id \"x\" found".to_owned());
    assert_eq!(fixture.get("v1/machine/x").await.refusal(), missing);
    let fixture = rack(&[M1]).await;
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
    .assert_eq(&fixture.get(&format!("v1/machine/{M1}")).await.pretty());
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
    .assert_eq(&ipmi(&fixture).await);
}

async fn ipmi(fixture: &Fixture) -> String {
    let one = fixture.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    let all = fixture.post("v1/machine/ipmi/find", json!({"id": M1})).await.ok();
    assert_eq!(all, json!([one]));
    let mut plain = one.clone();
    let ipmi = plain.as_object_mut().unwrap().remove("ipmi").unwrap();
    assert_eq!(plain, fixture.get(&format!("v1/machine/{M1}")).await.ok(), "the rest is the machine");
    serde_json::to_string_pretty(&ipmi).unwrap()
}

/// api-machines 1.4, 3 and 6
#[actix_web::test]
async fn the_life_of_an_allocation() {
    let fixture = rack(&[M1]).await;
    let network = private_network(&fixture).await;
    let allocated = fixture.post("v1/machine/allocate", allocation("", &network, "ubuntu-24.04")).await;
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
    let full = fixture.post("v1/machine/allocate", allocation("", &network, "ubuntu-24.04")).await;
    assert_eq!(full.refusal(), (422, "no machine available".to_owned()));

    let password = |id: &'static str| {
        let body = json!({"id": id, "reason": "r"}).to_string();
        fixture.send(signed(Role::Edit, "GET", "v1/machine/consolepassword").set_payload(body))
    };
    report(&fixture, M1).await;
    let wanted = json!({"id": M1, "name": "", "description": "", "console_password": "console-secret"});
    assert_eq!(password(M1).await.ok(), wanted);
    assert_eq!(password("x").await.refusal().0, 404);
    let boot = fixture.get(&format!("v1/machine/{M1}")).await.ok()["allocation"]["boot_info"].clone();
    assert_eq!((&boot["kernel"], &boot["bootloaderid"]), (&json!("/boot/k"), &json!("")));

    let used = fixture.get("v1/image?show-usage=true").await.ok();
    assert_eq!((&used[0]["usedby"], &used[1]["usedby"]), (&Value::Null, &json!([M1])));
    let project = fixture.get("v1/project/p1").await.ok();
    assert_eq!(project["quotas"], json!({"machine": {"used": 1}, "ip": {"used": 1}}));
    let updated =
        fixture.post("v1/machine", json!({"id": M1, "description": "new", "tags": [], "ssh_pub_keys": null}));
    assert_eq!(updated.await.ok()["allocation"]["description"], "new");
    let path = format!("v1/machine/{M1}/reinstall");
    let again = fixture.post(&path, json!({"id": M1, "imageid": "ubuntu-24.04.20260101"}));
    assert_eq!(again.await.ok()["allocation"]["reinstall"], true);
    let held = fixture.delete(&format!("v1/machine/{M1}")).await;
    assert_eq!(held.refusal(), (422, "cannot delete machine that is allocated".to_owned()));
    let before = fixture.get(&format!("v1/machine/{M1}")).await.ok()["events"].clone();
    let freed = fixture.delete(&format!("v1/machine/{M1}/free")).await.ok();
    assert_eq!((&freed["allocation"], &freed["tags"]), (&Value::Null, &json!([])));
    assert_eq!(freed["events"], before, "api-machines 3.7: the reclaim is not shown yet");
    let after = fixture.get(&format!("v1/machine/{M1}")).await.ok()["events"]["log"][0].clone();
    assert_eq!(
        (&after["event"], &after["message"]),
        (&json!("Machine Reclaim"), &json!("free machine called"))
    );
    let none = (422, "machine is not allocated, no consolepassword present".to_owned());
    assert_eq!(password(M1).await.refusal(), none);
    assert_eq!(fixture.get("v1/ip").await.text, "[]", "freed with the machine");
}

/// api-machines 3.5
#[actix_web::test]
async fn firewalls_are_machines() {
    let fixture = rack(&[M1, M2]).await;
    let network = private_network(&fixture).await;
    let mut request = allocation(M1, &network, "fw-3.0");
    request["firewall_rules"] = json!({"egress": [{"ports": [443], "protocol": "TCP", "to": ["0.0.0.0/0"], "comment": null}],
        "ingress": [{"ports": [22], "from": ["1.1.1.1/32"], "to": null}]});
    let firewall = fixture.post("v1/firewall/allocate", request).await.ok();
    assert_eq!(firewall["allocation"]["role"], "firewall");
    let rules = json!({"egress": [{"ports": [443], "protocol": "tcp", "to": ["0.0.0.0/0"]}],
        "ingress": [{"ports": [22], "protocol": "tcp", "from": ["1.1.1.1/32"]}]});
    assert_eq!(firewall["allocation"]["firewall_rules"], rules);
    fixture.post("v1/machine/allocate", allocation(M2, &network, "ubuntu-24.04")).await.ok();
    for (path, count) in [("v1/firewall", 1), ("v1/machine", 2)] {
        assert_eq!(fixture.get(path).await.ok().as_array().unwrap().len(), count, "{path}");
    }
    let found = fixture.post("v1/firewall/find", json!({"allocation_role": "machine"})).await.ok();
    assert_eq!(found[0]["id"], M1, "the role is forced");
    assert_eq!(fixture.get(&format!("v1/firewall/{M1}")).await.ok()["id"], M1);
    let other = fixture.get(&format!("v1/firewall/{M2}")).await;
    assert_eq!(other.refusal(), (404, "machine is not a firewall".to_owned()));
}

/// A stray byte in the text of one BMC does not make the partition's report fail, and the rest of its report is stored.
#[actix_web::test]
async fn a_bmc_may_say_what_it_likes() {
    let fixture = rack(&[M1]).await;
    let report = |serial: &str| json!({"BMCIp": "10.0.0.7:623", "BMCVersion": "1", "FRU": {"product_serial": serial}, "PowerState": "ON\0"});
    let reports =
        json!({"partitionid": "mini-lab", "reports": {M1: report(" S/N 7\0\0"), "other\0": report("\0")}});
    let answer = fixture.post("v1/machine/ipmi", reports).await.ok();
    assert_eq!(answer, json!({"updated": [M1], "created": ["other"]}));
    let shown = fixture.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    assert_eq!(
        (&shown["ipmi"]["fru"]["product_serial"], &shown["ipmi"]["powerstate"]),
        (&json!("S/N 7"), &json!("ON"))
    );
}
