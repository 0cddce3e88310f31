//! Words, which are the sandbox's tokens; it knows no tokenizer.

use serde_json::Value;

/// Counts the tokens of a text: its words.
pub(super) fn count(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}

/// Counts the words of every string in a JSON value, keys apart.
pub(super) fn count_in(value: &Value) -> u64 {
    match value {
        Value::String(text) => count(text),
        Value::Array(items) => items.iter().map(count_in).sum(),
        Value::Object(fields) => fields.values().map(count_in).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Returns where the piece that starts at `from` ends: after one word with the white space before it, or at the
/// end of the text when nothing but white space is left after that word.
pub(super) fn piece_end(text: &str, from: usize) -> usize {
    let Some(rest) = text.get(from..) else {
        return text.len();
    };
    let word = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
    let Some(tail) = rest.get(word..) else {
        return text.len();
    };
    let end = tail
        .find(char::is_whitespace)
        .map_or(rest.len(), |len| word + len);
    match rest.get(end..) {
        Some(left) if !left.trim().is_empty() => from + end,
        Some(_) | None => text.len(),
    }
}

/// Keeps the first `limit` words; `None` when the text has no more than that.
pub(super) fn cut(text: &str, limit: u64) -> Option<&str> {
    let mut end = 0;
    for _ in 0..limit {
        if end >= text.len() {
            return None;
        }
        end = piece_end(text, end);
    }
    if end >= text.len() { None } else { text.get(..end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        let (mut pieces, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let end = piece_end(text, at);
            pieces.push(&text[at..end]);
            at = end;
        }
        pieces
    }

    #[test]
    fn pieces_are_words_and_make_up_the_text() {
        assert_eq!(pieces("You said:  hi\n"), ["You", " said:", "  hi\n"]);
        assert_eq!(pieces(" "), [" "]);
        assert!(pieces("").is_empty());
    }

    #[test]
    fn cutting_keeps_whole_words() {
        assert_eq!(cut("You said: hi", 2), Some("You said:"));
        assert_eq!(cut("You said: hi", 3), None);
        assert_eq!(cut("You said: hi", 0), Some(""));
    }

    #[test]
    fn words_are_counted_in_values_and_not_in_keys() {
        let value = serde_json::json!({"one two": "three four", "list": ["five", 6, null]});

        assert_eq!(count_in(&value), 3);
    }
}
