//! Plans of faults in files: written after a violation, and read to reproduce it. A report is such a file, too.

use crate::fault::{FAULTS_MAX, Fault};
use crate::scenario::Scenario;
use crate::version::commit;
use serde_json::{Value, json};

/// A parsed plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub faults: Vec<Fault>,
    /// Reasons why the run may differ from that of the plan.
    pub doubts: Vec<String>,
}

impl Stored {
    /// Parses a list of faults, or an object with one as `faults`, as [`write()`] and reports have it. Errors name the
    /// number of the fault, from 0, and the key.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, String> {
        let told: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let doubts = doubts(&told, scenario);
        let list = match told {
            Value::Array(list) => list,
            Value::Object(mut table) => match table.remove("faults") {
                Some(Value::Array(list)) => list,
                _ => return Err("faults: a list is missing".to_owned()),
            },
            _ => return Err("neither a list of faults nor an object with one".to_owned()),
        };
        if list.len() > FAULTS_MAX {
            return Err(format!("faults: {} are more than {FAULTS_MAX}", list.len()));
        }
        let fault = |(index, told): (usize, Value)| {
            let Value::Object(table) = told else { return Err(format!("fault {index}: no object")) };
            let fault = Fault::read(table).map_err(|wrong| format!("fault {index}: {wrong}"))?;
            fault.check_end(scenario).map_err(|wrong| format!("fault {index}: {wrong}"))?;
            Ok(fault)
        };
        let mut faults = list.into_iter().enumerate().map(fault).collect::<Result<Vec<_>, _>>()?;
        faults.sort_by_key(|fault| fault.at_ms);
        Ok(Self { faults, doubts })
    }
}

/// Differences between the inputs of the plan and the current ones.
fn doubts(told: &Value, scenario: &Scenario) -> Vec<String> {
    let own = [("scenario_hash", scenario.hash()), ("commit", commit().to_owned())];
    let mut doubts = Vec::new();
    for (key, own) in own {
        if let Some(then) = told.get(key).and_then(Value::as_str).filter(|then| *then != own) {
            doubts.push(format!("{key} is {own} and was {then}: the history may differ"));
        }
    }
    doubts
}

/// A plan with all inputs that determine its run.
pub(crate) fn write(scenario: &Scenario, seed: u64, faults: &[Fault]) -> Value {
    json!({
        "scenario": scenario.name,
        "scenario_hash": scenario.hash(),
        "commit": commit(),
        "seed": seed,
        "faults": faults,
    })
}
