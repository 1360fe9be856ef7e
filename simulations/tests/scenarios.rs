//! Every scenario file: it can be read, holds what it promises for a few seeds, and has one history per seed. With the
//! feature `planted`, each bug on purpose is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use simulations::run::{Options, play};
use simulations::scenario::Scenario;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 7, "scenarios are missing: {files:?}");
    files
}

fn scenario(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).unwrap();
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(Some(scenario.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
    scenario
}

/// Those that one can wait for in a debug build.
fn small() -> impl Iterator<Item = Scenario> {
    let all = files().into_iter().map(|path| scenario(&path));
    all.filter(|scenario| scenario.partitions.iter().map(|it| it.racks * it.machines).sum::<u32>() < 100)
}

/// Runtime.md 5.6, rule 3, and all checkers.
#[test]
fn every_scenario_holds_and_has_one_history_per_seed() {
    for mut scenario in small() {
        // A shorter run of each; the long ones are for release builds.
        scenario.duration_s = scenario.duration_s.min(900);
        for seed in [1, 2] {
            let options = Options { seed, ..Options::default() };
            let first = play(&scenario, &options);
            assert_eq!(first.violation, None, "{} seed {seed}", scenario.name);
            let again = play(&scenario, &options);
            assert_eq!(first.recording.divergence(&again.recording), None, "{} seed {seed}", scenario.name);
            assert_eq!(first.recording, again.recording);
        }
    }
}

/// Another seed is another history.
#[test]
fn the_seed_decides() {
    let scenario = small().next().unwrap();
    let hash = |seed| {
        let until = Some(std::time::Duration::from_secs(600));
        play(&scenario, &Options { seed, until, ..Options::default() }).recording.hash
    };
    assert_ne!(hash(1), hash(2));
}

#[cfg(feature = "planted")]
mod power {
    use super::small;
    use actors::planted::{Bug, plant};
    use simulations::run::{Options, play};

    /// Seeds that a bug may take.
    const SEEDS_MAX: u64 = 200;

    /// The first seed and scenario that finds the bug, and by which checker. Scenarios take turns.
    fn find(bug: Bug) -> Option<(u64, String, String)> {
        let scenarios: Vec<_> = small().collect();
        (1..=SEEDS_MAX).find_map(|seed| {
            scenarios.iter().find_map(|scenario| {
                plant(Some(bug));
                let outcome = play(scenario, &Options { seed, ..Options::default() });
                plant(None);
                outcome.violation.map(|violation| (seed, scenario.name.clone(), violation.checker))
            })
        })
    }

    /// Each planted bug is found within [`SEEDS_MAX`] seeds.
    #[test]
    fn every_planted_bug_is_found() {
        let mut missed = Vec::new();
        for bug in Bug::ALL {
            match find(bug) {
                Some((seed, scenario, checker)) => {
                    eprintln!("{bug:?}: found by {checker} in {scenario}, seed {seed}");
                }
                None => missed.push(bug),
            }
        }
        assert!(missed.is_empty(), "not found in {SEEDS_MAX} seeds: {missed:?}");
    }
}
