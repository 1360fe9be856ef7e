//! Where the fields of records stand as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::message::{ColumnValue, Kind, Row};
use super::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    field: &'static str,
    column_type: ColumnType,
}
#[derive(Clone, Copy)]
enum ColumnType {
    Text,
    Json,
    Time,
    Flag,
}

#[derive(Clone, Copy)]
struct Layout {
    id: Option<&'static str>,
    owner: Option<&'static str>,
    parent: Option<&'static str>,
    columns: &'static [Column],
}

const fn text(name: &'static str, field: &'static str) -> Column {
    Column { name, field, column_type: ColumnType::Text }
}

const fn json(name: &'static str, field: &'static str) -> Column {
    Column { name, field, column_type: ColumnType::Json }
}

const fn time(name: &'static str, field: &'static str) -> Column {
    Column { name, field, column_type: ColumnType::Time }
}

const DOCUMENT: Layout = Layout { id: None, owner: None, parent: None, columns: &[] };

const ADDRESS: Layout = Layout {
    id: Some("address"),
    owner: Some("project"),
    parent: Some("network"),
    columns: &[
        text("prefix", "parent_prefix"),
        text("allocation", "allocation_uuid"),
        text("request", "request"),
        text("lifetime", "type"),
        text("name", "name"),
        text("description", "description"),
        json("labels", "tags"),
        json("attachments", "attachments"),
        time("created_us", "created"),
        time("changed_us", "changed"),
        time("held_since_us", "held_since"),
    ],
};

const QUARANTINED_ADDRESS: Layout = Layout {
    id: Some("address"),
    owner: None,
    parent: Some("network"),
    columns: &[
        text("prefix", "parent_prefix"),
        text("project", "project"),
        text("allocation", "allocation_uuid"),
        time("since_us", "since"),
        time("until_us", "until"),
    ],
};

const HISTORY: Layout = Layout {
    id: None,
    owner: None,
    parent: None,
    columns: &[
        text("address", "address"),
        text("network", "network"),
        text("project", "project"),
        text("allocation", "allocation_uuid"),
        text("name", "name"),
        json("machines", "machines"),
        time("since_us", "since"),
        time("until_us", "until"),
    ],
};

const PREFIX: Layout = Layout {
    id: None,
    owner: Some("namespace"),
    parent: None,
    columns: &[
        text("prefix", "cidr"),
        text("parent_prefix", "parent"),
        Column { name: "is_parent", field: "is_parent", column_type: ColumnType::Flag },
        time("created_us", "created"),
    ],
};

const PREFIX_ADDRESS: Layout = Layout {
    id: None,
    owner: Some("namespace"),
    parent: None,
    columns: &[text("prefix", "prefix"), text("address", "address"), time("created_us", "created")],
};

impl Kind {
    const fn layout(self) -> Layout {
        match self {
            Self::Address => ADDRESS,
            Self::QuarantinedAddress => QUARANTINED_ADDRESS,
            Self::History => HISTORY,
            Self::Prefix => PREFIX,
            Self::PrefixAddress => PREFIX_ADDRESS,
            _ => DOCUMENT,
        }
    }
    const fn columns(self) -> &'static [Column] {
        self.layout().columns
    }
    fn nulls(self) -> Vec<Option<ColumnValue>> {
        vec![None; self.columns().len()]
    }
}
pub(crate) fn split(kind: Kind, record: &impl Serialize) -> (Vec<Option<ColumnValue>>, String) {
    const WHY: &str = "records are maps with text keys";
    let Layout { id, owner, parent, columns } = kind.layout();
    if columns.is_empty() {
        return (Vec::new(), serde_json::to_string(record).expect(WHY));
    }
    let mut fields = match serde_json::to_value(record).expect(WHY) {
        Value::Object(fields) => fields,
        other => return (kind.nulls(), other.to_string()),
    };
    for field in [id, owner, parent].into_iter().flatten() {
        fields.remove(field);
    }
    let values = columns.iter().map(|column| take(*column, &mut fields)).collect();
    (values, Value::Object(fields).to_string())
}
fn take(column: Column, fields: &mut Map<String, Value>) -> Option<ColumnValue> {
    let value = match (column.column_type, fields.get(column.field)?) {
        (_, Value::Null) => {
            fields.remove(column.field);
            return None;
        }
        (ColumnType::Text, Value::String(text)) => ColumnValue::Text(text.clone()),
        (ColumnType::Json, value) => ColumnValue::Text(value.to_string()),
        (ColumnType::Time, Value::String(text)) => ColumnValue::Int(Timestamp::parse(text)?.micros()),
        (ColumnType::Flag, Value::Bool(flag)) => ColumnValue::Int((*flag).into()),
        _ => return None,
    };
    fields.remove(column.field);
    Some(value)
}
fn shown(us: i64) -> Result<String, serde_json::Error> {
    let damaged = || serde::de::Error::custom(format!("{us} us is not a time of ours"));
    Timestamp::of(us).map(|at| at.to_string()).ok_or_else(damaged)
}
pub(crate) fn join<T: DeserializeOwned>(row: &Row) -> Result<T, serde_json::Error> {
    let Layout { id, owner, parent, columns } = row.key.kind.layout();
    if columns.is_empty() {
        return serde_json::from_str(&row.body);
    }
    let mut fields: Map<String, Value> = serde_json::from_str(&row.body)?;
    for (field, text) in [(id, &row.key.id), (owner, &row.owner), (parent, &row.parent)] {
        if let Some(field) = field {
            fields.insert(field.to_owned(), Value::String(text.clone()));
        }
    }
    for (column, value) in columns.iter().zip(&row.values) {
        let value = match (column.column_type, value) {
            (_, None) => continue,
            (ColumnType::Text, Some(ColumnValue::Text(text))) => Value::String(text.clone()),
            (ColumnType::Json, Some(ColumnValue::Text(text))) => serde_json::from_str(text)?,
            (ColumnType::Time, Some(ColumnValue::Int(us))) => Value::String(shown(*us)?),
            (ColumnType::Flag, Some(ColumnValue::Int(flag))) => Value::Bool(*flag != 0),
            (_, Some(_)) => {
                let why = format!("column {} holds something else", column.name);
                return Err(serde::de::Error::custom(why));
            }
        };
        fields.insert(column.field.to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields))
}
