//! Keys of commands that something is being done about now.

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// How often each key is held. Cheap to clone; clones share their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeldKeys(Arc<Mutex<BTreeMap<Uuid, usize>>>);

impl HeldKeys {
    /// The key is held until the result is dropped.
    pub(crate) fn hold(&self, key: Uuid) -> HeldKey {
        *self.0.lock().entry(key).or_default() += 1;
        HeldKey { keys: self.clone(), key }
    }

    pub(crate) fn contains(&self, key: Uuid) -> bool {
        self.0.lock().contains_key(&key)
    }
}

/// Holds a key.
#[derive(Debug)]
pub(crate) struct HeldKey {
    keys: HeldKeys,
    key: Uuid,
}

impl Drop for HeldKey {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock();
        match keys.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                keys.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_held_until_its_last_holder_is_gone() {
        let (keys, key) = (HeldKeys::default(), Uuid::from_u128(1));
        let (first, second) = (keys.hold(key), keys.clone().hold(key));
        drop(first);
        assert!(keys.contains(key) && !keys.contains(Uuid::from_u128(2)));
        drop(second);
        assert!(!keys.contains(key));
    }
}
