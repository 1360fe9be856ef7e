//! One open connection and the pool of readers, for both drivers. The only module that uses sqlx's connections; it
//! knows neither the stored data nor how errors are handled.

use super::message::{Message, messages};
use super::single_statement;
use super::sql::{self, Column, Flavor, Statement, Value};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgPool};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{Arguments, AssertSqlSafe, ConnectOptions, Connection, Database, Row};
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than the server's statement timeout, so that it only ends calls to an unreachable server.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Longest time to open a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A value in a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    Null,
}

/// A row in a result.
pub(super) type Record = Vec<Cell>;

/// The connection parameters.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Sqlite(Box<SqliteConnectOptions>),
    Postgres(Box<PgConnectOptions>, Flavor),
}

impl Target {
    pub(super) fn flavor(&self) -> Flavor {
        match self {
            Self::Sqlite(_) => Flavor::Sqlite,
            Self::Postgres(_, flavor) => *flavor,
        }
    }

    pub(super) async fn connect(&self) -> Result<Link, sqlx::Error> {
        bounded(CONNECT_WITHIN, async {
            match self {
                Self::Sqlite(options) => options.connect().await.map(Link::Sqlite),
                Self::Postgres(options, _) => options.connect().await.map(Link::Postgres),
            }
        })
        .await
    }
}

/// One connection.
#[derive(Debug)]
pub(super) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Link {
    /// Runs a statement without a result; returns the number of changed rows.
    pub(super) async fn run(&mut self, statement: &Statement<'_>) -> Result<u64, sqlx::Error> {
        bounded(ANSWER_WITHIN, async {
            match self {
                Self::Sqlite(connection) => sqlite::run(connection, statement).await,
                Self::Postgres(connection) => postgres::run(connection, statement).await,
            }
        })
        .await
    }

    pub(super) async fn fetch(&mut self, statement: &Statement<'_>) -> Result<Vec<Record>, sqlx::Error> {
        bounded(ANSWER_WITHIN, async {
            match self {
                Self::Sqlite(connection) => sqlite::fetch(connection, statement).await,
                Self::Postgres(connection) => postgres::fetch(connection, statement).await,
            }
        })
        .await
    }

    /// Runs statements in order until one fails. Returns their results, or which statement failed: the last one that
    /// may have run, if that is unknown.
    pub(super) async fn script(
        &mut self,
        statements: &[Statement<'_>],
    ) -> Result<Vec<Vec<Record>>, (usize, sqlx::Error)> {
        let mut results = Vec::with_capacity(statements.len());
        match self {
            Self::Sqlite(connection) => {
                for message in messages(statements) {
                    let last = (results.len() + message.columns.len()).saturating_sub(1);
                    let sent = bounded(ANSWER_WITHIN, sqlite_script::send(connection, message, &mut results));
                    match sent.await {
                        Ok(()) => {}
                        Err(error @ sqlx::Error::Database(_)) => return Err((results.len(), error)),
                        Err(error) => return Err((last, error)),
                    }
                }
            }
            Self::Postgres(_) => {
                for (place, statement) in statements.iter().enumerate() {
                    results.push(self.fetch(statement).await.map_err(|error| (place, error))?);
                }
            }
        }
        Ok(results)
    }

    /// Runs a statement that commits by itself; returns whether it wrote. SQLite has no such statement.
    pub(super) async fn single_statement(
        &mut self,
        statement: &single_statement::Statement<'_>,
    ) -> Result<bool, sqlx::Error> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(connection) => {
                bounded(ANSWER_WITHIN, postgres_single_statement::send(connection, statement)).await
            }
        }
    }

    /// Rolls back. If that fails, the connection is unusable.
    pub(super) async fn rollback(&mut self) -> Result<(), sqlx::Error> {
        self.run(&sql::plain(sql::ROLLBACK)).await.map(|_| ())
    }

    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
    }
}

/// Connections for reading.
#[derive(Clone, Debug)]
pub(super) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Readers {
    /// Dropping this future drops its connection, so a connection that does not answer in time leaves the pool.
    pub(super) async fn fetch(&self, statement: &Statement<'_>) -> Result<Vec<Record>, sqlx::Error> {
        match self {
            Self::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                bounded(ANSWER_WITHIN, sqlite::fetch(&mut connection, statement)).await
            }
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let answer = bounded(ANSWER_WITHIN, postgres::fetch(&mut connection, statement)).await;
                if answer.is_err() {
                    // Its prepared statements may be stale or its server gone: errors are rare, and a new connection is
                    // cheap.
                    drop(connection.detach());
                }
                answer
            }
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn bounded<T>(
    length: Duration,
    future: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match timeout(length, future).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

fn record<'r, R>(row: &'r R, columns: &[Column]) -> Result<Record, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    columns.iter().enumerate().map(|(index, column)| cell(row, index, *column)).collect()
}

fn cell<'r, R>(row: &'r R, index: usize, column: Column) -> Result<Cell, sqlx::Error>
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    match column {
        Column::Text => row.try_get(index).map(Cell::Text),
        Column::MaybeText => {
            row.try_get::<Option<String>, _>(index).map(|text| text.map_or(Cell::Null, Cell::Text))
        }
        Column::Int => row.try_get(index).map(Cell::Int),
        Column::MaybeInt => row.try_get::<Option<i64>, _>(index).map(|int| int.map_or(Cell::Null, Cell::Int)),
        Column::Bytes => row.try_get(index).map(Cell::Bytes),
    }
}

