use super::*;
use crate::fixture::rows;
use crate::masterdata::fixture::{BEFORE, Fixture, NOW, machine, text};
use crate::masterdata::{MasterdataCommand, Meta, Partition, Project};
use crate::refusal::RefusalKind;

fn size(id: &str) -> Size {
    rows::size(id, BEFORE)
}

fn project(id: &str) -> Project {
    let meta = Meta { id: id.to_owned(), ..Meta::default() };
    Project { meta: Some(meta), tenant_id: "t".into(), ..Project::default() }
}

fn partition(id: &str) -> Partition {
    rows::partition(id, BEFORE)
}

/// Two sizes, projects and partitions.
fn fixture() -> Fixture {
    Fixture::default()
        .with(size("c1"))
        .with(size("c2"))
        .with(project("p"))
        .with(project("q"))
        .with(partition("fra"))
        .with(partition("muc"))
}

fn stored(id: &str) -> SizeReservation {
    SizeReservation {
        id: id.to_owned(),
        name: "n".to_owned(),
        description: "d".to_owned(),
        created: BEFORE,
        changed: BEFORE,
        size: "c1".into(),
        project: "p".into(),
        partitions: vec!["fra".into()],
        amount: 2,
        labels: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    }
}

fn request() -> SizeReservationRequest {
    SizeReservationRequest {
        id: "r".to_owned(),
        sizeid: "c1".to_owned(),
        projectid: "p".to_owned(),
        partitionids: vec!["fra".to_owned(), "muc".to_owned()],
        amount: Some(3),
        ..SizeReservationRequest::default()
    }
}

fn create(request: SizeReservationRequest) -> MasterdataCommand {
    MasterdataCommand::SizeReservationCreate(Box::new(request))
}

fn update(request: SizeReservationRequest) -> MasterdataCommand {
    MasterdataCommand::SizeReservationUpdate(Box::new(request))
}

fn of(id: &str) -> SizeReservationRequest {
    SizeReservationRequest { id: id.to_owned(), ..SizeReservationRequest::default() }
}

#[test]
fn a_reservation_is_created_as_asked() {
    let fixture = fixture();
    let labels = Some(BTreeMap::from([("k".to_owned(), "v".to_owned())]));
    let full = SizeReservationRequest { name: text("n"), description: text("d"), labels, ..request() };
    let expected = SizeReservation {
        created: NOW,
        changed: NOW,
        partitions: vec!["fra".into(), "muc".into()],
        amount: 3,
        labels: BTreeMap::from([("k".to_owned(), "v".to_owned())]),
        ..stored("r")
    };
    assert_eq!(fixture.ask(&create(full)), Ok(Answer::record(&expected)));
    assert_eq!(*fixture.world.size_reservations.get("r").unwrap().value, expected);
    // Those for the same add up.
    fixture.ask(&create(SizeReservationRequest { id: "another".to_owned(), ..request() })).unwrap();
    let answer = fixture.ask(&create(SizeReservationRequest { id: String::new(), ..request() })).unwrap();
    let id = answer.into_record::<SizeReservation>().unwrap().id;
    assert_eq!(uuid::Uuid::parse_str(&id).unwrap().get_version_num(), 4);
    assert_eq!(fixture.world.size_reservations.len(), 3);
}

/// Every row of the table of creates in api-resources 5.3, in its order: each mistake is made together with all those
/// of the rows below it.
#[test]
fn the_first_mistake_of_a_create_is_refused() {
    let mistaken = SizeReservationRequest {
        id: "r".to_owned(),
        sizeid: "c9".to_owned(),
        projectid: "p9".to_owned(),
        partitionids: Vec::new(),
        amount: Some(0),
        ..SizeReservationRequest::default()
    };
    let fixture = fixture().with(stored("r")).with(Project::default());
    let mut request = mistaken;
    let refused = |request: &SizeReservationRequest, kind, message: &str| {
        fixture.refused(message, &create(request.clone()), kind, message);
    };
    let unknown = "NotFound no size with id \"c9\" found";
    refused(&request, RefusalKind::NotFound, unknown);
    request.sizeid = "c1".to_owned();
    let unknown = "rpc error: code = NotFound desc = project with id:p9 not found sql: no rows in result set";
    refused(&request, RefusalKind::NotFound, unknown);
    // The project of before that has no metadata answers to the empty id.
    request.projectid = String::new();
    for amount in [Some(0), Some(-1), None] {
        request.amount = amount;
        refused(&request, RefusalKind::BadRequest, "amount must be a positive integer");
    }
    request.amount = Some(1);
    refused(&request, RefusalKind::BadRequest, "at least one partition id must be specified");
    request.partitionids = ["fra", "fra", "nowhere"].map(str::to_owned).to_vec();
    let unknown = "partition must exist before creating a size reservation";
    refused(&request, RefusalKind::BadRequest, unknown);
    request.partitionids.pop();
    refused(&request, RefusalKind::BadRequest, "partitions must not contain duplicates");
    request.partitionids.pop();
    refused(&request, RefusalKind::BadRequest, "project id must be specified");
    request.projectid = "p".to_owned();
    let taken = "Conflict cannot create sizereservation in database, entity already exists: r";
    refused(&request, RefusalKind::Conflict, taken);
    request.id = "a/b".to_owned();
    assert_eq!(fixture.ask(&create(request)).unwrap_err().kind, RefusalKind::BadRequest);
}

