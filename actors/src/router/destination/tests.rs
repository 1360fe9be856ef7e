use super::*;
use crate::machine::Machine;
use crate::refusal::RefusalKind;
use crate::store::Generation;
use crate::time::Timestamp;
use crate::wire;
use serde_json::{Value, json};

fn goes(others: &[&str], body: Value) -> Destination {
    let world = World::default();
    world.insert(Generation(1), Machine::new("m1".into(), Timestamp::from_millis(0)));
    let others = others.iter().map(|name| PartitionId::from(*name)).collect();
    destination(&world, &others, &wire::body_from_json(&body.to_string()).unwrap())
}

/// The command to machines of this name in the golden file.
fn golden(name: &str) -> Value {
    let messages = include_str!("../../../../tests/golden/v1/messages.jsonl");
    let lines = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut bodies = lines.filter_map(|line| line.pointer("/request/execute/command/body").cloned());
    bodies.find(|body| body["machine"].get(name).is_some()).unwrap()
}

/// Architecture 3/1: a write is routed by its payload to the partition that owns the target.
#[test]
fn payloads_name_their_partition_or_the_row_that_decides() {
    let at_b = || Destination::At("plant-b".into());
    let owner = |kind, id: &str| Destination::OwnerOf(Key::new(kind, id));
    let rows = [
        (
            json!({"machine": {"allocate": {"role": "machine", "request": {"partitionid": "plant-b"}}}}),
            at_b(),
        ),
        (
            json!({"machine": {"allocate": {"role": "machine", "request": {"partitionid": "nowhere"}}}}),
            Destination::Here,
        ),
        (
            json!({"machine": {"allocate": {"role": "machine", "request": {"uuid": "m1", "partitionid": "plant-b"}}}}),
            Destination::Here,
        ),
        (json!({"machine": {"free": {"machine": "m1"}}}), Destination::Here),
        (json!({"machine": {"free": {"machine": "m2"}}}), owner(Kind::Machine, "m2")),
        (
            json!({"machine": {"event": {"machine": "m2", "event": "Alive", "message": ""}}}),
            Destination::Here,
        ),
        (json!({"switch": {"delete": {"id": "s", "force": true}}}), owner(Kind::Switch, "s")),
        (json!({"network": {"create": {"partitionid": "plant-b"}}}), at_b()),
        (json!({"network": {"create": {}}}), Destination::Anywhere),
        (json!({"network": {"allocate": {}}}), Destination::Anywhere),
        (json!({"network": {"allocate": {"partitionid": "plant-b"}}}), at_b()),
        (json!({"network": {"free": "n"}}), owner(Kind::Network, "n")),
        (json!({"address": {"allocate": {"networkid": "n"}}}), owner(Kind::Network, "n")),
        (json!({"address": {"free": "10.0.0.1"}}), owner(Kind::Address, "10.0.0.1")),
        (json!({"masterdata": {"size_delete": "s"}}), Destination::Anywhere),
        (json!({"masterdata": {"image_sweep": "i"}}), Destination::Here),
        (json!({"namespace": {"create": "plant-b"}}), Destination::Here),
    ];
    for (body, expected) in rows {
        assert_eq!(goes(&["plant-b"], body.clone()), expected, "{body}");
        assert_eq!(goes(&[], body.clone()), Destination::Here, "alone: {body}");
    }
}

/// Reports of hardware of another site are refused here, with the site that they belong to.
#[test]
fn reports_of_hardware_are_never_passed_on() {
    let mut register = golden("register");
    register["machine"]["register"]["partition"] = json!("plant-b");
    let ipmi = |partition: &str| json!({"machine": {"ipmi_report": {"machine": "m2", "partition": partition, "report": {}}}});
    let switch = |partition: &str| json!({"switch": {"register": {"id": "s", "partition_id": partition}}});
    for body in [register, ipmi("plant-b"), switch("plant-b")] {
        let Destination::Refused(refusal) = goes(&["plant-b"], body.clone()) else { panic!("{body}") };
        assert_eq!(refusal.kind, RefusalKind::Unprocessable);
        assert!(refusal.message.contains("names partition \"plant-b\", which is another site"), "{refusal}");
        assert_eq!(goes(&["plant-c"], body.clone()), Destination::Here, "its decision refuses it: {body}");
        assert_eq!(goes(&[], body.clone()), Destination::Here, "alone: {body}");
    }
    for body in [
        ipmi("plant-a"),
        switch("plant-a"),
        json!({"switch": {"notify": {"id": "s", "sync_duration_ns": 1, "error": null, "port_states": null, "bgp_port_states": null}}}),
        json!({"machine": {"discover": {"machine": "m2"}}}),
        json!({"machine": {"start_waiting": {"machine": "m2"}}}),
        json!({"machine": {"stop_waiting": {"machine": "m2"}}}),
        json!({"machine": {"report": {"machine": "m2", "console_password": "", "boot_info": null}}}),
        json!({"machine": {"abort_reinstall": {"machine": "m2", "primary_disk_wiped": false}}}),
        json!({"machine": {"orders_done": {"machine": "m2", "orders": []}}}),
    ] {
        assert_eq!(goes(&["plant-b"], body.clone()), Destination::Here, "{body}");
    }
}
