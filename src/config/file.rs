//! Owns the reading of `crux.toml` into values with their places. Refuses to know which keys exist.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Origin, Problem};
use super::layers::{Layers, Path};
use super::value::Raw;

/// Adds the values of a file to `layers`, and what is not TOML to `errors`.
pub(super) fn read(name: &str, text: &str, layers: &mut Layers, errors: &mut Vec<ConfigError>) {
    let file = File { name, text };
    let (table, broken) = DeTable::parse_recoverable(text);

    for error in broken {
        // The message names what the parser expected and never what it read; the library's longer form quotes the
        // line, which may hold a key.
        errors.push(ConfigError {
            origin: file.origin(&error.span().unwrap_or_default()),
            key: String::new(),
            problem: Problem::Syntax(error.message().to_owned()),
            mend: None,
        });
    }
    file.walk(table.get_ref(), &mut Vec::new(), layers);
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    fn walk(&self, table: &DeTable<'_>, path: &mut Path, layers: &mut Layers) {
        for (name, value) in table {
            path.push(name.get_ref().to_string());
            layers.place(path.clone(), self.origin(&name.span()));
            if let DeValue::Table(inner) = value.get_ref() {
                self.walk(inner, path, layers);
            } else {
                layers.push(path.clone(), raw(value.get_ref()), self.origin(&value.span()));
            }
            path.pop();
        }
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Origin::File {
            path: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
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
