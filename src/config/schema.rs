//! Owns the set of all keys, as the sections list them, and finds the one an unknown name was meant to be. Refuses to
//! read values.

use std::collections::{BTreeMap, BTreeSet};

use super::Config;
use super::keys::{Keys, Naming};
use super::layers::bare_or_quoted;
use super::suggest::nearest;
use super::value::Codec;

/// One name on the way to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// A fixed name.
    Fixed(String),
    /// A name the operator chooses.
    Any(Naming),
}

/// All keys.
pub(super) struct Schema {
    keys: Vec<Vec<Segment>>,
}

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A key with a value.
    Key,
    /// A table of keys.
    Table,
    /// Neither.
    Unknown,
}

impl Schema {
    /// Collects the keys from their sections.
    pub(super) fn new() -> Self {
        let mut census = Census {
            path: Vec::new(),
            keys: Vec::new(),
        };
        Config::default().keys(&mut census);
        Self { keys: census.keys }
    }

    /// Returns every key.
    pub(super) fn keys(&self) -> &[Vec<Segment>] {
        &self.keys
    }

    /// Says what `path` is.
    pub(super) fn kind(&self, path: &[String]) -> Kind {
        let mut fitting = self.keys.iter().filter(|key| begins(key, path));
        match fitting.next() {
            None => Kind::Unknown,
            Some(key) if key.len() == path.len() => Kind::Key,
            Some(_) => Kind::Table,
        }
    }

    /// Says what to do about `name`, which `parent` does not know.
    pub(super) fn mend(&self, parent: &[String], name: &str) -> String {
        let known = self.fixed_below(parent);
        if let Some(meant) = nearest(name, known.iter().copied()) {
            return format!("did you mean \"{meant}\"?");
        }
        if let [home] = self.homes_of(name).as_slice() {
            return format!("it belongs to [{home}]");
        }
        let known: Vec<_> = known.into_iter().collect();
        format!("known here: {}", known.join(", "))
    }

    fn fixed_below(&self, parent: &[String]) -> BTreeSet<&str> {
        let fitting = self.keys.iter().filter(|key| begins(key, parent));
        fitting
            .filter_map(|key| key.get(parent.len()))
            .filter_map(Segment::fixed)
            .collect()
    }

    /// Returns the tables that have a key `name`.
    fn homes_of(&self, name: &str) -> Vec<String> {
        let mut homes = Vec::new();
        for key in &self.keys {
            let Some((last, home)) = key.split_last() else {
                continue;
            };
            if last.fixed() == Some(name) && !home.is_empty() {
                let names: Vec<_> = home
                    .iter()
                    .map(|segment| segment.fixed().unwrap_or("<id>"))
                    .map(shown)
                    .collect();
                homes.push(names.join("."));
            }
        }
        homes
    }
}

fn shown(name: &str) -> String {
    if name == "<id>" {
        name.to_owned()
    } else {
        bare_or_quoted(name)
    }
}

impl Segment {
    /// Returns the name, if it is fixed.
    pub(super) fn fixed(&self) -> Option<&str> {
        match self {
            Self::Fixed(name) => Some(name),
            Self::Any(_) => None,
        }
    }
}

/// Says whether `path` is the beginning of `key`, or all of it.
fn begins(key: &[Segment], path: &[String]) -> bool {
    path.len() <= key.len()
        && key.iter().zip(path).all(|(segment, name)| match segment {
            Segment::Fixed(fixed) => fixed == name,
            Segment::Any(_) => true,
        })
}

struct Census {
    path: Vec<Segment>,
    keys: Vec<Vec<Segment>>,
}

impl Census {
    fn within(&mut self, segments: impl IntoIterator<Item = Segment>, fill: impl FnOnce(&mut Self)) {
        let depth = self.path.len();
        self.path.extend(segments);
        fill(self);
        self.path.truncate(depth);
    }

    fn key(&mut self, segments: impl IntoIterator<Item = Segment>) {
        self.within(segments, |census| census.keys.push(census.path.clone()));
    }
}

impl Keys for Census {
    fn value<C: Codec>(&mut self, name: &str, _: &mut C::Value, _: &C) {
        self.key([Segment::Fixed(name.to_owned())]);
    }

    fn optional<C: Codec>(&mut self, name: &str, _: &mut Option<C::Value>, _: &C) {
        self.key([Segment::Fixed(name.to_owned())]);
    }

    fn section(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        self.within([Segment::Fixed(name.to_owned())], fill);
    }

    fn tables<T: Default>(
        &mut self,
        name: &str,
        naming: Naming,
        _: &mut BTreeMap<String, T>,
        fill: impl Fn(&mut Self, &mut T),
    ) {
        let names = [Segment::Fixed(name.to_owned()), Segment::Any(naming)];
        self.within(names, |census| fill(census, &mut T::default()));
    }

    fn values<C: Codec>(&mut self, name: &str, naming: Naming, _: &mut BTreeMap<String, C::Value>, _: &C) {
        self.key([Segment::Fixed(name.to_owned()), Segment::Any(naming)]);
    }
}
