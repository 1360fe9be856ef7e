//! Two partitions, each with its own API: what one of them answers about the other.

use super::fixture::rack::{M1, M2, allocation, leaf_registration, private_network, rack_of};
use super::fixture::{Fixture, settings, signed};
use actors::decision::Role;
use actors::fixture::links::{Fault, Links};
use actors::gateway::Gateway;
use actors::ids::PartitionId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The partition that has the rack, and the one that gets the requests.
const RACK: &str = "mini-lab";
const OTHER: &str = "plant-b";

struct TwoPartitions {
    links: Arc<Links>,
    rack: Fixture,
    other: Fixture,
}

impl TwoPartitions {
    async fn start() -> Self {
        let links = Arc::new(Links::default());
        let fixture = async |name: &str, seed, other: &str| {
            let others = BTreeSet::from([PartitionId::from(other)]);
            Fixture::of(name, seed, settings(), |local| {
                let gateway = Gateway::new(local, links.of(name), others);
                links.add(name.into(), gateway.clone());
                gateway
            })
            .await
        };
        let rack = rack_of(fixture(RACK, 7, OTHER).await, &[M1, M2]).await;
        let other = fixture(OTHER, 8, RACK).await;
        let boot = json!({"imageurl": "http://i", "kernelurl": "http://k"});
        other.put("v1/partition", json!({"id": OTHER, "bootconfig": boot})).await.ok();
        other
            .put("v1/network", json!({"id": "own", "partitionid": OTHER, "prefixes": ["10.77.0.0/24"]}))
            .await
            .ok();
        Self { links, rack, other }
    }

    fn cut(&self) {
        self.links.set(Fault::NotSent);
    }

    /// Both partitions give the same answer.
    async fn same(&self, path: &str) {
        let (here, there) = (self.other.get(path).await, self.rack.get(path).await);
        assert_eq!((here.status, here.text), (there.status, there.text), "{path}");
    }
}

/// The ids of a list, in its order.
fn ids(list: &Value) -> Vec<String> {
    let rows = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let id = |row: &Value| {
        row.get("id").or_else(|| row.get("ipaddress")).and_then(Value::as_str).map(str::to_owned)
    };
    rows.iter().map(|row| id(row).unwrap_or_else(|| panic!("no id: {row}"))).collect()
}

/// Allocates a machine of the rack, in a separate network.
async fn allocated(partitions: &TwoPartitions) -> String {
    let network = private_network(&partitions.rack).await;
    partitions.rack.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await.ok();
    network
}

/// Architecture 3/2: a read of one thing goes to the partition that owns it.
#[actix_web::test]
async fn one_thing_is_shown_as_its_own_partition_shows_it() {
    let partitions = TwoPartitions::start().await;
    let network = allocated(&partitions).await;
    let address = ids(&partitions.rack.get("v1/ip").await.ok()).remove(0);
    for path in [
        format!("v1/machine/{M1}"),
        format!("v1/machine/{M1}/ipmi"),
        format!("v1/machine/{M2}"),
        format!("mesh/v1/machine/{M1}/why"),
        "v1/switch/leaf01".to_owned(),
        format!("v1/network/{network}"),
        "v1/network/super".to_owned(),
        "v1/network/internet".to_owned(),
        format!("v1/ip/{address}"),
        "mesh/v1/ipam/pool/internet".to_owned(),
    ] {
        assert_eq!(partitions.other.get(&path).await.status, 200, "{path}");
        partitions.same(&path).await;
    }
    for path in
        ["v1/machine/x", "v1/machine/x/ipmi", "v1/switch/x", "v1/network/x", "v1/ip/x", "v1/firewall/x"]
    {
        assert_eq!(partitions.other.get(path).await.status, 404, "{path}");
        partitions.same(path).await;
    }
    let password = json!({"id": M1, "reason": "why not"});
    let [here, there] = [&partitions.other, &partitions.rack]
        .map(|fixture| fixture.call(Role::Edit, "GET", "v1/machine/consolepassword", Some(password.clone())));
    assert_eq!(here.await.text, there.await.text);
}

