//! The background tasks of the node: last run, result and next run of each. Below `mesh/v1/`; metal-api has no such
//! route.

use crate::api::call::{Answered, ApiResponse, Call};
use actors::background::{LastRun, RunResult, TaskState};
use actors::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct TaskResponse {
    name: &'static str,
    /// Seconds from the end of a run to the next one.
    every_s: f64,
    /// Finished runs since the node started.
    runs: u64,
    /// Runs among them that failed or panicked.
    failures: u64,
    /// Start of the current run; absent when none runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    running_since: Option<Timestamp>,
    /// Absent until a run has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_run: Option<RunResponse>,
    /// Absent during a run, and when the node stops.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_run: Option<Timestamp>,
}

#[derive(Serialize)]
struct RunResponse {
    started: Timestamp,
    duration_s: f64,
    /// `ok`, `failed` or `panicked`.
    result: &'static str,
    /// The counters of the run.
    counts: BTreeMap<&'static str, u64>,
    /// The first error of a run that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl From<TaskState> for TaskResponse {
    fn from(state: TaskState) -> Self {
        let failures = state.runs.iter().filter(|(result, _)| **result != RunResult::Ok);
        Self {
            name: state.name,
            every_s: state.every.as_secs_f64(),
            runs: state.runs.values().sum(),
            failures: failures.map(|(_, runs)| runs).sum(),
            running_since: state.running_since,
            last_run: state.last_run.map(RunResponse::from),
            next_run: state.next_run,
        }
    }
}

impl From<LastRun> for RunResponse {
    fn from(run: LastRun) -> Self {
        let LastRun { started, duration, result, counts, error } = run;
        Self { started, duration_s: duration.as_secs_f64(), result: result.as_str(), counts, error }
    }
}

/// `GET mesh/v1/tasks`: the background tasks of the node that answers, ascending by name.
pub(super) fn list(call: &Call) -> Answered {
    let tasks = call.api.gateway.tasks();
    ApiResponse::ok(&tasks.into_iter().map(TaskResponse::from).collect::<Vec<_>>())
}
