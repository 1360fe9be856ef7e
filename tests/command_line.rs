//! The program's output on the command line, for shells and for readers that stop after the first line.

use crate::support::process::{PROGRAM, run};
use std::path::Path;
use std::process::Command;

/// The output of a bash script.
fn bash(script: &str) -> String {
    let output = Command::new("bash").args(["-c", script]).output().unwrap();
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{script}: {told:?}");
    told.concat()
}

/// Bash itself completes: it loads the script and calls the registered function.
#[test]
fn bash_completes_what_is_typed() {
    let rows = [
        (vec!["metalmesh", "comp"], "completions"),
        (vec!["metalmesh", "ipam", "quar"], "quarantine"),
        (vec!["metalmesh", "sim", "run", "--tw"], "--twice"),
        (vec!["metalmesh", "sign", "--role", "vi"], "view"),
    ];
    for (words, wanted) in rows {
        let (last, typed) = (words.len() - 1, words.join(" "));
        let before = words[last - 1];
        let script = format!(
            "source <({PROGRAM} completions bash); COMP_WORDS=({typed}); COMP_CWORD={last}; \
             $(complete -p metalmesh | sed 's/.*-F \\([^ ]*\\).*/\\1/') metalmesh {} {before}; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            words[last]
        );
        assert_eq!(bash(&script).trim(), wanted, "{typed}");
    }
}

#[test]
fn every_shell_gets_a_script_and_others_are_refused() {
    let here = Path::new(".");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, _) = run(&["completions", shell], here);
        assert_eq!(code, Some(0), "{shell}");
        assert!(script.contains("quarantine"), "{shell}: {script}");
    }
    let (code, _, error) = run(&["completions", "cmd"], here);
    assert_eq!(code, Some(64));
    assert!(error.contains("possible values"), "{error}");
}

/// In a checkout it is the checkout's commit; CI and packages name it.
#[test]
fn the_version_names_the_commit_it_was_built_from() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, told, _) = run(&["--version"], folder);
    assert_eq!(code, Some(0));
    let git = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).current_dir(folder).output();
    let Some(git) = git.ok().filter(|output| output.status.success() && folder.join(".git").exists()) else {
        return assert!(told.starts_with(concat!("metalmesh ", env!("CARGO_PKG_VERSION"))), "{told}");
    };
    let commit = String::from_utf8(git.stdout).unwrap();
    assert!(told.contains(commit.trim()), "{told} was built from {commit}");
}

/// A reader that closes the pipe after the first line causes no panic.
#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let told = bash(&format!("{PROGRAM} store sql | head -n 1; exit \"${{PIPESTATUS[0]}}\""));
    assert_eq!(told.lines().count(), 1, "{told}");
    let told = bash(&format!("{PROGRAM} completions bash 2>&1 >&- | cat"));
    assert!(!told.contains("panicked"), "{told}");
}
