//! What an application keeps of one of its users: JSON values by name. Nothing here acts on them.

use serde_json::{Map, Value};

use crate::domain::time::Timestamp;

/// Most bytes of all names and values together, as JSON.
pub const MAX_BYTES: usize = 64 << 10;

/// The etag of preferences that nobody has set.
pub const NO_ETAG: &str = "none";

/// A user's preferences.
#[derive(Debug, Clone, PartialEq)]
pub struct Preferences {
    /// Of the tenant; empty for the tenant's own.
    pub end_user_id: String,
    /// By name.
    pub values: Map<String, Value>,
    /// When they last changed; none where nobody has set any.
    pub update_time: Option<Timestamp>,
    /// Changes with every change.
    pub etag: String,
}

impl Preferences {
    /// What a user has before anything is set.
    pub fn none(end_user_id: impl Into<String>) -> Self {
        Self {
            end_user_id: end_user_id.into(),
            values: Map::new(),
            update_time: None,
            etag: NO_ETAG.to_owned(),
        }
    }
}

/// What is to change, all of it or none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Added or replaced.
    pub set: Map<String, Value>,
    /// Removed, where there.
    pub remove: Vec<String>,
    /// The etag that they must have, if any.
    pub etag: Option<String>,
}

/// Why a change was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They would not fit.
    #[error("expected at most {MAX_BYTES} bytes of JSON together, found {0}")]
    TooLarge(usize),
    /// They have changed since that etag was read.
    #[error("the etag does not match: the preferences have changed since they were read")]
    Stale,
}

impl Change {
    /// The preferences after this change to `before`, made `now` under a new `etag`.
    ///
    /// # Errors
    /// [`Refused`] leaves everything as it was.
    pub fn apply(self, before: Preferences, now: Timestamp, etag: String) -> Result<Preferences, Refused> {
        if self.etag.is_some_and(|expected| expected != before.etag) {
            return Err(Refused::Stale);
        }
        let mut values = before.values;
        for name in &self.remove {
            values.shift_remove(name);
        }
        values.extend(self.set);
        let size = size_bytes(&values);
        if size > MAX_BYTES {
            return Err(Refused::TooLarge(size));
        }
        Ok(Preferences {
            end_user_id: before.end_user_id,
            values,
            update_time: Some(now),
            etag,
        })
    }
}

/// Size of all names and values together, as JSON.
fn size_bytes(values: &Map<String, Value>) -> usize {
    let mut counter = Counter(0);
    // Counting cannot fail, and a map whose keys are strings is JSON.
    let _ = serde_json::to_writer(&mut counter, values);
    counter.0
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Change, MAX_BYTES, Preferences, Refused};
    use crate::domain::time::Timestamp;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else {
            panic!("{value}")
        };
        map
    }

    #[test]
    fn a_change_removes_then_sets_and_leaves_the_rest() {
        let before = Preferences {
            values: map(json!({"a": 1, "b": 2, "c": 3})),
            ..Preferences::none("user")
        };
        let change = Change {
            set: map(json!({"a": "new", "d": [null]})),
            remove: vec!["b".to_owned(), "a".to_owned(), "missing".to_owned()],
            etag: Some("none".to_owned()),
        };

        let after = change.apply(before, Timestamp(7), "e1".to_owned()).unwrap();

        assert_eq!(
            Value::Object(after.values),
            json!({"a": "new", "c": 3, "d": [null]})
        );
        assert_eq!(
            (after.update_time, after.etag.as_str()),
            (Some(Timestamp(7)), "e1")
        );
    }

    #[test]
    fn what_does_not_fit_or_was_changed_meanwhile_is_refused() {
        // {"a":"..."} has 8 bytes besides the text.
        let fits = |bytes: usize| Change {
            set: map(json!({"a": "x".repeat(bytes - 8)})),
            ..Change::default()
        };
        let apply = |change: Change| change.apply(Preferences::none("user"), Timestamp(0), "e1".to_owned());
        let stale = Change {
            etag: Some("other".to_owned()),
            ..Change::default()
        };

        assert!(apply(fits(MAX_BYTES)).is_ok());
        assert_eq!(apply(fits(MAX_BYTES + 1)), Err(Refused::TooLarge(MAX_BYTES + 1)));
        assert_eq!(apply(stale), Err(Refused::Stale));
    }
}
