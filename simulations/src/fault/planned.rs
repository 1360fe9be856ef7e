//! Faults of every run of a scenario, and the parser of faults.

use super::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A fault that every run has, once or periodically.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct Planned {
    pub fault: Fault,
    /// Time between two starts.
    pub every_ms: u64,
    pub times: u64,
}

/// A wrong key of a table, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct Wrong {
    pub key: String,
    pub reason: String,
}

impl Wrong {
    pub(crate) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl Fault {
    /// Parses a fault from a table. Refuses unknown keys, which serde cannot do with flattened fields, and names the
    /// key with a value of the wrong type, which serde does not either.
    pub(crate) fn read(table: Map<String, Value>) -> Result<Self, Wrong> {
        let fault: Self = serde_json::from_value(table.clone().into()).map_err(|error| {
            let reason = error.to_string();
            let key = to_blame(&table, &reason).to_owned();
            Wrong::new(key, reason)
        })?;
        let known = serde_json::to_value(&fault).unwrap_or_default();
        match table.keys().find(|key| known.get(key.as_str()).is_none()) {
            Some(key) => Err(Wrong::new(key, format!("unknown field of a {}", fault.what.kind()))),
            None => Ok(fault),
        }
    }
}

/// The key that causes this error of serde.
fn to_blame<'a>(table: &'a Map<String, Value>, reason: &'a str) -> &'a str {
    if let Some((missing, _)) = reason.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        return missing;
    }
    let times = ["at_ms", "for_ms"];
    if let Some(time) = times.into_iter().find(|time| table.get(*time).is_some_and(|it| !it.is_u64())) {
        return time;
    }
    // Without the faulty key, the only remaining error is that it is missing.
    let is_wrong = |key: &&String| {
        let mut rest = table.clone();
        rest.remove(*key);
        let without = serde_json::from_value::<Fault>(rest.into()).err();
        without.is_some_and(|error| error.to_string().starts_with(&format!("missing field `{key}`")))
    };
    let others = table.keys().filter(|key| !times.contains(&key.as_str()) && *key != "kind");
    others.into_iter().find(is_wrong).map_or("kind", String::as_str)
}

impl Planned {
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault> {
        (0..self.times).map(|count| {
            let at_ms = self.fault.at_ms.saturating_add(self.every_ms.saturating_mul(count));
            Fault { at_ms, ..self.fault.clone() }
        })
    }

    /// Parses one from a table.
    pub(crate) fn read(mut table: Map<String, Value>) -> Result<Self, Wrong> {
        let mut number = |key: &str, default: u64| match table.remove(key) {
            None => Ok(default),
            Some(value) => {
                value.as_u64().ok_or_else(|| Wrong::new(key, format!("{value} is not a number from 0 on")))
            }
        };
        let (every_ms, times) = (number("every_ms", 0)?, number("times", 1)?);
        Ok(Self { fault: Fault::read(table)?, every_ms, times })
    }
}

impl TryFrom<Map<String, Value>> for Planned {
    type Error = Wrong;

    fn try_from(table: Map<String, Value>) -> Result<Self, Wrong> {
        Self::read(table)
    }
}

impl From<Planned> for Map<String, Value> {
    fn from(planned: Planned) -> Self {
        let table = serde_json::to_value(&planned.fault).expect("a fault has text keys");
        let mut table = table.as_object().cloned().unwrap_or_default();
        table.insert("every_ms".to_owned(), planned.every_ms.into());
        table.insert("times".to_owned(), planned.times.into());
        table
    }
}
