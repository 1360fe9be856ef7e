//! Tells the program which commit it is built from, without any crate.
//!
//! `METALMESH_COMMIT` says it where there is no checkout, as for packages; else git is asked, and what users
//! run is marked when the tree had changes. Where nobody knows, the version stands alone.

use std::path::Path;
use std::process::Command;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn main() {
    println!("cargo::rerun-if-env-changed=METALMESH_COMMIT");
    println!("cargo::rerun-if-changed=src/cli/build.rs");
    let told = std::env::var("METALMESH_COMMIT").ok().filter(|commit| !commit.is_empty());
    let commit = told.or_else(commit).unwrap_or_default();
    let version = match commit.as_str() {
        "" => env!("CARGO_PKG_VERSION").to_owned(),
        commit => format!("{} ({commit})", env!("CARGO_PKG_VERSION")),
    };
    println!("cargo::rustc-env=METALMESH_COMMIT={commit}");
    println!("cargo::rustc-env=METALMESH_VERSION={version}");
}

/// The commit of this checkout. A checkout of something else around these sources is not asked.
fn commit() -> Option<String> {
    if !Path::new(FOLDER).join(".git").exists() {
        return None;
    }
    // It grows with every commit and every switch.
    watch(&git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    // A development build has changes as a rule, and is not made again because of each of them.
    let is_for_users = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_for_users {
        return git(&["rev-parse", "--short=12", "HEAD"]);
    }
    ["Cargo.toml", "Cargo.lock", "src", "actors", "simulations", "configs"].into_iter().for_each(watch);
    git(&["describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=-modified"])
}

/// What is not there would ask for a build every time.
fn watch(path: &str) {
    if Path::new(FOLDER).join(path).exists() {
        println!("cargo::rerun-if-changed={path}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    // Whoever works in the checkout at the same time must not meet a lock of ours.
    let output =
        Command::new("git").arg("--no-optional-locks").args(args).current_dir(FOLDER).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}
