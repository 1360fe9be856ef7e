//! Watchers of changes of machines.

use crate::ids::MachineId;
use std::collections::BTreeMap;
use tokio::sync::watch;

/// Maximum of entries before unwatched ones are removed. Ids come from outside: a wait for a machine that never existed
/// leaves an entry that no change of a row would remove.
const UNSWEPT_MAX: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Watched {
    machines: BTreeMap<MachineId, watch::Sender<()>>,
    /// Number of entries that starts the next sweep: twice as many as remained after the last one.
    sweep_at: usize,
}

impl Watched {
    pub(super) fn subscribe(&mut self, id: &MachineId) -> watch::Receiver<()> {
        if self.machines.len() >= self.sweep_at.max(UNSWEPT_MAX) {
            self.machines.retain(|_, sender| sender.receiver_count() > 0);
            self.sweep_at = self.machines.len() * 2;
        }
        self.machines.entry(id.clone()).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    pub(super) fn notify(&mut self, id: &MachineId) {
        if let Some(sender) = self.machines.get(id)
            && sender.send(()).is_err()
        {
            self.machines.remove(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_watches_any_more_is_forgotten() {
        let mut watched = Watched::default();
        let kept = watched.subscribe(&"kept".into());
        for number in 0..100_000 {
            drop(watched.subscribe(&format!("m{number}").as_str().into()));
            assert!(watched.machines.len() <= UNSWEPT_MAX + 1);
        }
        assert!(!kept.has_changed().unwrap());
        watched.notify(&"kept".into());
        assert!(kept.has_changed().unwrap());
        drop(kept);
        watched.notify(&"kept".into());
        assert!(!watched.machines.contains_key(&"kept".into()));
    }

    #[test]
    fn those_who_watch_are_never_swept() {
        let mut watched = Watched::default();
        let receivers: Vec<_> =
            (0..5000).map(|number| watched.subscribe(&format!("m{number}").as_str().into())).collect();
        assert_eq!(watched.machines.len(), receivers.len());
    }
}
