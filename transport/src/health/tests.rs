use super::*;
use crate::settings::HEARTBEAT_EVERY;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CHECK_EVERY: Duration = Duration::from_millis(250);

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// Checks every 250 ms from the first instant to the second.
fn check(health: &mut Health, from: Instant, to: Instant) -> Option<Instant> {
    let mut now = from;
    while now <= to {
        if !health.is_alive(now) {
            return Some(now);
        }
        now += CHECK_EVERY;
    }
    None
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_dead_after_four_seconds() {
    let start = Instant::now();
    let mut health = Health::new(start);
    assert_eq!(check(&mut health, start, start + ms(10_000)), Some(start + DEAD_AFTER));
    let inbound = Direction::Silent { since: start };
    assert_eq!(health.directions(start + DEAD_AFTER), Directions { inbound, ..Directions::UNKNOWN });
}

#[tokio::test(start_paused = true)]
async fn after_an_own_standstill_what_has_arrived_is_read_first() {
    let start = Instant::now();
    let mut health = Health::new(start);
    assert_eq!(check(&mut health, start, start + ms(500)), None);
    let awake = start + ms(30_500);
    assert!(health.is_alive(awake), "the first check after the standstill");
    health.hear(awake + ms(100));
    assert_eq!(check(&mut health, awake, awake + ms(3_000)), None);

    let mut health = Health::new(start);
    assert_eq!(check(&mut health, awake, awake + ms(3_000)), Some(awake + GRACE), "nothing had arrived");
}

#[tokio::test(start_paused = true)]
async fn each_end_names_what_it_can_know() {
    let start = Instant::now();
    let silent = |since_ms| Direction::Silent { since: start + ms(since_ms) };
    // What the peer says at which time, and what it says it heard; the directions 100 ms later.
    let cases = [
        ("just begun", None, Direction::Open, Direction::Unknown),
        ("both open", Some((1000, 900)), Direction::Open, Direction::Open),
        ("a pause of the peer", Some((3000, 2900)), Direction::Open, Direction::Open),
        ("this end is not heard", Some((5000, 4000)), Direction::Open, silent(1000)),
    ];
    for (what, said, inbound, outbound) in cases {
        let mut health = Health::new(start);
        let at = said.map_or(0, |(at, _)| at);
        if let Some((at, heard)) = said {
            health.hear(start + ms(at));
            health.hear_of_self(start + ms(at), ms(heard));
        }
        assert_eq!(health.directions(start + ms(at + 100)), Directions { inbound, outbound }, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_link_the_last_knowledge_stays() {
    let start = Instant::now();
    let since = start;
    let silent = Direction::Silent { since };
    let (open, unknown) = (Direction::Open, Direction::Unknown);
    let cases = [
        ("never", Gone::Never, Some(100), 200, unknown, unknown),
        ("closed", Gone::Closed, None, 200, unknown, unknown),
        ("deaf", Gone::Deaf { since }, Some(9_900), 10_000, silent, unknown),
        ("unheard, just said", Gone::Unheard { since }, None, 4_000, open, silent),
        ("unheard, it still knocks", Gone::Unheard { since }, Some(59_000), 60_000, open, silent),
        ("unheard, then it is quiet", Gone::Unheard { since }, Some(59_000), 63_000, unknown, silent),
    ];
    for (what, gone, knocked_ms, now_ms, inbound, outbound) in cases {
        let knocked_at = knocked_ms.map(|at| start + ms(at));
        let directions = gone.directions(knocked_at, start + ms(now_ms));
        assert_eq!(directions, Directions { inbound, outbound }, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pong_tells_the_round_trip_and_the_difference_of_clocks() {
    let start = Instant::now();
    let mut health = Health::new(start);
    let number = health.ping(start);
    assert_eq!(health.pong(number + 1, start, 0, 0), None, "an answer without a question");
    assert_eq!(health.pong(number, start + ms(40), 1_000_300, 1_000_020), Some(ms(40)));
    assert_eq!((health.round_trip(), health.skew_ms()), (Some(ms(40)), Some(300)));
    assert_eq!(health.pong(number, start + ms(50), 0, 0), None, "a second answer");
    health.ping(start);
    assert_eq!(health.pong(number + 1, start + ms(40), i64::MAX, i64::MIN), Some(ms(40)));
    for _ in 0..10 * PINGS_MAX {
        health.ping(start);
    }
    assert_eq!(health.pings.len(), PINGS_MAX);
}

/// A day of heartbeats with 1 % loss and 20 ms each way; a lost one is sent again after a probe timeout that doubles,
/// and holds back those behind it. Each hour both ends pause for 2 s, once together and else apart.
#[tokio::test(start_paused = true)]
async fn no_live_peer_is_dead_in_a_day_of_loss_and_pauses() {
    let start = Instant::now();
    let mut chance = ChaCha8Rng::seed_from_u64(7);
    let mut health = Health::new(start);
    let (mut arrived, mut longest) = (start, Duration::ZERO);
    let mut checked = start;
    for second in 0..86_400u64 {
        let mut sent = start + HEARTBEAT_EVERY * second as u32;
        let is_sender_paused = second % 3600 >= 1800 && second % 3600 < 1802;
        if is_sender_paused {
            continue;
        }
        let mut probe = ms(150);
        while chance.random_range(0..100) == 0 {
            sent += probe;
            probe *= 2;
        }
        arrived = arrived.max(sent + ms(20));
        assert_eq!(check(&mut health, checked, arrived), None, "second {second}");
        checked = arrived;
        longest = longest.max(health.heard_ago(arrived));
        health.hear(arrived);
    }
    assert!(longest > ms(2_900), "the pauses are felt: {longest:?}");
}
