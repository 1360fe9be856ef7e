use super::*;
use crate::background::fixture::{Fixture, MINUTE};
use crate::fixture::log_capture::LogCapture;
use crate::fixture::on_paused_time;

fn gauge(used: u128) -> Gauge {
    Gauge { family: Family::IPv4, size: 1000, used, quarantined: 0, largest_free: 1000 - used }
}

fn follow(uses: &[u128]) -> Vec<PoolState> {
    let mut states: Vec<PoolState> = Vec::new();
    for used in uses {
        states.push(next(states.last(), &"n".into(), gauge(*used), EVERY));
    }
    states
}

/// Each mark is warned of once, and again only after it was left behind.
#[test]
fn a_mark_is_warned_of_when_it_is_reached() {
    let states = follow(&[700, 800, 850, 790, 799, 801, 900, 890, 950, 700, 800]);
    let warned: Vec<u8> = states.iter().map(|state| state.warned).collect();
    assert_eq!(warned, [0, 80, 80, 80, 80, 80, 90, 90, 90, 0, 80]);
}

#[test]
fn the_rate_follows_and_tells_when_all_are_used() {
    let steady: Vec<u128> = (0..200).map(|look| look * 3).collect();
    let states = follow(&steady);
    let last = states.last().unwrap();
    assert!((last.growth_per_s - 0.1).abs() < 0.002, "{last:?}");
    let left = f64::from(1000 - 597) / last.growth_per_s;
    assert!(last.exhausted_in_s.unwrap().abs_diff(left as u64) <= 1, "{last:?}");
    let falling = follow(&[500, 490, 480]);
    assert_eq!(falling.last().unwrap().exhausted_in_s, None);
    assert_eq!(follow(&[500]).last().unwrap().exhausted_in_s, None, "one look tells no rate");
}

/// A warning at 80 and at 90 %: which pool, how full, and how long it will last.
#[test]
fn each_mark_is_one_warning() {
    let log = LogCapture::default();
    tracing::subscriber::with_default(log.clone(), || {
        let states = follow(&[799, 800, 870, 899, 900, 950, 700, 810]);
        warn(None, &states[0]);
        states.windows(2).for_each(|two| warn(Some(&two[0]), &two[1]));
    });
    let log = log.lines();
    assert_eq!(log.len(), 3, "{log:?}");
    for (line, (mark, used)) in log.iter().zip([(80, 800), (90, 900), (80, 810)]) {
        assert!(line.contains(&format!("a pool of addresses is {mark} % full")), "{line}");
        assert!(line.contains("network=n") && line.contains(&format!("used={used}")), "{line}");
    }
    assert!(log[0].contains("exhausted_in_s="), "{log:?}");
}

#[test]
fn pools_are_looked_at_once_in_a_while() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        for _ in 0..4 {
            fixture.take().await;
        }
        fixture.give_back("10.0.0.2").await;
        tokio::time::sleep(MINUTE).await;
        let pools = fixture.background.pools();
        let [pool] = pools.as_slice() else { panic!("{pools:?}") };
        let gauge = pool.gauge;
        assert_eq!((gauge.size, gauge.used, gauge.quarantined, gauge.largest_free), (254, 4, 1, 250));
        assert!(pool.growth_per_s > 0.0 && pool.exhausted_in_s.is_some(), "{pool:?}");
    });
}
