//! How much of a prompt its provider's cache would know, as a function of the prompt alone; nothing is cached.
//!
//! A conversation in which the model has spoken was sent before, so its beginning counts as read from the cache;
//! before that, what the caller marks counts as written to it.

use serde_json::Value;

use super::prompt::text;
use super::words;

/// The least that is cached without being asked for, in tokens.
const UNASKED_LEAST: u64 = 32;

/// The tokens of a prompt; those read from a cache and written to it are part of the total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) total: u64,
    pub(super) cache_read: u64,
    pub(super) cache_write: u64,
}

impl Input {
    /// Nothing is cached.
    pub(super) const fn fresh(total: u64) -> Self {
        Self {
            total,
            cache_read: 0,
            cache_write: 0,
        }
    }

    /// A provider that caches of its own accord: all turns but the last are known, once they are long enough.
    pub(super) fn unasked(total: u64, turns: &[Value]) -> Self {
        let known = turns
            .split_last()
            .map_or(0, |(_, before)| before.iter().map(words::count_in).sum());
        let cache_read = if has_spoken(turns) && known >= UNASKED_LEAST {
            known
        } else {
            0
        };
        Self {
            total,
            cache_read,
            cache_write: 0,
        }
    }

    /// A provider that caches up to the last mark in `values`, which stand in the order they are read in.
    pub(super) fn marked(total: u64, values: &[Option<&Value>], turns: &[Value]) -> Self {
        let mut scan = Scan {
            counted: 0,
            marked: 0,
        };
        for value in values.iter().copied().flatten() {
            scan.read(value);
        }
        if has_spoken(turns) {
            Self {
                total,
                cache_read: scan.marked,
                cache_write: 0,
            }
        } else {
            Self {
                total,
                cache_read: 0,
                cache_write: scan.marked,
            }
        }
    }

    /// The tokens the cache neither knew nor learnt.
    pub(super) const fn uncached(self) -> u64 {
        self.total - self.cache_read - self.cache_write
    }
}

fn has_spoken(turns: &[Value]) -> bool {
    turns.iter().any(|turn| {
        matches!(text(turn, "role"), "assistant" | "model") || text(turn, "type") == "function_call"
    })
}

/// A walk over values that counts words and remembers the count at the last mark.
struct Scan {
    counted: u64,
    marked: u64,
}

impl Scan {
    fn read(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.counted += words::count(text),
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            Value::Object(fields) => {
                fields.values().for_each(|field| self.read(field));
                if fields.get("cache_control").is_some_and(|mark| !mark.is_null()) {
                    self.marked = self.counted;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_marked_is_written_first_and_read_later() {
        let system = json!([{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral"}}]);
        let first = json!([{"role": "user", "content": "hi"}]);
        let later = json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]);

        let written = Input::marked(20, &[Some(&system), Some(&first)], first.as_array().unwrap());
        let read = Input::marked(30, &[Some(&system), Some(&later)], later.as_array().unwrap());

        assert_eq!(
            (written.cache_write, written.cache_read, written.uncached()),
            (4, 0, 16)
        );
        assert_eq!((read.cache_write, read.cache_read, read.uncached()), (0, 4, 26));
    }

    #[test]
    fn only_a_long_conversation_is_cached_unasked() {
        let long = "word ".repeat(40);
        let turns = [
            json!({"role": "user", "content": long}),
            json!({"role": "assistant", "content": "yes"}),
            json!({"role": "user", "content": "and"}),
        ];

        assert!(Input::unasked(60, &turns).cache_read >= 40);
        assert_eq!(Input::unasked(60, &turns[..1]).cache_read, 0);
        assert_eq!(Input::unasked(10, &turns[1..]).cache_read, 0);
    }
}
