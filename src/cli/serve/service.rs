//! What the service manager is told (sd_notify(3)), where there is one.

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::{MissedTickBehavior, interval};

/// Tells it, if it listens.
pub(super) fn tells(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::warn!(%error, "the service manager could not be told how the node is");
    }
}

pub(super) fn is_ready(partition: &str) {
    let status = format!("serving partition {partition}");
    tells(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Says again and again that the thread of the actors runs, if somebody watches.
pub(super) async fn watch() {
    let Some(patience) = watchdog_enabled() else { return };
    let mut ticks = interval(patience / 3);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tells(&[NotifyState::Watchdog]);
    }
}
