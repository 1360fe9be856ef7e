//! Notifications to the service manager (sd_notify(3)), if there is one.

use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio::time::{MissedTickBehavior, interval};

/// Notifies the service manager, if it listens.
pub(super) fn tells(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::warn!(%error, "the service manager could not be notified");
    }
}

pub(super) fn is_ready(partition: &str) {
    let status = format!("serving partition {partition}");
    tells(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Reports periodically that the actors' thread runs, if the service manager watches.
pub(super) async fn watch() {
    let Some(patience) = watchdog_enabled() else { return };
    let mut ticks = interval(patience / 3);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        tells(&[NotifyState::Watchdog]);
    }
}
