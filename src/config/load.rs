//! Owns the order of the layers: defaults, a provider's own variables, the file, the environment, flags. Refuses to
//! know any key by name but those that flags set.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::error::{ConfigError, Origin, Problem, Warning};
use super::layers::{Layers, Path as LayerPath, dotted};
use super::log::{Format, Level};
use super::reader::Reader;
use super::resolve::Resolver;
use super::schema::Schema;
use super::source::Source;
use super::value::Raw;
use super::{Config, Provider, env, file};

/// What the command line sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--config`: the file to read; it must exist.
    pub config: Option<PathBuf>,
    /// `--listen`: `server.listen`.
    pub listen: Option<SocketAddr>,
    /// `--admin-listen`: `admin.listen`.
    pub admin_listen: Option<SocketAddr>,
    /// `--sandbox`: sets `sandbox.enabled`; its absence leaves it.
    pub sandbox: bool,
    /// `--sandbox-listen`: `sandbox.listen`.
    pub sandbox_listen: Option<SocketAddr>,
    /// `--log-level`: `log.level`.
    pub log_level: Option<Level>,
    /// `--log-format`: `log.format`.
    pub log_format: Option<Format>,
}

/// A provider that needs no configuration, as far as the configuration must know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinProvider<'a> {
    /// Its id.
    pub id: &'a str,
    /// The variables its vendor's tools read for the key, the first one that holds a key wins.
    pub key_env: &'a [&'a str],
    /// The variables its vendor's tools read for the base URL, the first one that is set wins. One that ends in
    /// `_HOST` is read as [`BaseUrl::from_host`](super::BaseUrl::from_host) says.
    pub base_url_env: &'a [&'a str],
}

/// What loading gives.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration, checked.
    pub config: Config,
    /// What is odd but no error, each thing once.
    pub warnings: Vec<Warning>,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
}

/// The file that is read when nobody names another.
const DEFAULT_FILE: &str = "crux.toml";

impl Config {
    /// Reads every layer and returns the configuration that results.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the layers.
    pub fn load(
        source: &dyn Source,
        args: &Overrides,
        builtin: &[BuiltinProvider<'_>],
    ) -> Result<Loaded, Vec<ConfigError>> {
        let schema = Schema::new();
        let mut layers = Layers::default();
        let mut errors = Vec::new();
        let mut warnings = Vec::new();

        let file = read_file(source, args, &mut layers, &mut errors);
        let ids: Vec<_> = builtin.iter().map(|builtin| builtin.id).collect();
        env::read(source, &schema, &ids, &mut layers, &mut errors, &mut warnings);
        push_flags(args, &mut layers);

        let mut config = Self::default();
        for id in ids {
            config.providers.insert(id.to_owned(), Provider::default());
        }
        let mut reader = Reader::new(&layers);
        reader
            .doubtful
            .extend(file.dropped.iter().map(|path| dotted(path)));
        reader.refuse_unknown(&schema);
        config.keys(&mut reader);
        let mut resolver = Resolver {
            source,
            builtin,
            reader: &mut reader,
            warnings,
        };
        resolver.run(&mut config);
        let mut warnings = resolver.warnings;

        config.origins = std::mem::take(&mut reader.origins);
        // Whoever takes any port for the server minds none for the other.
        if config.server.listen.port() == 0 && !config.origins.contains_key("admin.listen") {
            config.admin.listen.set_port(0);
        }
        errors.append(&mut reader.errors);
        for finding in config.findings(source) {
            if !finding.keys.iter().any(|key| reader.doubtful.contains(key)) {
                errors.push(finding.error);
            }
        }
        if !errors.is_empty() {
            errors.sort_by(|a, b| (a.origin.rank(), &a.origin).cmp(&(b.origin.rank(), &b.origin)));
            return Err(errors);
        }
        warnings.extend(config.advice());
        Ok(Loaded {
            config,
            warnings,
            file: file.path,
        })
    }
}

/// What reading the file gave besides its values.
#[derive(Default)]
struct FileRead {
    path: Option<PathBuf>,
    /// Keys of lines that could not be read.
    dropped: Vec<LayerPath>,
}

/// Adds the values of the file, if there is one.
fn read_file(
    source: &dyn Source,
    args: &Overrides,
    layers: &mut Layers,
    errors: &mut Vec<ConfigError>,
) -> FileRead {
    let by_flag = args.config.clone().map(|path| (path, Origin::Flag("--config")));
    let by_variable = || {
        let path = source.env("CRUX_CONFIG").filter(|path| !path.trim().is_empty())?;
        Some((PathBuf::from(path), Origin::Env("CRUX_CONFIG".to_owned())))
    };
    let (path, origin) = by_flag
        .or_else(by_variable)
        .unwrap_or_else(|| (PathBuf::from(DEFAULT_FILE), Origin::Default));

    match source.read(&path) {
        Ok(text) => {
            let dropped = file::read(&path.display().to_string(), &text, layers, errors);
            FileRead {
                path: Some(path),
                dropped,
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && origin == Origin::Default => {
            FileRead::default()
        }
        Err(error) => {
            let problem = Problem::Unreadable {
                path: path.display().to_string(),
                cause: error.to_string(),
            };
            errors.push(ConfigError {
                origin,
                key: String::new(),
                problem,
                mend: Some("name a file that can be read, or none".to_owned()),
            });
            FileRead::default()
        }
    }
}

fn push_flags(args: &Overrides, layers: &mut Layers) {
    let flags = [
        (
            "--listen",
            ["server", "listen"],
            args.listen.map(|address| address.to_string()),
        ),
        (
            "--admin-listen",
            ["admin", "listen"],
            args.admin_listen.map(|address| address.to_string()),
        ),
        (
            "--sandbox",
            ["sandbox", "enabled"],
            args.sandbox.then(|| true.to_string()),
        ),
        (
            "--sandbox-listen",
            ["sandbox", "listen"],
            args.sandbox_listen.map(|address| address.to_string()),
        ),
        (
            "--log-level",
            ["log", "level"],
            args.log_level.map(|level| level.name().to_owned()),
        ),
        (
            "--log-format",
            ["log", "format"],
            args.log_format.map(|format| format.name().to_owned()),
        ),
    ];
    for (name, path, value) in flags {
        if let Some(value) = value {
            layers.push(
                path.map(str::to_owned).to_vec(),
                Raw::Bare(value),
                Origin::Flag(name),
            );
        }
    }
}
