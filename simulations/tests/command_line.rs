//! The program as people and CI call it: its output, its files, and its exit codes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

const VIOLATION: i32 = 1;
const USAGE: i32 = 64;

/// A partition of two machines, with additional settings of a test; converges.
fn scenario(converge_s: u64, top: &str, rest: &str) -> String {
    format!(
        "name = \"t\"\ndescription = \"d\"\nduration_s = 120\nconverge_s = {converge_s}\n{top}\n\
         [[partitions]]\nname = \"a\"\nracks = 1\nmachines = 2\n[workload]\nusers = 2\nevery_s = 10\n{rest}\n"
    )
}

/// Faults that keep a partition busy for a while after they are over.
const CRASH: &str = "[[planned]]\nat_ms = 60000\nfor_ms = 60000\nkind = \"power_cut\"\nnode = \"a\"\n";

/// A folder of one test.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Runs the program here: exit code and what it said.
    fn run(&self, args: &[&str]) -> (i32, String) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_simulations")).args(args).current_dir(&self.0).output().unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        (output.status.code().unwrap(), said)
    }
}

#[test]
fn a_run_that_ends_well_says_how_to_repeat_it_and_from_what() {
    let desk = Desk::new("well");
    desk.write("t.toml", &scenario(3600, "", CRASH));
    let (code, said) = desk.run(&["run", "t.toml", "--seed", "3", "--twice", "--report", "out"]);
    assert_eq!(code, 0, "{said}");
    let replay = said.lines().find(|line| line.starts_with("replay: ")).unwrap();
    assert!(replay.contains("-- run t.toml --seed 3 # commit "), "{replay}");
    let report = desk.json("out/t-3.json");
    let hash = report["scenario_hash"].as_str().unwrap();
    assert!(replay.ends_with(&format!("commit {}, scenario {hash}", report["commit"].as_str().unwrap())));
    let page = desk.read("out/t-3.html");
    assert!(page.contains(hash) && page.contains(report["commit"].as_str().unwrap()));

    // The report is a plan: its faults lead to the same history.
    let (code, said) =
        desk.run(&["run", "t.toml", "--seed", "3", "--faults", "out/t-3.json", "--report", "again"]);
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("note: "), "{said}");
    assert!(said.contains("--seed 3 --faults out/t-3.json # commit "), "{said}");
    assert_eq!(desk.json("again/t-3.json")["hash"], report["hash"]);

    // Another scenario may have another history, and the output warns of it.
    desk.write("t.toml", &scenario(3601, "", CRASH));
    let (code, said) = desk.run(&["run", "t.toml", "--seed", "3", "--faults", "out/t-3.json"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("note: out/t-3.json: scenario_hash is ") && said.contains(hash), "{said}");
}

#[test]
fn a_violation_exits_with_1_and_leaves_a_plan_that_shows_it_again() {
    let desk = Desk::new("violation");
    // No machine boots within a second.
    let faults = format!("{CRASH}[faults]\npause = 60.0\nlasts_s = [1, 2]\n");
    desk.write("t.toml", &scenario(1, "", &faults).replace("users = 2", "users = 0"));
    let (code, said) = desk.run(&["run", "t.toml", "--report", "out"]);
    assert_eq!(code, VIOLATION, "{said}");
    assert!(said.contains("VIOLATION converges at "), "{said}");
    let plan = desk.json("out/t-1-faults.json");
    let faults = plan["faults"].as_array().unwrap();
    assert!(faults.len() == 1 && faults[0]["kind"] == "power_cut", "{plan}");
    assert!(said.contains("--seed 1 --faults out/t-1-faults.json"), "{said}");
    let (code, said) = desk.run(&["run", "t.toml", "--seed", "1", "--faults", "out/t-1-faults.json"]);
    assert_eq!(code, VIOLATION, "{said}");
    assert!(!said.contains("note: "), "{said}");
    assert_eq!(desk.json("out/t-1.json")["verdict"], "violation");
    assert!(desk.read("out/t.xml").contains("<failure"));

    // It ends before anything can be wrong.
    let (code, said) = desk.run(&["run", "t.toml", "--until", "100"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(" 100 s simulated") && said.contains("--seed 1 --until 100 #"), "{said}");
}

#[test]
fn what_a_campaign_has_not_seen_exits_with_1() {
    let desk = Desk::new("expectations");
    let expects = "expects = [\"allocated\", \"refused for a dry pool\"]";
    desk.write("t.toml", &scenario(3600, expects, ""));
    let campaign = ["run", "t.toml", "--seeds", "1..3", "--report", "out"];
    let (code, said) = desk.run(&campaign);
    assert_eq!(code, VIOLATION, "{said}");
    assert!(
        said.contains("NEVER SEEN t: no run has seen what the scenario expects: refused for a dry pool\n")
    );
    assert!(desk.read("out/t.xml").contains("refused for a dry pool"));
    // A shortened run, or a run of one seed, does not need every mark.
    for rest in [vec!["--until", "60"], vec!["--faults", "none.json"]] {
        desk.write("none.json", "[]");
        let (code, said) = desk.run(&[campaign.to_vec(), rest].concat());
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(desk.run(&["run", "t.toml", "--seed", "1"]).0, 0);
    desk.write("t.toml", &scenario(3600, "expects = [\"allocated\"]", ""));
    assert_eq!(desk.run(&campaign).0, 0);
}

#[test]
fn a_wrong_question_exits_with_64() {
    let desk = Desk::new("usage");
    desk.write("t.toml", &scenario(3600, "", ""));
    desk.write("bad.toml", &scenario(3600, "expects = [\"nonsense\"]", ""));
    desk.write("bad.json", r#"[{"at_ms": 1, "for_ms": 1, "kind": "unplug", "node": "a", "machine": 2}]"#);
    let rows: [(&[&str], &str); 12] = [
        (&[], "Usage"),
        (&["fly"], "fly"),
        (&["run"], "SCENARIO"),
        (&["run", "none.toml"], "none.toml"),
        (&["run", "bad.toml"], "line 5: expects: no code marks \"nonsense\""),
        (&["run", "t.toml", "--seed", "x"], "--seed"),
        (&["run", "t.toml", "--seeds", "2..2"], "--seeds"),
        (&["run", "t.toml", "--seed", "1", "--seeds", "1..2"], "--seeds"),
        (&["run", "t.toml", "--faults", "none.json"], "none.json"),
        (&["run", "t.toml", "--faults", "bad.json"], "bad.json: fault 0: machine: "),
        (&["mutants", "--scenarios", "none"], "none"),
        (&["power", "--scenarios", "none"], "none"),
    ];
    for (args, wanted) in rows {
        let (code, said) = desk.run(args);
        assert_eq!(code, USAGE, "{args:?}: {said}");
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
    assert_eq!(desk.run(&["--help"]).0, 0);
}
