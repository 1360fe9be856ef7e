//! Looking after addresses and numbers through the API.

use super::fixture::Fixture;
use super::fixture::rack::{M1, rack};
use actors::decision::Role;
use actors::ids::MachineId;
use actors::ipam::{Claim, ClaimOwner, Pool};
use actors::store::Generation;
use serde_json::{Value, json};
use uuid::Uuid;

async fn look(fixture: &Fixture) -> Value {
    fixture.get("mesh/v1/ipam/check").await.ok()
}

#[actix_web::test]
async fn a_partition_in_order_has_no_findings() {
    let fixture = rack(&[M1]).await;
    let answer = look(&fixture).await;
    assert_eq!((&answer["partition"], &answer["findings"]), (&json!("mini-lab"), &json!([])));
    assert!(answer["rows"].as_u64().unwrap() > 0);
    assert_eq!(fixture.call(Role::View, "POST", "mesh/v1/ipam/repair", None).await.status, 403);
    assert_eq!(fixture.call(Role::Admin, "POST", "mesh/v1/ipam/repair", None).await.ok()["repaired"], 0);
}

/// Memory that differs from the store: a check lists the difference, a repair removes it.
#[actix_web::test]
async fn what_memory_has_otherwise_is_told_and_mended() {
    let fixture = rack(&[]).await;
    let owner = ClaimOwner::Allocation { allocation: Uuid::nil(), machine: MachineId::from("gone") };
    fixture.local.world().insert(Generation(1), Claim { pool: Pool::Asn, number: 9, owners: vec![owner] });
    let findings = look(&fixture).await["findings"].clone();
    let faults: Vec<&Value> = findings.as_array().unwrap().iter().map(|found| &found["fault"]).collect();
    assert_eq!(faults, ["stale", "leak"], "{findings}");
    let mended = fixture.call(Role::Admin, "POST", "mesh/v1/ipam/repair", None).await.ok();
    assert_eq!((&mended["repaired"], &mended["findings"]), (&json!(1), &json!([])));
    assert_eq!(look(&fixture).await["findings"], json!([]));
}

const TAKE: &str = "v1/ip/allocate";

async fn take(fixture: &Fixture) -> String {
    let taken = fixture.post(TAKE, json!({"networkid": "internet", "projectid": "p1"})).await.ok();
    taken["ipaddress"].as_str().unwrap().to_owned()
}

async fn admin(fixture: &Fixture, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
    let reply = fixture.call(Role::Admin, method, path, body).await;
    if reply.status == 200 { (200, reply.pretty()) } else { reply.refusal() }
}

#[actix_web::test]
async fn addresses_rest_as_their_network_says_until_they_are_lifted() {
    let fixture = rack(&[]).await;
    let pool = "mesh/v1/ipam/pool/internet";
    assert_eq!(fixture.get(pool).await.ok()["policy"]["quarantine_s"], 0);
    let policy = json!({"quarantine_s": 600, "excluded": [["1.2.0.1", "1.2.0.3"]]});
    assert_eq!(fixture.call(Role::Edit, "POST", pool, Some(policy.clone())).await.status, 403);
    let set = fixture.call(Role::Admin, "POST", pool, Some(policy)).await.ok();
    assert_eq!((&set["networkid"], &set["policy"]["strategy"]), (&json!("internet"), &json!("lowest")));
    assert_eq!(take(&fixture).await, "1.2.0.4");
    fixture.delete("v1/ip/free/1.2.0.4").await.ok();
    assert_eq!(take(&fixture).await, "1.2.0.5");
    let quarantined = fixture.get("mesh/v1/ipam/quarantine").await.ok();
    assert_eq!(
        (&quarantined[0]["ipaddress"], &quarantined[0]["projectid"]),
        (&json!("1.2.0.4"), &json!("p1"))
    );
    let asked =
        fixture.post("v1/ip/allocate/1.2.0.4", json!({"networkid": "internet", "projectid": "p1"})).await;
    assert_eq!(asked.refusal().0, 409);
    let place = fixture.get("mesh/v1/ip/1.2.0.4").await.ok();
    let until = &quarantined[0]["until"];
    let wanted = json!({"ipaddress": "1.2.0.4", "networkid": "internet", "prefix": place["prefix"], "right": "HELD",
        "holder": place["holder"], "state": "QUAR", "until": until});
    assert_eq!(place, wanted);
    assert_eq!(fixture.get("mesh/v1/ip/1.2.0.2").await.ok()["reserved"], "policy");
    assert_eq!(fixture.get("mesh/v1/ip/1.2.0.5").await.ok()["state"], "ALLOC");
    assert_eq!(fixture.get("mesh/v1/ip/198.18.0.1").await.refusal().0, 404);
    assert_eq!(fixture.get("mesh/v1/ip/x").await.refusal().0, 400);
    assert_eq!(admin(&fixture, "DELETE", "mesh/v1/ipam/quarantine/1.2.0.4", None).await.0, 200);
    assert_eq!(admin(&fixture, "DELETE", "mesh/v1/ipam/quarantine/1.2.0.4", None).await.0, 404);
    assert_eq!(take(&fixture).await, "1.2.0.4");
    assert_eq!(look(&fixture).await["findings"], json!([]));
}

