//! The differences between the SQL dialects.

use std::borrow::Cow;

/// The kind of the server. CockroachDB uses PostgreSQL's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    Sqlite,
    Postgres,
    Cockroach,
}

impl Flavor {
    /// Opens a transaction that will write.
    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres | Self::Cockroach => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        }
    }

    /// Begins an insert statement. SQLite copies the pages that a statement changes, to be able to undo it alone,
    /// unless the statement may `FAIL` halfway; our transactions are rolled back as a whole.
    pub(super) const fn insert(self) -> &'static str {
        match self {
            Self::Sqlite => "INSERT OR FAIL INTO ",
            Self::Postgres | Self::Cockroach => "INSERT INTO ",
        }
    }

    /// Reads the partition's epoch and locks it until the end of the transaction.
    pub(super) const fn epoch(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Cockroach => "SELECT epoch FROM partition_epoch WHERE partition = $1",
            Self::Postgres => "SELECT epoch FROM partition_epoch WHERE partition = $1 FOR SHARE",
        }
    }

    /// The text of a migration for this database. PostgreSQL needs an explicit bytewise collation; the others have it
    /// by default. PostgreSQL lacks `CREATE VIEW IF NOT EXISTS`, and has `CREATE OR REPLACE VIEW`. SQLite lacks
    /// `ADD COLUMN IF NOT EXISTS`, and does not need it, because its migrations are transactions.
    pub(super) fn ddl(self, text: &'static str) -> Cow<'static, str> {
        match self {
            Self::Postgres => Cow::Owned(text.replace("CREATE VIEW IF NOT EXISTS", "CREATE OR REPLACE VIEW")),
            Self::Sqlite => {
                let text = text.replace("ADD COLUMN IF NOT EXISTS", "ADD COLUMN");
                Cow::Owned(text.replace(" COLLATE \"C\"", ""))
            }
            Self::Cockroach => Cow::Owned(text.replace(" COLLATE \"C\"", "")),
        }
    }

    /// Whether DDL is transactional.
    pub(super) const fn has_transactional_ddl(self) -> bool {
        !matches!(self, Self::Cockroach)
    }

    /// Reads the version of the server.
    pub(super) const fn version(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 'SQLite ' || sqlite_version()",
            Self::Postgres | Self::Cockroach => "SELECT version()",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_postgres_is_told_to_compare_bytes() {
        let text = "id TEXT COLLATE \"C\" NOT NULL";
        assert_eq!(Flavor::Postgres.ddl(text), text);
        assert_eq!(Flavor::Cockroach.ddl(text), "id TEXT NOT NULL");
        assert_eq!(Flavor::Sqlite.ddl(text), "id TEXT NOT NULL");
    }

    #[test]
    fn what_may_exist_already_is_said_in_each_ones_words() {
        let (column, view) = ("ADD COLUMN IF NOT EXISTS a", "CREATE VIEW IF NOT EXISTS v");
        let said = |flavor: Flavor| [flavor.ddl(column), flavor.ddl(view)];
        assert_eq!(said(Flavor::Postgres), [column, "CREATE OR REPLACE VIEW v"]);
        assert_eq!(said(Flavor::Cockroach), [column, view]);
        assert_eq!(said(Flavor::Sqlite), ["ADD COLUMN a", view]);
    }
}
