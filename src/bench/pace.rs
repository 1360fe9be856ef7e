//! When a client sends its next request, and its measurements: see [`super`].

use super::clients::{Failures, approximately};
use super::target::Target;
use super::workload::{Done, Shared, step};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Maximum of unanswered operations of all clients in an open loop; beyond it clients wait. An actor accepts 512, and a
/// refused release would look like a leak.
const ASKED_MAX: usize = 384;

/// Pause after a refusal, to avoid a tight loop.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// When a client sends its next request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pace {
    /// After the answer.
    Closed,
    /// At fixed times: all clients together send at this rate.
    Open { per_second: f64 },
}

impl Pace {
    /// The time of a client's n-th operation after the start; clients take turns.
    pub(super) fn due(self, client: usize, clients: usize, number: usize) -> Option<Duration> {
        let Self::Open { per_second } = self else { return None };
        let before = approximately(number * clients + client);
        Duration::try_from_secs_f64(before / per_second.max(1e-9)).ok()
    }
}

/// A client's measurements.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) waits: Vec<Duration>,
    pub(super) given: Vec<String>,
    pub(super) failures: Failures,
}

/// Runs a client to the end of the run.
pub(super) async fn work(target: Target, shared: Arc<Shared>, number: usize) -> anyhow::Result<Seen> {
    let rng = ChaCha8Rng::seed_from_u64(u64::try_from(number)?);
    match shared.pace {
        Pace::Closed => Ok(closed(target, &shared, rng).await),
        Pace::Open { .. } => open(&target, &shared, rng, number).await,
    }
}

async fn closed(mut target: Target, shared: &Shared, mut rng: ChaCha8Rng) -> Seen {
    let mut seen = Seen::default();
    while Instant::now() < shared.end && take_one(&shared.left) {
        let sent = Instant::now();
        let done = step(&mut target, shared, rng.random()).await;
        let is_failed = done.is_err();
        seen.add(done, sent.elapsed());
        if is_failed {
            tokio::time::sleep(AFTER_FAILURE).await;
        }
    }
    seen
}

/// Sends at the scheduled times, even without the last answer; latencies count from the scheduled times.
async fn open(
    target: &Target,
    shared: &Arc<Shared>,
    mut rng: ChaCha8Rng,
    number: usize,
) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    let mut asked = JoinSet::new();
    let asked_max = (ASKED_MAX / shared.clients).max(1);
    for count in 0.. {
        let Some(due) = shared.pace.due(number, shared.clients, count).map(|after| shared.started + after)
        else {
            break;
        };
        if due >= shared.end || !take_one(&shared.left) {
            break;
        }
        tokio::time::sleep_until(due).await;
        while asked.len() >= asked_max
            && let Some(ended) = asked.join_next().await
        {
            let (done, waited) = ended?;
            seen.add(done, waited);
        }
        let (mut target, shared, drawn) = (target.clone(), Arc::clone(shared), rng.random());
        asked.spawn(async move { (step(&mut target, &shared, drawn).await, due.elapsed()) });
    }
    while let Some(ended) = asked.join_next().await {
        let (done, waited) = ended?;
        seen.add(done, waited);
    }
    Ok(seen)
}

fn take_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

impl Seen {
    fn add(&mut self, done: anyhow::Result<Done>, waited: Duration) {
        match done {
            Ok(Done { given, pause }) => {
                self.waits.push(waited.saturating_sub(pause));
                self.given.extend(given);
            }
            Err(why) => self.failures.count_one(&why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_loop_asks_in_turns() {
        let pace = Pace::Open { per_second: 100.0 };
        let due = |client, number| pace.due(client, 4, number).unwrap().as_millis();
        assert_eq!([due(0, 0), due(1, 0), due(3, 0), due(0, 1), due(3, 9)], [0, 10, 30, 40, 390]);
        assert_eq!(Pace::Closed.due(0, 4, 7), None);
        assert_eq!(Pace::Open { per_second: 0.0 }.due(1, 1, usize::MAX / 2), None);
    }

    #[test]
    fn a_limit_is_shared() {
        let left = AtomicUsize::new(2);
        assert_eq!([take_one(&left), take_one(&left), take_one(&left)], [true, true, false]);
    }
}
