//! Owns the printed form of a configuration: TOML, secrets masked, each value with its origin. Refuses to read it back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::error::Origin;
use super::keys::{Keys, Naming};
use super::layers::{bare_or_quoted, dotted};
use super::value::Codec;
use super::{AuthScheme, Config};

impl Config {
    /// Prints the effective configuration as TOML.
    ///
    /// Every secret is `"***"`, which reads back as absent. A comment names each value's origin; keys without a value
    /// are left out. A provider's `api_key` stands for the key in use, wherever it was found.
    pub fn render(&self) -> String {
        let mut shown = self.clone();
        for provider in shown.providers.values_mut() {
            provider.api_key = provider
                .key
                .take()
                .filter(|_| provider.auth != Some(AuthScheme::None));
        }

        let mut printer = Printer {
            origins: &self.origins,
            path: Vec::new(),
            out: String::new(),
            header: None,
        };
        shown.keys(&mut printer);
        printer.out
    }
}

struct Printer<'a> {
    origins: &'a BTreeMap<String, Origin>,
    path: Vec<String>,
    out: String,
    /// The table header to print before the next line; tables without a line are left out.
    header: Option<String>,
}

impl Printer<'_> {
    fn line(&mut self, name: &str, printed: &str) {
        if let Some(header) = self.header.take() {
            let gap = if self.out.is_empty() { "" } else { "\n" };
            // Writing to a `String` cannot fail.
            let _ = writeln!(self.out, "{gap}[{header}]");
        }
        self.path.push(name.to_owned());
        let origin = self.origins.get(&dotted(&self.path)).unwrap_or(&Origin::Default);
        self.path.pop();
        let _ = writeln!(self.out, "{} = {printed} # {origin}", bare_or_quoted(name));
    }

    fn table(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.path.push(name.to_owned());
        self.header = Some(dotted(&self.path));
        fill(self);
        self.header = None;
        self.path.pop();
    }
}

impl Keys for Printer<'_> {
    fn value<C: Codec>(&mut self, name: &str, slot: &mut C::Value, codec: &C) {
        self.line(name, &codec.print(slot));
    }

    fn optional<C: Codec>(&mut self, name: &str, slot: &mut Option<C::Value>, codec: &C) {
        if let Some(value) = slot {
            self.line(name, &codec.print(value));
        }
    }

    fn section(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.table(name, fill);
    }

    fn tables<T: Default>(
        &mut self,
        name: &str,
        _: Naming,
        slot: &mut BTreeMap<String, T>,
        fill: impl Fn(&mut Self, &mut T),
    ) {
        self.path.push(name.to_owned());
        for (child, value) in slot {
            self.table(child, |keys| fill(keys, value));
        }
        self.path.pop();
    }

    fn values<C: Codec>(&mut self, name: &str, _: Naming, slot: &mut BTreeMap<String, C::Value>, codec: &C) {
        self.table(name, |keys| {
            for (child, value) in slot {
                keys.line(child, &codec.print(value));
            }
        });
    }
}
