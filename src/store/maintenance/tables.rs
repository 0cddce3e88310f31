//! Tables of any shape, as a database's own catalogue tells them: what a copy moves and a check counts.
//!
//! Knows no table by name but the two that are not data: which migrations ran, and how often each topic changed.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use sha2::{Digest as _, Sha256};

use crate::store::StoreError;

/// Tables that belong to a database and not to its data.
pub(in crate::store) const NOT_DATA: [&str; 2] = ["_sqlx_migrations", "revisions"];

/// A table of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Table {
    pub(in crate::store) name: String,
    /// By name.
    pub(in crate::store) columns: Vec<Column>,
    /// Columns of the primary key, in its order.
    pub(in crate::store) key: Vec<String>,
    /// Tables that its rows point at.
    pub(in crate::store) parents: Vec<String>,
}

/// What a database calls what the other one does by itself.
#[derive(Debug)]
pub(in crate::store) struct Words {
    /// Behind a text: compared byte by byte.
    pub(in crate::store) byte_order: &'static str,
    /// Behind an integer: read as the widest there is.
    pub(in crate::store) widened: &'static str,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Column {
    pub(in crate::store) name: String,
    pub(in crate::store) kind: Kind,
}

/// What both databases can hold alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Kind {
    Integer,
    Text,
    Bytes,
    Boolean,
}

impl Kind {
    /// Reads a type's name in either database.
    pub(in crate::store) fn of(table: &str, column: &str, name: &str) -> Result<Self, StoreError> {
        match name.to_ascii_lowercase().as_str() {
            "bigint" | "integer" => Ok(Self::Integer),
            "text" => Ok(Self::Text),
            "blob" | "bytea" => Ok(Self::Bytes),
            "boolean" => Ok(Self::Boolean),
            _ => Err(StoreError::Corrupt(format!(
                "{table}.{column} is of type {name:?}, which is none of crux's"
            ))),
        }
    }
}

/// What stands in a row, in the order of the table's columns.
pub(in crate::store) type Row = Vec<Value>;

#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    Boolean(bool),
}

/// One connection to the tables of a database.
#[async_trait]
pub(in crate::store) trait Tables: Send {
    /// The last migration that ran; none on an empty database.
    async fn migration(&mut self) -> Result<Option<i64>, StoreError>;

    /// What the data takes on disk.
    async fn size_bytes(&mut self) -> Result<i64, StoreError>;

    /// What the database itself finds wrong.
    async fn problems(&mut self) -> Result<Vec<String>, StoreError>;

    /// Every table of data, by name.
    async fn tables(&mut self) -> Result<Vec<Table>, StoreError>;

    /// Every row of a table, in the order of its key.
    fn rows<'a>(&'a mut self, table: &'a Table) -> BoxStream<'a, Result<Row, StoreError>>;

    /// From now on sees the data as it is, whatever others write.
    async fn begin_reading(&mut self) -> Result<(), StoreError>;

    /// From now on nobody else writes to `tables`; what is written is gone unless [`Self::commit`] follows.
    async fn begin_writing(&mut self, tables: &[Table]) -> Result<(), StoreError>;

    /// Removes every row, also those that may only be added. Not to be called without [`Self::begin_writing`].
    async fn clear(&mut self, tables: &[Table]) -> Result<(), StoreError>;

    /// Adds a row.
    async fn insert(&mut self, table: &Table, row: Row) -> Result<(), StoreError>;

    /// Ends the writing, and tells every server to read everything again.
    async fn commit(&mut self) -> Result<(), StoreError>;
}

impl Table {
    /// The statement that reads it in the order of its key.
    pub(in crate::store) fn select(&self, words: &Words) -> String {
        let order = self.key.iter().map(|key| {
            let is_text = |column: &&Column| &column.name == key && column.kind == Kind::Text;
            let collation = self.columns.iter().find(is_text).map_or("", |_| words.byte_order);
            format!("{}{collation}", quoted(key))
        });
        let columns = self.columns.iter().map(|column| {
            let widened = if column.kind == Kind::Integer {
                words.widened
            } else {
                ""
            };
            format!("{}{widened}", quoted(&column.name))
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let mut statement = format!("SELECT {columns} FROM {}", quoted(&self.name));
        if !self.key.is_empty() {
            statement.push_str(" ORDER BY ");
            statement.push_str(&order.collect::<Vec<_>>().join(", "));
        }
        statement
    }

    /// The statement that adds a row.
    pub(in crate::store) fn insert(&self) -> String {
        let places: Vec<_> = (1..=self.columns.len()).map(|at| format!("${at}")).collect();
        format!(
            "INSERT INTO {} ({}) VALUES ({})",
            quoted(&self.name),
            self.names(),
            places.join(", ")
        )
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|column| quoted(&column.name)).collect();
        names.join(", ")
    }
}

/// A name of the catalogue, fit for a statement.
pub(in crate::store) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How many rows a table has, and what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of every value in the order of the key, in hexadecimal: the same in both databases.
    pub checksum: String,
}

/// Counts rows and sums what is in them.
#[derive(Default)]
pub(super) struct Count {
    rows: u64,
    sum: Sha256,
}

impl Count {
    pub(super) fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            // A tag and a length before each: no two rows give the same bytes.
            let mut put = |tag: u8, bytes: &[u8]| {
                self.sum.update([tag]);
                self.sum.update((bytes.len() as u64).to_be_bytes());
                self.sum.update(bytes);
            };
            match value {
                Value::Null => put(0, &[]),
                Value::Integer(number) => put(1, &number.to_be_bytes()),
                Value::Text(text) => put(2, text.as_bytes()),
                Value::Bytes(bytes) => put(3, bytes),
                Value::Boolean(flag) => put(4, &[u8::from(*flag)]),
            }
        }
    }

    pub(super) fn tally(self, table: &str) -> Tally {
        use std::fmt::Write as _;
        let mut checksum = String::new();
        for byte in self.sum.finalize() {
            // Writing to a string cannot fail.
            let _ = write!(checksum, "{byte:02x}");
        }
        Tally {
            table: table.to_owned(),
            rows: self.rows,
            checksum,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, Value};

    #[test]
    fn a_checksum_tells_rows_apart_that_read_alike() {
        let sum = |row: &[Value]| {
            let mut count = Count::default();
            count.add(row);
            count.tally("t").checksum
        };
        let text = |text: &str| Value::Text(text.to_owned());
        let alike = [
            vec![text("ab"), text("")],
            vec![text("a"), text("b")],
            vec![text("ab"), Value::Null],
            vec![Value::Bytes(b"ab".to_vec()), text("")],
            vec![Value::Integer(1)],
            vec![Value::Boolean(true)],
        ];

        let sums: std::collections::BTreeSet<_> = alike.iter().map(|row| sum(row)).collect();

        assert_eq!(sums.len(), alike.len());
    }
}
