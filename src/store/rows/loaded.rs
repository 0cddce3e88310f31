//! A row that is read by itself: one that makes no sense is no reason to know nothing of the others.

use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::store::StoreError;

/// A row and its id.
pub(in crate::store) struct Loaded<Raw> {
    id: String,
    raw: Result<Raw, StoreError>,
}

impl<'r, R: Row, Raw: FromRow<'r, R>> FromRow<'r, R> for Loaded<Raw>
where
    String: Decode<'r, R::Database> + Type<R::Database>,
    &'static str: ColumnIndex<R>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            raw: Raw::from_row(row).map_err(StoreError::from),
        })
    }
}

impl<Raw> Loaded<Raw> {
    /// The value that the row is, or why it is none, with its id.
    pub(in crate::store) fn read<T: TryFrom<Raw, Error = StoreError>>(
        self,
    ) -> (String, Result<T, StoreError>) {
        (self.id, self.raw.and_then(T::try_from))
    }
}
