//! The command line: starts servers, and talks to them as any client does.

mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Puts many LLM providers behind one typed gRPC contract.
#[derive(Debug, Parser)]
#[command(name = "crux", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the gRPC API.
    Serve(serve::Args),
}

/// Runs the command that the arguments name.
pub async fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve::run(&args).await,
    }
}
