//! A function call's arguments that come in pieces, each with the JSON path it belongs to, written out
//! as one JSON text while they come.

use crate::wire::dialect::DecodeError;

/// Writes pieces as JSON text. They must come in the order of the text: what has been written cannot be
/// taken back.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// The containers that are open, outermost first.
    open: Vec<Container>,
    /// Where the last value stands.
    path: Vec<Step>,
    /// That value is a string whose end has not come.
    is_string_open: bool,
}

#[derive(Debug)]
struct Container {
    /// How many values it holds.
    length: usize,
    /// Their names, where it is an object.
    keys: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// What a piece holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'a> {
    /// Part of a string; the rest of it follows if `true`.
    Text(&'a str, bool),
    /// A number, a boolean or null, as JSON text.
    Scalar(&'a str),
}

impl Arguments {
    /// Takes the next piece and returns the text it adds.
    ///
    /// # Errors
    /// [`DecodeError::Corrupt`] for a path that cannot be read or that goes back.
    pub(super) fn write(&mut self, path: &str, piece: Piece<'_>) -> Result<String, DecodeError> {
        let path = steps(path).ok_or_else(|| corrupt("unreadable path"))?;
        let mut out = String::new();
        if !(self.is_string_open && path == self.path) {
            self.end_string(&mut out);
            self.go_to(path, &mut out)?;
            if let Piece::Text(..) = piece {
                out.push('"');
                self.is_string_open = true;
            }
        }
        match piece {
            Piece::Text(text, continues) => {
                out.push_str(&escaped(text));
                if !continues {
                    self.end_string(&mut out);
                }
            }
            Piece::Scalar(json) => {
                self.end_string(&mut out);
                out.push_str(json);
            }
        }
        Ok(out)
    }

    /// Ends the text and returns what it lacks.
    pub(super) fn finish(&mut self) -> String {
        let mut out = String::new();
        self.end_string(&mut out);
        if self.path.is_empty() {
            out.push_str("{}");
        }
        self.close_to(0, &mut out);
        out
    }

    fn end_string(&mut self, out: &mut String) {
        if std::mem::take(&mut self.is_string_open) {
            out.push('"');
        }
    }

    /// Closes and opens containers until the next value stands at `path`, and writes its name.
    fn go_to(&mut self, path: Vec<Step>, out: &mut String) -> Result<(), DecodeError> {
        let same = self.path.iter().zip(&path).take_while(|(a, b)| a == b).count();
        if same == path.len() || (same > 0 && same == self.path.len()) {
            return Err(corrupt("a value comes twice"));
        }
        // The step in which the paths part lies in a container that both share.
        self.close_to(if self.path.is_empty() { 0 } else { same + 1 }, out);
        for (depth, step) in path.iter().enumerate().skip(same) {
            if depth >= self.open.len() {
                let is_object = matches!(step, Step::Key(_));
                out.push(if is_object { '{' } else { '[' });
                self.open.push(Container {
                    length: 0,
                    keys: is_object.then(Vec::new),
                });
            }
            let container = self.open.last_mut().ok_or_else(|| corrupt("no container"))?;
            if container.length > 0 {
                out.push(',');
            }
            match (step, &mut container.keys) {
                (Step::Key(key), Some(keys)) if !keys.contains(key) => {
                    out.push('"');
                    out.push_str(&escaped(key));
                    out.push_str("\":");
                    keys.push(key.clone());
                }
                (Step::Index(index), None) if *index == container.length => {}
                (Step::Key(_) | Step::Index(_), _) => return Err(corrupt("pieces out of order")),
            }
            container.length += 1;
        }
        self.path = path;
        Ok(())
    }

    fn close_to(&mut self, depth: usize, out: &mut String) {
        while self.open.len() > depth {
            if let Some(container) = self.open.pop() {
                out.push(if container.keys.is_some() { '}' } else { ']' });
            }
        }
    }
}

fn corrupt(detail: &str) -> DecodeError {
    DecodeError::Corrupt {
        what: "function call argument",
        detail: detail.to_owned(),
    }
}

/// The text of a JSON string, without its quotes.
fn escaped(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let inner = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    inner.unwrap_or_default().to_owned()
}

/// Reads a JSON path of names and indices, such as `$.rooms[0].name` or `$['a b']`.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let (name, after) = after.split_at_checked(end)?;
            steps.push(Step::Key(name.to_owned()));
            rest = after;
        } else {
            let after = rest.strip_prefix('[')?;
            let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
            if let Some(quote) = quote {
                let after = after.get(1..)?;
                let end = after.find(&format!("{quote}]"))?;
                steps.push(Step::Key(after.get(..end)?.to_owned()));
                rest = after.get(end + 2..)?;
            } else {
                let (index, after) = after.split_once(']')?;
                steps.push(Step::Index(index.parse().ok()?));
                rest = after;
            }
        }
    }
    (!steps.is_empty()).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Piece};

    fn written(pieces: &[(&str, Piece<'_>)]) -> Result<String, String> {
        let mut arguments = Arguments::default();
        let mut text = String::new();
        for (path, piece) in pieces {
            text += &arguments.write(path, *piece).map_err(|error| error.to_string())?;
        }
        Ok(text + &arguments.finish())
    }

    #[test]
    fn pieces_become_one_json_text() {
        let text = written(&[
            ("$.city", Piece::Text("Pa", true)),
            ("$.city", Piece::Text("ri\"s", true)),
            ("$.city", Piece::Text("", false)),
            ("$.rooms[0].beds", Piece::Scalar("2")),
            ("$.rooms[0].name", Piece::Text("a", false)),
            ("$.rooms[1].beds", Piece::Scalar("1.5")),
            ("$['odd key'].x", Piece::Scalar("null")),
            ("$.last", Piece::Text("open", true)),
        ]);

        assert_eq!(
            text.unwrap(),
            r#"{"city":"Pari\"s","rooms":[{"beds":2,"name":"a"},{"beds":1.5}],"odd key":{"x":null},"last":"open"}"#
        );
        assert_eq!(written(&[]).unwrap(), "{}");
    }

    #[test]
    fn pieces_that_go_back_are_refused() {
        for pieces in [
            [("$.a.b", Piece::Scalar("1")), ("$.a", Piece::Scalar("2"))],
            [("$.a", Piece::Scalar("1")), ("$.a", Piece::Scalar("2"))],
            [("$.a", Piece::Scalar("1")), ("$.a.b", Piece::Scalar("2"))],
            [("$.a[0]", Piece::Scalar("1")), ("$.a[2]", Piece::Scalar("2"))],
            [("$.a[0]", Piece::Scalar("1")), ("$.a.b", Piece::Scalar("2"))],
            [("$.a", Piece::Scalar("1")), ("x", Piece::Scalar("2"))],
        ] {
            assert!(written(&pieces).is_err(), "{pieces:?}");
        }
    }
}
