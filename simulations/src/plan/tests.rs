//! What is drawn, what is planned, and what is read from files.

use super::*;
use crate::fixture;

fn scenario(faults: &str) -> Scenario {
    fixture::scenario(36_000, &["a", "b"], &format!("[faults]\n{faults}"))
}

#[test]
fn faults_come_as_often_as_asked_and_the_same_for_a_seed() {
    let crashes = draw(&scenario("crash = 6.0"), Seed(1));
    assert!((30..90).contains(&crashes.len()), "{}", crashes.len());
    assert_eq!(crashes, draw(&scenario("crash = 6.0"), Seed(1)));
    let both = draw(&scenario("crash = 6.0\nsplit = 2.0"), Seed(1));
    let again: Vec<_> =
        both.iter().filter(|fault| matches!(fault.what, What::Crash { .. })).cloned().collect();
    assert_eq!(again, crashes, "another kind of fault shifts none");
    assert!(both.is_sorted_by_key(|fault| fault.at_ms));
}

#[test]
fn planned_faults_repeat_and_end_with_the_run() {
    let text = "[[planned]]\nat_ms = 35_000_000\nfor_ms = 700_000\nkind = \"cut\"\nfrom = \"a\"\nto = \"b\"\n\
                every_ms = 400_000\ntimes = 9\n";
    let drawn = draw(&scenario(text), Seed(1));
    let at: Vec<(u64, u64)> = drawn.iter().map(|fault| (fault.at_ms, fault.for_ms)).collect();
    assert_eq!(at, [(35_000_000, 700_000), (35_400_000, 600_000), (35_800_000, 200_000)]);
    let again: Scenario = serde_json::from_value(serde_json::to_value(scenario(text)).unwrap()).unwrap();
    assert_eq!(again, scenario(text));
}

#[test]
fn a_plan_is_written_and_read_again() {
    let drawn = draw(&scenario("cut = 5.0\nclock = 5.0\nstore_silent = 5.0"), Seed(3));
    let text = serde_json::to_string(&drawn).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Fault>>(&text).unwrap(), drawn);
}

/// A plan of crashes with one additional fault of this content.
fn plan(last: &str) -> String {
    let crash = r#"{"at_ms": 1, "for_ms": 1, "kind": "crash", "node": "a"}"#;
    format!("[{crash}, {{\"at_ms\": 2, \"for_ms\": 3, {last}}}]")
}

#[test]
fn a_bad_plan_is_refused_with_the_fault_and_the_key() {
    let scenario = scenario("");
    let good = plan(r#""kind": "flapping", "node": "b", "machine": 1, "every_s": 3"#);
    let Stored { faults, doubts } = Stored::parse(&good, &scenario).unwrap();
    assert_eq!(faults[1].what, What::Flapping { node: "b".to_owned(), machine: 1, every_s: 3 });
    assert!(doubts.is_empty());
    let rows = [
        (r#""kind": "unplug", "node": "b", "machine": 2"#, "machine"),
        (r#""kind": "unplug", "node": "z", "machine": 0"#, "node"),
        (r#""kind": "unplug", "node": "b""#, "machine"),
        (r#""kind": "unplug", "node": "b", "machine": "x""#, "machine"),
        (r#""kind": "unplug", "node": "b", "machine": 0, "rack": 0"#, "rack"),
        (r#""kind": "unplugged", "node": "b""#, "kind"),
        (r#""node": "b""#, "kind"),
        (r#""kind": "loss", "from": "a", "to": "b", "share": 1.5"#, "share"),
        (r#""kind": "loss", "from": "a", "to": "b", "share": null"#, "share"),
    ];
    for (last, key) in rows {
        let error = Stored::parse(&plan(last), &scenario).unwrap_err();
        assert!(error.starts_with(&format!("fault 1: {key}: ")), "{key}: but {error}");
    }
    for (key, text) in [
        ("at_ms", r#"[{"at_ms": -1, "for_ms": 2, "kind": "crash", "node": "a"}]"#),
        ("for_ms", r#"[{"at_ms": 1, "kind": "crash", "node": "a"}]"#),
    ] {
        assert!(Stored::parse(text, &scenario).unwrap_err().starts_with(&format!("fault 0: {key}: ")));
    }
    let late = r#"[{"at_ms": 35999999, "for_ms": 2, "kind": "crash", "node": "a"}]"#;
    assert!(Stored::parse(late, &scenario).unwrap_err().starts_with("fault 0: for_ms: "));
    for text in ["", "[", "7", "{}", r#"{"faults": 7}"#, "[7]"] {
        assert!(Stored::parse(text, &scenario).is_err(), "{text}");
    }
}

#[test]
fn a_plan_of_another_scenario_is_doubted() {
    let drawn = draw(&scenario("flapping = 5.0\nbmc_slow = 5.0"), Seed(3));
    let kinds: std::collections::BTreeSet<_> = drawn.iter().map(|fault| fault.what.kind()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["bmc_slow", "flapping"]);
    let own = scenario("");
    let text = stored::write(&own, 3, &drawn).to_string();
    let Stored { faults, doubts } = Stored::parse(&text, &own).unwrap();
    assert_eq!((faults, doubts), (drawn, Vec::new()));
    let other = scenario("crash = 1.0");
    let doubts = Stored::parse(&text, &other).unwrap().doubts;
    assert_eq!(doubts.len(), 1);
    assert!(doubts[0].contains(&own.hash()) && doubts[0].contains(&other.hash()), "{doubts:?}");
    let older = text.replace(crate::version::commit(), "of-old");
    assert!(Stored::parse(&older, &own).unwrap().doubts[0].starts_with("commit is "));
}