/// As above: a list asks all partitions.
#[actix_web::test]
async fn lists_and_searches_show_all_partitions_in_the_order_of_their_ids() {
    let partitions = TwoPartitions::start().await;
    let network = allocated(&partitions).await;
    for path in ["v1/machine", "v1/firewall", "v1/switch", "v1/ip"] {
        partitions.same(path).await;
    }
    let mut all = [network.as_str(), "internet", "own", "super", "underlay"].map(String::from);
    all.sort();
    assert_eq!(ids(&partitions.rack.get("v1/network").await.ok()), all);
    partitions.same("v1/network").await;
    let finds = [
        ("v1/machine/find", json!({"allocation_project": "p1"}), 1),
        ("v1/machine/find", json!({}), 2),
        ("v1/machine/ipmi/find", json!({"id": M2}), 1),
        ("v1/firewall/find", json!({}), 0),
        ("v1/switch/find", json!({"id": "leaf02"}), 1),
        ("v1/network/find", json!({"projectid": "p1"}), 1),
        ("v1/ip/find", json!({"projectid": "p1"}), 1),
    ];
    for (path, body, count) in finds {
        let (here, there) =
            (partitions.other.post(path, body.clone()).await, partitions.rack.post(path, body.clone()).await);
        assert_eq!(here.text, there.text, "{path} {body}");
        assert_eq!(here.header("X-Metalmesh-Unreachable"), None);
        assert_eq!(ids(&here.ok()).len(), count, "{path} {body}");
    }
}

/// As above: the partition of its target executes a write and shows the result.
#[actix_web::test]
async fn a_write_is_answered_as_the_partition_of_its_target_answers_it() {
    let partitions = TwoPartitions::start().await;
    let network = private_network(&partitions.other).await;
    let made =
        partitions.other.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await.ok();
    assert_eq!(made, partitions.rack.get(&format!("v1/machine/{M1}")).await.ok());
    assert_eq!(made["allocation"]["image"]["id"], "ubuntu-24.04.20260101");
    let update = json!({"id": "leaf01", "description": "by another", "mode": "operational"});
    let switch = partitions.other.post("v1/switch", update).await.ok();
    assert_eq!(switch, partitions.rack.get("v1/switch/leaf01").await.ok());
    assert_ne!(switch["nics"][0]["filter"], Value::Null);
    let address = json!({"networkid": "internet", "projectid": "p1"});
    let address = partitions.other.post("v1/ip/allocate", address).await.ok();
    let shown = partitions.rack.get(&format!("v1/ip/{}", address["ipaddress"].as_str().unwrap())).await;
    assert_eq!(address, shown.ok());
    let update = json!({"id": "internet", "description": "by another"});
    let internet = partitions.other.post("v1/network", update).await.ok();
    assert_eq!(internet, partitions.rack.get("v1/network/internet").await.ok());
    assert_eq!(internet["consumption"]["ipv4"]["used_ips"], 3);
    let freed = partitions.other.delete(&format!("v1/machine/{M1}/free")).await.ok();
    assert_eq!((&freed["allocation"], &freed["partition"]["id"]), (&Value::Null, &json!(RACK)));
    assert_eq!(partitions.rack.get(&format!("v1/machine/{M1}")).await.ok()["allocation"], Value::Null);
}

