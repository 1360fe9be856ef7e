//! Resources of the process, under the metric names that all exporters use. Reads Linux's `/proc`; empty elsewhere.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rustix::process::{Resource, getrlimit};
use std::fmt;
use std::time::Duration;

/// Clock ticks of `/proc/self/stat`: 100 a second on every Linux that Rust runs on.
const TICKS_PER_S: u64 = 100;

/// Metric: processor time, memory and files.
#[derive(Debug)]
pub struct ProcessMetrics;

/// Fields of `/proc/PID/stat` (proc(5)).
#[derive(Debug, PartialEq)]
pub struct Stat {
    /// In user and in kernel mode.
    pub cpu: Duration,
    threads: u64,
    /// Seconds between the machine's boot and the process's start.
    started_s: f64,
    virtual_bytes: u64,
    resident_pages: u64,
}

impl Stat {
    /// For the process `pid`, or for this one, which is called `self`; `None`: there is no such process.
    pub fn of(pid: impl fmt::Display) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        // The name of a process may hold any character; the first field after it is the third of all.
        let (_, fields) = text.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
        let number = |place: usize| fields.get(place - 3)?.parse::<u64>().ok();
        Some(Self {
            cpu: Duration::from_millis(
                number(14)?.saturating_add(number(15)?).saturating_mul(1000 / TICKS_PER_S),
            ),
            threads: number(20)?,
            started_s: float(number(22)?) / float(TICKS_PER_S),
            virtual_bytes: number(23)?,
            resident_pages: number(24)?,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "metrics are floating point numbers, exact up to 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The machine's boot time, in seconds of Unix time.
fn booted_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    text.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

fn open_files() -> Option<u64> {
    u64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let stat = Stat::of("self");
        if let Some(stat) = &stat {
            let cpu = ConstCounter::new(stat.cpu.as_secs_f64());
            let help = "CPU time in seconds";
            cpu.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, cpu.metric_type())?)?;
        }
        let page = float(u64::try_from(rustix::param::page_size()).unwrap_or_default());
        let gauges = [
            (
                "process_resident_memory_bytes",
                "Memory in use",
                stat.as_ref().map(|it| float(it.resident_pages) * page),
            ),
            (
                "process_virtual_memory_bytes",
                "Addresses in use",
                stat.as_ref().map(|it| float(it.virtual_bytes)),
            ),
            ("process_threads", "Threads", stat.as_ref().map(|it| float(it.threads))),
            (
                "process_start_time_seconds",
                "Unix time of the start",
                stat.as_ref().zip(booted_s()).map(|(it, booted)| booted + it.started_s),
            ),
            ("process_open_fds", "Open files", open_files().map(float)),
            ("process_max_fds", "Maximum of open files", getrlimit(Resource::Nofile).current.map(float)),
        ];
        for (name, help, value) in gauges {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_the_name_is() {
        let stat =
            "7 (a) b) c) S 1 7 7 0 -1 4194560 100 0 1 0 250 31 0 0 20 0 4 0 500 8192 3 18446744073709551615";
        let wanted = Stat {
            cpu: Duration::from_millis(2810),
            threads: 4,
            started_s: 5.0,
            virtual_bytes: 8192,
            resident_pages: 3,
        };
        assert_eq!(Stat::parse(stat), Some(wanted));
        assert_eq!(Stat::parse("7 (a) S 1 7"), None);
        assert_eq!(Stat::parse("what"), None);
        assert!(Stat::of(std::process::id()).is_some_and(|stat| stat.threads > 0));
        assert_eq!(Stat::of(u32::MAX), None);
    }
}
