use super::*;
use crate::ipam::Address;
use crate::namespace::{Prefix, PrefixAddress};
use crate::record::Record;
use crate::record::ipam::QuarantinedAddress;
use crate::record::ipam::history::AddressHistory;
use crate::store::{Generation, Key};
use serde_json::json;

fn address() -> Value {
    json!({
        "address": "10.0.0.9", "parent_prefix": "10.0.0.0/24", "network": "n", "project": "p",
        "allocation_uuid": "00000000-0000-0000-0000-000000000007",
        "request": "00000000-0000-0000-0000-000000000009",
        "name": "front", "description": "", "type": "static", "tags": ["a=b"],
        "created": "2026-11-28T10:00:00.123Z", "changed": "2026-11-28T10:00:01Z",
        "held_since": "2026-11-28T10:00:00.5Z",
        "attachments": [{"allocation": "00000000-0000-0000-0000-000000000008", "machine": "m"}],
    })
}

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn values(row: &Row) -> Vec<(&'static str, Option<&ColumnValue>)> {
    let columns = row.key.kind.columns();
    assert_eq!(row.values.len(), columns.len());
    columns.iter().map(|column| column.name).zip(row.values.iter().map(Option::as_ref)).collect()
}

#[test]
fn an_address_is_a_row() {
    let row = read::<Address>(address()).row(Generation(1));
    assert_eq!((&*row.key.id, &*row.owner, &*row.parent, &*row.body), ("10.0.0.9", "p", "n", "{}"));
    let text = |text: &str| ColumnValue::Text(text.to_owned());
    let attached = r#"[{"allocation":"00000000-0000-0000-0000-000000000008","machine":"m"}]"#;
    assert_eq!(
        values(&row),
        [
            ("prefix", Some(&text("10.0.0.0/24"))),
            ("allocation", Some(&text("00000000-0000-0000-0000-000000000007"))),
            ("request", Some(&text("00000000-0000-0000-0000-000000000009"))),
            ("lifetime", Some(&text("static"))),
            ("name", Some(&text("front"))),
            ("description", Some(&text(""))),
            ("labels", Some(&text(r#"["a=b"]"#))),
            ("attachments", Some(&text(attached))),
            ("created_us", Some(&ColumnValue::Int(1_795_860_000_123_000))),
            ("changed_us", Some(&ColumnValue::Int(1_795_860_001_000_000))),
            ("held_since_us", Some(&ColumnValue::Int(1_795_860_000_500_000))),
        ]
    );
}

/// All fields of all kinds with columns have columns.
#[test]
fn nothing_is_left_for_bodies() {
    let entry = json!({
        "address": "10.0.0.9", "network": "n", "project": "p", "name": "", "machines": ["m"],
        "allocation_uuid": "00000000-0000-0000-0000-000000000007",
        "since": "2026-11-28T10:00:00Z", "until": "2026-11-28T11:00:00Z",
    });
    let (values, body) = split(Kind::History, &read::<AddressHistory>(entry));
    assert_eq!((values.iter().flatten().count(), &*body), (8, "{}"));
    let rest = json!({
        "address": "10.0.0.9", "parent_prefix": "10.0.0.0/24", "network": "n", "project": "p",
        "allocation_uuid": "00000000-0000-0000-0000-000000000007",
        "since": "2026-11-28T10:00:00Z", "until": "2026-11-28T11:00:00Z",
    });
    let (values, body) = split(Kind::QuarantinedAddress, &read::<QuarantinedAddress>(rest));
    assert_eq!((values.iter().flatten().count(), &*body), (5, "{}"));
    let prefix = json!({
        "namespace": "root", "cidr": "10.0.0.0/8", "parent": null, "is_parent": true,
        "created": "2026-11-28T10:00:00Z",
    });
    let (values, body) = split(Kind::Prefix, &read::<Prefix>(prefix));
    assert_eq!((values.iter().flatten().count(), &*body), (3, "{}"));
    let address = json!({
        "namespace": "root", "prefix": "10.0.0.0/8", "address": "10.0.0.1", "created": "2026-11-28T10:00:00Z",
    });
    let (values, body) = split(Kind::PrefixAddress, &read::<PrefixAddress>(address));
    assert_eq!((values.iter().flatten().count(), &*body), (3, "{}"));
}

#[test]
fn a_row_is_the_record_that_it_was_made_of() {
    for change in [json!({}), json!({"held_since": null, "request": null, "tags": [], "attachments": []})] {
        let mut value = address();
        value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let record: Address = read(value);
        assert_eq!(join::<Address>(&record.row(Generation(1))).unwrap(), record);
    }
}

/// In the form from before there were columns.
#[test]
fn a_row_whose_columns_are_null_is_read_from_its_body() {
    let record: Address = read(address());
    let row = Row {
        values: Kind::Address.nulls(),
        body: address().to_string().into(),
        ..record.row(Generation(1))
    };
    assert_eq!(join::<Address>(&row).unwrap(), record);
}

#[test]
fn damaged_columns_are_errors() {
    let good = read::<Address>(address()).row(Generation(1));
    let bad = [
        (0, ColumnValue::Int(1)),
        (0, ColumnValue::Text("10.0.0.0/99".into())),
        (6, ColumnValue::Text("[".into())),
        (8, ColumnValue::Text("2026-11-28T10:00:00Z".into())),
        (8, ColumnValue::Int(i64::MAX)),
        (8, ColumnValue::Int(i64::MIN)),
    ];
    for (place, value) in bad {
        let mut row = good.clone();
        row.values[place] = Some(value);
        join::<Address>(&row).unwrap_err();
    }
    let key = Key::new(Kind::Address, "no address");
    join::<Address>(&Row { key, ..good }).unwrap_err();
}
