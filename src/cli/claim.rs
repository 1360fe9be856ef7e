//! One process per SQLite file: what a node believes of its rows would be stale if another one wrote them.

use anyhow::Context;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// Claims the file for this process; the operating system lets go of it when the process ends, however it ends.
pub(super) fn claim(database: &Path) -> anyhow::Result<File> {
    let path = database.with_extension("lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!("{} is served by another process; stop that one first", database.display())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked", path.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_claim_is_refused_until_the_first_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("plant-a.db");
        let first = claim(&database).unwrap();
        let refusal = claim(&database).unwrap_err().to_string();
        assert!(refusal.ends_with("is served by another process; stop that one first"), "{refusal}");
        drop(first);
        claim(&database).unwrap();
    }
}
