use super::*;
use crate::federation::fixture::{AT, IMAGE, MACHINE, insert, inventory, settings, world};
use crate::federation::rename::Rename;
use crate::fixture::rows;
use crate::record::machine::Machine;
use cbor4ii::core::Value;
use std::fmt::Write as _;

#[test]
fn an_inventory_lists_all_that_is_compared() {
    let inventory = inventory("plant-a", &world());
    let ids: Vec<(Kind, Vec<&str>)> = inventory
        .contents()
        .into_iter()
        .map(|(kind, contents)| (kind, contents.keys().map(String::as_str).collect()))
        .collect();
    let expected = [
        (Kind::Partition, vec!["plant-a"]),
        (Kind::Tenant, vec!["old-tenant"]),
        (Kind::Project, vec!["old-project"]),
        (Kind::Size, vec!["old-size"]),
        (Kind::SizeReservation, vec!["r"]),
        (Kind::SizeImageConstraint, vec!["old-size"]),
        (Kind::Image, vec![IMAGE]),
        (Kind::Layout, vec!["old-layout"]),
        (Kind::Network, vec!["old-child", "old-internet", "old-super"]),
    ];
    assert_eq!(ids, expected);
    let prefixes: Vec<_> = inventory
        .prefixes
        .iter()
        .map(|own| (own.prefix.to_string(), own.network.as_str(), own.stays))
        .collect();
    let expected = [("10.0.0.0/16", "old-super", true), ("203.0.113.0/24", "old-internet", false)];
    assert_eq!(prefixes, expected.map(|(prefix, network, stays)| (prefix.to_owned(), network, stays)));
    assert_eq!(inventory.machines, BTreeSet::from([MACHINE.to_owned()]));
    assert_eq!(inventory.switches, BTreeSet::from(["leaf01".to_owned()]));
    assert_eq!(
        (inventory.partition.as_str(), inventory.version, inventory.keys.len()),
        ("plant-a", VERSION, 3)
    );
}

/// The same after the rename is done as what was promised before.
#[test]
fn an_inventory_can_be_that_after_a_rename() {
    let world = world();
    let wishes =
        ["old-project=p2", "old-internet=i2", "old-size=s2"].map(|wish| wish.parse::<Rename>().unwrap());
    let ids = Renames::new(&world, &wishes).unwrap();
    let promised = Inventory::renamed(&world, settings("plant-a"), &ids).unwrap();
    assert_ne!(promised, inventory("plant-a", &world));
    crate::federation::rename(&world, &ids, AT).unwrap().apply(&world);
    assert_eq!(promised, inventory("plant-a", &world));
}

#[test]
fn an_incomplete_inventory_is_not_made() {
    let world = world();
    let key = crate::store::Key::new(Kind::Machine, "m");
    let row = crate::store::Row::bare(key.clone(), crate::store::Generation(1), "{");
    world.stop(&world.load(&key, Some(&row)).unwrap_err());
    let error = Inventory::of(&world, settings("plant-a")).unwrap_err();
    assert_eq!(error.kind, Kind::Machine);
}

/// As every release since the first reads and writes it.
#[test]
fn the_bytes_are_those_of_earlier_releases() {
    let inventory = small();
    let hex = inventory.encode().unwrap().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    expect_test::expect!["b16776657273696f6e0169706172746974696f6e61706a706172746974696f6e73a06774656e616e7473a06870726f6a65637473a06573697a6573a16173582044136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a7173697a655f7265736572766174696f6e73a07673697a655f696d6167655f636f6e73747261696e7473a066696d61676573a0676c61796f757473a0686e6574776f726b73a1616e58204d840a5a9eea92f957340213de7e209a2ac55ec4525c7fe34494f9c47babbfda68707265666978657381a366707265666978a1625634850a00000010676e6574776f726b616e657374617973f4686d616368696e657381616d68737769746368657380646b657973a16561646d696ea16763757272656e745820b3aceb34b6b1b6f9bb14c9c09948c9563f98cc55d758ba4587cacedef9b965526f70726f76696465725f74656e616e746b6d6574616c2d737461636b69626173655f70617468672f6d6574616c2f"].assert_eq(&hex);
    assert_eq!(Inventory::decode(&inventory.encode().unwrap()), Ok(inventory.clone()));
    let json = serde_json::to_string(&inventory).unwrap();
    assert_eq!(serde_json::from_str::<Inventory>(&json).unwrap(), inventory);
}

