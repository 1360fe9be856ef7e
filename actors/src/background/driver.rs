//! Runs a background task until the partition stops. A failure of one task ends neither it nor another one.

use super::registry::Registry;
use super::task::BackgroundTask;
use crate::runtime::LocalPartition;
use futures_util::FutureExt;
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::Instant;

/// The task is in the registry. Ends when the partition begins to stop: the current run ends first, and its calls are
/// refused from then on.
pub(super) async fn drive(mut task: impl BackgroundTask, local: LocalPartition, registry: Registry) {
    let name = task.name();
    let mut wait = task.first();
    loop {
        registry.plan(name, Instant::now() + wait);
        if is_stopping_within(&local, wait).await {
            break;
        }
        registry.begin(name, local.now());
        let began = Instant::now();
        let outcome = AssertUnwindSafe(task.run(&local)).catch_unwind().await;
        let outcome = outcome.map_err(|panic| {
            let error = text(panic.as_ref());
            tracing::error!(task = name, error, "a background task panicked; its next run is later");
            error.to_owned()
        });
        wait = match &outcome {
            Ok(outcome) if outcome.more => Duration::ZERO,
            _ => task.every(),
        };
        registry.end(name, began.elapsed(), outcome);
    }
    registry.stop(name);
}

async fn is_stopping_within(local: &LocalPartition, wait: Duration) -> bool {
    if wait.is_zero() {
        return local.is_stopping();
    }
    tokio::select! {
        biased;
        () = local.until_stopping() => true,
        () = tokio::time::sleep(wait) => false,
    }
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    formatted.or_else(|| panic.downcast_ref().copied()).unwrap_or("no message")
}

#[cfg(test)]
mod tests;
