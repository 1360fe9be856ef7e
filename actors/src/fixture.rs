//! Shared by the tests of several modules and, with the feature `fixture`, by the tests of the crates above.
//!
//! What only the tests of one noun need lies in the noun's own `fixture`.

#![expect(clippy::unwrap_used, reason = "a fixture that cannot be built fails the test")]

pub mod clock;
pub mod links;
#[cfg(test)]
pub(crate) mod log_capture;
pub mod rows;

/// Runs a test on the actors' kind of runtime, with a clock that jumps when all tasks wait. There is no I/O: real
/// sockets do not wait for such a clock.
pub fn on_paused_time<F: Future>(test: impl FnOnce() -> F) -> F::Output {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test())
}
