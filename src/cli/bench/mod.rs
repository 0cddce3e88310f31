//! `crux bench`: a load on a gateway, and the same load without it. Owns what can be asked for.

mod caller;
mod children;
mod load;
mod measure;
mod open_streams;
mod process;
mod report;
mod samples;
mod suite;
mod workload;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use hdrhistogram::CreationError;
use secrecy::SecretString;

use self::caller::Caller;
use self::children::{ChildError, Pair};
use self::load::{Bounds, Pattern};
use self::measure::Measurement;
use self::workload::Workload;
use super::link::LinkError;
use super::signals::terminated;
use super::{BAD_USAGE, INTERRUPTED, terminal};
use crate::config::Level;

/// What `crux bench` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Args {
    /// Run the whole set of measurements and print a table with the targets beside
    #[arg(long, conflicts_with_all = ["server", "direct", "model", "rate", "requests", "whole", "chunks", "gap"])]
    suite: bool,
    /// Gateway to load [default: one started for it as a process of its own, with the sandbox as another]
    #[arg(long, value_name = "URL", requires = "model")]
    server: Option<String>,
    /// Bearer token of that gateway
    #[arg(
        long,
        env = "CRUX_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        requires = "server"
    )]
    token: Option<SecretString>,
    /// Leave the gateway out: plain HTTP straight to the sandbox
    #[arg(long, conflicts_with = "server")]
    direct: bool,
    /// Model to ask, as provider/model [default: one that the sandbox plays]
    #[arg(short, long, value_name = "MODEL", conflicts_with = "direct")]
    model: Option<String>,
    /// Ask for whole answers instead of streams
    #[arg(long)]
    whole: bool,
    /// Deltas of each answer of the sandbox
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    chunks: u32,
    /// Pause of the sandbox between deltas, in microseconds
    #[arg(long, value_name = "MICROSECONDS", default_value = "0")]
    gap: u32,
    /// Closed loop: this many calls at once, the next one when one ends
    #[arg(short, long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: u32,
    /// Open loop: this many calls each second, however long they take
    #[arg(short, long, value_name = "PER_SECOND", conflicts_with = "concurrency", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// HTTP/2 connections to the gateway
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// End after this many calls
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests: Option<u64>,
    /// End after this many seconds; with --suite, of each measurement
    #[arg(short, long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    duration: u64,
    /// Least urgent log lines the gateway writes: at info, one for each call
    #[arg(long, value_name = "LEVEL", default_value = "info", conflicts_with = "server")]
    log_level: Level,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Gateway, sandbox and load are processes of their own, so that processor time and memory are the gateway's alone.

Examples:
  crux bench                           streams in a closed loop
  crux bench --direct                  the same without the gateway
  crux bench --whole --rate 500        whole answers in an open loop
  crux bench --gap 1000 -c 200 -n 5000
  crux bench --suite";

/// Why there is nothing to report.
#[derive(Debug, thiserror::Error)]
enum BenchError {
    #[error(transparent)]
    Child(#[from] ChildError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("a histogram could not be set up: {0}")]
    Histogram(#[from] CreationError),
    #[error("no provider speaks the dialect of the comparison")]
    NoProvider,
    #[error("{0} calls in a row failed, the last one with: {1}")]
    Broken(u64, String),
}

pub(super) async fn run(args: Args) -> ExitCode {
    // Ending here drops the work, and with it the processes that it started.
    tokio::select! {
        () = terminated() => ExitCode::from(INTERRUPTED),
        code = work(&args) => code,
    }
}

async fn work(args: &Args) -> ExitCode {
    if cfg!(debug_assertions) {
        terminal::say("crux: warning: this is a debug build; its numbers mean nothing");
    }
    let printed = if args.suite {
        let plan = suite::Plan {
            duration: Duration::from_secs(args.duration),
            log_level: args.log_level,
        };
        suite::run(&plan).await.map(|table| {
            let text = if args.json {
                table.json().to_string()
            } else {
                table.markdown()
            };
            (text, table.has_failed())
        })
    } else {
        single(args).await.map(|measurement| {
            let text = if args.json {
                measurement.json().to_string()
            } else {
                measurement.text()
            };
            (text, measurement.samples.failed() > 0)
        })
    };
    match printed {
        Ok((text, has_failed)) => {
            let is_read = terminal::print_line(&text).is_ok();
            if is_read && !has_failed {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            terminal::say(&format!("crux: {error}"));
            match error {
                BenchError::Link(LinkError::Usage(_)) => ExitCode::from(BAD_USAGE),
                BenchError::Link(_)
                | BenchError::Child(_)
                | BenchError::Histogram(_)
                | BenchError::NoProvider
                | BenchError::Broken(..) => ExitCode::FAILURE,
            }
        }
    }
}

/// One load, as the arguments have it.
async fn single(args: &Args) -> Result<Measurement, BenchError> {
    let workload = Workload {
        is_whole: args.whole,
        chunks: args.chunks,
        gap: Duration::from_micros(args.gap.into()),
        stalls: false,
    };
    let pattern = args.rate.map_or(
        Pattern::Closed {
            concurrency: args.concurrency,
        },
        |rate| Pattern::Open { rate: rate.into() },
    );
    let bounds = Bounds {
        requests: args.requests,
        // A number of calls is bound enough.
        duration: args
            .requests
            .is_none()
            .then(|| Duration::from_secs(args.duration)),
    };
    let pair = match args.server {
        Some(_) => None,
        None => Some(Pair::start(args.log_level).await?),
    };
    let caller = match (&args.server, &pair) {
        (Some(url), _) => {
            let model = args.model.clone().unwrap_or_default();
            Caller::gateway(url, args.token.as_ref(), model, args.connections).await?
        }
        (None, Some(pair)) if args.direct => Caller::direct(&pair.upstream),
        (None, Some(pair)) => pair.caller(args.model.clone(), args.connections).await?,
        (None, None) => return Err(BenchError::NoProvider),
    };
    let gateway = pair.as_ref().filter(|_| !args.direct).map(|pair| &pair.gateway);
    measure::run(&Arc::new(caller), gateway, workload, pattern, bounds).await
}
