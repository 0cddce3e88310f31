//! `crux serve`: the server, until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{Server, builtin_providers};
use crate::config::{Config, ConfigError, Level, Loaded, Overrides, ProcessSource};
use crate::telemetry;

/// What `crux serve` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Configuration file [default: ./crux.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:50051]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Run the sandbox inside and point every provider at it: no key needed, nothing leaves the machine
    #[arg(long)]
    sandbox: bool,
    /// Least urgent log lines that are written: error, warn, info, debug, trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<Level>,
}

impl Args {
    fn overrides(&self) -> Overrides {
        Overrides {
            config: self.config.clone(),
            listen: self.listen,
            sandbox: self.sandbox,
            log_level: self.log_level,
            ..Overrides::default()
        }
    }
}

pub(super) async fn run(args: &Args) -> ExitCode {
    let loaded = match load(&args.overrides()) {
        Ok(loaded) => loaded,
        Err(errors) => return refuse(&errors),
    };
    telemetry::init(&loaded.config.log);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let server = match Server::bind(&loaded.config).await {
        Ok(server) => server,
        Err(error) => {
            tracing::error!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let sandbox = server.sandbox().map(|sandbox| sandbox.local_addr().to_string());
    tracing::info!(address = %server.local_addr(), sandbox, version = env!("CARGO_PKG_VERSION"), "serving");
    match server.run(terminated()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

pub(super) fn load(overrides: &Overrides) -> Result<Loaded, Vec<ConfigError>> {
    Config::load(&ProcessSource::new()?, overrides, &builtin_providers())
}

#[expect(
    clippy::print_stderr,
    reason = "there is no log before there is a configuration"
)]
fn refuse(errors: &[ConfigError]) -> ExitCode {
    for error in errors {
        eprintln!("crux: {error}");
    }
    ExitCode::from(2)
}

/// Resolves at SIGTERM or SIGINT.
async fn terminated() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be heard: only a kill will stop this server");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
