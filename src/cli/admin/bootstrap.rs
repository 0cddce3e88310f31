//! `crux admin bootstrap`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{Said, help, told};
use crate::app;
use crate::cli::{BAD_USAGE, serve, terminal};
use crate::config::Overrides;

#[derive(Debug, ClapArgs)]
#[command(after_help = help("crux admin bootstrap"))]
pub(super) struct Args {
    /// Configuration file that names the database [default: `CRUX_CONFIG`, else ./crux.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Args) -> ExitCode {
    let overrides = Overrides {
        config: args.config.clone(),
        ..Overrides::default()
    };
    let config = match serve::load(&overrides) {
        Ok(loaded) => loaded.config,
        Err(errors) => {
            serve::complain(&errors);
            return ExitCode::from(BAD_USAGE);
        }
    };
    match app::bootstrap(&config).await {
        Ok(first) => {
            let text = first.text.expose_secret();
            let words = format!(
                "{text}\n\nThe first administrator's token. It is shown this once: keep it where secrets are kept.\n\
                 From now on the server asks every caller for a token: set CRUX_TOKEN to this one, and create others\n\
                 with `crux admin tokens create`.\n"
            );
            let value = json!({"id": first.id, "secret": text});
            told(args.json, &Said { words, value })
        }
        Err(error) => {
            terminal::say(&format!("crux: {error}"));
            ExitCode::FAILURE
        }
    }
}
