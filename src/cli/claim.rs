//! One process per SQLite file: a node's memory would be stale if another process wrote its rows.

use anyhow::Context;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Owner only: the database holds the passwords of BMCs.
const PRIVATE: u32 = 0o600;

/// A lock on the file for this process. The operating system releases it when the process ends, for any reason. The
/// claim must outlive everything that has the database open.
#[derive(Debug)]
pub(super) struct Claim {
    _beside: File,
    _itself: File,
}

/// Locks a file beside the database, as older releases do, and the database itself, which symbolic and hard links may
/// give many names. These locks do not interfere with SQLite's own, which are of another kind.
pub(super) fn claim(database: &Path) -> anyhow::Result<Claim> {
    let itself = locked(database, database)?;
    warn_if_readable(database);
    let resolved = database.canonicalize();
    let resolved = resolved.with_context(|| format!("{} cannot be found", database.display()))?;
    Ok(Claim { _beside: locked(database, &resolved.with_extension("lock"))?, _itself: itself })
}

/// SQLite creates its journal with the permissions of the database file.
fn warn_if_readable(database: &Path) {
    let mode = database.metadata().map(|metadata| metadata.permissions().mode());
    if mode.is_ok_and(|mode| mode & 0o077 != 0) {
        let file = database.display();
        tracing::warn!(%file, "others may read the database, which holds the passwords of BMCs: chmod 600 it and its -wal and -shm");
    }
}

fn locked(database: &Path, path: &Path) -> anyhow::Result<File> {
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .mode(PRIVATE)
        .open(path)
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

    #[test]
    fn a_file_is_claimed_under_all_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| folder.path().join(name);
        let first = claim(&name("plant-a.db")).unwrap();
        std::os::unix::fs::symlink(name("plant-a.db"), name("symbolic.db")).unwrap();
        std::fs::hard_link(name("plant-a.db"), name("hard.db")).unwrap();
        for other in ["symbolic.db", "hard.db"] {
            let refusal = claim(&name(other)).unwrap_err().to_string();
            assert!(refusal.ends_with("is served by another process; stop that one first"), "{refusal}");
        }
        drop(first);
        claim(&name("hard.db")).unwrap();
    }
}
