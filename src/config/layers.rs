//! Owns what every layer says about every key, before any of it is understood. Refuses to know which keys exist.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Origin;
use super::value::{Raw, toml_string};

/// The names on the way to a key, the section first.
pub(super) type Path = Vec<String>;

/// A value as one layer gives it.
pub(super) struct Given {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// All layers at once.
#[derive(Default)]
pub(super) struct Layers {
    /// Values by key, the strongest layer last.
    given: BTreeMap<Path, Vec<Given>>,
    /// Where the file names each key and table.
    places: BTreeMap<Path, Origin>,
}

impl Layers {
    /// Adds a value above those that are there.
    pub(super) fn push(&mut self, path: Path, raw: Raw, origin: Origin) {
        self.given.entry(path).or_default().push(Given { raw, origin });
    }

    /// Notes where the file names a key or table.
    pub(super) fn place(&mut self, path: Path, origin: Origin) {
        self.places.entry(path).or_insert(origin);
    }

    /// Returns what the layers say about a key, the strongest last.
    pub(super) fn at(&self, path: &[String]) -> &[Given] {
        self.given.get(path).map_or(&[], Vec::as_slice)
    }

    /// Returns the names that any layer uses directly below `parent`.
    pub(super) fn names_below(&self, parent: &[String]) -> BTreeSet<String> {
        let paths = self.given.keys().chain(self.places.keys());
        paths
            .filter(|path| path.starts_with(parent))
            .filter_map(|path| path.get(parent.len()))
            .cloned()
            .collect()
    }

    /// Returns where a key or table is first named.
    pub(super) fn origin_of(&self, path: &[String]) -> Origin {
        let below = || self.given.iter().filter(|(key, _)| key.starts_with(path));
        self.places
            .get(path)
            .or_else(|| {
                below()
                    .flat_map(|(_, given)| given)
                    .map(|given| &given.origin)
                    .next()
            })
            .cloned()
            .unwrap_or_default()
    }

    /// Returns every key and table the file names, a table before its keys.
    pub(super) fn places(&self) -> impl Iterator<Item = (&Path, &Origin)> {
        self.places.iter()
    }
}

/// Writes a path as it stands in messages, names that are no bare TOML keys in quotes.
pub(super) fn dotted<S: AsRef<str>>(path: &[S]) -> String {
    let names: Vec<_> = path.iter().map(|name| bare_or_quoted(name.as_ref())).collect();
    names.join(".")
}

/// Writes a name as TOML wants a key.
pub(super) fn bare_or_quoted(name: &str) -> String {
    let bare = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if bare { name.to_owned() } else { toml_string(name) }
}