#[test]
fn an_update_changes_what_is_given() {
    let fixture = fixture().with(stored("r"));
    let unknown = "NotFound no sizereservation with id \"x\" found";
    fixture.refused("unknown", &update(of("x")), RefusalKind::NotFound, unknown);
    let unchanged = SizeReservation { changed: NOW, ..stored("r") };
    let fixed = SizeReservationRequest { sizeid: "c2".to_owned(), projectid: "q".to_owned(), ..of("r") };
    assert_eq!(fixture.ask(&update(fixed)), Ok(Answer::record(&unchanged)), "size and project stay");
    let all = SizeReservationRequest {
        name: text("m"),
        description: text(""),
        partitionids: vec!["muc".to_owned()],
        amount: Some(7),
        labels: Some(BTreeMap::new()),
        ..of("r")
    };
    let expected = SizeReservation {
        name: "m".to_owned(),
        description: String::new(),
        partitions: vec!["muc".into()],
        amount: 7,
        labels: BTreeMap::new(),
        changed: NOW,
        ..stored("r")
    };
    assert_eq!(fixture.ask(&update(all)), Ok(Answer::record(&expected)));
    assert_eq!(*fixture.world.size_reservations.get("r").unwrap().value, expected);
}

#[test]
fn an_update_is_checked_as_a_create_is() {
    let fixture = fixture().with(stored("r"));
    let two =
        |ids: [&str; 2]| SizeReservationRequest { partitionids: ids.map(str::to_owned).to_vec(), ..of("r") };
    let rows = [
        (SizeReservationRequest { amount: Some(0), ..of("r") }, "amount must be a positive integer"),
        (two(["fra", "nowhere"]), "partition must exist before creating a size reservation"),
        (two(["fra", "fra"]), "partitions must not contain duplicates"),
    ];
    for (request, message) in rows {
        fixture.refused(message, &update(request), RefusalKind::BadRequest, message);
    }
    fixture.world.forget::<Partition>("fra");
    let gone = "partition must exist before creating a size reservation";
    fixture.refused("the partition went", &update(of("r")), RefusalKind::BadRequest, gone);
    fixture.world.forget::<Project>("p");
    let gone = "project must exist before creating a size reservation";
    fixture.refused("the project went", &update(of("r")), RefusalKind::BadRequest, gone);
    fixture.world.forget::<Size>("c1");
    let gone = "size must exist before creating a size reservation";
    fixture.refused("the size went", &update(of("r")), RefusalKind::BadRequest, gone);
}

#[test]
fn a_delete_shows_what_there_was() {
    let fixture = fixture().with(stored("r"));
    let delete = MasterdataCommand::SizeReservationDelete("r".to_owned());
    assert_eq!(fixture.ask(&delete), Ok(Answer::record(&stored("r"))));
    assert!(fixture.world.size_reservations.is_empty());
    let unknown = "NotFound no sizereservation with id \"r\" found";
    fixture.refused("gone", &delete, RefusalKind::NotFound, unknown);
}

/// api-resources 5.1, 5.2 and 6.2: what a reservation names.
#[test]
fn a_size_and_a_project_stay_while_they_are_reserved() {
    let fixture = fixture().with(stored("r"));
    let size = MasterdataCommand::SizeDelete("c1".to_owned());
    let still = "cannot delete size before all size reservations were removed";
    fixture.refused("size", &size, RefusalKind::Unprocessable, still);
    let project = MasterdataCommand::ProjectDelete("p".to_owned());
    let still = "there are still size reservations made by this project";
    fixture.refused("project", &project, RefusalKind::BadRequest, still);
    for free in [
        MasterdataCommand::SizeDelete("c2".to_owned()),
        MasterdataCommand::ProjectDelete("q".to_owned()),
        MasterdataCommand::PartitionDelete("fra".to_owned()),
        MasterdataCommand::SizeReservationDelete("r".to_owned()),
        size,
        project,
    ] {
        fixture.ask(&free).unwrap();
    }
}

