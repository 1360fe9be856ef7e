//! Third-party code: licences, banned crates, and unused dependencies. Reads `cargo metadata` for this machine's
//! platform, so a build has already downloaded everything; the lock files cover every platform.

use super::{expect_none, root, sources};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Allowed licences, each used by at least one crate. Read the text of a licence before adding it.
const LICENCES: [&str; 6] = ["Apache-2.0", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/// There is one TLS implementation, rustls with ring: these are others, in C.
const BANNED: [&str; 5] = ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

const LOCK_FILES: [&str; 3] = ["Cargo.lock", "src/grpc/generate/Cargo.lock", "tests/fuzz/Cargo.lock"];

/// Member, dependency, and why it is needed although no source file names it.
const UNNAMED: [(&str, &str, &str); 1] =
    [("metalmesh", "bitflags", "its feature std, which crates of the tests ask for, is chosen once for all")];

/// Of `cargo metadata --format-version 1`.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    license: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    rename: Option<String>,
}

fn metadata() -> Metadata {
    let host = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", &host])
        .current_dir(root())
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo fetch --locked --target {host}, then try again: {error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whether allowed licences satisfy a licence expression (SPDX 2.3, annex D; `/` is an older way to write `OR`).
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = any_of(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut met = all_of(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut met = one_of(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one_of(words, allowed);
    }
    met
}

fn one_of(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    match words.next() {
        Some("(") => any_of(words, allowed) & (words.next() == Some(")")),
        Some(licence) => {
            // An exception only adds permissions to a licence.
            let _exception = words.next_if_eq(&"WITH").and_then(|_| words.next());
            allowed.contains(&licence)
        }
        None => false,
    }
}

/// Packages without an allowed licence, and allowed licences that no package uses.
fn licence_faults(metadata: &Metadata, allowed: &[&str]) -> Vec<String> {
    let licence = |package: &Package| package.license.clone().unwrap_or_default();
    let not_allowed = |package: &&Package| !is_allowed(&licence(package), allowed);
    let mut faults: Vec<String> = metadata
        .packages
        .iter()
        .filter(not_allowed)
        .map(|package| format!("{}: {:?} is not allowed", package.name, licence(package)))
        .collect();
    let is_met = |licence: &&&str| {
        let named = |package: &Package| package.license.as_ref().is_some_and(|text| text.contains(**licence));
        !metadata.packages.iter().any(named)
    };
    faults.extend(allowed.iter().filter(is_met).map(|licence| format!("{licence}: no package has it")));
    faults
}

/// Banned names in a lock file.
fn bans<'a>(lock_file: &'a str, banned: &[&str]) -> Vec<&'a str> {
    let names = lock_file.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    names.filter(|name| banned.contains(name)).collect()
}

/// Dependencies of members that no source file names, except those with a reason; and reasons that are not needed.
/// `source`: all code of a member.
fn unused(
    metadata: &Metadata,
    reasons: &[(&str, &str, &str)],
    source: impl Fn(&str) -> String,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut excused: BTreeSet<(&str, &str)> =
        reasons.iter().map(|(member, name, _)| (*member, *name)).collect();
    let is_member = |package: &&Package| metadata.workspace_members.contains(&package.id);
    for member in metadata.packages.iter().filter(is_member) {
        let source = source(&member.name);
        for dependency in &member.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
            if is_named(&source, &name.replace('-', "_")) {
                continue;
            }
            let is_excused = reasons.iter().any(|reason| (reason.0, reason.1) == (&*member.name, &**name));
            if is_excused {
                excused.remove(&(&*member.name, &**name));
            } else {
                faults.push(format!("{} does not use {name}", member.name));
            }
        }
    }
    faults.extend(
        excused
            .into_iter()
            .map(|(member, name)| format!("{member} uses {name}, or has it not: no reason is needed")),
    );
    faults
}

/// Whether code outside of comments names a crate: `serde::`, `use serde;`.
fn is_named(source: &str, name: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).any(|line| {
        line.match_indices(name).any(|(place, _)| {
            let (before, after) = (&line[..place], &line[place + name.len()..]);
            let begins = !before.ends_with(is_word);
            begins && (after.starts_with("::") || (before.ends_with("use ") && after.starts_with(';')))
        })
    })
}

