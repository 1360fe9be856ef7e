//! The rows of api-resources 6.2 about projects.

use super::*;
use crate::ids::NetworkId;
use crate::ipam::fixture as ipam;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW, machine, text};
use crate::masterdata::{MasterdataCommand, QuotaSet};
use crate::network::Network;
use crate::record::Record;
use crate::record::masterdata::Meta;
use crate::refusal::RefusalKind::{BadRequest, Conflict, NotFound, Unprocessable};
use crate::time::Timestamp;

fn meta(id: &str, version: i64) -> Meta {
    Meta {
        id: id.to_owned(),
        kind: "Project".to_owned(),
        apiversion: "v1".to_owned(),
        version,
        created_time: Some(BEFORE),
        updated_time: Some(BEFORE),
        ..Meta::default()
    }
}

fn project(id: &str, version: i64) -> Project {
    Project {
        meta: Some(meta(id, version)),
        name: "name".to_owned(),
        description: "description".to_owned(),
        tenant_id: "t1".into(),
        quotas: None,
    }
}

fn quota(project: Option<i64>) -> QuotaSet {
    let project = project.map(|quota| Quota { quota: Some(quota), used: None });
    QuotaSet { project, ..QuotaSet::default() }
}

fn tenant(id: &str) -> Tenant {
    let meta = Meta { id: id.to_owned(), ..Meta::default() };
    Tenant { meta: Some(meta), ..Tenant::default() }
}

fn create(project: Project) -> MasterdataCommand {
    MasterdataCommand::ProjectCreate(Box::new(project))
}

fn update(project: Project) -> MasterdataCommand {
    MasterdataCommand::ProjectUpdate(Box::new(project))
}

fn delete(id: &str) -> MasterdataCommand {
    MasterdataCommand::ProjectDelete(id.to_owned())
}

#[test]
fn create_rows_of_6_2() {
    let full = Tenant { quotas: Some(quota(Some(1))), ..tenant("full") };
    let fixture = Fixture::default().with(tenant("t1")).with(full).with(project("p1", 0));
    let fixture = fixture.with(Project { tenant_id: "full".into(), ..project("p2", 0) });
    let kind = |kind: &str, apiversion: &str| Project {
        meta: Some(Meta { kind: kind.to_owned(), apiversion: apiversion.to_owned(), ..meta("p3", 0) }),
        ..project("p3", 0)
    };
    let rows = [
        (
            "other kind",
            kind("Tenant", "v2"),
            Unprocessable,
            "rpc error: code = Unknown desc = create of type:project failed, kind is set to:Tenant but must be:Project",
        ),
        (
            "other apiversion",
            kind("Project", "v2"),
            Unprocessable,
            "rpc error: code = Unknown desc = create of type:project failed, apiversion must be set to:v1",
        ),
        (
            "id taken",
            project("p1", 0),
            Conflict,
            "rpc error: code = AlreadyExists desc = an entity of type:project with the id:p1 already exists",
        ),
        (
            "without tenant_id",
            Project { tenant_id: "".into(), ..project("p1", 0) },
            BadRequest,
            "no tenant given",
        ),
        (
            "tenant unknown",
            Project { tenant_id: "t9".into(), ..project("p3", 0) },
            NotFound,
            "rpc error: code = NotFound desc = unable to find tenant:t9 for project",
        ),
        (
            "tenant's project quota",
            Project { tenant_id: "full".into(), ..project("p3", 0) },
            Unprocessable,
            "rpc error: code = FailedPrecondition desc = unable to create project, project quota:1 reached",
        ),
    ];
    for (row, project, kind, message) in rows {
        fixture.refused(row, &create(project), kind, message);
    }
}

