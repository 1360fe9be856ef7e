//! Classifies database errors by the required reaction (store 1.6). Uses error codes, and the message only for the one
//! error that has no code of its own.

use actors::store::{BoxError, StoreError};

/// The reaction to an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Conflict with another transaction: roll back and retry.
    Retry,
    /// The server is overloaded: retry later.
    Overload,
    /// The connection is broken, and the transaction was rolled back: retry on a new connection.
    Lost,
    /// The connection broke during the commit: determine its outcome.
    Ambiguous,
    /// The database cannot write for now (disk full, read only); an immediate retry is useless.
    Unavailable,
    /// Another node has taken over: this one no longer writes.
    Deposed,
    /// Permanent: a bug in the statement or an invalid value.
    Refused,
}

/// The stage of a transaction at the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Before `COMMIT` was sent: certainly not committed.
    Before,
    /// `COMMIT` was sent.
    Commit,
}

/// Classifies an error.
pub(super) fn classify(error: &sqlx::Error, stage: Stage) -> Class {
    let class = match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            by_code(&code, database.message())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Class::Lost,
        sqlx::Error::PoolTimedOut => Class::Overload,
        sqlx::Error::PoolClosed => Class::Unavailable,
        _ => Class::Refused,
    };
    match (class, stage) {
        (Class::Lost, Stage::Commit) => Class::Ambiguous,
        (class, _) => class,
    }
}

/// PostgreSQL's codes have five characters; SQLite's are decimal numbers whose low byte is the primary code.
fn by_code(code: &str, message: &str) -> Class {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => by_sqlite(number),
        _ => by_sqlstate(code, message),
    }
}

fn by_sqlstate(code: &str, message: &str) -> Class {
    match code {
        // Serialization failure, deadlock, lock not available. Unique violation: another writer inserted the same new
        // key first; the next try sees it. 42P07, 42710: another process has just created the same table.
        "40001" | "40P01" | "55P03" | "23505" | "42P07" | "42710" => Class::Retry,
        // "Statement completion unknown": the server does not know the outcome.
        "40003" => Class::Lost,
        "0A000" if message.contains("cached plan") => Class::Lost,
        // Cancelled by the server's statement timeout.
        "57014" => Class::Overload,
        // Idle in transaction for too long; administrator's command, crash, start-up, database dropped.
        "25P03" | "25006" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" => Class::Lost,
        // A full disk is no temporary overload.
        "53100" => Class::Unavailable,
        _ => match code.get(..2) {
            Some("53") => Class::Overload,
            Some("08") => Class::Lost,
            Some("58") => Class::Unavailable,
            // A wrong password or a missing database: the operator must fix it, it is not the transaction's error.
            Some("28" | "3D") => Class::Unavailable,
            _ => Class::Refused,
        },
    }
}

fn by_sqlite(code: u32) -> Class {
    /// `SQLITE_BUSY_RECOVERY`, `SQLITE_LOCKED` and others share their low byte with the primary code.
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    const NOMEM: u32 = 7;
    const READONLY: u32 = 8;
    const INTERRUPT: u32 = 9;
    const IOERR: u32 = 10;
    const FULL: u32 = 13;
    const CANTOPEN: u32 = 14;
    const SCHEMA: u32 = 17;
    match code & 0xff {
        BUSY | LOCKED | SCHEMA => Class::Retry,
        NOMEM | INTERRUPT => Class::Overload,
        // After an I/O error during a commit, the frames may or may not be on the disk.
        IOERR => Class::Lost,
        READONLY | FULL | CANTOPEN => Class::Unavailable,
        _ => Class::Refused,
    }
}

/// The error of a read, or of a write that failed before `COMMIT`.
pub(super) fn gave_up(class: Class, source: BoxError) -> StoreError {
    match class {
        Class::Retry | Class::Overload => StoreError::Busy(source),
        Class::Lost | Class::Unavailable | Class::Deposed => StoreError::Unavailable(source),
        Class::Ambiguous => StoreError::Unknown(source),
        Class::Refused => StoreError::Invalid(source.to_string()),
    }
}

/// Whether a retry may open the database soon. A wrong password and an invalid certificate are permanent.
pub fn may_come(error: &StoreError) -> bool {
    let (StoreError::Unavailable(source) | StoreError::Busy(source)) = error else { return false };
    match source.downcast_ref() {
        Some(sqlx::Error::Tls(_)) => false,
        // A TLS error of rustls (`rustls::Error`).
        Some(sqlx::Error::Io(error)) => error.kind() != std::io::ErrorKind::InvalidData,
        Some(sqlx::Error::Database(database)) => !database.code().is_some_and(|code| code.starts_with("28")),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_as_store_md_1_6_says() {
        let table = [
            ("40001", Class::Retry),
            ("40P01", Class::Retry),
            ("55P03", Class::Retry),
            ("23505", Class::Retry),
            ("5", Class::Retry),
            ("517", Class::Retry),
            ("6", Class::Retry),
            ("40003", Class::Lost),
            ("57P01", Class::Lost),
            ("08006", Class::Lost),
            ("778", Class::Lost),
            ("57014", Class::Overload),
            ("53300", Class::Overload),
            ("53100", Class::Unavailable),
            ("13", Class::Unavailable),
            ("3D000", Class::Unavailable),
            ("22021", Class::Refused),
            ("42P01", Class::Refused),
            ("25P02", Class::Refused),
            ("1", Class::Refused),
            ("", Class::Refused),
        ];
        for (code, class) in table {
            assert_eq!(by_code(code, ""), class, "{code}");
        }
        assert_eq!(by_code("0A000", "cached plan must not change result type"), Class::Lost);
        assert_eq!(by_code("0A000", "not supported"), Class::Refused);
    }

    #[test]
    fn only_a_connection_lost_while_committing_is_ambiguous() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into());
        assert_eq!(classify(&lost, Stage::Before), Class::Lost);
        assert_eq!(classify(&lost, Stage::Commit), Class::Ambiguous);
        assert_eq!(classify(&sqlx::Error::RowNotFound, Stage::Commit), Class::Refused);
    }

    #[test]
    fn an_ambiguous_end_is_the_only_unknown_one() {
        for class in
            [Class::Retry, Class::Overload, Class::Lost, Class::Unavailable, Class::Deposed, Class::Refused]
        {
            assert!(gave_up(class, "x".into()).certainly_aborted(), "{class:?}");
        }
        assert!(!gave_up(Class::Ambiguous, "x".into()).certainly_aborted());
    }
}
