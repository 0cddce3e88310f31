//! `crux config`: what the configuration says, and what is wrong with it. Serves nothing.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::{BAD_USAGE, serve, terminal};
use crate::config::{ConfigError, Loaded, Overrides, Warning};

/// What `crux config` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads every layer and reports whatever is wrong, with its place and its mend.
    #[command(after_help = format!("{CHECK_EXAMPLES}\n\n{}", super::EXIT_CODES))]
    Check(CheckArgs),
    /// Prints the configuration that results from all layers, secrets masked, each value with its origin.
    #[command(after_help = format!("{SHOW_EXAMPLES}\n\n{}", super::EXIT_CODES))]
    Show(ShowArgs),
}

#[derive(Debug, ClapArgs)]
struct CheckArgs {
    #[command(flatten)]
    file: File,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, ClapArgs)]
struct ShowArgs {
    #[command(flatten)]
    file: File,
}

#[derive(Debug, ClapArgs)]
struct File {
    /// Configuration file [default: `CRUX_CONFIG`, else ./crux.toml if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  crux config check
  crux config check --config deploy/crux.toml --json";

const SHOW_EXAMPLES: &str = "\
Examples:
  crux config show
  CRUX_SERVER__LISTEN=127.0.0.1:50052 crux config show | grep listen";

pub(super) fn run(args: &Args) -> ExitCode {
    let file = match &args.command {
        Command::Check(args) => &args.file,
        Command::Show(args) => &args.file,
    };
    let loaded = serve::load(&Overrides {
        config: file.config.clone(),
        ..Overrides::default()
    });
    let written = match &args.command {
        Command::Check(args) if args.json => terminal::print_line(&findings(&loaded).to_string()),
        Command::Check(_) => terminal::print(&verdict(&loaded)),
        Command::Show(_) => terminal::print(&loaded.as_ref().map(shown).unwrap_or_default()),
    };
    let is_told = matches!(&args.command, Command::Check(args) if args.json);
    match &loaded {
        Ok(loaded) if !is_told => serve::warn(&loaded.warnings),
        Err(errors) if !is_told => serve::complain(errors),
        Ok(_) | Err(_) => {}
    }
    match (loaded, written) {
        (Err(_), _) => ExitCode::from(BAD_USAGE),
        (Ok(_), Err(_)) => ExitCode::FAILURE,
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
    }
}

fn shown(loaded: &Loaded) -> String {
    loaded.config.render()
}

fn verdict(loaded: &Result<Loaded, Vec<ConfigError>>) -> String {
    let Ok(loaded) = loaded else { return String::new() };
    let file = loaded.file.as_ref().map_or_else(
        || "no file, defaults and environment alone".to_owned(),
        |file| file.display().to_string(),
    );
    format!("the configuration is good ({file})\n")
}

fn findings(loaded: &Result<Loaded, Vec<ConfigError>>) -> Value {
    let error = |error: &ConfigError| {
        json!({"where": error.origin.to_string(), "key": error.key, "problem": error.problem.to_string(),
               "mend": error.mend})
    };
    let warning =
        |warning: &Warning| json!({"where": warning.origin.to_string(), "message": warning.message});
    match loaded {
        Ok(loaded) => json!({
            "ok": true,
            "file": loaded.file,
            "errors": [],
            "warnings": loaded.warnings.iter().map(warning).collect::<Vec<_>>(),
        }),
        Err(errors) => json!({
            "ok": false,
            "file": null,
            "errors": errors.iter().map(error).collect::<Vec<_>>(),
            "warnings": [],
        }),
    }
}
