//! `configs/node.toml` is the operators' starting point: it has every key with its default.

use crate::support::partition::certificates;
use crate::support::process::run;
use std::collections::BTreeSet;
use std::path::Path;

fn sample() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/node.toml")).unwrap()
}

/// The key of a line that sets one, or of a commented one.
fn key(line: &str) -> Option<&str> {
    let (name, value) = line.trim_start_matches("# ").split_once(" = ")?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_value = value.starts_with(|first: char| ['"', '['].contains(&first) || first.is_ascii_digit())
        || ["true", "false"].contains(&value);
    (is_name && is_value).then_some(name)
}

/// With every commented key in force, except those in `leave_out`.
fn uncommented(leave_out: &[&str]) -> String {
    let sample = sample();
    let lines = sample.lines().filter(|line| !leave_out.iter().any(|text| line.contains(text)));
    lines
        .map(|line| if key(line).is_some() { line.trim_start_matches("# ") } else { line }.to_owned() + "\n")
        .collect()
}

/// Loads the text in a folder with the files that it names.
fn load(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    certificates(folder.path());
    std::fs::create_dir(folder.path().join("keys")).unwrap();
    for name in ["view", "edit", "admin", "super-user", "metrics"] {
        std::fs::write(folder.path().join("keys").join(name), format!("{name}-of-sixteen-bytes")).unwrap();
    }
    std::fs::write(folder.path().join("store.url"), "postgres://metalmesh@localhost/metalmesh").unwrap();
    std::fs::write(folder.path().join("node.toml"), text).unwrap();
    let (code, said, error) = run(&["config", "check", "node.toml"], folder.path());
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert_eq!(said, "node.toml: good, for partition plant-a\n");
    let checked = metalmesh::config::load(&folder.path().join("node.toml")).unwrap();
    format!("{:#?}", checked.config)
}

#[test]
fn what_is_commented_out_are_the_defaults() {
    let no_default =
        ["super_user_password_file", ":9100", "keys/metrics", "0.0.0.0:4443", "advertise", "folder = "];
    let embedded_only = ["\"postgres\"", "url_file", "start_patience_s", "insecure"];
    let embedded = load(&uncommented(&[&embedded_only[..], &no_default].concat()));
    assert_eq!(load(&sample()), embedded);
    let elsewhere = load(&uncommented(&["kind = \"sqlite\"", "path = \"plant"]));
    assert!(elsewhere.contains("Postgres {"), "{elsewhere}");
    assert!(elsewhere.contains("keys/super-user"), "{elsewhere}");
}

#[test]
fn every_key_is_there() {
    let code = include_str!("../src/config.rs");
    let typed = &code[..code.find("/// Why a configuration is refused").unwrap()];
    let fields = typed.lines().filter_map(|line| {
        let (name, kind) = line.trim().trim_start_matches("pub ").split_once(": ")?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        (is_name && kind.ends_with(',')).then_some(name)
    });
    let variants = typed.lines().filter(|line| line.contains(" { ") && line.ends_with(" },"));
    let variants =
        variants.flat_map(|line| line.split([' ', '{', ',']).filter_map(|word| word.strip_suffix(':')));
    let known: BTreeSet<&str> = fields.chain(variants).chain(["kind"]).collect();
    assert!(known.contains("patience_s") && known.contains("url_file"), "{known:?}");
    let sample = sample();
    let tables = sample.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']'));
    let tables = tables.flat_map(|table| table.split('.'));
    let shown: BTreeSet<&str> = sample.lines().filter_map(key).chain(tables).collect();
    assert_eq!(shown, known);
}
