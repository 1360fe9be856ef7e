//! The rows of api-resources 6.2 about tenants.

use super::*;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW};
use crate::masterdata::{IamConfig, IssuerConfig, MasterdataCommand, Project};
use crate::record::masterdata::Meta;
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound, Unprocessable};

fn meta(id: &str, version: i64) -> Meta {
    Meta {
        id: id.to_owned(),
        kind: "Tenant".to_owned(),
        apiversion: "v1".to_owned(),
        version,
        created_time: Some(BEFORE),
        updated_time: Some(BEFORE),
        ..Meta::default()
    }
}

fn tenant(id: &str, version: i64) -> Tenant {
    let issuer_config = Some(IssuerConfig { url: "https://dex".to_owned(), client_id: "auth".to_owned() });
    Tenant {
        meta: Some(meta(id, version)),
        name: "name".to_owned(),
        iam_config: Some(IamConfig { issuer_config, idm_config: None }),
        ..Tenant::default()
    }
}

fn create(tenant: Tenant) -> MasterdataCommand {
    MasterdataCommand::TenantCreate(Box::new(tenant))
}

fn update(tenant: Tenant) -> MasterdataCommand {
    MasterdataCommand::TenantUpdate(Box::new(tenant))
}

#[test]
fn create_rows_of_6_2() {
    let fixture = Fixture::default().with(tenant("t1", 0));
    let typed = |kind: &str, apiversion: &str| Tenant {
        meta: Some(Meta { kind: kind.to_owned(), apiversion: apiversion.to_owned(), ..meta("t2", 0) }),
        ..tenant("t2", 0)
    };
    let rows = [
        (
            "other kind",
            typed("Project", "v1"),
            Unprocessable,
            "rpc error: code = Unknown desc = create of type:tenant failed, kind is set to:Project but must be:Tenant",
        ),
        (
            "other apiversion",
            typed("Tenant", "v2"),
            Unprocessable,
            "rpc error: code = Unknown desc = create of type:tenant failed, apiversion must be set to:v1",
        ),
        (
            "id taken",
            tenant("t1", 0),
            Conflict,
            "rpc error: code = AlreadyExists desc = an entity of type:tenant with the id:t1 already exists",
        ),
    ];
    for (row, tenant, kind, message) in rows {
        fixture.refused(row, &create(tenant), kind, message);
    }
    let expected =
        Tenant { meta: Some(Meta { created_time: Some(NOW), ..meta("t2", 0) }), ..tenant("t2", 9) };
    assert_eq!(fixture.ask(&create(tenant("t2", 9))), Ok(Answer::Tenant(Box::new(expected))));
    let Ok(Answer::Tenant(created)) = fixture.ask(&create(Tenant::default())) else {
        panic!("meta may be absent")
    };
    assert_eq!(created.meta.unwrap().kind, "Tenant");
}

#[test]
fn update_rows_of_6_2() {
    let fixture = Fixture::default().with(tenant("t1", 3));
    let old_api = Meta { apiversion: "v0".to_owned(), ..meta("t1", 3) };
    let rows = [
        (
            "meta absent",
            Tenant { meta: None, ..tenant("t1", 3) },
            BadRequest,
            "tenant and tenant.meta must be specified",
        ),
        (
            "unknown id",
            tenant("t9", 0),
            Unprocessable,
            "rpc error: code = Unknown desc = update - no entity of type:tenant with id:t9 found",
        ),
        (
            "empty id",
            tenant("", 0),
            Unprocessable,
            "rpc error: code = Unknown desc = entity of type:tenant has no id, cannot update: name",
        ),
        (
            "version below the stored one (1.11)",
            tenant("t1", 2),
            Unprocessable,
            "rpc error: code = FailedPrecondition desc = optimistic lock error updating tenant with id t1, \
             existing version 3 mismatches entity version 2",
        ),
        (
            "wrong apiversion",
            Tenant { meta: Some(old_api), ..tenant("t1", 3) },
            Unprocessable,
            "rpc error: code = Unknown desc = update of type:tenant failed, apiversion must be set to:v1",
        ),
    ];
    for (row, tenant, kind, message) in rows {
        fixture.refused(row, &update(tenant), kind, message);
    }
    let sparse = Tenant { meta: Some(Meta { created_time: None, ..meta("t1", 3) }), ..Tenant::default() };
    let expected = Tenant {
        meta: Some(Meta { version: 4, updated_time: Some(NOW), ..meta("t1", 3) }),
        ..Tenant::default()
    };
    assert_eq!(fixture.ask(&update(sparse)), Ok(Answer::Tenant(Box::new(expected))), "a full replacement");
}

#[test]
fn delete_rows_of_6_2() {
    let project = Project {
        meta: Some(Meta { id: "p1".to_owned(), ..Meta::default() }),
        tenant_id: "t1".into(),
        ..Project::default()
    };
    let fixture = Fixture::default().with(tenant("t1", 0)).with(tenant("t2", 0)).with(project);
    let delete = |id: &str| MasterdataCommand::TenantDelete(id.to_owned());
    let unknown = "rpc error: code = NotFound desc = tenant with id:t9 not found sql: no rows in result set";
    fixture.refused("unknown", &delete("t9"), NotFound, unknown);
    let message = "there are still projects allocated by this tenant";
    fixture.refused("has projects", &delete("t1"), Unprocessable, message);
    let shown = Tenant { meta: Some(Meta { id: "t2".to_owned(), ..Meta::default() }), ..Tenant::default() };
    assert_eq!(fixture.ask(&delete("t2")), Ok(Answer::Tenant(Box::new(shown))), "only the id is shown");
    assert!(!fixture.world.tenants.contains("t2"));
}