/// A late release after the next allocation of the address is refused, and so are invalid allocations and addresses.
#[actix_web::test]
async fn an_allocation_gives_back_its_own_address_only() {
    let fixture = rack(&[]).await;
    let take = json!({"networkid": "internet", "projectid": "p1", "count": {"IPv4": 1}});
    let taken = fixture.post("mesh/v1/ip/allocate", take.clone()).await.ok();
    let allocation = &taken[0]["allocationuuid"];
    let (free, shown) = ("mesh/v1/ip/1.2.0.1/free", "mesh/v1/ip/1.2.0.1");
    assert_eq!(&fixture.get(shown).await.ok()["allocationuuid"], allocation);
    for wrong in [json!({}), json!({"allocation": ""}), json!({"allocation": 1}), json!([allocation])] {
        assert_eq!(fixture.post(free, wrong).await.refusal().0, 400);
    }
    let own = json!({"allocation": allocation});
    assert_eq!(fixture.post("mesh/v1/ip/x/free", own.clone()).await.refusal().0, 400);
    assert_eq!(fixture.call(Role::View, "POST", free, Some(own.clone())).await.status, 403);
    assert_eq!(
        &fixture.get(shown).await.ok()["allocationuuid"],
        allocation,
        "nothing of all that changed it"
    );

    assert_eq!(fixture.post(free, own.clone()).await.ok(), taken[0]);
    assert_eq!(fixture.get(shown).await.ok()["state"], "AVAIL");
    assert_eq!(fixture.post(free, own.clone()).await.refusal().0, 404);

    let next = fixture.post("mesh/v1/ip/allocate", take).await.ok();
    assert_eq!(next[0]["ipaddress"], "1.2.0.1");
    let (status, text) = fixture.post(free, own).await.refusal();
    assert!(status == 409 && text.contains("there is nothing left to do"), "{status} {text}");
    assert_eq!(fixture.get("v1/ip/1.2.0.1").await.ok(), next[0]);
}

#[actix_web::test]
async fn several_addresses_are_taken_at_once_or_none() {
    let fixture = rack(&[]).await;
    let many =
        |count: Value| json!({"networkid": "internet", "projectid": "p1", "name": "many", "count": count});
    let taken = fixture.post("mesh/v1/ip/allocate", many(json!({"IPv4": 2}))).await;
    assert_eq!(taken.status, 201, "{taken:?}");
    let taken = taken.ok();
    assert_eq!((&taken[0]["ipaddress"], &taken[1]["ipaddress"]), (&json!("1.2.0.1"), &json!("1.2.0.2")));
    assert_eq!((&taken[1]["name"], &taken[1]["type"]), (&json!("many"), &json!("ephemeral")));
    for (count, status) in
        [(json!({"IPv4": 257}), 400), (json!({"IPv5": 1}), 422), (json!({"IPv4": -1}), 400)]
    {
        assert_eq!(fixture.post("mesh/v1/ip/allocate", many(count)).await.refusal().0, status);
    }
    assert_eq!(take(&fixture).await, "1.2.0.3");
    assert_eq!(look(&fixture).await["findings"], json!([]));
}

#[actix_web::test]
async fn pools_that_cannot_be_are_refused() {
    let fixture = rack(&[]).await;
    let many: Vec<_> = (0..65).map(|_| json!(["1.2.0.1", "1.2.0.2"])).collect();
    for (policy, part) in [
        (json!({"quarantine_s": 7_776_001}), "at most 7776000"),
        (json!({"quarantine_s": -1}), "quarantine_s"),
        (json!({"strategy": "any"}), "strategy"),
        (json!({"ranges": [["1.2.0.9", "1.2.0.1"]]}), "not a range of addresses"),
        (json!({"ranges": [["1.2.0.1", "::1"]]}), "not a range of addresses"),
        (json!({"excluded": many}), "at most 64"),
    ] {
        let (status, text) =
            admin(&fixture, "POST", "mesh/v1/ipam/pool/internet", Some(policy.clone())).await;
        assert!(status == 400 && text.contains(part), "{policy}: {status} {text}");
    }
    assert_eq!(admin(&fixture, "POST", "mesh/v1/ipam/pool/nowhere", Some(json!({}))).await.0, 404);
    assert_eq!(fixture.get("mesh/v1/ipam/pool/internet").await.ok()["policy"]["quarantine_s"], 0);
}

#[actix_web::test]
async fn who_had_an_address_is_told() {
    let fixture = rack(&[]).await;
    let address = take(&fixture).await;
    fixture.delete(&format!("v1/ip/free/{address}")).await.ok();
    take(&fixture).await;
    let path = format!("mesh/v1/ip/{address}/history");
    let all = fixture.get(&path).await.ok();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2);
    assert_ne!(all[0]["allocationuuid"], all[1]["allocationuuid"]);
    assert_eq!((all[1].get("until"), &all[1]["projectid"]), (None, &json!("p1")));
    let then = all[1]["since"].as_str().unwrap();
    let had = fixture.get(&format!("{path}?at={then}")).await.ok();
    assert_eq!(had.as_array().unwrap().last(), all.last());
    assert_eq!(fixture.get(&format!("{path}?at=2020-01-01T00:00:00Z")).await.ok(), json!([]));
    assert_eq!(fixture.get(&format!("{path}?at=yesterday")).await.refusal().0, 400);
    assert_eq!(fixture.get("mesh/v1/ip/nonsense/history").await.refusal().0, 400);
    assert_eq!(fixture.get("mesh/v1/ip/10.9.9.9/history").await.ok(), json!([]));
}
