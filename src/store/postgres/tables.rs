//! The tables of a PostgreSQL database, as its catalogue tells them.

use async_trait::async_trait;
use futures_util::stream::{BoxStream, StreamExt as _};
use secrecy::SecretString;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _};

use super::{ACQUIRE, CHANNEL, options};
use crate::store::StoreError;
use crate::store::maintenance::tables::{Column, Kind, NOT_DATA, Row, Table, Tables, Value, Words, quoted};

const MIGRATION: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
const HAS_MIGRATIONS: &str = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
const SIZE: &str = "SELECT pg_database_size(current_database())";
const TABLES: &str = "SELECT table_name::text FROM information_schema.tables \
    WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name";
const COLUMNS: &str = "SELECT column_name::text, data_type::text FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name = $1 ORDER BY column_name::text COLLATE \"C\"";
const KEY: &str = "SELECT a.attname::text FROM pg_index i \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) \
    WHERE i.indrelid = to_regclass($1) AND i.indisprimary \
    ORDER BY array_position(i.indkey::int2[], a.attnum)";
const PARENTS: &str = "SELECT DISTINCT c.relname::text FROM pg_constraint f \
    JOIN pg_class c ON c.oid = f.confrelid WHERE f.conrelid = to_regclass($1) AND f.contype = 'f'";
const UNCHECKED: &str = "SELECT conname::text FROM pg_constraint \
    WHERE NOT convalidated AND connamespace = current_schema()::regnamespace";
const BUMP_ALL: &str = "UPDATE revisions SET value = value + 1";
const NOTIFY_ALL: &str = "SELECT pg_notify($1, topic) FROM revisions";

const WORDS: Words = Words {
    byte_order: " COLLATE \"C\"",
    widened: "::bigint",
};

/// A connection of its own to a database.
#[derive(Debug)]
pub(in crate::store) struct PostgresTables {
    connection: PgConnection,
}

impl PostgresTables {
    /// Connects to the database that `url` names.
    pub(in crate::store) async fn connect(url: &SecretString) -> Result<Self, StoreError> {
        let options = options(url)?;
        let late = |_| StoreError::Unavailable("it does not answer".to_owned());
        let connected = tokio::time::timeout(ACQUIRE, options.connect())
            .await
            .map_err(late)?;
        Ok(Self {
            connection: connected?,
        })
    }

    async fn run(&mut self, statement: String) -> Result<(), StoreError> {
        // Names of the catalogue, quoted, are all that is ever put into a statement.
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn names(&mut self, statement: &'static str, table: &str) -> Result<Vec<String>, StoreError> {
        let names: Vec<(String,)> = sqlx::query_as(statement)
            .bind(table)
            .fetch_all(&mut self.connection)
            .await?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    async fn table(&mut self, name: String) -> Result<Table, StoreError> {
        let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS)
            .bind(&name)
            .fetch_all(&mut self.connection)
            .await?;
        let columns = columns
            .into_iter()
            .map(|(column, kind)| {
                Ok(Column {
                    kind: Kind::of(&name, &column, &kind)?,
                    name: column,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Table {
            columns,
            key: self.names(KEY, &quoted(&name)).await?,
            parents: self.names(PARENTS, &quoted(&name)).await?,
            name,
        })
    }
}

#[async_trait]
impl Tables for PostgresTables {
    async fn migration(&mut self) -> Result<Option<i64>, StoreError> {
        let (has_migrations,): (bool,) = sqlx::query_as(HAS_MIGRATIONS)
            .fetch_one(&mut self.connection)
            .await?;
        if !has_migrations {
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
        let unchecked: Vec<(String,)> = sqlx::query_as(UNCHECKED).fetch_all(&mut self.connection).await?;
        let unchecked = unchecked.into_iter();
        Ok(unchecked
            .map(|(name,)| format!("the constraint {name} was never checked"))
            .collect())
    }

    async fn tables(&mut self) -> Result<Vec<Table>, StoreError> {
        let names: Vec<(String,)> = sqlx::query_as(TABLES).fetch_all(&mut self.connection).await?;
        let mut tables = Vec::new();
        for (name,) in names {
            if !NOT_DATA.contains(&name.as_str()) {
                tables.push(self.table(name).await?);
            }
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tables)
    }

    fn rows<'a>(&'a mut self, table: &'a Table) -> BoxStream<'a, Result<Row, StoreError>> {
        let statement = AssertSqlSafe(table.select(&WORDS));
        let rows = sqlx::query(statement).fetch(&mut self.connection);
        rows.map(|row| values(&row?, table)).boxed()
    }

    async fn begin_reading(&mut self) -> Result<(), StoreError> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned())
            .await
    }

    async fn begin_writing(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        self.run("BEGIN".to_owned()).await?;
        self.run(format!("LOCK TABLE {} IN EXCLUSIVE MODE", list(tables)))
            .await
    }

    async fn clear(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        // Unlike DELETE, it asks no trigger of a row.
        self.run(format!("TRUNCATE {}", list(tables))).await
    }

    async fn insert(&mut self, table: &Table, row: Row) -> Result<(), StoreError> {
        let mut statement = sqlx::query(AssertSqlSafe(table.insert()));
        for (value, column) in row.into_iter().zip(&table.columns) {
            statement = match (value, column.kind) {
                (Value::Null, Kind::Integer) => statement.bind(None::<i64>),
                (Value::Null, Kind::Text) => statement.bind(None::<String>),
                (Value::Null, Kind::Bytes) => statement.bind(None::<Vec<u8>>),
                (Value::Null, Kind::Boolean) => statement.bind(None::<bool>),
                (Value::Integer(number), _) => statement.bind(number),
                (Value::Text(text), _) => statement.bind(text),
                (Value::Bytes(bytes), _) => statement.bind(bytes),
                (Value::Boolean(flag), _) => statement.bind(flag),
            };
        }
        statement.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        sqlx::query(BUMP_ALL).execute(&mut self.connection).await?;
        sqlx::query(NOTIFY_ALL)
            .bind(CHANNEL)
            .execute(&mut self.connection)
            .await?;
        self.run("COMMIT".to_owned()).await
    }
}

fn list(tables: &[Table]) -> String {
    let names: Vec<_> = tables.iter().map(|table| quoted(&table.name)).collect();
    names.join(", ")
}

fn values(row: &PgRow, table: &Table) -> Result<Row, StoreError> {
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