fn bind<'q, DB>(values: &[Value<'q>]) -> Result<DB::Arguments, sqlx::Error>
where
    DB: Database,
    &'q str: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Option<&'q str>: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    i64: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    Option<i64>: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    &'q [u8]: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for value in values {
        match value {
            Value::Text(text) => arguments.add(*text),
            Value::MaybeText(text) => arguments.add(*text),
            Value::Int(int) => arguments.add(*int),
            Value::MaybeInt(int) => arguments.add(*int),
            Value::Bytes(bytes) => arguments.add(*bytes),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// One body for both drivers: a generic function would have to repeat sqlx's bounds everywhere.
macro_rules! driver {
    ($name:ident, $database:ty, $arguments:ty, $connection:ty) => {
        mod $name {
            use super::*;

            pub(super) async fn run(
                connection: &mut $connection,
                statement: &Statement<'_>,
            ) -> Result<u64, sqlx::Error> {
                let arguments: $arguments = bind::<$database>(&statement.values)?;
                let query = sqlx::query_with(AssertSqlSafe(statement.text.clone()), arguments);
                let query = query.persistent(statement.prepared);
                query.execute(connection).await.map(|done| done.rows_affected())
            }

            pub(super) async fn fetch(
                connection: &mut $connection,
                statement: &Statement<'_>,
            ) -> Result<Vec<Record>, sqlx::Error> {
                let arguments: $arguments = bind::<$database>(&statement.values)?;
                let query = sqlx::query_with(AssertSqlSafe(statement.text.clone()), arguments);
                let query = query.persistent(statement.prepared);
                let rows = query.fetch_all(connection).await?;
                rows.iter().map(|row| record(row, &statement.columns)).collect()
            }
        }
    };
}

driver!(sqlite, sqlx::Sqlite, SqliteArguments, SqliteConnection);
driver!(postgres, sqlx::Postgres, PgArguments, PgConnection);

mod postgres_single_statement {
    use super::*;
    use single_statement::Value;

    /// Reads until the end of the response: the commit follows the row.
    pub(super) async fn send(
        connection: &mut PgConnection,
        statement: &single_statement::Statement<'_>,
    ) -> Result<bool, sqlx::Error> {
        let mut arguments = PgArguments::default();
        for value in &statement.values {
            match value {
                Value::Text(text) => arguments.add(*text),
                Value::Texts(texts) => arguments.add(texts.as_slice()),
                Value::MaybeTexts(texts) => arguments.add(texts.as_slice()),
                Value::Int(int) => arguments.add(*int),
                Value::Ints(ints) => arguments.add(ints.as_slice()),
                Value::MaybeInts(ints) => arguments.add(ints.as_slice()),
                Value::Bytes(bytes) => arguments.add(bytes.as_slice()),
                Value::MaybeInt(int) => arguments.add(*int),
                Value::Key(key) => arguments.add(*key),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        let query = sqlx::query_with(AssertSqlSafe(statement.text.clone()), arguments);
        let rows = query.fetch_all(connection).await?;
        rows.first().map_or(Err(sqlx::Error::RowNotFound), |row| row.try_get(0))
    }
}

mod sqlite_script {
    use super::*;
    use futures_util::TryStreamExt;
    use sqlx::{Either, Executor};

    /// Adds a result for each executed statement. SQLite's thread stops at the first failure.
    pub(super) async fn send(
        connection: &mut SqliteConnection,
        message: Message<'_>,
        results: &mut Vec<Vec<Record>>,
    ) -> Result<(), sqlx::Error> {
        let arguments: SqliteArguments = bind::<sqlx::Sqlite>(&message.values)?;
        let mut steps = connection.fetch_many(sqlx::query_with(AssertSqlSafe(message.text), arguments));
        for columns in message.columns {
            let mut records = Vec::new();
            loop {
                match steps.try_next().await? {
                    Some(Either::Right(row)) => records.push(record(&row, &columns)?),
                    Some(Either::Left(_)) => break,
                    None => return Err(sqlx::Error::WorkerCrashed),
                }
            }
            results.push(records);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_script_stops_at_the_first_failure_and_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let options = SqliteConnectOptions::new().filename(dir.path().join("file")).create_if_missing(true);
        let mut link = Target::Sqlite(Box::new(options)).connect().await.unwrap();
        let add = "INSERT INTO thing VALUES (1)";
        let script = ["CREATE TABLE thing (id BIGINT PRIMARY KEY)", "BEGIN", add, add, sql::COMMIT];
        let (place, error) = link.script(&script.map(sql::plain)).await.unwrap_err();
        assert_eq!(place, 3, "{error}");
        link.rollback().await.expect("the transaction is still open");
        let count =
            Statement { columns: vec![Column::Int].into(), ..sql::plain("SELECT count(*) FROM thing") };
        assert_eq!(link.script(&[count]).await.unwrap(), [[[Cell::Int(0)]]]);
    }
}
