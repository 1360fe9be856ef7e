//! Pages of real runs, and of some that are larger than any run in a test.

use super::*;
use crate::counters::Pool;
use crate::fault::What;
use crate::fixture::operation;
use crate::history::OperationResult;
use crate::lifecycle::{LifecycleEvent, Stamp};
use crate::monitor::Violation;
use crate::run::{Options, play};
use crate::samples::{Machines, Sample};

const SCENARIO: &str = r#"
name = "small"
description = "Two plants <of> a few \"machines\" & many faults."
duration_s = 240
converge_s = 1800

[[partitions]]
name = "plant-a"
racks = 1
machines = 3

[[partitions]]
name = "plant-b"
racks = 1
machines = 3

[workload]
users = 3
every_s = 10
public_prefix = 29

[[planned]]
at_ms = 60_000
for_ms = 20_000
kind = "crash"
node = "plant-a"

[[planned]]
at_ms = 70_000
for_ms = 30_000
kind = "split"
a = "plant-a"
b = "plant-b"

[[planned]]
at_ms = 100_000
for_ms = 20_000
kind = "crash_at_commit"
node = "plant-b"
durable = true

[[planned]]
at_ms = 150_000
for_ms = 10_000
kind = "pause"
node = "plant-b"

[[planned]]
at_ms = 170_000
for_ms = 20_000
kind = "store_silent"
node = "plant-a"
share = 0.3

[[planned]]
at_ms = 190_000
for_ms = 20_000
kind = "unplug"
node = "plant-a"
machine = 1
"#;

const REPLAY: &str = "replay: cargo run -- run a&b.toml --seed 1";

fn scenario() -> Scenario {
    Scenario::parse(SCENARIO).unwrap()
}

fn played(scenario: &Scenario) -> RunOutcome {
    play(scenario, &Options { seed: 1, ..Options::default() })
}

/// All text of a page and its tooltips, in order; fails where the page is not well-formed.
fn text(page: &str) -> String {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let document = roxmltree::Document::parse_with_options(page, options).unwrap();
    let body = document.descendants().find(|node| node.has_tag_name("body")).unwrap();
    let words = body.descendants().filter_map(|node| if node.is_text() { node.text() } else { None });
    words.map(str::trim).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
}

fn without_real_time(page: &str) -> String {
    let (real, rest): (Vec<&str>, Vec<&str>) =
        page.lines().partition(|line| line.contains("class=\"real-time\""));
    assert_eq!(real.len(), 1, "real time stands in one line");
    rest.join("\n")
}

#[test]
fn a_page_says_all_about_a_run_and_the_same_for_a_seed() {
    let scenario = scenario();
    let outcome = played(&scenario);
    assert_eq!(outcome.violation, None);
    let page = html(&scenario, &outcome, REPLAY);
    let told = text(&page);
    assert!(
        told.starts_with("\u{2713}\nAll invariants held\ncargo run -- run a&b.toml --seed 1\nsmall"),
        "{told}"
    );
    assert!(told.contains(&scenario.description));
    for fault in &outcome.faults {
        assert!(told.contains(&model::lanes::text(&fault.what)), "{fault:?}");
    }
    for name in ["plant-a", "plant-b", "crashed at 0:01:00", "started again at", "allocate", "own system"] {
        assert!(told.contains(name), "{name}");
    }
    assert!(!page.contains("http") && !page.contains("<script"), "it needs nothing from elsewhere");
    let again = html(&scenario, &played(&scenario), REPLAY);
    assert!(
        without_real_time(&page) == without_real_time(&again),
        "two runs of a seed are drawn differently"
    );
}

#[test]
fn samples_and_marks_show_the_run() {
    let scenario = scenario();
    let outcome = played(&scenario);
    let samples = &outcome.samples.samples;
    assert!(samples.len() > 60);
    let all = |sample: &Sample| sample.machines.iter().map(Machines::all).sum::<u32>();
    assert!(samples.iter().all(|sample| all(sample) == 6));
    let most = |count: fn(&Machines) -> u32| samples.iter().flat_map(|it| &it.machines).map(count).max();
    assert!(most(|it| it.system) > Some(0) && most(|it| it.installing) > Some(0));
    assert_eq!(most(|it| it.off), Some(1), "the one that was unplugged");
    let internet = outcome.samples.pools.iter().position(|pool| pool.network == "internet-plant-a").unwrap();
    assert_eq!(outcome.samples.pools[internet].capacity, 6);
    assert!(samples.iter().any(|sample| sample.used.get(internet) > Some(&0)));
    let lifecycle = &outcome.recording.lifecycle.stamps;
    for mark in
        [LifecycleEvent::Crashes, LifecycleEvent::Dies, LifecycleEvent::Pauses, LifecycleEvent::GoesOn]
    {
        assert_eq!(lifecycle.iter().filter(|stamp| stamp.mark == mark).count(), 1, "{mark:?}");
    }
}

#[test]
fn a_violation_comes_first_and_is_drawn() {
    let scenario = scenario();
    let mut outcome = play(
        &scenario,
        &Options { seed: 1, until: Some(std::time::Duration::from_millis(59_500)), ..Options::default() },
    );
    let what = format!("</p><script>alert('{}')", "x".repeat(10_000));
    outcome.violation = Some(Violation { checker: "unique-holder".to_owned(), at_ms: 59_000, what });
    let page = html(&scenario, &outcome, REPLAY);
    let told = text(&page);
    assert!(
        told.starts_with("\u{2717}\nInvariant broken: unique-holder\nat 0:00:59: </p><script>alert('xxx")
    );
    assert_eq!(told.matches("violation at 0:00:59").count(), 4, "in each chart");
    assert!(!page.contains("<script") && told.len() < 20_000);
    assert!(!told.contains("faults are over\n"), "it ended before");
    assert!(told.contains("0 of 6 began"));
}

