//! Logs: human or JSON, on standard error, so that standard output stays for answers.
//!
//! Logging never blocks the node. A thread of its own writes the lines. Lines that find no room, or no reader, are
//! [`lost`] and counted. Repeated lines of one place are logged a few times and then summarised ([`repeats`]).

mod escaped;
mod lost;
mod process;
mod repeats;

pub use lost::LostLines;
pub use process::{ProcessMetrics, Stat};

use crate::config::{LogConfig, LogFormat};
use escaped::Escaped;
use repeats::Repeats;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

/// Lines in the queue. Lines beyond it are lost: the memory is needed elsewhere.
const LINES_MAX: usize = 4096;

/// Lines are written while this lives. Its end writes the queued lines, within a second.
#[must_use]
#[derive(Debug)]
pub struct Logging {
    writer: Option<WorkerGuard>,
    filter: reload::Handle<EnvFilter, Registry>,
}

impl Logging {
    /// Replaces the filter.
    pub fn refilter(&self, filter: EnvFilter) -> anyhow::Result<()> {
        Ok(self.filter.reload(filter)?)
    }
}

/// The filter. `RUST_LOG` takes precedence over the configuration.
pub fn filter(config: &LogConfig) -> anyhow::Result<EnvFilter> {
    let text = std::env::var("RUST_LOG").unwrap_or_else(|_| config.filter.clone());
    Ok(EnvFilter::try_new(text)?)
}

impl Drop for Logging {
    fn drop(&mut self) {
        let writer = self.writer.take();
        // Without a reader, the writer prints an error when it is dropped, and panics if that fails too.
        std::panic::catch_unwind(AssertUnwindSafe(|| drop(writer))).ok();
    }
}

/// Starts logging, also of panics.
pub fn start(config: &LogConfig) -> anyhow::Result<Logging> {
    let (filter, handle) = reload::Layer::new(filter(config)?);
    let colours = std::io::stderr().is_terminal();
    let builder = NonBlockingBuilder::default().buffered_lines_limit(LINES_MAX).thread_name("log");
    let (writer, guard) = builder.finish(lost::Counted(std::io::stderr()));
    lost::count(writer.error_counter());
    let lines = match config.format {
        LogFormat::Human => {
            let writer = Escaped::new(writer, colours);
            fmt::layer().with_writer(writer).with_ansi(colours).compact().boxed()
        }
        LogFormat::Json => fmt::layer().with_writer(writer).with_ansi(colours).json().boxed(),
    };
    let repeats = Repeats::default();
    let logs = tracing_subscriber::registry().with(filter).with(repeats.clone()).with(lines);
    logs.try_init().map_err(|error| anyhow::anyhow!("logging was started twice: {error}"))?;
    repeats.watch()?;
    // For filters that drop errors, and for panics inside the log itself.
    let unlogged = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if tracing::enabled!(tracing::Level::ERROR) { tell(panic) } else { unlogged(panic) }
    }));
    Ok(Logging { writer: Some(guard), filter: handle })
}

/// Logs a panic as a normal line, for readers of the log alone.
fn tell(panic: &PanicHookInfo<'_>) {
    let why = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => tracing::error!(place, %backtrace, "panicked: {why}"),
        _ => tracing::error!(place, "panicked: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io::{Read, Seek};
    use std::sync::Mutex;
    use std::thread;

    #[test]
    fn a_panic_is_a_line_of_the_log() {
        let mut file = tempfile::tempfile().unwrap();
        let logs = fmt().json().with_writer(Mutex::new(file.try_clone().unwrap())).finish();
        // Panics of other tests still reach their hook.
        let (own, others) = (thread::current().id(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == own { tell(panic) } else { others(panic) }
        }));
        tracing::subscriber::with_default(logs, || {
            std::panic::catch_unwind(|| panic!("no room for {}", 7)).unwrap_err();
        });
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&line["level"], &line["fields"]["message"]),
            (&"ERROR".into(), &"panicked: no room for 7".into())
        );
        assert!(line["fields"]["place"].as_str().unwrap().starts_with("src/telemetry.rs:"), "{line}");
    }
}
