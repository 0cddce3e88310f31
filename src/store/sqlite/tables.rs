//! The tables of a database file, as its catalogue tells them.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt as _};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tokio::time::{Instant, sleep};

use super::BUSY;
use crate::store::StoreError;
use crate::store::maintenance::tables::{Column, Kind, NOT_DATA, Row, Table, Tables, Value, Words, quoted};

/// How soon a file that others are still letting go of is tried again.
const SEAL_PAUSE: Duration = Duration::from_millis(10);

const MIGRATION: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
const HAS_MIGRATIONS: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
const SIZE: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
const TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
    ORDER BY name";
const COLUMNS: &str = "SELECT name, type, pk FROM pragma_table_info($1) ORDER BY name";
const PARENTS: &str = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)";
const TRIGGERS: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
const INTEGRITY: &str = "SELECT integrity_check FROM pragma_integrity_check()";
const ORPHANS: &str = "SELECT \"table\", COUNT(*) FROM pragma_foreign_key_check() GROUP BY 1 ORDER BY 1";
const BUMP_ALL: &str = "UPDATE revisions SET value = value + 1";

const WORDS: Words = Words {
    byte_order: " COLLATE BINARY",
    widened: "",
};

/// A connection of its own to a database file.
#[derive(Debug)]
pub(in crate::store) struct SqliteTables {
    connection: SqliteConnection,
    /// What [`Tables::clear`] took away for the time of the writing.
    triggers: Vec<String>,
}

impl SqliteTables {
    /// Opens a file that is there.
    pub(in crate::store) async fn connect(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY)
            .foreign_keys(true)
            // As the server does: what is replaced leaves nothing in the file.
            .pragma("secure_delete", "ON");
        Ok(Self {
            connection: options.connect().await?,
            triggers: Vec::new(),
        })
    }

    /// Writes everything, as it is at one moment, into the empty file `to`; servers go on writing meanwhile.
    pub(in crate::store) async fn write_into(mut self, to: &Path) -> Result<(), StoreError> {
        sqlx::query("VACUUM INTO $1")
            .bind(to.to_string_lossy())
            .execute(&mut self.connection)
            .await?;
        self.connection.close().await?;
        Ok(())
    }

    /// Moves what the write-ahead log holds into the file, which is whole then by itself. Nobody else may have it open.
    pub(in crate::store) async fn seal(mut self) -> Result<(), StoreError> {
        let deadline = Instant::now() + BUSY;
        // A connection that was closed lets go of the file a moment later, and for this SQLite itself does not wait.
        while let Err(error) = self.run("PRAGMA journal_mode = DELETE".to_owned()).await {
            if Instant::now() >= deadline || !matches!(error, StoreError::Unavailable(_)) {
                return Err(error);
            }
            sleep(SEAL_PAUSE).await;
        }
        self.connection.close().await?;
        Ok(())
    }

    async fn run(&mut self, statement: String) -> Result<(), StoreError> {
        // Names of the catalogue, quoted, are all that is ever put into a statement.
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn table(&mut self, name: String) -> Result<Table, StoreError> {
        let columns: Vec<(String, String, i64)> = sqlx::query_as(COLUMNS)
            .bind(&name)
            .fetch_all(&mut self.connection)
            .await?;
        let parents: Vec<(String,)> = sqlx::query_as(PARENTS)
            .bind(&name)
            .fetch_all(&mut self.connection)
            .await?;
        let mut key: Vec<_> = columns.iter().filter(|(_, _, place)| *place > 0).collect();
        key.sort_by_key(|(_, _, place)| *place);
        Ok(Table {
            key: key.into_iter().map(|(column, ..)| column.clone()).collect(),
            columns: columns
                .iter()
                .map(|(column, kind, _)| {
                    Ok(Column {
                        name: column.clone(),
                        kind: Kind::of(&name, column, kind)?,
                    })
                })
                .collect::<Result<_, StoreError>>()?,
            parents: parents.into_iter().map(|(parent,)| parent).collect(),
            name,
        })
    }
}

