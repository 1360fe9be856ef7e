//! Lines of the log that nobody could read: the pipe was full, or its other end was closed.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing_appender::non_blocking::ErrorCounter;

/// Lines that could not be written.
static UNWRITTEN: AtomicUsize = AtomicUsize::new(0);

/// Lines that found no room.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Lines that were lost since the process began, as a metric.
#[derive(Debug)]
pub struct LostLines;

impl Collector for LostLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
        let lost = UNWRITTEN.load(Ordering::Relaxed).saturating_add(unqueued);
        let lost = ConstCounter::new(u64::try_from(lost).unwrap_or(u64::MAX));
        let help = "Lines of the log that nobody could read";
        lost.encode(encoder.encode_descriptor("metalmesh_log_lines_lost", help, None, lost.metric_type())?)
    }
}

/// Counts those that find no room.
pub(super) fn count(counter: ErrorCounter) {
    // Logging starts once; whoever starts it again is refused.
    UNQUEUED.set(counter).ok();
}

/// A writer that never fails: each line comes whole, and what cannot be written is counted.
#[derive(Debug)]
pub(super) struct Counted<W>(pub(super) W);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.0.write_all(line).is_err() {
            UNWRITTEN.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // What is lost was counted when it was written.
        self.0.flush().ok();
        Ok(())
    }
}
