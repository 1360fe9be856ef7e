//! Limits of open files and connections of the process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors kept for the store, the log and other files when all connections are in use.
const RESERVE: usize = 64;

/// The value when there is no limit.
const UNLIMITED: u64 = 1 << 20;

/// Raises the process's limit of open files as far as possible, logs a failure, and returns the maximum of connections.
pub(crate) fn connections_max() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(UNLIMITED);
    let mut files = current.unwrap_or(UNLIMITED);
    if files < wanted {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }) {
            Ok(()) => files = wanted,
            Err(error) => tracing::warn!(files, wanted, %error, "the limit of open files was not raised"),
        }
    }
    usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(RESERVE)
}