/// api-resources 8.4.
#[test]
fn every_filter_restricts() {
    let second = SizeReservation {
        size: "c2".into(),
        project: "q".into(),
        partitions: vec!["muc".into(), "fra".into()],
        ..stored("s")
    };
    let fixture = fixture().with(stored("r")).with(second);
    let none = SizeReservationFind::default;
    let rows = [
        (none(), vec!["r", "s"]),
        (SizeReservationFind { id: text("s"), ..none() }, vec!["s"]),
        (SizeReservationFind { sizeid: text("c2"), ..none() }, vec!["s"]),
        (SizeReservationFind { projectid: text("p"), ..none() }, vec!["r"]),
        (SizeReservationFind { partitionid: text("muc"), ..none() }, vec!["s"]),
        (SizeReservationFind { partitionid: text("fra"), ..none() }, vec!["r", "s"]),
        (SizeReservationFind { partitionid: text("fra"), sizeid: text("c1"), ..none() }, vec!["r"]),
        (SizeReservationFind { id: text(""), ..none() }, vec![]),
    ];
    for (wanted, expected) in rows {
        let found: Vec<_> = find(&fixture.world, &wanted).iter().map(|row| row.id.clone()).collect();
        assert_eq!(found, expected, "{wanted:?}");
    }
}

/// A machine of size c1 that a project has.
fn held(id: &str, project: &str, partition: &str) -> crate::machine::Machine {
    crate::machine::Machine { partition: partition.into(), size: "c1".into(), ..machine(id, project, "i") }
}

#[test]
fn usage_counts_the_machines_of_the_project() {
    let reservation = SizeReservation { partitions: vec!["fra".into(), "muc".into()], ..stored("r") };
    let firewall = |id| {
        let mut machine = held(id, "p", "fra");
        machine.allocation.as_mut().unwrap().role = Role::Firewall;
        machine
    };
    let fixture = fixture()
        .with(reservation)
        .with(held("m1", "p", "fra"))
        .with(held("m2", "p", "fra"))
        .with(firewall("m3"))
        .with(held("m4", "p", "muc"))
        .with(held("m5", "q", "muc"))
        .with(crate::machine::Machine { size: "c2".into(), ..held("m6", "p", "muc") });
    let rows = |wanted: SizeReservationFind| {
        let usage = usage(&fixture.world, &wanted);
        let row = |usage: &Usage| (usage.partition.to_string(), usage.allocations, usage.used());
        usage.iter().map(row).collect::<Vec<_>>()
    };
    let none = SizeReservationFind::default;
    assert_eq!(rows(none()), [("fra".to_owned(), 3, 2), ("muc".to_owned(), 1, 1)]);
    let named = SizeReservationFind { partitionid: text("muc"), ..none() };
    assert_eq!(rows(named), [("fra".to_owned(), 0, 0), ("muc".to_owned(), 1, 1)]);
    assert_eq!(rows(SizeReservationFind { projectid: text("q"), ..none() }), []);
}

/// api-machines 3.4.1, 3.
#[test]
fn a_machine_is_given_unless_all_that_are_free_are_kept_for_others() {
    let reserve = |id: &str, project: &str, amount: u64| SizeReservation {
        project: project.into(),
        amount,
        ..stored(id)
    };
    // Reservations of (project, amount), machines of p and q, free machines, the requesting project, and whether it
    // gets one.
    type Row<'a> = (&'a [(&'a str, u64)], [u64; 2], u64, &'a str, bool);
    let rows: [Row<'_>; 13] = [
        (&[], [0, 0], 1, "q", true),
        (&[("p", 1)], [0, 0], 1, "q", false),
        (&[("p", 1)], [0, 0], 2, "q", true),
        (&[("p", 2)], [0, 0], 2, "q", false),
        (&[("p", 2)], [1, 0], 2, "q", true),
        (&[("p", 2)], [3, 0], 1, "q", true),
        (&[("p", 2)], [0, 0], 1, "p", true),
        (&[("p", 2)], [2, 0], 1, "p", true),
        (&[("p", 2), ("q", 1)], [0, 0], 1, "q", true),
        (&[("p", 2), ("q", 1)], [0, 1], 2, "q", false),
        (&[("p", 1), ("p", 1)], [0, 0], 2, "q", false),
        (&[("p", 1), ("p", 1)], [0, 0], 3, "q", true),
        (&[("p", u64::MAX), ("p", u64::MAX)], [0, 0], u64::MAX, "q", false),
    ];
    for (reservations, [of_p, of_q], free, project, expected) in rows {
        let mut fixture = fixture();
        for (number, (project, amount)) in reservations.iter().enumerate() {
            fixture = fixture.with(reserve(&format!("r{number}"), project, *amount));
        }
        let allocated = |project: &ProjectId| if project.as_str() == "p" { of_p } else { of_q };
        let asked = |size: &str, partition: &str| {
            let (project, partition, size) = (project.into(), partition.into(), size.into());
            allows(&fixture.world, (&project, &partition, &size), allocated, || free)
        };
        let row = format!("{reservations:?} {of_p} {of_q} {free} {project}");
        assert_eq!(asked("c1", "fra"), expected, "{row}");
        assert!(asked("c2", "fra") && asked("c1", "muc"), "{row}: of another size or partition");
    }
}
