//! Looking after addresses and numbers through the API.

use super::lab::{M1, rack};
use super::stage::Stage;
use actors::decision::Role;
use actors::ids::MachineId;
use actors::ipam::{Claim, ClaimOwner, Pool};
use actors::store::Generation;
use serde_json::{Value, json};
use uuid::Uuid;

async fn look(stage: &Stage) -> Value {
    stage.get("mesh/v1/ipam/check").await.ok()
}

#[actix_web::test]
async fn a_plant_in_order_has_no_findings() {
    let stage = rack(&[M1]).await;
    let answer = look(&stage).await;
    assert_eq!((&answer["partition"], &answer["findings"]), (&json!("mini-lab"), &json!([])));
    assert!(answer["rows"].as_u64().unwrap() > 0);
    assert_eq!(stage.call(Role::View, "POST", "mesh/v1/ipam/repair", None).await.status, 403);
    assert_eq!(stage.call(Role::Admin, "POST", "mesh/v1/ipam/repair", None).await.ok()["repaired"], 0);
}

/// Memory that has something the store does not: told by a look, mended by a repair.
#[actix_web::test]
async fn what_memory_has_otherwise_is_told_and_mended() {
    let stage = rack(&[]).await;
    let owner = ClaimOwner::Allocation { allocation: Uuid::nil(), machine: MachineId::from("gone") };
    stage.site.world().insert(Generation(1), Claim { pool: Pool::Asn, number: 9, owners: vec![owner] });
    let findings = look(&stage).await["findings"].clone();
    let faults: Vec<&Value> = findings.as_array().unwrap().iter().map(|found| &found["fault"]).collect();
    assert_eq!(faults, ["stale", "leak"], "{findings}");
    let mended = stage.call(Role::Admin, "POST", "mesh/v1/ipam/repair", None).await.ok();
    assert_eq!((&mended["repaired"], &mended["findings"]), (&json!(1), &json!([])));
    assert_eq!(look(&stage).await["findings"], json!([]));
}