/// All Rust code of a member of the workspace, including tests and benches.
fn source(member: &str) -> String {
    let folders = match member {
        "metalmesh" => ["src", "tests"].as_slice(),
        other => &[other],
    };
    let is_in =
        |file: &Path, folders: &[&str]| folders.iter().any(|folder| file.starts_with(root().join(folder)));
    // Separate workspaces, with their own manifests.
    let others = ["tests/fuzz", "src/grpc/generate"];
    let written = sources().into_iter().filter(|file| is_in(file, folders) && !is_in(file, &others));
    let generated =
        fs::read_dir(root().join("src/grpc/generated")).unwrap().map(|entry| entry.unwrap().path());
    let generated =
        generated.filter(|file| is_in(file, folders) && file.extension().is_some_and(|it| it == "rs"));
    written.chain(generated).map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn licences_of_dependencies_are_allowed() {
    expect_none("licences", &licence_faults(&metadata(), &LICENCES));
}

#[test]
fn there_is_one_implementation_of_tls() {
    let mut found = Vec::new();
    for file in LOCK_FILES {
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(
            text.contains("name = \"ring\"") || !text.contains("name = \"rustls\""),
            "{file} was not read"
        );
        found.extend(bans(&text, &BANNED).into_iter().map(|name| format!("{file}: {name}")));
    }
    expect_none("banned crates", &found);
}

#[test]
fn dependencies_are_used() {
    expect_none("dependencies", &unused(&metadata(), &UNNAMED, source));
}

/// Violations are found: one of each kind, among valid ones.
#[test]
fn planted_faults_are_found() {
    let package = |name: &str, license: Option<&str>, dependencies: &[&str]| {
        let dependencies: Vec<_> =
            dependencies.iter().map(|name| serde_json::json!({"name": name, "rename": null})).collect();
        serde_json::json!({"id": name, "name": name, "license": license, "dependencies": dependencies})
    };
    let packages = [
        package("member", Some("Apache-2.0 OR MIT"), &["a-b", "c", "d", "e"]),
        package("c", Some("GPL-3.0-only"), &["never-looked-at"]),
        package("d", Some("MIT AND GPL-3.0-only"), &[]),
        package("e", None, &[]),
        package("a-b", Some("GPL-2.0 OR (MIT AND Zlib)"), &[]),
    ];
    let metadata = serde_json::json!({"packages": packages, "workspace_members": ["member"]});
    let metadata: Metadata = serde_json::from_value(metadata).unwrap();
    assert_eq!(
        licence_faults(&metadata, &["MIT", "Zlib", "ISC"]),
        [
            "c: \"GPL-3.0-only\" is not allowed",
            "d: \"MIT AND GPL-3.0-only\" is not allowed",
            "e: \"\" is not allowed",
            "ISC: no package has it"
        ]
    );
    let code = |_: &str| "use a_b::x; // c::y\nlet d = abc::z(); e::f();".to_owned();
    assert_eq!(unused(&metadata, &[], code), ["member does not use c", "member does not use d"]);
    let reasons = [("member", "c", "because"), ("member", "e", "because"), ("other", "d", "because")];
    assert_eq!(
        unused(&metadata, &reasons, code),
        [
            "member does not use d",
            "member uses e, or has it not: no reason is needed",
            "other uses d, or has it not: no reason is needed"
        ]
    );
    let lock = "[[package]]\nname = \"openssl-probe\"\n\n[[package]]\nname = \"openssl\"\nversion = \"1\"\n";
    assert_eq!(bans(lock, &BANNED), ["openssl"]);
}

#[test]
fn licence_expressions_are_understood() {
    let rows = [
        ("MIT", true),
        ("GPL-2.0", false),
        ("GPL-2.0/MIT", true),
        ("GPL-2.0 AND MIT", false),
        ("GPL-2.0 OR MIT AND Zlib", true),
        ("(GPL-2.0 OR MIT) AND Zlib", true),
        ("(GPL-2.0 OR MIT) AND GPL-2.0", false),
        ("MIT WITH LLVM-exception AND Zlib", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("MIT Zlib", false),
        ("(MIT", false),
        ("MIT)", false),
        ("", false),
    ];
    for (expression, wanted) in rows {
        assert_eq!(is_allowed(expression, &["MIT", "Zlib"]), wanted, "{expression}");
    }
}
