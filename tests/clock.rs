//! A process with a wrong clock.

use crate::clients::REQUIRED;
use crate::support::process::command;
use crate::support::skip::skipped;
use std::path::PathBuf;

/// Debian's package `libfaketime`; `None`, with a message, if it is not installed.
fn faketime() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?;
    let found = folders.filter_map(|folder| Some(folder.ok()?.path().join("faketime/libfaketime.so.1")));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        skipped("libfaketime is not installed", REQUIRED);
    }
    found
}

/// Without the check, every request would panic.
#[test]
fn a_clock_before_1970_is_named_at_the_start() {
    let Some(library) = faketime() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut node =
        command(&["dev", "--empty", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], folder.path());
    node.env("LD_PRELOAD", library).env("FAKETIME", "1966-12-14 00:00:00");
    let output = node.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("before 1970: set it") && !said.contains("panicked"), "{said}");
}
