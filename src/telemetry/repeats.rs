//! Limits repeated log lines: a client that is refused in a loop, a database that is down. A few lines say everything;
//! a million fill a disk.
//!
//! Each place in the code may log a bounded number of lines in a window. Further lines are dropped, and a summary at
//! the end of the window counts them. Debug lines are enabled on purpose and are never dropped.

use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Lines of one place in a window.
const LINES_MAX: u32 = 100;

const WINDOW: Duration = Duration::from_secs(10);

/// Drops repeated lines. Its memory is bounded by the number of places in the code. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats(Arc<Mutex<Vec<Window>>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    said: u32,
    left_out: u64,
    place: &'static Metadata<'static>,
}

impl Window {
    /// True when there is room for one more.
    fn admit(&mut self) -> bool {
        let has_room = self.said < LINES_MAX;
        if has_room {
            self.said += 1;
        } else {
            self.left_out += 1;
        }
        has_room
    }
}

impl Repeats {
    /// Whether a line of `place` is logged now.
    fn admit(&self, place: &'static Metadata<'static>, now: Instant) -> bool {
        let mut windows = self.0.lock();
        match windows.iter_mut().find(|window| window.place.callsite() == place.callsite()) {
            Some(window) => window.admit(),
            None => {
                windows.push(Window { began: now, said: 1, left_out: 0, place });
                true
            }
        }
    }

    /// Ends windows that are over, and logs how many lines each dropped.
    fn summarise(&self, now: Instant) {
        let mut ended = Vec::new();
        let mut windows = self.0.lock();
        windows.retain(|window| {
            let is_over = now.duration_since(window.began) >= WINDOW;
            ended.extend((is_over && window.left_out > 0).then_some(*window));
            !is_over
        });
        // The summaries are log lines, too.
        drop(windows);
        for Window { left_out, place, .. } in ended {
            let (file, line) = (place.file().unwrap_or_default(), place.line().unwrap_or_default());
            tracing::warn!(left_out, "{left_out} more lines of {file}:{line} were dropped");
        }
    }

    /// Summarises periodically for the life of the process.
    #[expect(clippy::disallowed_methods, reason = "a detached thread, used by no simulated code")]
    pub(super) fn watch(&self) -> std::io::Result<()> {
        let repeats = self.clone();
        let watch = move || {
            loop {
                std::thread::sleep(WINDOW);
                repeats.summarise(Instant::now());
            }
        };
        std::thread::Builder::new().name("log-repeats".to_owned()).spawn(watch).map(|_| ())
    }
}

impl<S: Subscriber> Layer<S> for Repeats {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let place = event.metadata();
        *place.level() > Level::INFO || self.admit(place, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use tracing_subscriber::layer::SubscriberExt;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn with(&self, what: &str) -> usize {
            String::from_utf8(self.0.lock().clone()).unwrap().matches(what).count()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_repeated_is_said_a_few_times_and_summarised() {
        let lines = Lines::default();
        let to = lines.clone();
        let repeats = Repeats::default();
        let logs = tracing_subscriber::registry()
            .with(repeats.clone())
            .with(tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || to.clone()));
        let _logs = tracing::subscriber::set_default(logs);
        for number in 0..1000 {
            tracing::info!(number, "refused");
            tracing::debug!(number, "asked for");
            if number % 10 == 0 {
                tracing::warn!("another");
            }
        }
        let seen = |what| lines.with(what);
        assert_eq!((seen("refused"), seen("another"), seen("asked for")), (100, 100, 1000));
        repeats.summarise(Instant::now());
        assert_eq!(seen("more lines"), 0, "the window is not over");
        tokio::time::advance(WINDOW).await;
        repeats.summarise(Instant::now());
        repeats.summarise(Instant::now());
        assert_eq!((seen("900 more lines of"), seen("more lines")), (1, 1), "one summary, for one place");
        for _ in 0..3 {
            tracing::info!("refused again");
        }
        assert_eq!(seen("refused again"), 3);
    }
}
