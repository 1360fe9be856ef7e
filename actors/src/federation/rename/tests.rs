use super::*;
use crate::check::check as faults;
use crate::federation::fixture::{AT, IMAGE, MACHINE, insert, world};
use crate::fixture::rows;
use crate::ipam::fixture::address;
use crate::record::Record;
use crate::record::machine::Machine;
use crate::record::masterdata::{Project, SizeImageConstraint};
use crate::record::network::Network;
use crate::store::memory::MemoryStore;
use crate::store::{Committed, Row, Store, Transaction, validate};

const LATER: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// All ids of the fixture that can be renamed, and a part of each that is nowhere else.
const IDS: [(&str, &str, &str); 8] = [
    ("old-tenant", "tenant-2", "old-tenant"),
    ("old-project", "project-2", "old-project"),
    ("size/old-size", "size-2", "old-size"),
    (IMAGE, "ubuntu-26.4.77002", "77001"),
    ("old-layout", "layout-2", "old-layout"),
    ("old-super", "super-2", "old-super"),
    ("old-child", "child-2", "old-child"),
    ("old-internet", "internet-2", "old-internet"),
];

fn wishes(list: &[&str]) -> Vec<Rename> {
    list.iter().map(|text| text.parse().unwrap()).collect()
}

fn all() -> Vec<Rename> {
    IDS.map(|(from, to, _)| format!("{from}={to}").parse().unwrap()).into()
}

fn renamed(world: &World, list: &[&str]) -> Result<Decision<Renamed>, RenameRefusal> {
    rename(world, &Renames::new(world, &wishes(list))?, LATER)
}

/// Every row of every kind in memory.
fn rows_of(world: &World) -> Vec<Row> {
    Kind::kept().flat_map(|kind| world.rows(kind, None, usize::MAX)).collect()
}

/// Id, owner, parent, columns and body.
fn text(row: &Row) -> String {
    format!("{} {} {} {:?} {}", row.key.id, row.owner, row.parent, row.values, row.body)
}

