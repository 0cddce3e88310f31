//! Owns the spelling of keys as environment variables: `CRUX_<SECTION>__<KEY>`. Refuses to read their values.

use super::Warning;
use super::error::{ConfigError, Origin, Problem};
use super::layers::{Layers, Path};
use super::schema::{Schema, Segment};
use super::source::Source;
use super::suggest::nearest;
use super::value::Raw;

/// What every variable begins with.
const PREFIX: &str = "CRUX_";

/// Variables of another shape, which win over the long ones.
const SHORT: [(&str, [&str; 2]); 4] = [
    ("CRUX_SANDBOX", ["sandbox", "enabled"]),
    ("LOG_LEVEL", ["log", "level"]),
    ("SQLITE_DB_PATH", ["store", "path"]),
    ("DATABASE_URL", ["store", "url"]),
];

/// Adds the values of the environment to `layers`, which holds the file already.
///
/// Only a name with `__` is taken for a key: Kubernetes gives every pod `CRUX_PORT` and the like when a service is
/// called `crux`, and those must not stop the server.
pub(super) fn read(
    source: &dyn Source,
    schema: &Schema,
    ids: &[&str],
    layers: &mut Layers,
    errors: &mut Vec<ConfigError>,
    warnings: &mut Vec<Warning>,
) {
    let mut variables = source.env_iter();
    variables.sort();
    let mut taken: Vec<(Path, String)> = Vec::new();

    for (name, value) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let origin = Origin::Env(name.clone());
        if !rest.contains("__") {
            warnings.extend(single_underscore(schema, rest).map(|message| Warning { origin, message }));
            continue;
        }
        let Some(path) = path_of(schema, ids, layers, rest) else {
            errors.push(ConfigError {
                origin,
                key: String::new(),
                problem: Problem::UnknownVariable,
                mend: Some(mend(schema, rest)),
            });
            continue;
        };
        if value.trim().is_empty() {
            continue;
        }
        if let Some((_, other)) = taken.iter().find(|(key, _)| *key == path) {
            errors.push(ConfigError {
                origin,
                key: String::new(),
                problem: Problem::Conflict(format!("sets the same key as {other}")),
                mend: Some("unset one of them".to_owned()),
            });
            continue;
        }
        taken.push((path.clone(), name));
        layers.push(path, Raw::Bare(value), origin);
    }

    for (name, path) in SHORT {
        if let Some(value) = source.env(name).filter(|value| !value.trim().is_empty()) {
            layers.push(
                path.map(str::to_owned).to_vec(),
                Raw::Bare(value),
                Origin::Env(name.to_owned()),
            );
        }
    }
}

/// Returns the variable that sets `path`.
pub(super) fn name_of<S: AsRef<str>>(path: &[S]) -> String {
    let segments: Vec<_> = path.iter().map(|name| normal(name.as_ref())).collect();
    format!("{PREFIX}{}", segments.join("__"))
}

fn path_of(schema: &Schema, ids: &[&str], layers: &Layers, rest: &str) -> Option<Path> {
    let segments: Vec<_> = rest.split("__").collect();
    let key = schema.keys().iter().find(|key| fits(key, &segments))?;

    let mut path = Path::new();
    for (segment, words) in key.iter().zip(segments) {
        let name = match segment {
            Segment::Fixed(name) => name.clone(),
            Segment::Any(naming) => {
                let mut known: Vec<_> = layers.names_below(&path).into_iter().collect();
                if path.len() == 1 {
                    known.extend(ids.iter().map(|&id| id.to_owned()));
                }
                let exact = known.iter().find(|name| name.eq_ignore_ascii_case(words));
                let meant = exact.or_else(|| known.iter().find(|name| normal(name) == normal(words)));
                meant.cloned().unwrap_or_else(|| naming.spelled(words))
            }
        };
        path.push(name);
    }
    Some(path)
}

fn fits(key: &[Segment], segments: &[&str]) -> bool {
    key.len() == segments.len()
        && key.iter().zip(segments).all(|(segment, words)| match segment {
            Segment::Fixed(name) => name.eq_ignore_ascii_case(words),
            Segment::Any(_) => !words.is_empty(),
        })
}

/// Spells a name as a shell lets a variable be called.
fn normal(name: &str) -> String {
    let upper = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    upper.collect()
}

fn mend(schema: &Schema, rest: &str) -> String {
    let segments: Vec<_> = rest.split("__").collect();
    let known: Vec<String> = schema
        .keys()
        .iter()
        .map(|key| {
            let name = |(at, segment): (usize, &Segment)| match segment {
                Segment::Fixed(name) => normal(name),
                Segment::Any(_) => segments.get(at).map_or("NAME", |words| *words).to_owned(),
            };
            key.iter().enumerate().map(name).collect::<Vec<_>>().join("__")
        })
        .collect();
    match nearest(rest, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {PREFIX}{meant}?"),
        None => format!("variables are called {PREFIX}<SECTION>__<KEY>, such as {PREFIX}SERVER__LISTEN"),
    }
}

/// Says so if `rest` would be a key, had it two underscores after its section.
fn single_underscore(schema: &Schema, rest: &str) -> Option<String> {
    let meant = schema.keys().iter().find_map(|key| {
        let names: Option<Vec<_>> = key.iter().map(Segment::fixed).collect();
        let names = names?;
        (normal(&names.join("_")) == normal(rest)).then(|| name_of(&names))
    })?;
    Some(format!(
        "is not read, as two underscores divide section and key; did you mean {meant}?"
    ))
}
