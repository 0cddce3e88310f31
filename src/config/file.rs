//! Owns the reading of `crux.toml` into values with their places. Refuses to know which keys exist.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin, Problem};
use super::layers::{Layers, Path};
use super::value::Raw;

/// Adds the values of a file to `layers`, and what is not TOML to `errors`.
///
/// After a syntax error the rest is read all the same, so that every mistake is found at once; what the parser makes of
/// a broken line is dropped. Returns the keys that were.
pub(super) fn read(name: &str, text: &str, layers: &mut Layers, errors: &mut Vec<ConfigError>) -> Vec<Path> {
    let (table, broken) = DeTable::parse_recoverable(text);
    let mut file = File {
        name,
        text,
        broken: BTreeSet::new(),
        dropped: Vec::new(),
    };

    for error in broken {
        let span = error.span().unwrap_or_default();
        file.broken.insert(file.line(span.start));
        // The message names what the parser expected and never what it read; the library's longer form quotes the
        // line, which may hold a key.
        errors.push(ConfigError {
            origin: file.origin(&span),
            key: String::new(),
            problem: Problem::Syntax(error.message().to_owned()),
            mend: None,
        });
    }
    file.walk(table.get_ref(), &mut Path::new(), layers);
    file.dropped
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
    /// Lines with a syntax error.
    broken: BTreeSet<usize>,
    /// Keys of such lines.
    dropped: Vec<Path>,
}

impl File<'_> {
    fn walk(&mut self, table: &DeTable<'_>, path: &mut Path, layers: &mut Layers) {
        for (name, value) in table {
            path.push(name.get_ref().to_string());
            if let DeValue::Table(inner) = value.get_ref() {
                layers.place(path.clone(), self.origin(&name.span()));
                self.walk(inner, path, layers);
            } else if self.broken.contains(&self.line(name.span().start)) {
                self.dropped.push(path.clone());
            } else {
                layers.place(path.clone(), self.origin(&name.span()));
                layers.push(path.clone(), raw(value.get_ref()), self.origin(&value.span()));
            }
            path.pop();
        }
    }

    /// Returns the line of a byte, counted from one.
    fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    fn before(&self, at: usize) -> &str {
        self.text.get(..at).unwrap_or(self.text)
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let line = self.before(span.start).rsplit('\n').next().unwrap_or_default();
        Origin::File {
            path: self.name.to_owned(),
            line: self.line(span.start),
            column: line.chars().count() + 1,
        }
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(words) => Raw::Text(words.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Raw::Integer(number),
            Err(_) => Raw::Other("an integer beyond 64 bits"),
        },
        DeValue::Boolean(flag) => Raw::Bool(*flag),
        DeValue::Float(_) => Raw::Other("a number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("a date or time"),
        DeValue::Array(_) => Raw::Other("a list"),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}
