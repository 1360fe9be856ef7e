//! Logs: human or JSON, on standard error, so that standard output stays for answers.

use crate::config::{LogConfig, LogFormat};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use tracing_subscriber::EnvFilter;

/// Starts logging, of panics, too. `RUST_LOG` wins over the configured filter.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(text) => EnvFilter::try_new(text)?,
        Err(_) => EnvFilter::try_new(&config.filter)?,
    };
    let colours = std::io::stderr().is_terminal();
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = match config.format {
        LogFormat::Human => logs.compact().try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging was started twice: {error}"))?;
    // Where the filter lets no errors through, and where a log line itself is what panics.
    let unlogged = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if tracing::enabled!(tracing::Level::ERROR) { tell(panic) } else { unlogged(panic) }
    }));
    Ok(())
}

/// A panic is a line of the log like any other, for whoever reads only those.
fn tell(panic: &PanicHookInfo<'_>) {
    let why = panic.payload_as_str().unwrap_or("it does not say why");
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
        let logs =
            tracing_subscriber::fmt().json().with_writer(Mutex::new(file.try_clone().unwrap())).finish();
        // Other tests go on to be told of their panics.
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