fn naming(rows: &[Row], part: &str) -> Vec<Kind> {
    let mut kinds: Vec<Kind> =
        rows.iter().filter(|row| text(row).contains(part)).map(|row| row.key.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn no_row_of_any_kind_has_an_old_id_afterwards() {
    use Kind::{
        Address, Claim, Image, Layout, Machine, Network, Project, QuarantinedAddress, Size,
        SizeImageConstraint, SizeReservation, Tenant,
    };
    let world = world();
    let before = rows_of(&world);
    let filled: BTreeSet<Kind> = before.iter().map(|row| row.key.kind).collect();
    assert_eq!(filled, Kind::kept().collect(), "the fixture has a row of every kind");
    let expected: [&[Kind]; 8] = [
        &[Tenant, Project],
        &[Project, SizeReservation, Network, Address, QuarantinedAddress, Machine],
        &[Size, Layout, SizeReservation, SizeImageConstraint, Machine],
        &[Image, Machine],
        &[Layout, Machine],
        &[Network],
        &[Network, Address, Claim, Machine],
        &[Network, Address, QuarantinedAddress, Machine],
    ];
    for ((_, _, part), kinds) in IDS.iter().zip(expected) {
        assert_eq!(naming(&before, part), kinds, "{part} before");
    }
    assert!(faults(&world).is_empty());

    let ids = Renames::new(&world, &all()).unwrap();
    let answer = rename(&world, &ids, LATER).unwrap().apply(&world);
    assert_eq!((answer.ids.len(), answer.rows), (8, 15));
    let after = rows_of(&world);
    assert_eq!(after.len(), before.len());
    for ((_, to, part), kinds) in IDS.iter().zip(expected) {
        assert_eq!(naming(&after, part), [], "{part} after");
        assert_eq!(naming(&after, to), kinds, "{to}");
    }
    assert_eq!(faults(&world), [], "the indexes have followed");
    assert_eq!(world.images.get("ubuntu-26.4.77002").unwrap().version, "26.4.77002");
    // Nothing else has changed: the way back leads to the same rows, but for times and versions.
    let back: Vec<Rename> = IDS
        .map(|(from, to, _)| Rename {
            kind: None,
            from: to.to_owned(),
            to: from.rsplit('/').next().unwrap().to_owned(),
        })
        .into();
    let ids = Renames::new(&world, &back).unwrap();
    rename(&world, &ids, AT).unwrap().apply(&world);
    let timeless = |rows: &[Row]| {
        let mut rows: Vec<String> = rows.iter().map(|row| timeless(&row.body) + &row.key.id).collect();
        rows.sort();
        rows
    };
    assert_eq!(timeless(&rows_of(&world)), timeless(&before));
}

fn timeless(body: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(body).unwrap();
    value.as_object_mut().unwrap().remove("changed");
    if let Some(meta) = value.get_mut("meta").and_then(|meta| meta.as_object_mut()) {
        meta.remove("version");
        meta.remove("updated_time");
    }
    value.to_string()
}

#[test]
fn what_is_renamed_was_changed_now() {
    let world = world();
    renamed(&world, &["old-tenant=t2", "old-project=p2", "old-internet=i2"]).unwrap().apply(&world);
    assert_eq!(world.networks.get("i2").unwrap().changed, LATER);
    assert_eq!(world.machines.get(MACHINE).unwrap().changed, LATER);
    assert_eq!(world.sizes.get("old-size").unwrap().changed, AT);
    let meta = world.projects.get("p2").unwrap().meta.clone().unwrap();
    assert_eq!((meta.version, meta.created_time, meta.updated_time), (4, Some(AT), Some(LATER)));
}

/// Only the name of its holder changes.
#[test]
fn the_tenure_of_an_address_goes_on() {
    let world = world();
    let before = world.addresses.get("203.0.113.9").unwrap();
    let mut decision = renamed(&world, &["old-project=p2"]).unwrap();
    let Transaction { puts, .. } = decision.take_transaction();
    assert!(puts.iter().all(|put| put.row.key.kind != Kind::History), "nothing has ended");
    decision.apply(&world);
    let after = world.addresses.get("203.0.113.9").unwrap();
    assert_eq!((after.project.as_str(), after.held_since), ("p2", before.held_since));
}

/// One transaction with an expectation for each row, which a store accepts and commits as a whole.
#[tokio::test(start_paused = true)]
async fn a_store_commits_all_of_it_or_nothing() {
    let world = world();
    let store = MemoryStore::default();
    let puts = rows_of(&world).into_iter().map(|row| crate::store::Put { row, expected: None }).collect();
    store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
    let ids = Renames::new(&world, &all()).unwrap();
    let mut decision = rename(&world, &ids, LATER).unwrap();
    let transaction = decision.take_transaction();
    validate(&transaction).unwrap();

    let mut late = transaction.clone();
    late.puts.last_mut().unwrap().expected = Some(crate::store::Generation(99));
    let before = rows_of(&world);
    assert!(store.commit(late).await.is_err());
    for row in &before {
        assert_eq!(store.row(&row.key).await.unwrap().as_ref(), Some(row));
    }
    assert!(matches!(store.commit(transaction).await, Ok(Committed::Applied)));
    decision.apply(&world);
    for kind in Kind::kept() {
        let stored = store.rows(kind, None, 1000).await.unwrap();
        assert_eq!(stored, world.rows(kind, None, 1000), "{}", kind.entity());
    }
}

#[test]
fn what_cannot_be_renamed_is_refused_and_changes_nothing() {
    let world = world();
    insert(&world, rows::size("taken", AT));
    insert(&world, SizeImageConstraint { id: "constrained".into(), ..SizeImageConstraint::default() });
    let meta = crate::masterdata::Meta { id: "old-super".to_owned(), ..crate::masterdata::Meta::default() };
    insert(&world, Project { meta: Some(meta), ..Project::default() });
    let long = format!("old-internet={}", "x".repeat(129));
    let rows: [(&[&str], &str); 15] = [
        (&["gone=x"], "no tenant, project, size, image, filesystemlayout, network has the id \"gone\""),
        (&["leaf01=leaf02"], "\"leaf01\" is the id of a switch, which cannot be renamed"),
        (
            &["00000000-0000-0000-0000-000000000001=x"],
            "\"00000000-0000-0000-0000-000000000001\" is the id of a machine",
        ),
        (&["plant-a=plant-b"], "\"plant-a\" is the id of a partition, which cannot be renamed"),
        (&["old-super=x"], "\"old-super\" is the id of several things: write project/ or network/ before it"),
        (
            &["project/old-size=x"],
            "no tenant, project, size, image, filesystemlayout, network has the id \"old-size\"",
        ),
        (&["old-size=taken"], "size \"taken\" exists already: choose another id"),
        (&["old-size=constrained"], "sizeimageconstraint \"constrained\" exists already: choose another id"),
        (&["old-size=old-size"], "size \"old-size\" exists already"),
        (&["old-size=a", "size/old-size=b"], "size \"old-size\" is renamed twice"),
        (&["old-size=a", "taken=a"], "size \"a\" exists already"),
        (
            &["old-size=unknown"],
            "size \"unknown\" cannot get this id: it is the size of machines that no size matches",
        ),
        (
            &["old-layout=a/b"],
            "filesystemlayout \"a/b\" cannot get this id: id \"a/b\" cannot be part of a path",
        ),
        (
            &["ubuntu-26.4.77001=debian-26.4"],
            "image \"ubuntu-26.4.77001\" cannot become \"debian-26.4\": layouts and constraints are by operating system, so \"ubuntu\" must stay",
        ),
        (&[&long], "network"),
    ];
    let before = rows_of(&world);
    for (list, expected) in rows {
        let refusal = renamed(&world, list).unwrap_err().to_string();
        assert!(refusal.starts_with(expected), "{list:?}: {refusal}");
    }
    assert!(renamed(&world, &["ubuntu-26.4.77001=ubuntu"]).is_err());
    assert!(renamed(&world, &["network/old-super=x", "project/old-super=x"]).is_ok());
    assert_eq!(rows_of(&world), before);
}

/// A command that was interrupted after its renames is repeated with them.
#[test]
fn what_was_renamed_before_is_known() {
    let world = world();
    let is_done = |text: &str| text.parse::<Rename>().unwrap().is_done(&world);
    for (text, expected) in [
        ("old-internet=new", false),
        ("new=old-internet", true),
        ("network/new=old-internet", true),
        ("tenant/new=old-internet", false),
        ("old-internet=old-project", false),
        ("new=newer", false),
    ] {
        assert_eq!(is_done(text), expected, "{text}");
    }
    let machine = world.machines.all()[0].id();
    assert!(!is_done(&format!("{machine}=old-internet")), "a machine has the old id");
}

#[test]
fn nothing_is_renamed_beside_an_unreadable_row() {
    let world = world();
    let key = Key::new(Kind::Address, "203.0.113.11");
    let row = Row::bare(key.clone(), crate::store::Generation(1), "{");
    world.stop(&world.load(&key, Some(&row)).unwrap_err());
    let refusal = renamed(&world, &["old-internet=i2"]).unwrap_err();
    assert!(
        matches!(&refusal, RenameRefusal::Stopped(stopped) if stopped.kind == Kind::Address),
        "{refusal}"
    );
}

fn occupied(count: u32) -> World {
    let world = world();
    let network = Network { project: "".into(), ..rows::network("wide", &["10.128.0.0/16"], AT) };
    insert(&world, network.clone());
    for number in 1..=count {
        let ip = std::net::Ipv4Addr::from(0x0a80_0000 + number);
        insert(&world, address(&network, &ip.to_string()));
    }
    world
}

#[test]
fn a_rename_fits_into_one_transaction_or_is_refused() {
    let steps_max = u32::try_from(STEPS_PER_TRANSACTION_MAX).unwrap();
    let mut decision = renamed(&occupied(steps_max - 2), &["wide=narrow"]).unwrap();
    validate(&decision.take_transaction()).unwrap();
    assert_eq!(
        renamed(&occupied(steps_max - 1), &["wide=narrow"]).unwrap_err(),
        RenameRefusal::TooManySteps { steps: STEPS_PER_TRANSACTION_MAX + 1 }
    );
}

fn verbose(machines: usize, bytes: usize) -> World {
    let world = world();
    for number in 0..machines {
        let mut machine = Machine::clone(&world.machines.get(MACHINE).unwrap());
        machine.id = format!("m{number}").into();
        machine.allocation.as_mut().unwrap().user_data = "x".repeat(bytes);
        insert(&world, machine);
    }
    world
}

#[test]
fn rows_stay_within_the_bounds_of_stores() {
    let mut decision = renamed(&verbose(15, 512 << 10), &["old-layout=l2"]).unwrap();
    validate(&decision.take_transaction()).unwrap();
    let refusal = renamed(&verbose(17, 512 << 10), &["old-layout=l2"]).unwrap_err();
    assert!(
        matches!(refusal, RenameRefusal::TooLarge { bytes } if bytes > TRANSACTION_BYTES_MAX),
        "{refusal}"
    );
    let world = verbose(1, 0);
    let room =
        BODY_BYTES_MAX - world.machines.get("m0").unwrap().value.row(crate::store::Generation(1)).bytes();
    let world = verbose(1, room);
    assert!(renamed(&world, &["old-internet=new-internet"]).is_ok());
    let refusal = renamed(&world, &["old-internet=newer-internet"]).unwrap_err();
    let expected =
        RenameRefusal::LargeRow { kind: Kind::Machine, id: "m0".to_owned(), bytes: BODY_BYTES_MAX + 2 };
    assert_eq!(refusal, expected);
}

#[test]
fn wishes_are_read_as_they_are_written() {
    for (text, kind, from, to) in [
        ("internet=internet-b", None, "internet", "internet-b"),
        ("network/internet=b", Some(Kind::Network), "internet", "b"),
        ("filesystemlayout/l=m", Some(Kind::Layout), "l", "m"),
        ("a=b=c", None, "a", "b=c"),
    ] {
        let wish: Rename = text.parse().unwrap();
        assert_eq!(wish, Rename { kind, from: from.to_owned(), to: to.to_owned() });
        assert_eq!(wish.to_string(), text);
    }
    for text in ["", "a", "=", "a=", "=b", "network/=b"] {
        assert_eq!(text.parse::<Rename>(), Err(BadRename::Form(text.to_owned())));
    }
    for text in ["machine/a=b", "/a=b", "layout/a=b"] {
        assert!(matches!(text.parse::<Rename>(), Err(BadRename::Kind(_))), "{text}");
    }
}