/// Sixteen partitions of thousands of machines, and more of everything than a page can show.
fn huge(scenario: &mut Scenario) -> RunOutcome {
    let spec = scenario.partitions[0].clone();
    scenario.partitions.clear();
    for number in 0..16 {
        let name = format!("a-plant-with-a-long-name-{number}");
        scenario.partitions.push(crate::scenario::PartitionSpec { name, ..spec.clone() });
    }
    scenario.duration_s = 100_000;
    let name = |number: u64| scenario.partitions[(number % 16) as usize].name.clone();
    let mut outcome =
        play(&self::scenario(), &Options { until: Some(std::time::Duration::ZERO), ..Options::default() });
    outcome.simulated = std::time::Duration::from_secs(100_000);
    outcome.faults = (0..10_000)
        .map(|number| Fault {
            at_ms: number * 10_000,
            for_ms: 60_000 + number,
            what: What::Split { a: name(number), b: name(number + 1) },
        })
        .collect();
    let turns = [
        LifecycleEvent::Starts,
        LifecycleEvent::Ready,
        LifecycleEvent::Pauses,
        LifecycleEvent::GoesOn,
        LifecycleEvent::Crashes,
    ];
    outcome.recording.lifecycle.stamps = (0..20_000)
        .map(|number| Stamp {
            at_ms: number * 5_000,
            node: name(number / 5),
            mark: turns[(number % 5) as usize],
        })
        .collect();
    outcome.operations = (0..100_000)
        .map(|number| {
            let outcome =
                if number % 3 == 0 { OperationResult::Unknown } else { OperationResult::Ok(String::new()) };
            operation("allocate", number * 1000, Some(number % 70_000), outcome)
        })
        .collect();
    let machines = |number: u32| Machines {
        off: number % 7,
        booting: number % 11,
        waiting: 1000 - number % 7 - number % 11 - number % 13,
        installing: number % 13,
        system: 1000,
        allocated: 1000 + number % 13,
    };
    outcome.samples.partitions = (0..16).map(name).collect();
    outcome.samples.pools = (0..64)
        .map(|number| Pool {
            network: format!("network-{number}"),
            name: String::new(),
            partition: name(number),
            capacity: 64,
            used: 0,
        })
        .collect();
    outcome.samples.samples = (0..480_u32)
        .map(|number| Sample {
            at_ms: u64::from(number) * 200_000,
            machines: (0..16).map(|played| machines(number * 17 + played)).collect(),
            used: (0..64).map(|pool| u64::from((number * 31 + pool) % 65)).collect(),
        })
        .collect();
    outcome
}

#[test]
fn the_largest_run_has_a_page_that_opens_and_says_what_it_leaves_out() {
    let mut scenario = scenario();
    let outcome = huge(&mut scenario);
    let page = html(&scenario, &outcome, REPLAY);
    assert!(page.len() < 3_000_000, "{}", page.len());
    let told = text(&page);
    for note in [
        "One of 25 operations is drawn; the table counts all.",
        "8500 faults that were shorter than the others are not drawn.",
        "48 pools that are less full are not drawn.",
        "The list of faults ends after 500; the JSON file has all.",
    ] {
        assert!(told.contains(note), "{note}");
    }
}

#[test]
fn a_campaign_adds_up_and_links() {
    let scenario = scenario();
    let outcome = played(&scenario);
    let mut summary = Summary::new();
    summary.add(&outcome, None, Some("small-1.html".to_owned()));
    summary.add(&outcome, Some("it & that".to_owned()), None);
    let page = summary.html(&scenario, REPLAY);
    let told = text(&page);
    assert!(told.starts_with("\u{2717}\n1 of 2 runs failed\n"), "{told}");
    assert!(page.contains("<a href=\"small-1.html\">1</a>") && told.contains("\u{2717} it & that"));
    assert!(told.contains(&format!("{:016x}", outcome.recording.hash)));
    let allocated = outcome.recording.seen["allocated"] * 2;
    assert!(told.contains(&format!("allocated\n{allocated}\u{d7}")), "counts of both runs: {told}");
    assert!(summary.line(&scenario).starts_with("small: 2 runs, 1 failed, "));
}

#[test]
fn a_long_campaign_has_a_page_that_opens() {
    let scenario = scenario();
    let mut outcome =
        play(&scenario, &Options { until: Some(std::time::Duration::ZERO), ..Options::default() });
    let mut summary = Summary::new();
    for seed in 0..100_000 {
        outcome.seed = seed;
        let page = summary.wants_page(&outcome).then(|| format!("small-{seed}.html"));
        summary.add(&outcome, None, page);
    }
    let page = summary.html(&scenario, REPLAY);
    assert!(page.len() < 3_000_000, "{}", page.len());
    let told = text(&page);
    assert_eq!(page.matches("<a href=").count(), 200);
    assert!(told.contains("95000 more runs ended well and have no line."));
    assert!(told.contains("Only the first 200 runs that ended well have a page."));
}
