use super::*;
use crate::wire;
use serde_json::Value;
use std::collections::BTreeMap;

const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

const USERS: &[&str] = &[
    "address/allocate",
    "address/allocate_many",
    "address/lift",
    "address/free",
    "address/release",
    "address/update",
    "machine/allocate",
    "machine/delete",
    "machine/free",
    "machine/led",
    "machine/power",
    "machine/reinstall",
    "machine/set_state",
    "machine/update",
    "masterdata/image_create",
    "masterdata/image_delete",
    "masterdata/image_update",
    "masterdata/layout_create",
    "masterdata/layout_delete",
    "masterdata/layout_update",
    "masterdata/partition_create",
    "masterdata/partition_delete",
    "masterdata/partition_update",
    "masterdata/project_create",
    "masterdata/project_delete",
    "masterdata/project_update",
    "masterdata/size_create",
    "masterdata/size_delete",
    "masterdata/size_image_constraint_create",
    "masterdata/size_image_constraint_delete",
    "masterdata/size_image_constraint_update",
    "masterdata/size_reservation_create",
    "masterdata/size_reservation_delete",
    "masterdata/size_reservation_update",
    "masterdata/size_update",
    "masterdata/tenant_create",
    "masterdata/tenant_delete",
    "masterdata/tenant_update",
    "network/allocate",
    "network/create",
    "network/delete",
    "network/free",
    "network/set_pool",
    "network/update",
    "switch/delete",
    "switch/migrate",
    "switch/toggle",
    "switch/update",
];

const HARDWARE: &[&str] = &[
    "machine/abort_reinstall",
    "machine/discover",
    "machine/event",
    "machine/ipmi_report",
    "machine/orders_done",
    "machine/register",
    "machine/report",
    "machine/start_waiting",
    "machine/stop_waiting",
    "switch/notify",
    "switch/register",
];

const BACKGROUND: &[&str] = &[
    "address/lift_due",
    "address/mend",
    "machine/inspect",
    "machine/reconcile",
    "machine/resurrect",
    "masterdata/image_sweep",
];

const NAMESPACES: &[&str] = &[
    "namespace/acquire_address",
    "namespace/acquire_child",
    "namespace/create",
    "namespace/create_prefix",
    "namespace/delete",
    "namespace/delete_prefix",
    "namespace/load/add",
    "namespace/load/begin",
    "namespace/load/end",
    "namespace/load/undo",
    "namespace/release_address",
    "namespace/release_child",
];

/// The name of an externally tagged variant, and its content.
fn variant(value: &Value) -> (String, Value) {
    match value {
        Value::String(name) => (name.clone(), Value::Null),
        value => {
            let (name, content) = value.as_object().and_then(|fields| fields.iter().next()).unwrap();
            (name.clone(), content.clone())
        }
    }
}

fn name(body: &Value) -> String {
    let (room, command) = variant(body);
    let (command, content) = variant(&command);
    match content.get("step") {
        Some(step) => format!("{room}/{command}/{}", variant(step).0),
        None => format!("{room}/{command}"),
    }
}

/// Every command of the golden file, which has a line for each (`wire`'s tests).
#[test]
fn only_what_users_ask_for_may_be_sent_by_other_partitions() {
    let mut senders = BTreeMap::new();
    for line in MESSAGES.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let Some(body) = line.pointer("/request/execute/command/body") else { continue };
        senders.insert(name(body), sender(&wire::body_from_json(&body.to_string()).unwrap()));
    }
    let mut expected = BTreeMap::new();
    for (names, sender) in [
        (USERS, Sender::User),
        (HARDWARE, Sender::Hardware),
        (BACKGROUND, Sender::Background),
        (NAMESPACES, Sender::Namespaces),
    ] {
        assert_eq!(sender.denied().is_none(), sender == Sender::User);
        expected.extend(names.iter().map(|name| ((*name).to_owned(), sender)));
    }
    assert_eq!(senders, expected);
}
