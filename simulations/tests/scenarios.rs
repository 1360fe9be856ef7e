//! Every scenario file: it is valid, its invariants hold for a few seeds, and it has one history per seed. With the
//! feature `planted`, each planted bug is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use simulations::fault::Fault;
use simulations::mutants::small_scenarios;
use simulations::run::{Options, play};
use simulations::scenario::Scenario;
use simulations::sometimes;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn scenario(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).unwrap();
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(Some(scenario.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
    scenario
}

/// Those that one can wait for in a debug build.
fn small() -> Vec<Scenario> {
    small_scenarios(&folder("scenarios")).unwrap()
}

/// Runs each seed of a small set twice with all checkers: both histories are equal.
#[test]
fn every_scenario_holds_and_has_one_history_per_seed() {
    let mut seen = BTreeSet::new();
    for mut scenario in small() {
        // A shorter run of each; the long ones, and many seeds, are for release builds.
        scenario.duration_s = scenario.duration_s.min(600);
        let options = Options { seed: 1, ..Options::default() };
        let first = play(&scenario, &options);
        assert_eq!(first.violation, None, "{}", scenario.name);
        let again = play(&scenario, &options);
        assert_eq!(first.recording.divergence(&again.recording), None, "{}", scenario.name);
        assert_eq!(first.recording, again.recording);
        assert_eq!(first.samples, again.samples);
        seen.extend(first.recording.seen.into_keys());
    }
    // Frequent marks that depend on a text or a counter elsewhere.
    let often = [
        sometimes::ALLOCATED_ELSEWHERE,
        sometimes::POOL_DRY,
        sometimes::WIPED_AFTER_FREE,
        sometimes::LIST_WITHOUT,
        sometimes::ANSWERED_FROM_INBOX,
        sometimes::CRASH_AFTER_COMMIT,
    ];
    for what in often {
        assert!(seen.contains(what), "no run has seen: {what}");
    }
}

#[test]
fn another_seed_is_another_history() {
    let scenario = small().swap_remove(0);
    let hash = |seed| {
        let until = Some(std::time::Duration::from_secs(600));
        play(&scenario, &Options { seed, until, ..Options::default() }).recording.hash
    };
    assert_ne!(hash(1), hash(2));
}

/// Every file is valid, is named after its scenario, and has a description.
#[test]
fn every_scenario_is_well_formed() {
    let files = files("scenarios");
    assert!(files.len() >= 8, "scenarios are missing: {files:?}");
    for file in files {
        assert!(!scenario(&file).expects.is_empty(), "{} expects nothing", file.display());
    }
}

/// A plan that once broke an invariant.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Regression {
    scenario: String,
    seed: u64,
    /// What was wrong with the product.
    found: String,
    faults: Vec<Fault>,
}

/// What was found once is not there any more.
#[test]
fn every_regression_holds() {
    for file in files("regressions") {
        let text = std::fs::read_to_string(&file).unwrap();
        let Regression { scenario: name, seed, found, faults } = serde_json::from_str(&text).unwrap();
        let scenario = scenario(&folder("scenarios").join(format!("{name}.toml")));
        let options = Options { seed, faults: Some(faults), ..Options::default() };
        assert_eq!(play(&scenario, &options).violation, None, "{}: {found}", file.display());
    }
}

#[cfg(feature = "planted")]
mod mutants {
    use super::small;
    use actors::planted::Bug;
    use simulations::mutants::planted::find;

    /// Seeds that a bug may take.
    const SEEDS_MAX: u64 = 200;

    /// Each planted bug is found within [`SEEDS_MAX`] seeds.
    #[test]
    fn every_planted_bug_is_found() {
        let scenarios = small();
        let missed: Vec<_> = Bug::ALL
            .iter()
            .copied()
            .filter(|bug| find(*bug, &scenarios, 1..1 + SEEDS_MAX, || true).is_none())
            .collect();
        assert!(missed.is_empty(), "not found in {SEEDS_MAX} seeds: {missed:?}");
    }
}
