//! Shared by the tests of several modules.

pub(crate) mod log_capture;

/// Runs a test on the actors' kind of runtime, with a clock that jumps when all tasks wait.
pub(crate) fn on_paused_time<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test());
}
