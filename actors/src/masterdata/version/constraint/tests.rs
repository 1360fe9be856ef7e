use super::*;

/// Constraint, versions it admits, versions it does not.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The operators of api-resources 5.4; first the full version, then the partial ones.
const ROWS: &[Row] = &[
    ("10.1.2", &["10.1.2"], &["10.1.1", "10.1.3", "10.2.2"]),
    ("10.1", &["10.1.0", "10.1.9"], &["10.0.9", "10.2.0"]),
    ("10", &["10.0.0", "10.9.9"], &["9.9.9", "11.0.0"]),
    ("= 10.1.2", &["10.1.2"], &["10.1.1", "10.1.3"]),
    ("= 10.1", &["10.1.0", "10.1.20260101"], &["10.2.0"]),
    ("= 10", &["10.0.0", "10.9.9"], &["11.0.0"]),
    ("!= 10.1.2", &["10.1.1", "10.1.3", "9.0.0"], &["10.1.2"]),
    ("!= 10.1", &["10.0.9", "10.2.0", "11.1.0"], &["10.1.0", "10.1.7"]),
    ("!= 10", &["9.9.9", "11.0.0"], &["10.0.0", "10.9.9"]),
    ("> 10.1.2", &["10.1.3", "10.2.0", "11.0.0"], &["10.1.2", "10.1.1"]),
    ("> 10.1", &["10.2.0", "11.0.0"], &["10.1.0", "10.1.9", "10.0.9"]),
    ("> 10", &["11.0.0", "12.1.0"], &["10.0.0", "10.9.9", "9.0.0"]),
    (">= 10.1.2", &["10.1.2", "10.1.3", "11.0.0"], &["10.1.1"]),
    (">= 10.1", &["10.1.0", "10.2.0"], &["10.0.9"]),
    (">= 10", &["10.0.0", "11.0.0"], &["9.9.9"]),
    ("=> 10.1.2", &["10.1.2", "11.0.0"], &["10.1.1"]),
    ("=> 10", &["10.0.0"], &["9.9.9"]),
    ("< 10.1.2", &["10.1.1", "9.0.0"], &["10.1.2", "10.1.3"]),
    ("< 10.1", &["10.0.9"], &["10.1.0", "10.1.1"]),
    ("< 10", &["9.9.9"], &["10.0.0", "10.0.1"]),
    ("<= 10.1.2", &["10.1.2", "10.1.1"], &["10.1.3"]),
    ("<= 10.1", &["10.1.0", "10.1.9", "10.0.9"], &["10.2.0"]),
    ("<= 10", &["10.0.0", "10.9.9", "9.0.0"], &["11.0.0"]),
    ("=< 10.1.2", &["10.1.2"], &["10.1.3"]),
    ("=< 10", &["10.9.9"], &["11.0.0"]),
    ("~ 2.1.3", &["2.1.3", "2.1.9"], &["2.1.2", "2.2.0", "3.1.3"]),
    ("~ 2.1", &["2.1.0", "2.1.9"], &["2.0.9", "2.2.0"]),
    ("~ 2", &["2.0.0", "2.9.9"], &["1.9.9", "3.0.0"]),
    ("~> 2.1.3", &["2.1.3", "2.1.9"], &["2.1.2", "2.2.0"]),
    ("~> 2", &["2.9.9"], &["3.0.0"]),
    ("^ 1.2.3", &["1.2.3", "1.9.0"], &["1.2.2", "2.0.0"]),
    ("^ 1.2", &["1.2.0", "1.9.0"], &["1.1.9", "2.0.0"]),
    ("^ 1", &["1.0.0", "1.9.9"], &["0.9.9", "2.0.0"]),
    ("^ 0.2.3", &["0.2.3", "0.2.9"], &["0.2.2", "0.3.0", "1.2.3"]),
    ("^ 0.2", &["0.2.0", "0.2.9"], &["0.1.9", "0.3.0"]),
    ("^ 0.0.3", &["0.0.3"], &["0.0.2", "0.0.4", "0.1.0"]),
    ("^ 0.0", &["0.0.0", "0.0.9"], &["0.1.0"]),
    ("^ 0", &["0.0.0", "0.9.9"], &["1.0.0"]),
    ("*", &["0.0.0", "10.1.2"], &[]),
    (" * ", &["1.0.0"], &[]),
];

#[test]
fn every_operator_admits_what_the_table_of_5_4_says() {
    for (text, yes, no) in ROWS {
        let constraint = VersionConstraint::parse(text).unwrap();
        for version in *yes {
            assert!(constraint.admits(&Version::parse(version).unwrap()), "{text} admits {version}");
        }
        for version in *no {
            assert!(!constraint.admits(&Version::parse(version).unwrap()), "{text} refuses {version}");
        }
    }
}

#[test]
fn a_pre_release_matches_only_a_constraint_that_has_one() {
    let version = Version::parse("10.1.0-rc.2").unwrap();
    for text in ["*", "10.1.0", "!= 9.0.0", "> 9.0.0", ">= 9", "< 11.0.0", "<= 11", "~ 10", "^ 10"] {
        assert!(!VersionConstraint::parse(text).unwrap().admits(&version), "{text}");
    }
    for text in [">= 10.1.0-rc.1", "< 10.1.0-rc.3", "= 10.1.0-rc.2", "~ 10.1.0-rc.1"] {
        assert!(VersionConstraint::parse(text).unwrap().admits(&version), "{text}");
    }
}

#[test]
fn grammar_of_5_4() {
    let rows = [
        (
            ">=10.0.1",
            "given imageconstraint:>=10.0.1 is not valid, missing space between op and version? invalid semantic version",
        ),
        (
            "",
            "given imageconstraint: is not valid, missing space between op and version? invalid semantic version",
        ),
        ("% 10.0.1", "given imageconstraint op:% is not supported"),
        ("== 10.0.1", "given imageconstraint op:== is not supported"),
        (" 10.0.1", "given imageconstraint op: is not supported"),
        (">= 10.x.1", "given version:10.x.1 is not valid:invalid semantic version"),
        (">=  10", "given version: 10 is not valid:invalid semantic version"),
        (">= *", "given version:* is not valid:invalid semantic version"),
        (">= 1 < 2", "given version:1 < 2 is not valid:invalid semantic version"),
    ];
    for (text, message) in rows {
        assert_eq!(VersionConstraint::parse(text).unwrap_err().to_string(), message, "{text:?}");
    }
}
