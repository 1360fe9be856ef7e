use super::*;

fn stamps(lifecycle: &[(u64, LifecycleEvent)]) -> Vec<Stamp> {
    lifecycle.iter().map(|(at_ms, mark)| Stamp { at_ms: *at_ms, node: "a".to_owned(), mark: *mark }).collect()
}

#[test]
fn a_process_is_drawn_as_it_lived() {
    use Health::{Down, Paused, Starting, Stopping, Up};
    use LifecycleEvent::{Crashes, Dies, GoesOn, Pauses, Ready, Starts, Stopped, Stops};
    type Case<'a> = (&'a [(u64, LifecycleEvent)], &'a [(u64, Health)]);
    let rows: [Case<'_>; 5] = [
        (&[(0, Starts), (2, Ready)], &[(0, Starting), (2, Up)]),
        (&[(0, Starts), (0, Ready), (5, Crashes), (7, Starts)], &[(0, Up), (5, Down), (7, Starting)]),
        (&[(0, Starts), (0, Ready), (5, Pauses), (7, GoesOn)], &[(0, Up), (5, Paused), (7, Up)]),
        (
            &[(0, Starts), (0, Ready), (3, Stops), (4, Stopped), (5, Pauses)],
            &[(0, Up), (3, Stopping), (4, Down)],
        ),
        (&[], &[(0, Down)]),
    ];
    for (lifecycle, expected) in rows {
        let (life, _) = life(stamps(lifecycle).iter(), 10);
        let seen: Vec<_> = life.iter().map(|span| (span.from_ms, span.health)).collect();
        assert_eq!(seen, expected, "{lifecycle:?}");
        assert_eq!(life.last().map(|span| span.to_ms), Some(10));
    }
    let (_, points) = life(stamps(&[(0, Starts), (1, Ready), (3, Dies), (4, Starts)]).iter(), 10);
    let told: Vec<_> = points.iter().map(|point| (point.at_ms, point.mark)).collect();
    assert_eq!(told, [(3, Dies), (4, Starts)], "the first start is no restart");
}

fn split(at_ms: u64, for_ms: u64) -> Fault {
    Fault { at_ms, for_ms, what: What::Split { a: "a".to_owned(), b: "b".to_owned() } }
}

#[test]
fn faults_show_at_all_their_places_and_beside_each_other() {
    let crash = Fault { at_ms: 5, for_ms: 3, what: What::Crash { node: "b".to_owned() } };
    let faults = [split(0, 4), split(2, 4), crash, split(4, 90), split(20, 1)];
    let (lanes, left_out) = draw(&["a", "b", "c"], &[], &faults, 10);
    assert_eq!(left_out, 0);
    let lines = |lane: &Lane| -> Vec<_> {
        lane.rows
            .iter()
            .flat_map(|row| row.bands.iter().map(|band| (row.family, band.line, band.to_ms)))
            .collect()
    };
    use Family::{Network, Process};
    let network = [(Network, 0, 4), (Network, 1, 6), (Network, 0, 10)];
    assert_eq!(lines(&lanes[0]), network, "the one that had not begun is not shown");
    assert_eq!(lines(&lanes[1])[0], (Process, 0, 8));
    assert_eq!(lines(&lanes[1])[1..], network);
    assert_eq!(lanes[2].rows, []);
}

#[test]
fn of_very_many_faults_the_longest_are_drawn() {
    let faults: Vec<_> = (0..4000).map(|number| split(number, 1 + number)).collect();
    let (lanes, left_out) = draw(&["a"], &[], &faults, 100_000);
    assert_eq!(left_out, 2500);
    let bands = &lanes[0].rows[0].bands;
    assert_eq!((bands.len(), lanes[0].rows[0].lines, bands[0].from_ms), (1500, 4, 2500));
}
