//! The commit that the program was built from: with scenario, seed and faults, it fixes every event of a run.

use std::sync::OnceLock;

/// A property of the program, not of a run: the binary sets it once.
static COMMIT: OnceLock<&str> = OnceLock::new();

/// Sets the commit that the program was built from; later calls have no effect.
pub fn built_from(commit: &'static str) {
    if !commit.is_empty() {
        COMMIT.get_or_init(|| commit);
    }
}

/// The commit that the program was built from, or the version.
pub fn commit() -> &'static str {
    COMMIT.get().copied().unwrap_or(concat!("v", env!("CARGO_PKG_VERSION")))
}