fn small() -> Inventory {
    let world = World::default();
    insert(&world, rows::size("s", AT));
    insert(&world, rows::network("n", &["10.0.0.0/16"], AT));
    insert(&world, Machine::new("m".into(), AT));
    Inventory::of(
        &world,
        Settings { keys: settings("p").keys.into_iter().take(1).collect(), ..settings("p") },
    )
    .unwrap()
}

/// The fields of an encoded inventory, to be changed.
fn fields(change: impl FnOnce(&mut Vec<(Value, Value)>)) -> Vec<u8> {
    let mut value: Value = cbor4ii::serde::from_slice(&small().encode().unwrap()).unwrap();
    let Value::Map(fields) = &mut value else { panic!("an inventory is a map") };
    change(fields);
    cbor4ii::serde::to_vec(Vec::new(), &value).unwrap()
}

fn set(name: &str, value: Value) -> Vec<u8> {
    fields(|fields| {
        fields.retain(|(key, _)| *key != Value::Text(name.to_owned()));
        fields.push((Value::Text(name.to_owned()), value));
    })
}

#[test]
fn unknown_fields_are_ignored_and_missing_ones_are_empty() {
    assert_eq!(Inventory::decode(&set("moons", Value::Array(vec![Value::Null]))), Ok(small()));
    let without = fields(|fields| fields.retain(|(key, _)| *key != Value::Text("machines".to_owned())));
    assert_eq!(Inventory::decode(&without), Ok(Inventory { machines: BTreeSet::new(), ..small() }));
}

#[test]
fn what_cannot_be_used_is_refused_with_its_reason() {
    let unreadable = |reason: &str| InventoryError::Unreadable { reason: reason.to_owned() };
    let long = Value::Array(vec![Value::Text("x".repeat(INDEXED_BYTES_MAX + 1))]);
    let many = (0..IDS_MAX).map(|id| Value::Text(id.to_string())).collect();
    let mut longer = small().encode().unwrap();
    longer.push(0);
    let whole = small().encode().unwrap();
    let rows = [
        ("nothing", Vec::new(), unreadable("it is invalid or incomplete")),
        ("a part", whole[..whole.len() - 1].to_vec(), unreadable("it is invalid or incomplete")),
        ("more", longer, unreadable("it has trailing bytes")),
        (
            "too large",
            vec![0; INVENTORY_BYTES_MAX + 1],
            InventoryError::TooLarge { bytes: INVENTORY_BYTES_MAX + 1 },
        ),
        ("version 0", set("version", Value::Integer(0)), InventoryError::Version { version: 0 }),
        ("version 2", set("version", Value::Integer(2)), InventoryError::Version { version: 2 }),
        ("a long id", set("machines", long), InventoryError::LongText { bytes: INDEXED_BYTES_MAX + 1 }),
        ("many ids", set("machines", Value::Array(many)), InventoryError::TooMany { ids: IDS_MAX + 4 }),
    ];
    for (why, bytes, expected) in rows {
        assert_eq!(Inventory::decode(&bytes), Err(expected), "{why}");
    }
    let deep = [0x81; 100_000];
    assert!(Inventory::decode(&deep).is_err());
    assert!(matches!(
        Inventory::decode(&set("sizes", Value::Text("s".to_owned()))),
        Err(InventoryError::Unreadable { .. })
    ));
}

/// The bytes in the documentation of [`INVENTORY_BYTES_MAX`].
#[test]
fn a_large_partition_fits_into_one_message_of_a_join() {
    let uuid = |number: u128| uuid::Uuid::from_u128(u128::MAX / 3 + number).to_string();
    let world = World::default();
    for number in 0..10_000 {
        insert(&world, Machine::new(uuid(number).into(), AT));
    }
    let machines = Inventory::of(&world, Settings::default()).unwrap().encode().unwrap().len();
    for number in 0..1_000 {
        let prefix = format!("10.{}.{}.0/24", number / 250, number % 250);
        insert(&world, rows::network(&uuid(number), &[&prefix], AT));
    }
    let both = Inventory::of(&world, Settings::default()).unwrap().encode().unwrap().len();
    assert_eq!((machines >> 10, (both - machines) >> 10), (371, 141));
    assert!(both < 1 << 20);
}

#[test]
fn all_that_is_compared_by_id_can_be_frozen() {
    let inventory = Inventory::default();
    let contents = inventory.contents().map(|(kind, _)| kind);
    let with_hardware = contents.into_iter().chain([Kind::Machine, Kind::Switch]);
    assert_eq!(with_hardware.collect::<Vec<_>>(), COMPARED);
}
