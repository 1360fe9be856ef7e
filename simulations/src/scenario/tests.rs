//! Scenarios that are refused, each with the line at which it is wrong, and what a hash is of.

use super::*;

const GOOD: &str = "name = \"t\"\ndescription = \"d\"\nduration_s = 60\nconverge_s = 60\n\
                    [[partitions]]\nname = \"a\"\nracks = 1\nmachines = 2\n\
                    [[partitions]]\nname = \"b\"\nracks = 2\nmachines = 1\n";

/// A valid planned fault, from line 13 on, followed by another one of this content.
fn planned(rest: &str) -> String {
    let good = "[[planned]]\nat_ms = 1\nfor_ms = 1\nkind = \"crash\"\nnode = \"a\"\n";
    format!("{GOOD}{good}[[planned]]\nat_ms = 1\nfor_ms = 1\n{rest}\n")
}

fn refused(text: &str) -> String {
    Scenario::parse(text).unwrap_err().to_string()
}

#[test]
fn a_bad_scenario_is_refused_with_the_true_line_and_the_key() {
    Scenario::parse(GOOD).unwrap();
    let replaced = |from: &str, to: &str| {
        assert!(GOOD.contains(from), "{from}");
        GOOD.replace(from, to)
    };
    let rows = [
        (replaced("duration_s = 60", "duration_s = \"x\""), "line 3", "duration_s"),
        (replaced("racks = 2", "rocks = 2"), "line 11", "rocks"),
        (replaced("duration_s = 60", "duration_s = 0"), "line 3", "duration_s"),
        (replaced("name = \"t\"", "name = \"\""), "line 1", "name"),
        (replaced("name = \"t\"", "name = \"../t\""), "line 1", "name"),
        (replaced("name = \"b\"", "name = \"\""), "line 10", "name"),
        (replaced("name = \"b\"", "name = \"a\""), "line 10", "name"),
        (replaced("name = \"b\"", "name = \"users\""), "line 10", "name"),
        (replaced("racks = 2", "racks = 0"), "line 12", "machines"),
        (replaced("racks = 2\nmachines = 1", "racks = 9000\nmachines = 9000"), "line 12", "machines"),
        (format!("{GOOD}[workload]\nmistakes = 1.5\n"), "line 14", "mistakes"),
        (format!("{GOOD}[workload]\nmistakes = nan\n"), "line 14", "mistakes"),
        (format!("{GOOD}[workload]\nevery_s = 0\n"), "line 14", "every_s"),
        (format!("{GOOD}[links.mesh]\nloss = 0.5\n[links.users]\nloss = -1.0\n"), "line 16", "loss"),
        (format!("{GOOD}[links]\nmesh = {{ loss = 2.0 }}\n"), "line 14", "loss"),
        (format!("{GOOD}[links.hardware]\nlate_ms_max = 86_400_001\n"), "line 14", "late_ms_max"),
        (format!("{GOOD}[faults]\ncrash = inf\n"), "line 14", "crash"),
        (format!("{GOOD}[faults]\nlasts_s = [0, 5]\n"), "line 14", "lasts_s"),
        (format!("expects = [\n\"allocated\",\n\"alocated\"]\n{GOOD}"), "line 3", "expects"),
    ];
    for (text, line, key) in rows {
        let error = refused(&text);
        assert!(error.contains(&format!("{line}:")) || error.contains(&format!("{line},")), "{line} {error}");
        assert!(error.contains(key), "{key}: {error}");
    }
}

#[test]
fn a_bad_planned_fault_is_refused_with_the_true_line_and_the_key() {
    Scenario::parse(&planned("kind = \"unplug\"\nnode = \"b\"\nmachine = 1")).unwrap();
    let rows = [
        ("kind = \"crash\"\nnode = \"z\"", 22, "node"),
        ("kind = \"crash\"\nnode = \"a\"\nby = 1", 23, "by"),
        ("kind = \"crush\"\nnode = \"a\"", 21, "kind"),
        ("kind = \"crash\"", 18, "node"),
        ("kind = \"crash\"\nnode = \"a\"\ntimes = 0", 23, "times"),
        ("kind = \"crash\"\nnode = \"a\"\ntimes = 2", 18, "every_ms"),
        ("kind = \"crash\"\nnode = \"a\"\ntimes = -1", 23, "times"),
        ("kind = \"unplug\"\nnode = \"b\"\nmachine = 2", 23, "machine"),
        ("kind = \"bmc_slow\"\nnode = \"b\"\nmachine = 0\nby_s = 0", 24, "by_s"),
        ("kind = \"flapping\"\nnode = \"b\"\nmachine = 0\nevery_s = 0", 24, "every_s"),
        ("kind = \"leaf_replaced\"\nnode = \"b\"\nrack = 2", 23, "rack"),
        ("kind = \"loss\"\nfrom = \"a\"\nto = \"b\"\nshare = 1.1", 24, "share"),
        ("kind = \"loss\"\nfrom = \"a\"\nto = \"b\"\nshare = nan", 24, "share"),
        ("kind = \"loss\"\nfrom = \"a\"\nto = \"b\"\nshare = \"x\"", 24, "share"),
        ("kind = \"store_busy\"\nnode = \"a\"\nshare = -0.1", 23, "share"),
        ("kind = \"slow\"\nfrom = \"a\"\nto = \"b\"\nby_ms = 3_600_001", 24, "by_ms"),
        ("kind = \"slow\"\nfrom = \"a\"\nto = \"a\"\nby_ms = 1", 23, "to"),
        ("kind = \"split\"\na = \"a\"\nb = \"a\"", 23, "b"),
        ("kind = \"clock\"\nnode = \"a\"\nby_ms = -86_400_001", 23, "by_ms"),
        ("kind = \"crash_at_turn\"\nnode = \"a\"\nturn = 0", 23, "turn"),
    ];
    for (rest, line, key) in rows {
        let error = refused(&planned(rest));
        assert!(error.starts_with(&format!("line {line}: {key}: ")), "line {line}: {key}: but {error}");
    }
    let late = planned("kind = \"crash\"\nnode = \"a\"").replace("at_ms = 1\n", "at_ms = 60000\n");
    assert!(refused(&late).starts_with("line 14: at_ms: "), "{}", refused(&late));
    let short = planned("kind = \"crash\"\nnode = \"a\"").replace("for_ms = 1\n", "for_ms = 0\n");
    assert!(refused(&short).starts_with("line 15: for_ms: "), "{}", refused(&short));
}

#[test]
fn a_hash_is_of_what_decides_events() {
    let scenario = Scenario::parse(GOOD).unwrap();
    let told = GOOD.replace("\"d\"", "\"another description\"");
    assert_eq!(Scenario::parse(&told).unwrap().hash(), scenario.hash());
    let spelt = format!("# Said in another way.\n{GOOD}[workload]\nusers = 3\n");
    assert_eq!(Scenario::parse(&spelt).unwrap().hash(), scenario.hash());
    let other = GOOD.replace("converge_s = 60", "converge_s = 61");
    assert_ne!(Scenario::parse(&other).unwrap().hash(), scenario.hash());
}
