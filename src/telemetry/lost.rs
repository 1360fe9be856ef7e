//! Log lines that were never read: the pipe was full, or its other end was closed.

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

/// Lines that found no room in the queue.
static UNQUEUED: OnceLock<ErrorCounter> = OnceLock::new();

/// Metric: lines lost since the process began.
#[derive(Debug)]
pub struct LostLines;

impl Collector for LostLines {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let unqueued = UNQUEUED.get().map_or(0, ErrorCounter::dropped_lines);
        let lost = UNWRITTEN.load(Ordering::Relaxed).saturating_add(unqueued);
        let lost = ConstCounter::new(u64::try_from(lost).unwrap_or(u64::MAX));
        let help = "Log lines lost because no reader took them";
        lost.encode(encoder.encode_descriptor("metalmesh_log_lines_lost", help, None, lost.metric_type())?)
    }
}

/// Counts lines that find no room in the queue.
pub(super) fn count(counter: ErrorCounter) {
    // Logging starts once; a second start is refused.
    UNQUEUED.set(counter).ok();
}

/// A writer that never fails: it gets whole lines and counts those that cannot be written.
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
        // Lost lines were counted when they were written.
        self.0.flush().ok();
        Ok(())
    }
}