#[test]
fn create_fills_the_metadata() {
    let fixture = Fixture::default().with(tenant("t1"));
    let given = project("p1", 7);
    let expected = Project {
        meta: Some(Meta { version: 0, created_time: Some(NOW), ..meta("p1", 0) }),
        ..given.clone()
    };
    let answer = fixture.ask(&create(given));
    assert_eq!(answer, Ok(Answer::Project(Box::new(expected))), "the client's updated_time is kept");

    let bare = Project { meta: None, ..project("", 0) };
    let Ok(Answer::Project(created)) = fixture.ask(&create(bare)) else { panic!("meta may be absent") };
    let meta = created.meta.clone().unwrap();
    assert_eq!(uuid::Uuid::parse_str(&meta.id).unwrap().get_version_num(), 4);
    assert_eq!((meta.kind.as_str(), meta.apiversion.as_str()), ("Project", "v1"));
    assert_eq!((meta.version, meta.created_time, meta.updated_time), (0, Some(NOW), None));
    assert!(fixture.world.projects.contains(&meta.id));

    let sparse = Meta { id: "p2".to_owned(), updated_time: Some(Timestamp::ZERO), ..Meta::default() };
    let Ok(Answer::Project(created)) = fixture.ask(&create(Project { meta: Some(sparse), ..project("", 0) }))
    else {
        panic!("kind and apiversion may be absent")
    };
    let meta = created.meta.unwrap();
    assert_eq!((meta.kind.as_str(), meta.updated_time), ("Project", None), "the zero time is absent");
}

#[test]
fn create_takes_the_tenants_default_quotas() {
    let defaults = Tenant { default_quotas: Some(quota(Some(3))), ..tenant("t1") };
    let fixture = Fixture::default().with(defaults);
    fixture.ask(&create(project("p1", 0))).unwrap();
    assert_eq!(fixture.world.projects.get("p1").unwrap().quotas, Some(quota(Some(3))));
    fixture.ask(&create(Project { quotas: Some(quota(None)), ..project("p2", 0) })).unwrap();
    assert_eq!(fixture.world.projects.get("p2").unwrap().quotas, Some(quota(None)));
}

#[test]
fn create_writes_the_tenant_so_that_nobody_removes_it_meanwhile() {
    let fixture = Fixture::default().with(tenant("t1"));
    let before = fixture.world.tenants.get("t1").unwrap();
    fixture.ask(&create(project("p1", 0))).unwrap();
    let after = fixture.world.tenants.get("t1").unwrap();
    assert_eq!(after.value, before.value);
    assert!(after.generation > before.generation);
}

#[test]
fn update_rows_of_6_2() {
    let fixture = Fixture::default().with(tenant("t1")).with(project("p1", 3));
    let other_kind = Meta { kind: "Tenant".to_owned(), ..meta("p1", 3) };
    let rows = [
        (
            "meta absent",
            Project { meta: None, ..project("p1", 3) },
            BadRequest,
            "project and project.meta must be specified",
        ),
        (
            "unknown id",
            project("p9", 3),
            NotFound,
            "rpc error: code = NotFound desc = project with id:p9 not found sql: no rows in result set",
        ),
        (
            "other tenant",
            Project { tenant_id: "t2".into(), ..project("p1", 3) },
            Unprocessable,
            "update tenant of project:p1 is not allowed",
        ),
        (
            "tenant omitted",
            Project { tenant_id: "".into(), ..project("p1", 3) },
            Unprocessable,
            "update tenant of project:p1 is not allowed",
        ),
        (
            "version below the stored one (1.11)",
            project("p1", 2),
            Unprocessable,
            "rpc error: code = FailedPrecondition desc = optimistic lock error updating project with id p1, \
             existing version 3 mismatches entity version 2",
        ),
        (
            "wrong kind",
            Project { meta: Some(other_kind), ..project("p1", 3) },
            Unprocessable,
            "rpc error: code = Unknown desc = update of type:project failed, kind is set to:Tenant but must be:Project",
        ),
    ];
    for (row, project, kind, message) in rows {
        fixture.refused(row, &update(project), kind, message);
    }
}

