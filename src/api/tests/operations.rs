//! What operators and BMC agents do to machines, and what the cache must never show.

use super::fixture::rack::{M1, M2, event_of, rack};
use super::fixture::signed;
use actors::decision::Role;
use actors::machine::EventKind;
use serde_json::json;

/// api-machines 3.8 to 3.10, 6.2 and 6.3; metalctl 0/5: the body is `[]`.
#[actix_web::test]
async fn operators_act() {
    let fixture = rack(&[M1]).await;
    for action in ["on", "off", "reset", "cycle", "bios", "disk", "pxe"] {
        let path = format!("v1/machine/{M1}/power/{action}");
        assert_eq!(fixture.post(&path, json!([])).await.ok()["id"], M1, "{action}");
        let empty = signed(Role::Edit, "POST", &path).insert_header(("Content-Type", "application/json"));
        assert_eq!(fixture.send(empty).await.status, 200, "{action}: the body is never read");
    }
    let path = format!("v1/machine/{M1}/power/chassis-identify-led-on?description=look+here");
    let led = json!({"value": "LED-ON", "description": "look here"});
    assert_eq!(fixture.post(&path, json!([])).await.ok()["ledstate"], led);
    let path = format!("v1/machine/{M1}/state");
    let state =
        fixture.post(&path, json!({"value": "RESERVED", "description": "d", "metal_hammer_version": null}));
    let state = state.await.ok()["state"].clone();
    let wanted = json!({"value": "RESERVED", "description": "d", "issuer": "metal-admin@metal-stack.io",
        "metal_hammer_version": ""});
    assert_eq!((&state["value"], &state["issuer"]), (&wanted["value"], &wanted["issuer"]));
    for text in ["RESERVED", "TAINTED"] {
        let found = fixture.post("v1/machine/find", json!({"state_value": text})).await.ok();
        assert_eq!(found.as_array().unwrap().len(), 1, "{text}");
    }
    assert_eq!(
        fixture.post(&path, json!({"value": "x"})).await.refusal(),
        (400, "unknown MachineState:x".to_owned())
    );
    fixture.post(&path, json!({"value": "LOCKED", "description": "d"})).await.ok();
    let locked = fixture.delete(&format!("v1/machine/{M1}/free")).await;
    assert_eq!(locked.refusal(), (422, "machine is locked".to_owned()));
    let unlocked = fixture.post(&path, json!({"value": null, "description": null})).await.ok();
    assert_eq!(unlocked["state"]["value"], "");
    let update = fixture.post("v1/machine", json!({"id": M1})).await;
    assert_eq!(update.refusal(), (400, "only allocated machines can be updated".to_owned()));
    let text = "can only delete dead machines, if you power off this machine it will reach dead state.";
    assert_eq!(fixture.delete(&format!("v1/machine/{M1}")).await.refusal(), (422, text.to_owned()));
}

