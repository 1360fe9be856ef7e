//! The background tasks as metrics, read when metrics are requested.

use actors::background::TaskState;
use actors::gateway::Gateway;
use actors::time::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfTask {
    task: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    task: &'static str,
    /// `ok`, `failed` or `panicked`.
    result: &'static str,
}

/// Number of runs, time and duration of the last run, and time of the next run of each task.
#[derive(Debug)]
pub(super) struct TaskMetrics {
    pub(super) gateway: Gateway,
}

/// A value of a task; `None` if the task does not have it.
type Value = fn(&TaskState) -> Option<f64>;

const GAUGES: [(&str, &str, Value); 4] = [
    (
        "metalmesh_task_last_run_timestamp_seconds",
        "Unix time of the start of the last finished run",
        |task| task.last_run.as_ref().map(|run| unix_s(run.started)),
    ),
    ("metalmesh_task_last_run_duration_seconds", "Duration of the last run in seconds", |task| {
        task.last_run.as_ref().map(|run| run.duration.as_secs_f64())
    }),
    (
        "metalmesh_task_next_run_timestamp_seconds",
        "Unix time of the next run; missing while a run is under way",
        |task| task.next_run.map(unix_s),
    ),
    ("metalmesh_task_running", "1 while a run is under way", |task| {
        Some(if task.running_since.is_some() { 1.0 } else { 0.0 })
    }),
];

/// Metrics are floating point numbers.
#[expect(clippy::cast_precision_loss, reason = "exact to the millisecond for 200 years")]
fn unix_s(at: Timestamp) -> f64 {
    at.millis() as f64 / 1000.0
}

impl Collector for TaskMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let tasks = self.gateway.tasks();
        let help = "Finished runs of background tasks, by result";
        let mut runs = encoder.encode_descriptor("metalmesh_task_runs", help, None, MetricType::Counter)?;
        for task in &tasks {
            for (result, count) in &task.runs {
                let labels = Ended { task: task.name, result: result.as_str() };
                ConstCounter::new(*count).encode(runs.encode_family(&labels)?)?;
            }
        }
        for (name, help, value) in GAUGES {
            let mut gauge = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for task in &tasks {
                let Some(value) = value(task) else { continue };
                ConstGauge::new(value).encode(gauge.encode_family(&OfTask { task: task.name })?)?;
            }
        }
        Ok(())
    }
}
