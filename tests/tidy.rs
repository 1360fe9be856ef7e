//! Rules that the compiler does not check: sizes, names, words, citations, dependencies between modules and crates, and
//! third-party code.

mod arrows;
mod citations;
mod dependencies;
mod words;

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 500;

/// Names that do not say what a file owns.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "manager", "handler"];

/// Marks of unfinished code. Split, so that this file does not find itself.
const BANNED: [&str; 6] = [
    concat!("todo", "!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("db", "g!("),
    concat!("#[ign", "ore"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files that people wrote.
fn sources() -> Vec<PathBuf> {
    written_in(&["rs"])
}

fn written_in(languages: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["src", "actors", "simulations", "transport", "tests"].iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // Generated code is not read by people; a test below compares it with its sources.
                if path != root().join("src/grpc/generated") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| languages.iter().any(|it| extension == *it)) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the tree was not found");
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn expect_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn files_fit_on_a_desk() {
    let long: Vec<String> = written_in(&["rs", "go", "py", "md"])
        .iter()
        .map(|path| (path, fs::read_to_string(path).unwrap().lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{}: {lines} lines", shown(path)))
        .collect();
    expect_none("longer than 500 lines", &long);
}

#[test]
fn files_are_named_for_what_they_own() {
    let empty: Vec<String> = sources()
        .iter()
        .filter(|path| path.file_stem().is_some_and(|stem| EMPTY_NAMES.iter().any(|name| stem == *name)))
        .map(|path| shown(path))
        .collect();
    expect_none("names that say nothing", &empty);
}

#[test]
fn nothing_is_left_unfinished() {
    let mut found = Vec::new();
    for path in sources() {
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            found.extend(
                BANNED
                    .iter()
                    .filter(|word| line.contains(*word))
                    .map(|word| format!("{}:{}: {word}", shown(&path), number + 1)),
            );
        }
    }
    expect_none("unfinished", &found);
}

#[test]
fn every_module_says_what_it_owns() {
    let silent: Vec<String> = sources()
        .iter()
        // `tests.rs` in a module's folder needs no comment.
        .filter(|path| !path.ends_with("tests.rs") && !fs::read_to_string(path).unwrap().starts_with("//!"))
        .map(|path| shown(path))
        .collect();
    expect_none("without a module comment", &silent);
}

#[test]
fn every_file_belongs_to_a_module() {
    let dead: Vec<String> = sources()
        .iter()
        .filter(|path| !is_crate_root(path) && !is_declared(path))
        .map(|path| shown(path))
        .collect();
    expect_none("declared by no module", &dead);
}

/// Files that two crates share by path: benchmarks use the support of the tests, stores of other crates the guarantees
/// of the port.
const TAKEN_BY_PATH: [&str; 2] = ["tests/support/mod.rs", "actors/src/store/contract.rs"];

/// Maximal lines of inline tests.
const INLINE_TESTS_MAX: usize = 60;

/// One rule for tests: short ones below the code, longer ones in `tests.rs` in the module's folder. If this fails, move
/// the named tests; `#[path]` would hide where a module is.
#[test]
fn tests_lie_where_their_module_does() {
    let mut found = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let attributes = text.lines().filter_map(|line| line.trim().strip_prefix("#[path = \""));
        let hidden = attributes.filter(|target| {
            let target = target.trim_end_matches("\"]").trim_start_matches("../");
            !TAKEN_BY_PATH.iter().any(|taken| taken.ends_with(target)) && !target.starts_with("contract/")
        });
        found.extend(hidden.map(|target| format!("{}: #[path] to {target}", shown(&path))));
        if let Some((_, inline)) = text.split_once("\n#[cfg(test)]\nmod tests {\n") {
            let lines = inline.lines().take_while(|line| *line != "}").count();
            if lines > INLINE_TESTS_MAX {
                found.push(format!("{}: {lines} lines of tests", shown(&path)));
            }
        }
    }
    expect_none("tests elsewhere", &found);
}

fn is_crate_root(path: &Path) -> bool {
    let manifests = [
        "Cargo.toml",
        "actors/Cargo.toml",
        "simulations/Cargo.toml",
        "src/grpc/generate/Cargo.toml",
        "tests/fuzz/Cargo.toml",
        "transport/Cargo.toml",
    ];
    let named = manifests.iter().any(|manifest| {
        let manifest = root().join(manifest);
        let folder = manifest.parent().unwrap().to_owned();
        fs::read_to_string(&manifest).is_ok_and(|text| {
            text.lines().filter_map(|line| line.split('"').nth(1)).any(|quoted| folder.join(quoted) == *path)
        })
    });
    named || ["lib.rs", "main.rs"].iter().any(|name| path.ends_with(format!("src/{name}")))
}

fn is_declared(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    let folder = path.parent().unwrap();
    let name = if stem == "mod" { folder.file_name().unwrap().to_string_lossy().into_owned() } else { stem };
    let above = if path.ends_with("mod.rs") { folder.parent().unwrap() } else { folder };
    let parents =
        [above.join("mod.rs"), above.join("lib.rs"), above.join("main.rs"), above.with_extension("rs")];
    parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|text| {
        text.lines().any(|line| {
            let line = line.trim();
            line.ends_with(&format!("mod {name};")) || line.contains(&format!("/{name}.rs\"]"))
        })
    })
}

/// Generated code must come from these protos and this program, without manual changes.
#[test]
fn generated_code_is_what_the_protos_say() {
    let grpc = root().join("src/grpc");
    let told = fs::read_to_string(grpc.join("generated/SHA256SUMS")).unwrap();
    let mut files = Vec::new();
    let mut folders = ["generate", "generated", "proto"].map(|name| grpc.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("target") => {}
                true => folders.push(path),
                false if path.ends_with("SHA256SUMS") => {}
                false => files.push(path),
            }
        }
    }
    files.sort();
    let sums = files.iter().map(|path| {
        let sum = hex::encode(Sha256::digest(fs::read(path).unwrap()));
        format!("{sum}  {}\n", path.strip_prefix(&grpc).unwrap().display())
    });
    let again = "cargo run --manifest-path src/grpc/generate/Cargo.toml";
    assert_eq!(told, sums.collect::<String>(), "something changed: {again}");
}

#[test]
fn the_arrows_between_crates_point_down() {
    let forbidden = [
        (
            "actors/Cargo.toml",
            ["metalmesh", "simulations", "transport", "sqlx", "quinn", "actix-web", "reqwest", "tonic"]
                .as_slice(),
        ),
        ("simulations/Cargo.toml", ["metalmesh", "sqlx", "actix-web", "reqwest", "tonic"].as_slice()),
        ("transport/Cargo.toml", ["metalmesh", "actors", "simulations", "sqlx", "actix-web"].as_slice()),
    ];
    let mut found = Vec::new();
    for (manifest, banned) in forbidden {
        let text = fs::read_to_string(root().join(manifest)).unwrap_or_default();
        let names = text.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        found.extend(
            names.filter(|name| banned.contains(name)).map(|name| format!("{manifest} knows {name}")),
        );
    }
    expect_none("forbidden arrows", &found);
}

/// Simulated code must not reach the outside: no system randomness, no socket libraries, no thread pools, no other
/// clocks. Actix depends on tokio's sockets and timers, which clippy's bans guard.
#[test]
fn nothing_that_is_simulated_reaches_outside() {
    let banned =
        ["getrandom", "chrono", "rayon", "sqlx-core", "hyper", "actix-web", "reqwest", "tonic", "num_cpus"];
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "-p", "simulations", "-e", "normal", "--prefix", "none"])
        .current_dir(root())
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"actix") && names.contains(&"rand_chacha"), "the graph was not found");
    let found: Vec<String> =
        banned.iter().filter(|name| names.contains(name)).map(|name| (*name).to_owned()).collect();
    expect_none("simulations can reach", &found);
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let allowed = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "actors",
        "configs",
        "simulations",
        "src",
        "tests",
        "transport",
        "target",
    ];
    let strangers: Vec<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !allowed.contains(&name.as_str()))
        .collect();
    expect_none("strangers at the top level", &strangers);
}