#[test]
fn update_replaces_all_but_the_time_of_creation() {
    let fixture = Fixture::default().with(tenant("t1")).with(project("p1", 3));
    let bare = Meta { id: "p1".to_owned(), version: 3, created_time: Some(NOW), ..Meta::default() };
    let sparse = Project { meta: Some(bare), tenant_id: "t1".into(), ..Project::default() };
    let expected = Project {
        meta: Some(Meta { version: 4, updated_time: Some(NOW), ..meta("p1", 3) }),
        tenant_id: "t1".into(),
        ..Project::default()
    };
    assert_eq!(fixture.ask(&update(sparse)), Ok(Answer::Project(Box::new(expected))));

    for (sent, stored) in [(4, 5), (9, 10), (i64::MAX, i64::MAX)] {
        fixture.ask(&update(project("p1", sent))).unwrap();
        let version = fixture.world.projects.get("p1").unwrap().meta.as_ref().unwrap().version;
        assert_eq!(version, stored, "a larger version jumps ahead");
    }
}

fn network() -> Network {
    Network { project: "p1".into(), ..ipam::network("n1", &["10.0.0.0/24"]) }
}

fn address() -> crate::ipam::Address {
    crate::ipam::Address { project: "p1".into(), ..ipam::address(&network(), "10.0.0.1") }
}

#[test]
fn delete_rows_of_6_2() {
    let fixture = Fixture::default().with(project("p1", 0)).with(project("p2", 0));
    let fixture = fixture.with(machine("m1", "p1", "i")).with(network()).with(address());
    let unknown = "rpc error: code = NotFound desc = project with id:p9 not found sql: no rows in result set";
    fixture.refused("unknown", &delete("p9"), NotFound, unknown);
    let message = "there are still machines allocated by this project";
    fixture.refused("machines", &delete("p1"), BadRequest, message);
    fixture.world.forget::<crate::machine::Machine>("m1");
    let message = "there are still networks allocated by this project";
    fixture.refused("networks", &delete("p1"), BadRequest, message);
    fixture.world.forget::<Network>(NetworkId::from("n1").as_str());
    let message = "there are still ips allocated by this project";
    fixture.refused("ips", &delete("p1"), BadRequest, message);
    fixture.world.forget::<crate::ipam::Address>(&address().id());

    let shown = Project { meta: Some(Meta { id: "p1".to_owned(), ..Meta::default() }), ..Project::default() };
    assert_eq!(fixture.ask(&delete("p1")), Ok(Answer::Project(Box::new(shown))), "only the id is shown");
    assert!(!fixture.world.projects.contains("p1"));
    assert!(fixture.world.projects.contains("p2"));
}

#[test]
fn usage_of_a_project() {
    let fixture = Fixture::default().with(machine("m1", "p1", "i")).with(machine("m2", "p1", "i"));
    let fixture = fixture.with(machine("m3", "p2", "i")).with(network()).with(address());
    let used = |used: i64, quota: Option<i64>| Some(Quota { used: Some(used), quota });
    let shown = with_usage(&fixture.world, &project("p1", 0));
    let expected = QuotaSet { machine: used(2, None), ip: used(1, None), ..QuotaSet::default() };
    assert_eq!(shown.quotas, Some(expected), "quotas are created");

    let quotas = QuotaSet { machine: Some(Quota { used: None, quota: Some(5) }), ..quota(Some(1)) };
    let shown = with_usage(&fixture.world, &Project { quotas: Some(quotas), ..project("p3", 0) });
    let expected = QuotaSet { machine: used(0, Some(5)), ip: used(0, None), ..quota(Some(1)) };
    assert_eq!(shown.quotas, Some(expected), "0 is shown, what was set is kept");
}

#[test]
fn get_of_6_2() {
    let fixture = Fixture::default().with(project("p1", 0));
    assert_eq!(get(&fixture.world, "p1").unwrap().name, text("name").unwrap());
    assert_eq!(get(&fixture.world, "").unwrap_err().kind, NotFound);
}
