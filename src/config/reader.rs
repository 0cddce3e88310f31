//! Owns the filling of a configuration from its layers: the strongest good value wins, every bad one is reported.
//! Refuses to judge how values go together.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{ConfigError, Origin, Problem};
use super::keys::{Keys, Naming};
use super::layers::{Layers, Path, dotted};
use super::schema::{Kind, Schema};
use super::value::Codec;

/// Fills the slots of the keys it is shown.
pub(super) struct Reader<'a> {
    pub(super) layers: &'a Layers,
    pub(super) errors: Vec<ConfigError>,
    pub(super) origins: BTreeMap<String, Origin>,
    /// Keys with a value that was refused, about which nothing further is to be said.
    pub(super) doubtful: BTreeSet<String>,
    path: Path,
}

impl<'a> Reader<'a> {
    pub(super) fn new(layers: &'a Layers) -> Self {
        Self {
            layers,
            errors: Vec::new(),
            origins: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            path: Path::new(),
        }
    }

    /// Reports every name of the file that is no key, a table once and not its keys too.
    pub(super) fn refuse_unknown(&mut self, schema: &Schema) {
        let mut outermost: Option<&Path> = None;
        for (path, origin) in self.layers.places() {
            if outermost.is_some_and(|outer| path.starts_with(outer)) {
                continue;
            }
            let given = self
                .layers
                .at(path)
                .iter()
                .any(|given| matches!(given.origin, Origin::File { .. }));
            let (problem, mend) = match (schema.kind(path), given) {
                (Kind::Key, true) | (Kind::Table, false) => continue,
                (Kind::Key, false) => (bad("a table", "a value"), None),
                (Kind::Table, true) => (
                    bad("a value", "a table of keys"),
                    Some(format!("write [{}]", dotted(path))),
                ),
                (Kind::Unknown, _) => {
                    let mend = path.split_last().map(|(name, parent)| schema.mend(parent, name));
                    (Problem::UnknownKey, mend)
                }
            };
            let key = dotted(path);
            self.doubtful.insert(key.clone());
            self.errors.push(ConfigError {
                origin: origin.clone(),
                key,
                problem,
                mend,
            });
            outermost = Some(path);
        }
    }

    fn take<C: Codec>(&mut self, name: &str, codec: &C) -> Option<C::Value> {
        self.path.push(name.to_owned());
        let key = dotted(&self.path);
        let mut value = None;
        for given in self.layers.at(&self.path) {
            match codec.read(&given.raw) {
                Ok(good) => {
                    value = Some(good);
                    self.origins.insert(key.clone(), given.origin.clone());
                }
                Err(refused) => {
                    self.doubtful.insert(key.clone());
                    self.errors.push(ConfigError {
                        origin: given.origin.clone(),
                        key: key.clone(),
                        problem: bad(&refused.found, &codec.expected()),
                        mend: refused.mend,
                    });
                }
            }
        }
        self.path.pop();
        value
    }
}

fn bad(found: &str, expected: &str) -> Problem {
    Problem::BadValue {
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

impl Keys for Reader<'_> {
    fn value<C: Codec>(&mut self, name: &str, slot: &mut C::Value, codec: &C) {
        if let Some(value) = self.take(name, codec) {
            *slot = value;
        }
    }

    fn optional<C: Codec>(&mut self, name: &str, slot: &mut Option<C::Value>, codec: &C) {
        if let Some(value) = self.take(name, codec) {
            *slot = Some(value);
        }
    }

    fn section(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.path.push(name.to_owned());
        fill(self);
        self.path.pop();
    }

    fn tables<T: Default>(
        &mut self,
        name: &str,
        _: Naming,
        slot: &mut BTreeMap<String, T>,
        fill: impl Fn(&mut Self, &mut T),
    ) {
        self.path.push(name.to_owned());
        for child in self.layers.names_below(&self.path) {
            let value = slot.entry(child.clone()).or_default();
            self.section(&child, |keys| fill(keys, value));
        }
        self.path.pop();
    }

    fn values<C: Codec>(&mut self, name: &str, _: Naming, slot: &mut BTreeMap<String, C::Value>, codec: &C) {
        self.path.push(name.to_owned());
        for child in self.layers.names_below(&self.path) {
            if let Some(value) = self.take(&child, codec) {
                slot.insert(child, value);
            }
        }
        self.path.pop();
    }

    fn missing(&mut self, name: &str, expected: &'static str) {
        let origin = self.layers.origin_of(&self.path);
        let mut path = self.path.clone();
        path.push(name.to_owned());
        let key = dotted(&path);
        if self.doubtful.contains(&key) {
            return;
        }
        let problem = Problem::Missing {
            expected: expected.to_owned(),
        };
        self.errors.push(ConfigError {
            origin,
            key,
            problem,
            mend: None,
        });
    }
}
