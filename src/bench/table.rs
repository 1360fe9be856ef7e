//! The printed lines.

use super::clients::{Failures, Figures, approximately};
use super::workload::Workload;

/// The results of a workload for one service, over all rounds.
#[derive(Debug)]
pub(super) struct Line {
    id: &'static str,
    title: String,
    side: &'static str,
    rounds: Vec<Figures>,
    open: Option<Figures>,
    /// Why it was given up.
    given_up: Option<String>,
}

/// The head of the table.
pub(super) fn head() -> String {
    format!(
        "{:<4} {:<44} {:<9} {:>9} {:>19} {:>9} {:>9} {:>9} {:>5} {:>9} {:>9} {:>9} {:>6} {:>6} {:>6} {:>8}",
        "id",
        "workload",
        "side",
        "ops/s",
        "min..max",
        "p50 ms",
        "p99 ms",
        "p99 @80%",
        "Jain",
        "commit/op",
        "WAL B/op",
        "CPU us/op",
        "failed",
        "@80%",
        "broken",
        "times"
    )
}

impl Line {
    pub(super) fn new(workload: &Workload, side: &'static str) -> Self {
        Self {
            id: workload.id,
            title: workload.title.clone(),
            side,
            rounds: Vec::new(),
            open: None,
            given_up: None,
        }
    }

    pub(super) fn give_up(&mut self, why: String) {
        self.given_up = Some(why);
    }

    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    pub(super) fn add_open(&mut self, figures: Figures) {
        self.open = Some(figures);
    }

    pub(super) fn add(&mut self, figures: Figures) {
        self.rounds.push(figures);
    }

    fn median(&self, of: impl Fn(&Figures) -> f64) -> f64 {
        let mut values: Vec<f64> = self.rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    }

    /// Operations per second.
    pub(super) fn rate(&self) -> f64 {
        self.median(Figures::per_second)
    }

    /// The line, and one for each kind of failure; with `measured`, how many times faster that service is.
    pub(super) fn text(&self, measured: Option<&Self>) -> String {
        if let Some(why) = &self.given_up {
            return format!("{:<4} {:<44} {:<9} cannot be played: {why}", self.id, self.title, self.side);
        }
        let rates = || self.rounds.iter().map(Figures::per_second);
        let (least, most) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
        let millis = |percent| self.median(|figures| figures.percentile(percent).as_secs_f64() * 1000.0);
        let each = |of: fn((u64, u64)) -> u64| {
            let known = self.rounds.iter().all(|figures| figures.journal.is_some());
            let value = self.median(|figures| {
                let sum = usize::try_from(figures.journal.map(of).unwrap_or_default()).unwrap_or(usize::MAX);
                approximately(sum) / approximately(figures.operations().max(1))
            });
            known.then_some(value)
        };
        let shown = |value: Option<f64>, digits| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let all = || self.rounds.iter().chain(&self.open);
        let failures = |figures: &mut dyn Iterator<Item = &Figures>| {
            let mut sum = Failures::default();
            figures.for_each(|figures| sum.add(figures.failures.clone()));
            sum
        };
        let (failed, failed_open) =
            (failures(&mut self.rounds.iter()).count(), failures(&mut self.open.iter()).count());
        let broken: u64 = all().map(|figures| figures.broken).sum();
        let open = self.open.as_ref().map(|figures| figures.percentile(99).as_secs_f64() * 1000.0);
        let busy = self.rounds.iter().all(|figures| figures.cpu.is_some()).then(|| {
            self.median(|figures| {
                let micros = figures.cpu.unwrap_or_default().as_secs_f64() * 1e6;
                micros / approximately(figures.operations().max(1))
            })
        });
        let times = measured.map(|measured| measured.rate() / self.rate().max(1e-9));
        format!(
            "{:<4} {:<44} {:<9} {:>9.1} {:>19} {:>9.2} {:>9.2} {:>9} {:>5.2} {:>9} {:>9} {:>9} {failed:>6} {failed_open:>6} {broken:>6} {:>8}{}",
            self.id,
            self.title,
            self.side,
            self.rate(),
            format!("{least:.1}..{most:.1}"),
            millis(50),
            millis(99),
            shown(open, 2),
            self.median(Figures::fairness),
            shown(each(|(commits, _)| commits), 2),
            shown(each(|(_, bytes)| bytes), 0),
            shown(busy, 0),
            shown(times, 1),
            failures(&mut all()),
        )
    }
}
