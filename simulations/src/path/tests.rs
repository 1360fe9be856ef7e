use super::*;
use crate::fixture::{cluster, on_paused_time, scenario};
use crate::scenario::LinkSpec;
use std::sync::atomic::{AtomicUsize, Ordering};

const PATIENCE: Duration = Duration::from_secs(15);
const HOUR: Duration = Duration::from_secs(3600);

const LATE: LinkSpec = LinkSpec {
    latency_ms: 1,
    jitter_ms: 0,
    loss: 0.0,
    duplicate: 0.0,
    reorder: 0.0,
    late_ms_max: 3_600_000,
    bytes_per_s: 0,
};

/// What the sender has, and how often the node worked: at once, after an hour, and after many.
fn told(spec: LinkSpec, changes: bool, cut: bool) -> (Result<usize, Unanswered>, [usize; 3]) {
    on_paused_time(|| async {
        let cluster = cluster(scenario(60, &["a"], "")).await;
        let node = Arc::clone(&cluster.partitions.first_key_value().unwrap().1.node);
        let there = cluster.links.lay("rack", "a", spec);
        let back = cluster.links.lay("a", "rack", LinkSpec::default());
        there.cut(cut);
        let path = Path { node, there, back };
        let times = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&times);
        let work = move |_| async move { counter.fetch_add(1, Ordering::Relaxed) };
        let answer =
            if changes { path.tell(PATIENCE, 1, work).await } else { path.ask(PATIENCE, 1, work).await };
        let mut worked = [times.load(Ordering::Relaxed); 3];
        for (count, wait) in worked[1..].iter_mut().zip([HOUR, HOUR * 100]) {
            tokio::time::sleep(wait).await;
            *count = times.load(Ordering::Relaxed);
        }
        (answer, worked)
    })
}

#[test]
fn what_changes_something_comes_again_and_late() {
    let rows = [
        (LATE, true, (Ok(0), [1, 1, 1])),
        (LinkSpec { duplicate: 1.0, ..LATE }, true, (Ok(0), [1, 2, 2])),
        (LinkSpec { reorder: 1.0, ..LATE }, true, (Err(Unanswered::Silence), [0, 1, 1])),
        // Both within the hour, with this seed.
        (LinkSpec { duplicate: 1.0, reorder: 1.0, ..LATE }, true, (Err(Unanswered::Silence), [0, 2, 2])),
        (LinkSpec { loss: 1.0, duplicate: 1.0, ..LATE }, true, (Err(Unanswered::Silence), [0, 0, 0])),
        (LinkSpec { duplicate: 1.0, ..LATE }, false, (Ok(0), [1, 1, 1])),
        (LinkSpec { reorder: 1.0, ..LATE }, false, (Err(Unanswered::Silence), [0, 0, 0])),
    ];
    for (spec, changes, wanted) in rows {
        assert_eq!(told(spec, changes, false), wanted, "{spec:?} changes={changes}");
    }
    let twice = LinkSpec { duplicate: 1.0, ..LATE };
    assert_eq!(told(twice, true, true), (Err(Unanswered::Silence), [0, 0, 0]), "a cut line carries nothing");
}