/// api-machines 6.1
#[actix_web::test]
async fn bmc_reports() {
    let fixture = rack(&[M1]).await;
    let report = json!({"BMCIp": "10.8.0.99", "FRU": {"board_mfg": null}, "BIOSVersion": "2", "PowerState": "ON",
        "IndicatorLEDState": "LED-OFF", "PowerMetric": null, "PowerSupplies": null, "BMCVersion": ""});
    let body = json!({"partitionid": "mini-lab", "reports": {M1: report, "new": report, "": report}});
    let outcome = fixture.post("v1/machine/ipmi", body).await.text;
    assert_eq!(outcome, format!(r#"{{"updated":["{M1}"],"created":["new"]}}"#));
    let shown = fixture.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    assert_eq!(
        (&shown["ipmi"]["address"], &shown["bios"]["version"]),
        (&json!("10.8.0.99:623"), &json!("2"))
    );
    assert_eq!(shown["ipmi"]["fru"]["board_mfg"], "B");
    let empty = json!({"partitionid": "mini-lab", "reports": {}});
    assert_eq!(fixture.post("v1/machine/ipmi", empty).await.text, r#"{"updated":[],"created":[]}"#);
    let none = fixture.post("v1/machine/ipmi", json!({"partitionid": null, "reports": {}})).await;
    assert_eq!(none.refusal(), (400, "partition id must not be empty".to_owned()));
    let unknown = fixture.post("v1/machine/ipmi", json!({"partitionid": "x", "reports": {}})).await;
    assert_eq!(unknown.refusal(), (404, "NotFound no partition with id \"x\" found".to_owned()));
    assert_eq!(
        fixture.get("v1/machine/new").await.ok()["liveliness"],
        "",
        "api-machines 1.6: no container is fine"
    );
}

/// A body is rendered once per version, and is never older than what it shows.
#[actix_web::test]
async fn cached_bodies_follow_their_rows() {
    let fixture = rack(&[M1, M2]).await;
    let path = format!("v1/machine/{M1}");
    let before = fixture.get(&path).await.text;
    assert_eq!(fixture.get(&path).await.text, before);
    event_of(&fixture, M1, EventKind::Crashed).await;
    let after = fixture.get(&path).await.ok();
    assert_eq!(after["events"]["crash_loop"], true, "its events");
    fixture.post("v1/size", json!({"id": "v1-small-x86", "name": "renamed"})).await.ok();
    assert_eq!(fixture.get(&path).await.ok()["size"]["name"], "renamed", "what it refers to");
    fixture.post(&format!("{path}/state"), json!({"value": "LOCKED", "description": "d"})).await.ok();
    let list = fixture.get("v1/machine").await.ok();
    assert_eq!(list[0]["state"]["value"], "LOCKED", "itself");
    assert_eq!(list[0], fixture.get(&path).await.ok());
    assert_eq!(list[1]["id"], M2);
    fixture.delete("v1/partition/mini-lab").await.ok();
    let gone = format!(
        "error finding partition \"mini-lab\" for machine \"{M1}\": NotFound no partition with id \"mini-lab\" found"
    );
    assert_eq!(fixture.get(&path).await.refusal(), (404, gone), "api-machines 1.3, last line");
    assert_eq!(fixture.get("v1/machine").await.ok()[0]["partition"]["id"], "");
}

/// What BMC agents fetch and acknowledge, and what operators see of it.
#[actix_web::test]
async fn orders_and_reasons() {
    let fixture = rack(&[M1]).await;
    let orders = "mesh/v1/bmc/mini-lab/orders";
    assert_eq!(fixture.call(Role::View, "GET", orders, None).await.status, 403);
    assert_eq!(fixture.call(Role::Edit, "GET", orders, None).await.text, "[]");
    assert_eq!(fixture.call(Role::Edit, "GET", "mesh/v1/bmc/x/orders", None).await.status, 404);
    fixture.post(&format!("v1/machine/{M1}/power/reset"), json!([])).await.ok();
    let handed = fixture.call(Role::Edit, "GET", &format!("{orders}?wait_seconds=30"), None).await.ok();
    assert_eq!((&handed[0]["machine"], &handed[0]["cmd"]), (&json!(M1), &json!("RESET")));
    assert_eq!(handed[0]["ipmi"]["password"], "secret");
    let done = json!({"orders": [handed[0]["order"]]});
    fixture.call(Role::Edit, "POST", &format!("mesh/v1/bmc/{M1}/orders/done"), Some(done)).await.ok();
    assert_eq!(fixture.call(Role::Edit, "GET", orders, None).await.text, "[]");
    let path = format!("{orders}?wait_seconds=30");
    let waiting = fixture.call(Role::Edit, "GET", &path, None);
    let acting = async {
        tokio::task::yield_now().await;
        fixture.post(&format!("v1/machine/{M1}/power/on"), json!([])).await.ok()
    };
    let (handed, _) = futures_util::future::join(waiting, acting).await;
    assert_eq!(handed.ok()[0]["cmd"], "ON", "a wait ends when an order comes");
    let why = fixture.get(&format!("mesh/v1/machine/{M1}/why")).await.ok();
    assert_eq!((&why["id"], &why["orders"][0]["action"]), (&json!(M1), &json!("ON")));
    assert_eq!(fixture.get("mesh/v1/machine/x/why").await.status, 404);
}
