//! `crux admin`: tenants, tokens, the record of who did what, and the first token of all.

mod audit;
mod bootstrap;
mod tenants;
mod tokens;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::Value;
use tonic::Status;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::failure::Failure;
use super::link::{self, Bearer};
use super::terminal;
use crate::rpc::pb::admin_service_client::AdminServiceClient;

/// What `crux admin` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Creates, changes and deletes tenants.
    Tenants(tenants::Args),
    /// Creates and revokes the tokens of callers.
    Tokens(tokens::Args),
    /// Lists the operations on tenants, tokens and keys, latest first.
    Audit(audit::Args),
    /// Makes the first administrator's token, in the store itself: no server is asked.
    Bootstrap(bootstrap::Args),
}

/// How a command that asks a server does so, and shows what it heard.
#[derive(Debug, ClapArgs)]
struct Common {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: link::Args,
}

type Client = AdminServiceClient<InterceptedService<Channel, Bearer>>;

/// What a server said: for people, and for programs.
struct Said {
    words: String,
    value: Value,
}

/// The most entries of a page that a server gives.
const PAGE: i32 = 1000;

fn help(example: &str) -> String {
    format!("Examples:\n  {example}\n\n{}", super::EXIT_CODES)
}

pub(super) async fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::Tenants(args) => tenants::run(args).await,
        Command::Tokens(args) => tokens::run(args).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Bootstrap(args) => bootstrap::run(args).await,
    }
}

/// Asks the server that `common` names, and tells what came of it.
async fn asked(common: &Common, ask: impl AsyncFnOnce(Client) -> Result<Said, Status>) -> ExitCode {
    let link = match common.link.link().await {
        Ok(link) => link,
        Err(error) => return error.report(),
    };
    match ask(AdminServiceClient::new(link.wire())).await {
        Ok(said) => told(common.json, &said),
        Err(status) => {
            let failure = Failure::new(&status, None);
            if common.json {
                let _ = terminal::print_line(&failure.json().to_string());
            } else {
                terminal::say(&failure.block());
            }
            ExitCode::FAILURE
        }
    }
}

fn told(is_json: bool, said: &Said) -> ExitCode {
    let printed = if is_json {
        terminal::print_line(&said.value.to_string())
    } else {
        terminal::print(&said.words)
    };
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// A time as people and programs read it, in UTC.
fn time(time: Option<prost_types::Timestamp>) -> String {
    time.map_or_else(String::new, |time| time.to_string())
}
