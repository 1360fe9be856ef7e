//! Every field of every gRPC method.

use super::fixture::{Fixture, machine, methods, registration};
use super::mutants::{fields, mutants};
use crate::support::client::text;
use crate::support::rack;
use prost::Message;
use prost_reflect::DynamicMessage;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tonic::{Code, Status};

/// The request of each method with all fields set, in a possible order.
fn good() -> Vec<(&'static str, Value)> {
    let machine = machine(0);
    let info = json!({"imageId": "i", "primaryDisk": "/dev/sda", "osPartition": "/dev/sda1", "initrd": "i", "cmdline": "c", "kernel": "k",
        "bootloaderId": "b"});
    let event = json!({"time": "2026-01-01T00:00:00.5Z", "event": "Alive", "message": "m"});
    let (space, one, two) = ("hostile", "10.0.0.0/24", "10.1.0.0/24");
    vec![
        ("BootService/Dhcp", json!({"uuid": machine})),
        ("BootService/Boot", json!({"mac": "02:00:00:00:00:01", "partitionId": "mini-lab"})),
        ("BootService/SuperUserPassword", json!({})),
        ("BootService/Register", registration(0)),
        ("BootService/Wait", json!({"machineId": machine})),
        ("BootService/AbortReinstall", json!({"uuid": machine, "primaryDiskWiped": true})),
        (
            "BootService/Report",
            json!({"uuid": machine, "consolePassword": "c", "bootInfo": info, "success": true, "message": "m"}),
        ),
        ("EventService/Send", json!({"events": {&machine: event}})),
        ("IpamService/CreateNamespace", json!({"namespace": space})),
        ("IpamService/ListNamespaces", json!({})),
        ("IpamService/CreatePrefix", json!({"cidr": one, "namespace": space})),
        ("IpamService/GetPrefix", json!({"cidr": one, "namespace": space})),
        ("IpamService/ListPrefixes", json!({"namespace": space})),
        ("IpamService/PrefixUsage", json!({"cidr": one, "namespace": space})),
        ("IpamService/AcquireIP", json!({"prefixCidr": one, "ip": "10.0.0.7", "namespace": space})),
        ("IpamService/ReleaseIP", json!({"prefixCidr": one, "ip": "10.0.0.7", "namespace": space})),
        ("IpamService/DeletePrefix", json!({"cidr": "10.2.0.0/24", "namespace": space})),
        ("IpamService/Load", json!({"dump": format!(r#"[{{"Cidr":"{two}"}}]"#), "namespace": "loaded"})),
        (
            "IpamService/AcquireChildPrefix",
            json!({"cidr": two, "length": 28, "childCidr": "10.1.0.16/28", "namespace": "loaded"}),
        ),
        ("IpamService/ReleaseChildPrefix", json!({"cidr": "10.1.0.16/28", "namespace": "loaded"})),
        ("IpamService/Dump", json!({"namespace": space})),
        ("IpamService/Version", json!({})),
        ("IpamService/DeleteNamespace", json!({"namespace": "emptied"})),
    ]
}

/// A machine that is allocated and not yet installed, and content in each namespace.
async fn fixture() -> Fixture {
    let fixture = Fixture::start().await;
    for namespace in ["emptied", "loaded", "hostile"] {
        fixture.call("IpamService/CreateNamespace", &json!({"namespace": namespace})).await.unwrap();
    }
    let gone = json!({"cidr": "10.2.0.0/24", "namespace": "hostile"});
    fixture.call("IpamService/CreatePrefix", &gone).await.unwrap();
    fixture.boots(0).await;
    let network = text(&rack::allocate_network(&fixture.client).await, "/id");
    rack::allocate_machine(&fixture.client, &rack::machine_request("hostile", &network)).await;
    fixture
}

/// The data of `method`'s service.
async fn known(fixture: &Fixture, method: &str) -> Value {
    if !method.starts_with("Ipam") {
        return fixture.client.get("/v1/machine").await.expect(200);
    }
    let mut known = vec![fixture.ipam.ok("ListNamespaces", json!({})).await];
    for namespace in ["root", "hostile", "loaded"] {
        let dump = fixture.ipam.ask("Dump", &json!({"namespace": namespace})).await;
        known.push(dump.map_or(Value::Null, |(_, dump)| dump));
    }
    known.into()
}

/// Codes for mistakes of the caller; `Internal` is the code of invalid messages.
fn is_defined(status: &Status) -> bool {
    match status.code() {
        Code::Internal => status.message().contains("decode"),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::Unknown | Code::OutOfRange => {
            true
        }
        _ => false,
    }
}

/// Texts of hardware are never a reason to refuse the rest; the person who set up the machine set these.
fn is_of_hardware(method: &str, place: &[String]) -> bool {
    let set = ["user", "password", "uuid", "partition_id", "tags"];
    method.ends_with("Register") && !place.iter().any(|name| set.contains(&name.as_str()))
}

#[tokio::test]
async fn one_wild_value_at_a_time_in_every_field_of_every_method() {
    let fixture = fixture().await;
    let (methods, good) = (methods(), good());
    let named: BTreeSet<&str> = good.iter().map(|(method, _)| *method).collect();
    assert_eq!(methods.keys().map(String::as_str).collect::<BTreeSet<_>>(), named, "every method is here");
    let (mut cases, mut count) = (0, 0);
    for (method, body) in &good {
        let descriptor = &methods[*method];
        let message = DynamicMessage::deserialize(descriptor.input(), body).unwrap();
        let [set, all] = fields(&message);
        assert_eq!(set, all, "{method}: every field is set");
        count += all.values().map(BTreeSet::len).sum::<usize>();
        if method.ends_with("Report") {
            for event in ["Waiting", "Installing"] {
                fixture.says(&machine(0), event).await;
            }
        }
        let answer = fixture.send(method, message.encode_to_vec()).await;
        assert!(answer.is_ok(), "{method}, as it is good: {answer:?}");
        for mutant in mutants(&message) {
            cases += 1;
            let before = known(&fixture, method).await;
            let answer = fixture.send(method, mutant.bytes).await;
            let about = format!("{method}: {}: {answer:?}", mutant.about);
            let Err(status) = answer else { continue };
            assert!(is_defined(&status) && !status.message().contains("panic"), "{about}");
            if mutant.is_spoken && is_of_hardware(method, &mutant.place) {
                assert_eq!(status.code(), Code::Unknown, "what hardware says is taken as it is: {about}");
            }
            // A registration that its switches refuse is stored, to show it (api-machines 4.3).
            if status.code() != Code::Unknown {
                assert_eq!(known(&fixture, method).await, before, "a refusal changes nothing: {about}");
            }
        }
    }
    assert!(count > 90 && cases > 1_800, "{count} fields, {cases} cases");
    fixture.stop().await;
}
