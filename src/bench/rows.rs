//! The minimum of database work: one row and one commit per address, without decisions and without a service. No
//! service that commits each address separately can be faster. The pauses that it sees in an open loop are those of the
//! machine.

use anyhow::ensure;
use sqlx::postgres::PgPool;

pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS bench_row (space TEXT, \
     number BIGINT GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (space, number))";
const INSERT: &str = "INSERT INTO bench_row (space) VALUES ($1) RETURNING number";
const DELETE: &str = "DELETE FROM bench_row WHERE space = $1 AND number = $2";
const COUNT: &str = "SELECT count(*) FROM bench_row WHERE space = $1";

/// The rows of one address space. An address is the number of its row.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pool: PgPool,
    space: String,
}

impl Rows {
    /// `pool`: connections to a database that has [`TABLE`].
    pub(super) fn new(pool: PgPool, space: &str) -> Self {
        Self { pool, space: space.to_owned() }
    }

    pub(super) async fn acquire(&self) -> anyhow::Result<String> {
        let number: i64 = sqlx::query_scalar(INSERT).bind(&self.space).fetch_one(&self.pool).await?;
        Ok(number.to_string())
    }

    pub(super) async fn release(&self, address: &str) -> anyhow::Result<()> {
        let number: i64 = address.parse()?;
        let done = sqlx::query(DELETE).bind(&self.space).bind(number).execute(&self.pool).await?;
        ensure!(done.rows_affected() == 1, "{address} is not taken");
        Ok(())
    }

    pub(super) async fn taken(&self) -> anyhow::Result<u64> {
        let count: i64 = sqlx::query_scalar(COUNT).bind(&self.space).fetch_one(&self.pool).await?;
        Ok(count.try_into()?)
    }
}