/// Architecture 3, rows 3 and 4.
#[actix_web::test]
async fn a_partition_that_is_away_is_named() {
    let partitions = TwoPartitions::start().await;
    partitions.cut();
    for path in ["v1/machine", "v1/firewall", "v1/switch", "v1/network", "v1/ip", "v1/image?show-usage=true"]
    {
        let list = partitions.other.get(path).await;
        assert_eq!(list.header("X-Metalmesh-Unreachable"), Some(RACK), "{path}");
        list.ok();
    }
    assert_eq!(ids(&partitions.other.get("v1/network").await.ok()), ["own"]);
    let paths = [format!("v1/machine/{M1}"), "v1/switch/leaf01".to_owned(), "v1/network/super".to_owned()];
    let away = format!("partition {RACK} cannot answer now: no answer from {RACK}");
    let (unavailable, not_executed) =
        ((503, away.clone()), (503, format!("{away}; the command was not executed")));
    for path in paths {
        assert_eq!(partitions.other.get(&path).await.refusal(), unavailable, "{path}");
    }
    let writes = [
        partitions.other.delete(&format!("v1/machine/{M1}/free")).await,
        partitions.other.delete(&format!("v1/machine/{M1}")).await,
        partitions.other.post("v1/switch", json!({"id": "leaf01"})).await,
        partitions.other.post("v1/network/allocate", json!({"partitionid": RACK, "projectid": "p1"})).await,
        partitions.other.post("v1/ip/allocate", json!({"networkid": "internet", "projectid": "p1"})).await,
    ];
    for write in writes {
        assert_eq!(write.refusal(), not_executed);
    }
    partitions.other.get("v1/network/own").await.ok();
    let own = json!({"id": "own", "description": "goes on"});
    assert_eq!(partitions.other.post("v1/network", own).await.ok()["description"], "goes on");
    assert_eq!(
        partitions.rack.get("v1/image").await.header("X-Metalmesh-Unreachable"),
        None,
        "of all partitions"
    );
}

/// Hardware talks to the nodes of its own site.
#[actix_web::test]
async fn reports_of_hardware_of_another_site_are_refused() {
    let partitions = TwoPartitions::start().await;
    let boot = json!({"imageurl": "http://i", "kernelurl": "http://k"});
    partitions.other.put("v1/partition", json!({"id": RACK, "bootconfig": boot})).await.ok();
    let report = json!({"partitionid": RACK, "reports": {"new": {"BMCIp": "1.1.1.1"}}});
    let mut switch = leaf_registration("leaf09");
    switch["partition_id"] = json!(RACK);
    for (path, body, what) in [
        ("v1/machine/ipmi", report, "a report of BMCs"),
        ("v1/switch/register", switch, "a registration of a switch"),
    ] {
        let refused = partitions.other.post(path, body.clone()).await.refusal();
        let wanted = format!("{what} names partition \"{RACK}\", which is another site");
        assert!(refused.0 == 422 && refused.1.starts_with(&wanted), "{refused:?}");
        partitions.rack.post(path, body).await.ok();
    }
    assert_eq!(
        ids(&partitions.other.get("v1/machine").await.ok()).iter().filter(|id| *id == "new").count(),
        1
    );
}

/// Architecture 3, row 10.
#[actix_web::test]
async fn a_key_gives_the_first_answer_through_any_partition() {
    let partitions = TwoPartitions::start().await;
    let send = async |fixture: &Fixture, method: &str, path: &str, body: &Value, number: u8| {
        let request = signed(Role::Admin, method, path)
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Idempotency-Key", format!("0190c0de-0000-4000-8000-0000000000{number:02}")));
        fixture.send(request.set_payload(body.to_string())).await
    };
    let external = json!({"id": "ext", "prefixes": ["9.9.9.0/24"], "vrf": 9});
    let writes = [
        ("PUT", "v1/tenant", json!({"meta": {"id": "once"}}), 201),
        ("PUT", "v1/network", external, 201),
        ("PUT", "v1/size", json!({"id": "once"}), 201),
        ("POST", "v1/ip/allocate", json!({"networkid": "internet", "projectid": "p1"}), 201),
        ("DELETE", "v1/tenant/once", json!({}), 200),
    ];
    for (number, (method, path, body, status)) in (10..).zip(writes) {
        let first = send(&partitions.rack, method, path, &body, number).await;
        assert_eq!(first.status, status, "{path}: {first:?}");
        for fixture in [&partitions.other, &partitions.rack, &partitions.other] {
            let again = send(fixture, method, path, &body, number).await;
            assert_eq!((again.status, &again.text), (first.status, &first.text), "{method} {path}");
        }
    }
    partitions.cut();
    let tenant = json!({"meta": {"id": "twice"}});
    let (status, message) = send(&partitions.other, "PUT", "v1/tenant", &tenant, 30).await.refusal();
    assert_eq!(status, 503);
    for part in
        [RACK, "the command was not executed", "0190c0de-0000-4000-8000-000000000030", "still unknown"]
    {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(partitions.other.get("v1/tenant/twice").await.status, 404);
}