#[async_trait]
impl Tables for SqliteTables {
    async fn migration(&mut self) -> Result<Option<i64>, StoreError> {
        let (tables,): (i64,) = sqlx::query_as(HAS_MIGRATIONS)
            .fetch_one(&mut self.connection)
            .await?;
        if tables == 0 {
            return Ok(None);
        }
        let (last,): (Option<i64>,) = sqlx::query_as(MIGRATION).fetch_one(&mut self.connection).await?;
        Ok(last)
    }

    async fn size_bytes(&mut self) -> Result<i64, StoreError> {
        let (size,): (i64,) = sqlx::query_as(SIZE).fetch_one(&mut self.connection).await?;
        Ok(size)
    }

    async fn problems(&mut self) -> Result<Vec<String>, StoreError> {
        let said: Vec<(String,)> = sqlx::query_as(INTEGRITY).fetch_all(&mut self.connection).await?;
        let orphans: Vec<(String, i64)> = sqlx::query_as(ORPHANS).fetch_all(&mut self.connection).await?;
        let said = said.into_iter().map(|(said,)| said).filter(|said| said != "ok");
        let orphans = orphans
            .into_iter()
            .map(|(table, rows)| format!("{rows} rows of {table} point at rows that are not there"));
        Ok(said.chain(orphans).collect())
    }

    async fn tables(&mut self) -> Result<Vec<Table>, StoreError> {
        let names: Vec<(String,)> = sqlx::query_as(TABLES).fetch_all(&mut self.connection).await?;
        let mut tables = Vec::new();
        for (name,) in names {
            if !NOT_DATA.contains(&name.as_str()) {
                tables.push(self.table(name).await?);
            }
        }
        Ok(tables)
    }

    fn rows<'a>(&'a mut self, table: &'a Table) -> BoxStream<'a, Result<Row, StoreError>> {
        let statement = AssertSqlSafe(table.select(&WORDS));
        let rows = sqlx::query(statement).fetch(&mut self.connection);
        rows.map(|row| values(&row?, table)).boxed()
    }

    async fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN".to_owned()).await
    }

    async fn begin_writing(&mut self, _: &[Table]) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE".to_owned()).await?;
        self.run("PRAGMA defer_foreign_keys = ON".to_owned()).await
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        let triggers: Vec<(String, String)> =
            sqlx::query_as(TRIGGERS).fetch_all(&mut self.connection).await?;
        for (name, statement) in triggers {
            self.run(format!("DROP TRIGGER {}", quoted(&name))).await?;
            self.triggers.push(statement);
        }
        for table in tables {
            self.run(format!("DELETE FROM {}", quoted(&table.name))).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, table: &Table, row: Row) -> Result<(), StoreError> {
        let mut statement = sqlx::query(AssertSqlSafe(table.insert()));
        for value in row {
            statement = match value {
                Value::Null => statement.bind(None::<i64>),
                Value::Integer(number) => statement.bind(number),
                Value::Text(text) => statement.bind(text),
                Value::Bytes(bytes) => statement.bind(bytes),
                Value::Boolean(flag) => statement.bind(flag),
            };
        }
        statement.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        for trigger in std::mem::take(&mut self.triggers) {
            self.run(trigger).await?;
        }
        sqlx::query(BUMP_ALL).execute(&mut self.connection).await?;
        self.run("COMMIT".to_owned()).await
    }
}

fn values(row: &SqliteRow, table: &Table) -> Result<Row, StoreError> {
    let columns = table.columns.iter().enumerate();
    columns
        .map(|(at, column)| {
            let value = match column.kind {
                Kind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Value::Integer),
                Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Value::Text),
                Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(Value::Bytes),
                Kind::Boolean => row.try_get::<Option<bool>, _>(at)?.map(Value::Boolean),
            };
            Ok(value.unwrap_or(Value::Null))
        })
        .collect()
}
