//! The progress of a campaign: a bar on a terminal, nothing elsewhere. Reads real time only for the bar; runs do not
//! see it.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// A bar, or none.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    shown: Option<Shown>,
}

#[derive(Clone, Debug)]
struct Shown {
    bar: ProgressBar,
    seeds: u64,
    /// Expected simulated milliseconds of a run.
    run_ms: u64,
    done: u64,
    simulated: Duration,
}

impl Progress {
    /// For this many runs of this length; silent without a terminal.
    pub fn of(seeds: u64, run: Duration) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::default();
        }
        let run_ms = millis(run).max(1);
        let bar = ProgressBar::new(run_ms.saturating_mul(seeds));
        let style = ProgressStyle::with_template("{wide_bar} {msg} | {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { shown: Some(Shown { bar, seeds, run_ms, done: 0, simulated: Duration::ZERO }) }
    }

    pub fn is_shown(&self) -> bool {
        self.shown.is_some()
    }

    /// The simulated time of the current run.
    pub fn at(&self, simulated: Duration) {
        let Some(shown) = &self.shown else { return };
        let within = millis(simulated).min(shown.run_ms);
        shown.bar.set_position(shown.done * shown.run_ms + within);
        shown.bar.set_message(told(
            shown.done,
            shown.seeds,
            shown.simulated + simulated,
            shown.bar.elapsed(),
        ));
    }

    /// A run has ended after this simulated time.
    pub fn ended(&mut self, simulated: Duration) {
        let Some(shown) = &mut self.shown else { return };
        shown.done += 1;
        shown.simulated += simulated;
        self.at(Duration::ZERO);
    }

    /// Prints something while the bar is hidden.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.shown {
            Some(shown) => shown.bar.suspend(print),
            None => print(),
        }
    }

    /// Removes the bar; printed lines stay.
    pub fn close(&self) {
        if let Some(shown) = &self.shown {
            shown.bar.finish_and_clear();
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Seeds, seeds per second, simulated time and its speed relative to real time.
fn told(done: u64, seeds: u64, simulated: Duration, real: Duration) -> String {
    let real_s = real.as_secs_f64().max(1e-3);
    let minutes = simulated.as_secs() / 60;
    format!(
        "{done}/{seeds} seeds, {:.2} seeds/s | {} h {:02} min simulated, {:.0}x",
        Duration::from_millis(done).as_secs_f64() * 1000.0 / real_s,
        minutes / 60,
        minutes % 60,
        simulated.as_secs_f64() / real_s
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_beside_the_bar() {
        let text = told(5, 20, Duration::from_secs(36_060), Duration::from_secs(4));
        assert_eq!(text, "5/20 seeds, 1.25 seeds/s | 10 h 01 min simulated, 9015x");
        assert!(told(0, 1, Duration::ZERO, Duration::ZERO).starts_with("0/1 seeds, 0.00 seeds/s"));
    }

    #[test]
    fn without_a_terminal_nothing_is_drawn() {
        let mut silent = Progress::default();
        silent.at(Duration::from_secs(1));
        silent.ended(Duration::from_secs(1));
        let mut printed = false;
        silent.aside(|| printed = true);
        assert!(printed && !silent.is_shown());
    }
}
