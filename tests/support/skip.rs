//! How a test reports that a requirement is missing.

use std::io::Write;

/// Writes directly to standard error, because libtest hides the output of passing tests; fails when the environment
/// variable `required` is 1.
#[expect(clippy::explicit_write, reason = "libtest takes what macros print")]
pub(crate) fn skipped(why: &str, required: &str) {
    let is_required = std::env::var(required).is_ok_and(|value| value == "1");
    assert!(!is_required, "{why}, and {required}=1");
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    writeln!(std::io::stderr(), "SKIPPED: {name}: {why}").unwrap();
}
