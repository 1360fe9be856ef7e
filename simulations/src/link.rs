//! Simulated links, one direction each: latency, jitter, loss, duplicates, reordering, bandwidth, cuts. They carry no
//! data: they decide how long a message takes, and whether it arrives.

use crate::scenario::LinkSpec;
use crate::seed::Seed;
use crate::trace::Trace;
use parking_lot::{Mutex, MutexGuard};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// One direction of a link.
#[derive(Debug)]
pub struct Link {
    name: String,
    spec: LinkSpec,
    trace: Arc<Trace>,
    state: Mutex<LinkState>,
}

#[derive(Debug)]
struct LinkState {
    rng: ChaCha8Rng,
    /// Number of faults that cut it now.
    cuts: u32,
    slower: Duration,
    extra_loss: f64,
    /// When all earlier messages have left.
    busy_until: Instant,
    /// When all earlier messages have arrived.
    arrived: Instant,
}

/// The fate of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Time in transit; `None`: lost.
    pub first: Option<Duration>,
    /// Time of a duplicate in transit.
    pub second: Option<Duration>,
}

impl Link {
    fn state(&self) -> MutexGuard<'_, LinkState> {
        self.state.lock()
    }

    /// Decides about a message of this size that is sent now.
    pub fn send(&self, bytes: u64) -> Passage {
        let mut state = self.state();
        let passage = state.passage(&self.spec, bytes);
        let cut = state.cuts > 0;
        drop(state);
        match passage.first {
            Some(under_way) => {
                self.trace.record(format_args!("{} carries {bytes} in {}", self.name, under_way.as_micros()));
            }
            None => self.trace.record(format_args!("{} loses {bytes} cut={cut}", self.name)),
        }
        passage
    }

    /// Waits until a message has arrived; for ever if it is lost.
    pub async fn carry(&self, bytes: u64) {
        match self.send(bytes).first {
            Some(under_way) => tokio::time::sleep(under_way).await,
            None => std::future::pending().await,
        }
    }

    /// Counts the delivery of a message whose sender has given up.
    pub(crate) fn delivers(&self, what: &str) {
        self.trace.record(format_args!("{} brings what is {what}", self.name));
        self.trace.saw(what);
    }

    /// A fault begins or ends to cut the link.
    pub fn cut(&self, begins: bool) {
        let mut state = self.state();
        state.cuts = if begins { state.cuts.saturating_add(1) } else { state.cuts.saturating_sub(1) };
    }

    /// From now on slower than normal by this time.
    pub fn slow_down(&self, by: Duration) {
        self.state().slower = by;
    }

    /// From now on this additional share is lost, from 0 to 1.
    pub fn lose(&self, share: f64) {
        self.state().extra_loss = share;
    }

    pub fn is_cut(&self) -> bool {
        self.state().cuts > 0
    }
}

impl LinkState {
    fn passage(&mut self, spec: &LinkSpec, bytes: u64) -> Passage {
        let now = Instant::now();
        let lost = self.rng.random_bool((spec.loss + self.extra_loss).clamp(0.0, 1.0));
        let overtaken = self.rng.random_bool(spec.reorder);
        let twice = self.rng.random_bool(spec.duplicate);
        let jitter = Duration::from_millis(self.rng.random_range(0..=spec.jitter_ms));
        let late = Duration::from_millis(self.rng.random_range(0..=spec.late_ms_max));
        if lost || self.cuts > 0 {
            return Passage { first: None, second: None };
        }
        let leaves = self.busy_until.max(now);
        let sending = bytes.saturating_mul(1_000_000).checked_div(spec.bytes_per_s).unwrap_or(0);
        self.busy_until = leaves + Duration::from_micros(sending);
        let mut arrives = self.busy_until + Duration::from_millis(spec.latency_ms) + self.slower + jitter;
        if overtaken {
            arrives += late;
        } else {
            arrives = arrives.max(self.arrived);
            self.arrived = arrives;
        }
        let under_way = arrives - now;
        Passage { first: Some(under_way), second: twice.then_some(under_way + late) }
    }
}

/// All links of a run, by their ends.
#[derive(Debug)]
pub struct Links {
    seed: Seed,
    trace: Arc<Trace>,
    lines: Mutex<BTreeMap<(String, String), Arc<Link>>>,
}

impl Links {
    pub fn new(seed: Seed, trace: Arc<Trace>) -> Self {
        Self { seed, trace, lines: Mutex::default() }
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<(String, String), Arc<Link>>> {
        self.lines.lock()
    }

    /// The link between two ends, created if missing.
    pub fn lay(&self, from: &str, to: &str, spec: LinkSpec) -> Arc<Link> {
        let now = Instant::now();
        let name = format!("{from}->{to}");
        let link = || {
            let state = LinkState {
                rng: self.seed.stream(&format!("link {name}")),
                cuts: 0,
                slower: Duration::ZERO,
                extra_loss: 0.0,
                busy_until: now,
                arrived: now,
            };
            Arc::new(Link {
                name: name.clone(),
                spec,
                trace: Arc::clone(&self.trace),
                state: Mutex::new(state),
            })
        };
        Arc::clone(self.lines().entry((from.to_owned(), to.to_owned())).or_insert_with(link))
    }

    /// An existing link.
    pub fn link(&self, from: &str, to: &str) -> Option<Arc<Link>> {
        self.lines().get(&(from.to_owned(), to.to_owned())).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::on_paused_time;

    fn passages(spec: LinkSpec, count: usize, change: impl Fn(&Link)) -> Vec<Passage> {
        on_paused_time(|| async {
            let links = Links::new(Seed(1), Arc::new(Trace::new(None)));
            let link = links.lay("a", "b", spec);
            change(&link);
            (0..count).map(|_| link.send(1000)).collect()
        })
    }

    #[test]
    fn messages_arrive_in_order_unless_they_are_overtaken() {
        let spec = LinkSpec { latency_ms: 10, jitter_ms: 20, ..LinkSpec::default() };
        let times: Vec<_> =
            passages(spec, 100, |_| {}).iter().map(|passage| passage.first.unwrap()).collect();
        assert!(times.is_sorted() && times[0] >= Duration::from_millis(10));
        let swapped = passages(LinkSpec { reorder: 0.5, ..spec }, 100, |_| {});
        assert!(!swapped.iter().map(|passage| passage.first).is_sorted());
    }

    #[test]
    fn a_line_loses_doubles_and_queues_as_told() {
        let spec = LinkSpec { loss: 0.3, duplicate: 0.3, ..LinkSpec::default() };
        let lossy = passages(spec, 1000, |_| {});
        let lost = lossy.iter().filter(|passage| passage.first.is_none()).count();
        let twice = lossy.iter().filter(|passage| passage.second.is_some()).count();
        assert!((200..400).contains(&lost) && (100..350).contains(&twice), "{lost} {twice}");
        assert!(passages(LinkSpec::default(), 10, |link| link.cut(true)).iter().all(|it| it.first.is_none()));
        let narrow = LinkSpec { bytes_per_s: 1000, jitter_ms: 0, ..LinkSpec::default() };
        assert_eq!(passages(narrow, 5, |_| {})[4].first, Some(Duration::from_millis(5001)));
    }
}
