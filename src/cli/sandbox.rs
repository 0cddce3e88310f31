//! `crux sandbox`: the stand-in for every provider, until it is told to stop.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use serde_json::{Map, Value, json};

use super::signals::terminated;
use super::terminal;
use crate::providers::ALL;
use crate::sandbox::{Sandbox, base_path};

/// What `crux sandbox` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
pub(super) struct Args {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:18089")]
    listen: SocketAddr,
    /// Print the address and the base URLs as one line of JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
It speaks as the providers do, so that their own SDKs work against it. Any key will do.

Examples:
  crux sandbox
  curl http://127.0.0.1:18089/sandbox/help     the faults it makes on demand
  curl http://127.0.0.1:18089/sandbox/stats    what it was asked";

pub(super) async fn run(args: &Args) -> ExitCode {
    let sandbox = match Sandbox::bind(args.listen).await {
        Ok(sandbox) => sandbox,
        Err(error) => {
            terminal::say(&format!("crux: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let announcement = if args.json {
        in_json(sandbox.local_addr())
    } else {
        in_words(sandbox.local_addr())
    };
    // Whoever does not read it still has the sandbox.
    let _ = terminal::print_line(&announcement);
    match sandbox.run(terminated()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(&format!("crux: the sandbox stopped: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn base_urls(address: SocketAddr) -> impl Iterator<Item = (&'static str, String)> {
    ALL.iter().filter_map(move |provider| {
        let path = base_path(provider.id)?;
        Some((provider.id, format!("http://{address}{path}")))
    })
}

fn in_json(address: SocketAddr) -> String {
    let urls: Map<String, Value> = base_urls(address)
        .map(|(id, url)| (id.to_owned(), url.into()))
        .collect();
    json!({"address": address.to_string(), "base_urls": urls}).to_string()
}

fn in_words(address: SocketAddr) -> String {
    let mut words = format!("sandbox on http://{address}, with these base URLs:\n");
    for (id, url) in base_urls(address) {
        // Writing to a string cannot fail.
        let _ = writeln!(words, "  {id:<11} {url}");
    }
    words + &format!("faults on demand: GET http://{address}/sandbox/help")
}
