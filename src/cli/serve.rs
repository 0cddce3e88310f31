//! `crux serve`: the server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;

use super::signals::terminated;
use super::{BAD_USAGE, terminal};
use crate::app::{Server, builtin_providers};
use crate::config::{Config, ConfigError, Level, Loaded, Overrides, ProcessSource, Warning};
use crate::telemetry;

/// What `crux serve` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
pub(super) struct Args {
    /// Configuration file [default: `CRUX_CONFIG`, else ./crux.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:50051]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Address of the admin port: health and metrics over HTTP [default: 127.0.0.1:8091]
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// Run the sandbox inside and point every provider at it: no key needed, nothing leaves the machine
    #[arg(long)]
    sandbox: bool,
    /// Least urgent log lines that are written: error, warn, info, debug, trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<Level>,
}

const EXAMPLES: &str = "\
Logs go to standard output, one line of JSON for each call at its end. SIGTERM drains.

Examples:
  crux serve --sandbox
  OPENAI_API_KEY=... crux serve --listen 127.0.0.1:50052
  CRUX_AUTH__BEARER_TOKEN=... crux serve --listen 0.0.0.0:50051";

impl Args {
    fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            listen: self.listen,
            admin_listen: self.admin_listen,
            sandbox: self.sandbox,
            log_level: self.log_level,
            ..Overrides::default()
        }
    }
}

pub(super) async fn run(args: &Args) -> ExitCode {
    let loaded = match load(&args.overrides()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            complain(&errors);
            return ExitCode::from(BAD_USAGE);
        }
    };
    telemetry::init(&loaded.config.log);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let server = match Server::bind(&loaded.config).await {
        Ok(server) => server,
        Err(error) => {
            tracing::error!("{error}");
            terminal::say(&format!("crux: {error}"));
            return ExitCode::FAILURE;
        }
    };
    announce(&server, &loaded.config);
    match Box::pin(server.run(terminated())).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads every layer of the configuration.
///
/// # Errors
/// Whatever is wrong with it.
pub(super) fn load(overrides: &Overrides) -> Result<Loaded, Vec<ConfigError>> {
    Config::load(&ProcessSource::new()?, overrides, &builtin_providers())
}

/// Says what is wrong with the configuration: there is no log before there is one.
pub(super) fn complain(errors: &[ConfigError]) {
    for error in errors {
        terminal::say(&format!("crux: {error}"));
    }
}

/// Says what is odd about the configuration.
pub(super) fn warn(warnings: &[Warning]) {
    for warning in warnings {
        terminal::say(&format!("crux: warning: {warning}"));
    }
}

/// Says where it serves: to the log, and to a person in words.
fn announce(server: &Server, config: &Config) {
    let address = server.local_addr();
    let sandbox = server.sandbox().map(|sandbox| sandbox.local_addr().to_string());
    let admin = server.admin_addr().map(|address| address.to_string());
    tracing::info!(%address, admin, sandbox, version = env!("CARGO_PKG_VERSION"), "serving");
    if !terminal::is_heard() {
        return;
    }
    let transport = if config.tls.is_some() { "TLS" } else { "plain text" };
    let mutual = config.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
    let callers = match (&config.auth.bearer_token, mutual) {
        (Some(_), true) => "callers with the token or a client certificate",
        (Some(_), false) => "callers with the token",
        (None, true) => "callers with a client certificate",
        (None, false) if server.asks_for_tokens() => "callers with a token that was given out",
        (None, false) => "every caller on this machine",
    };
    terminal::say(&format!(
        "crux serves gRPC on {address} ({transport}) to {callers}"
    ));
    if let Some(admin) = admin {
        terminal::say(&format!("health and metrics are on http://{admin}"));
    }
    if let Some(sandbox) = sandbox {
        terminal::say(&format!(
            "the sandbox answers for every provider, on http://{sandbox}"
        ));
    }
}
