use super::*;
use crate::background::fixture::{Fixture, MINUTE};
use crate::background::task::TaskOutcome;
use crate::background::{RunResult, TaskState};
use crate::fixture::log_capture::LogCapture;
use crate::fixture::on_paused_time;
use tokio::task::JoinHandle;

const EVERY: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

/// Follows its plan, one entry for each run; the last entry repeats.
struct Planned {
    name: &'static str,
    first: Duration,
    plan: &'static [Run],
    runs: usize,
}

#[derive(Clone, Copy)]
enum Run {
    Succeeds,
    /// After this many seconds.
    HasMoreAfter(u64),
    Fails,
    Panics,
    /// This many seconds.
    Takes(u64),
}

impl BackgroundTask for Planned {
    fn name(&self) -> &'static str {
        self.name
    }

    fn every(&self) -> Duration {
        EVERY
    }

    fn first(&self) -> Duration {
        self.first
    }

    async fn run(&mut self, _site: &LocalPartition) -> TaskOutcome {
        let run = self.plan[self.runs.min(self.plan.len() - 1)];
        self.runs += 1;
        let mut outcome = TaskOutcome::default();
        outcome.add("run", self.runs);
        match run {
            Run::Succeeds => {}
            Run::HasMoreAfter(seconds) => {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                outcome.more = true;
            }
            Run::Fails => ["no luck", "none at all"].iter().for_each(|error| outcome.fail(error)),
            Run::Panics => panic!("run {} was planned", self.runs),
            Run::Takes(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
        outcome
    }
}

/// A partition with additional tasks.
struct Driven {
    fixture: Fixture,
    registry: Registry,
}

impl Driven {
    async fn start() -> Self {
        Self { fixture: Fixture::start().await, registry: Registry::default() }
    }

    fn run(&self, name: &'static str, first: Duration, plan: &'static [Run]) -> JoinHandle<()> {
        self.registry.add(name, EVERY, Instant::now() + first);
        let task = Planned { name, first, plan, runs: 0 };
        tokio::task::spawn_local(drive(task, self.fixture.local.clone(), self.registry.clone()))
    }

    fn states(&self) -> Vec<TaskState> {
        self.registry.states(self.fixture.local.now())
    }

    fn state(&self, name: &str) -> TaskState {
        self.states().into_iter().find(|state| state.name == name).unwrap()
    }
}

/// How often a task ended how.
fn runs(state: &TaskState) -> [u64; 3] {
    [RunResult::Ok, RunResult::Failed, RunResult::Panicked].map(|result| state.runs[&result])
}

/// After 35 seconds each has run four times, whatever the results of its own and of other runs.
#[test]
fn errors_and_panics_end_neither_a_task_nor_another_one() {
    on_paused_time(|| async {
        let driven = Driven::start().await;
        let log = LogCapture::default();
        let _listens = tracing::subscriber::set_default(log.clone());
        driven.run("fails", Duration::ZERO, &[Run::Succeeds, Run::Fails]);
        driven.run("panics", Duration::ZERO, &[Run::Panics, Run::Succeeds, Run::Panics]);
        driven.run("succeeds", Duration::ZERO, &[Run::Succeeds]);
        tokio::time::sleep(35 * SECOND).await;
        let states = driven.states();
        assert_eq!(
            states.iter().map(|state| state.name).collect::<Vec<_>>(),
            ["fails", "panics", "succeeds"]
        );
        let [fails, panics, succeeds] = states.try_into().unwrap();
        assert_eq!([runs(&fails), runs(&panics), runs(&succeeds)], [[1, 3, 0], [1, 0, 3], [4, 0, 0]]);

        let last = fails.last_run.unwrap();
        assert_eq!((last.result, last.error.as_deref()), (RunResult::Failed, Some("no luck")));
        assert_eq!(last.counts, [("run", 4), ("failed", 2)].into());
        let last = panics.last_run.unwrap();
        assert_eq!((last.result, last.error.as_deref()), (RunResult::Panicked, Some("run 4 was planned")));
        let last = succeeds.last_run.unwrap();
        assert_eq!((last.result, last.error, last.counts), (RunResult::Ok, None, [("run", 4)].into()));
        let lines = log.lines();
        assert_eq!(lines.len(), 3, "each panic is one line, an error is the task's own: {lines:?}");
        assert!(lines[2].contains("panics") && lines[2].contains("run 4 was planned"), "{lines:?}");
    });
}

#[test]
fn when_a_task_runs_next_is_visible() {
    on_paused_time(|| async {
        let driven = Driven::start().await;
        let start = driven.fixture.local.now();
        driven.run("slow", 3 * SECOND, &[Run::Takes(2)]);
        let before = driven.state("slow");
        assert_eq!(
            (before.every, before.next_run, before.running_since),
            (EVERY, Some(start + 3 * SECOND), None)
        );
        assert_eq!((before.last_run, runs(&driven.state("slow"))), (None, [0, 0, 0]));

        tokio::time::sleep(4 * SECOND).await;
        let during = driven.state("slow");
        assert_eq!((during.next_run, during.running_since), (None, Some(start + 3 * SECOND)));
        assert_eq!(during.last_run, None);

        tokio::time::sleep(5 * SECOND).await;
        let after = driven.state("slow");
        assert_eq!((after.next_run, after.running_since), (Some(start + 15 * SECOND), None));
        let last = after.last_run.unwrap();
        assert_eq!((last.started, last.duration), (start + 3 * SECOND, 2 * SECOND));

        // A clock that jumps changes what time it will be then, not how long it takes.
        let hour = Duration::from_secs(3600);
        driven.fixture.clock.set_us(hour.as_micros() as i64);
        assert_eq!(driven.state("slow").next_run, Some(start + hour + 15 * SECOND));
        tokio::time::sleep(9 * SECOND).await;
        assert_eq!(driven.state("slow").last_run.unwrap().started, start + hour + 15 * SECOND);
    });
}

#[test]
fn a_run_that_left_something_is_followed_at_once() {
    on_paused_time(|| async {
        let driven = Driven::start().await;
        let start = driven.fixture.local.now();
        driven.run("reads", Duration::ZERO, &[Run::HasMoreAfter(2), Run::HasMoreAfter(2), Run::Succeeds]);
        tokio::time::sleep(5 * SECOND).await;
        let state = driven.state("reads");
        assert_eq!((runs(&state), state.last_run.unwrap().started), ([3, 0, 0], start + 4 * SECOND));
        assert_eq!(state.next_run, Some(start + 4 * SECOND + EVERY));
    });
}

#[test]
fn tasks_end_with_their_partition() {
    let ended =
        async |task: JoinHandle<()>| tokio::time::timeout(2 * MINUTE, task).await.expect("it ends").unwrap();
    on_paused_time(|| async {
        let driven = Driven::start().await;
        let waiting = driven.run("waiting", Duration::ZERO, &[Run::Succeeds]);
        let running = driven.run("running", Duration::ZERO, &[Run::Takes(60)]);
        let more = driven.run("more", Duration::ZERO, &[Run::HasMoreAfter(31)]);
        tokio::time::sleep(30 * SECOND).await;
        let began = Instant::now();
        driven.fixture.local.refuse();
        ended(waiting).await;
        assert_eq!(began.elapsed(), Duration::ZERO, "one that waits ends at once");
        ended(more).await;
        assert_eq!(runs(&driven.state("more")), [1, 0, 0], "the run that had begun was the last");
        ended(running).await;
        assert_eq!(began.elapsed(), 30 * SECOND, "a run that is under way ends first");
        assert_eq!(runs(&driven.state("running")), [1, 0, 0]);
        assert!(
            driven.states().iter().all(|state| state.next_run.is_none() && state.running_since.is_none())
        );
    });
}
