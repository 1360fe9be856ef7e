//! Finds the commit that the program is built from, without a crate.
//!
//! `METALMESH_COMMIT` names it where there is no checkout, as for packages. Otherwise git names it; release builds are
//! marked when the tree had changes. If neither knows it, the version stands alone.

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

/// The commit of this checkout. A checkout of another project around these sources is ignored.
fn commit() -> Option<String> {
    if !Path::new(FOLDER).join(".git").exists() {
        return None;
    }
    // The log grows with every commit and every switch.
    watch(&git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    // A development build usually has changes, and is not repeated for each of them.
    let is_for_users = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if !is_for_users {
        return git(&["rev-parse", "--short=12", "HEAD"]);
    }
    ["Cargo.toml", "Cargo.lock", "src", "actors", "simulations", "configs"].into_iter().for_each(watch);
    git(&["describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=-modified"])
}

/// Does nothing for a missing path: cargo would rebuild every time.
fn watch(path: &str) {
    if Path::new(FOLDER).join(path).exists() {
        println!("cargo::rerun-if-changed={path}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    // Takes no lock: git commands that run in the checkout at the same time must not fail.
    let output =
        Command::new("git").arg("--no-optional-locks").args(args).current_dir(FOLDER).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.trim().to_owned()).filter(|text| output.status.success() && !text.is_empty())
}
