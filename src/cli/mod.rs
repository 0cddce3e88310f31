//! The command line: starts servers, and talks to them as any client does.

mod admin;
mod bench;
mod chat;
mod completion;
mod config;
mod db;
mod failure;
mod keys;
mod link;
mod models;
mod prefs;
mod sandbox;
mod serve;
mod signals;
mod smoke;
mod table;
mod terminal;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

/// What every command's help ends with.
const EXIT_CODES: &str = "\
Exit codes:
  0    it worked
  1    it failed: a call, a start, a check
  2    wrong usage or configuration
  130  interrupted with Ctrl-C";

/// Puts many LLM providers behind one typed gRPC contract.
#[derive(Debug, Parser)]
#[command(name = "crux", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  crux serve --sandbox                 a server that needs no key
  crux chat --sandbox 'hello'          one answer, from a server started for it
  crux chat -m anthropic/claude-sonnet-4-5
                                       a conversation
  crux smoke                           does every configured provider answer?

Exit codes:
  0    it worked
  1    it failed: a call, a start, a check
  2    wrong usage or configuration
  130  interrupted with Ctrl-C";

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the gRPC API.
    Serve(serve::Args),
    /// Asks a model: once, or in a conversation.
    Chat(chat::Args),
    /// Asks every configured provider one short question.
    Smoke(smoke::Args),
    /// Keeps providers' keys in the vault.
    Keys(keys::Args),
    /// Runs the stand-in for every provider, for tests without keys.
    Sandbox(sandbox::Args),
    /// Manages tenants and the tokens of callers, and lists who did what.
    Admin(admin::Args),
    /// Lists models, what they can do and what they cost; changes what is said of them.
    Models(models::Args),
    /// Reads and changes what is kept of users.
    Prefs(prefs::Args),
    /// Looks at the database, backs it up, brings it back, moves it.
    Db(db::Args),
    /// Checks the configuration, or shows what results from its layers.
    Config(config::Args),
    /// Measures a gateway under load, beside the same load without it.
    Bench(bench::Args),
    /// Prints what a shell needs to complete crux's commands.
    Completion(completion::Args),
}

/// Runs the command that the arguments name.
pub async fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => Box::pin(serve::run(&args)).await,
        Command::Chat(args) => Box::pin(chat::run(args)).await,
        Command::Smoke(args) => Box::pin(smoke::run(args)).await,
        Command::Keys(args) => Box::pin(keys::run(args)).await,
        Command::Sandbox(args) => sandbox::run(&args).await,
        Command::Admin(args) => Box::pin(admin::run(&args)).await,
        Command::Models(args) => Box::pin(models::run(&args)).await,
        Command::Prefs(args) => Box::pin(prefs::run(&args)).await,
        Command::Db(args) => Box::pin(db::run(&args)).await,
        Command::Config(args) => config::run(&args),
        Command::Bench(args) => Box::pin(bench::run(args)).await,
        Command::Completion(args) => completion::run(&args, &mut Cli::command()),
    }
}

/// Wrong usage or configuration.
const BAD_USAGE: u8 = 2;
/// As shells report an interrupt.
const INTERRUPTED: u8 = 130;
