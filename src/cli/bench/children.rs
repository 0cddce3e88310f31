//! Owns the processes of a measurement, a sandbox and a gateway before it: however a run ends, they end with it.

use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child as Process, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::BenchError;
use super::caller::Caller;
use crate::config::Level;
use crate::providers::{ALL, DialectName, Provider};
use crate::sandbox::base_path;

/// How long a process may take until it listens.
const START: Duration = Duration::from_secs(15);
/// Far above what any measurement opens: the limits are not what is measured.
const MAX_CONCURRENT_CALLS: &str = "16384";
/// Any key will do for the sandbox.
const KEY: &str = "bench";
/// Thousands of sockets need more descriptors than a shell usually hands on.
const WITH_DESCRIPTORS: &str = "ulimit -n $(ulimit -H -n) 2>/dev/null; exec \"$0\" \"$@\"";

/// A process that could not be started.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChildError {
    #[error("cannot start `crux {command}`: {source}")]
    Spawn { command: String, source: io::Error },
    #[error("`crux {command}` did not say where it listens within {START:?}")]
    Silent { command: String },
    #[error("cannot make a directory to run in: {0}")]
    Directory(io::Error),
}

/// A running process, killed when dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: Process,
    /// Where it listens.
    pub(super) address: String,
    /// Reads what it writes, so that it never waits for a reader.
    reader: Option<JoinHandle<()>>,
}

impl Child {
    fn start(directory: &Path, args: &[&str], variables: &[(&str, String)]) -> Result<Self, ChildError> {
        let command = args.join(" ");
        let failed = |source| ChildError::Spawn {
            command: command.clone(),
            source,
        };
        let mut process = Command::new("/bin/sh")
            .args(["-c", WITH_DESCRIPTORS])
            .arg(std::env::current_exe().map_err(failed)?)
            .args(args)
            // Nothing of this shell's configuration, keys or .env reaches a measurement.
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (sender, address) = sync_channel(1);
        let reader = process
            .stdout
            .take()
            .map(|stdout| std::thread::spawn(move || read(stdout, &sender)));
        let mut child = Self {
            process,
            address: String::new(),
            reader,
        };
        child.address = wait_for(&address).ok_or(ChildError::Silent { command })?;
        Ok(child)
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // One that ended by itself is past killing.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Passes on the first address that the process writes, and reads what follows, so that it never waits for a reader.
fn read(stdout: ChildStdout, address: &SyncSender<String>) {
    let mut stdout = BufReader::new(stdout);
    let found = (&mut stdout).lines().map_while(Result::ok).find_map(|line| {
        let line: Value = serde_json::from_str(&line).ok()?;
        Some(line.get("address")?.as_str()?.to_owned())
    });
    if let Some(found) = found {
        // Whoever waited may have given up.
        let _ = address.try_send(found);
    }
    // A pipe that breaks is the process's end.
    let _ = io::copy(&mut stdout, &mut io::sink());
}

fn wait_for(address: &Receiver<String>) -> Option<String> {
    tokio::task::block_in_place(|| address.recv_timeout(START).ok())
}

/// A provider, played by a sandbox.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) base_url: String,
    pub(super) key: &'static str,
    /// The provider's own name of the model.
    pub(super) model: &'static str,
    provider: &'static Provider,
}

/// A sandbox, and a gateway that has it for upstream.
#[derive(Debug)]
pub(super) struct Pair {
    // Dropped in this order: first whoever calls, then whoever is called.
    pub(super) gateway: Child,
    _sandbox: Child,
    pub(super) upstream: Upstream,
    /// From the start of the gateway's process to its first answer.
    pub(super) start: Duration,
    _directory: Scratch,
}

impl Pair {
    /// Starts both and waits until the gateway answers.
    pub(super) async fn start(log_level: Level) -> Result<Self, BenchError> {
        let directory = Scratch::new()?;
        let sandbox = Child::start(
            &directory.path,
            &["sandbox", "--listen", "127.0.0.1:0", "--json"],
            &[],
        )?;
        let provider = compared().ok_or(BenchError::NoProvider)?;
        let path = base_path(provider.id).unwrap_or_default();
        let upstream = Upstream {
            base_url: format!("http://{}{path}", sandbox.address),
            key: KEY,
            model: provider.smoke_model,
            provider,
        };
        let mut variables = vec![
            (
                "CRUX_LIMITS__MAX_CONCURRENT_CALLS",
                MAX_CONCURRENT_CALLS.to_owned(),
            ),
            ("CRUX_LOG__LEVEL", log_level.name().to_owned()),
        ];
        let key = provider.key_env.first().map(|name| (*name, KEY.to_owned()));
        let url = provider.base_url_env.first();
        variables.extend(key);
        variables.extend(url.map(|name| (*name, upstream.base_url.clone())));
        let started = Instant::now();
        let gateway = Child::start(&directory.path, &["serve", "--listen", "127.0.0.1:0"], &variables)?;
        let mut pair = Self {
            gateway,
            _sandbox: sandbox,
            upstream,
            start: Duration::ZERO,
            _directory: directory,
        };
        pair.caller(None, 1).await?.greet().await?;
        pair.start = started.elapsed();
        Ok(pair)
    }

    /// Makes a caller of the gateway; without a model, for the one that a direct caller asks too.
    pub(super) async fn caller(&self, model: Option<String>, connections: u32) -> Result<Caller, BenchError> {
        let own = || format!("{}/{}", self.upstream.provider.id, self.upstream.model);
        let url = format!("http://{}", self.gateway.address);
        Caller::gateway(&url, None, model.unwrap_or_else(own), connections).await
    }
}

/// The provider whose API the comparison speaks: the first of Chat Completions, which most upstreams do.
fn compared() -> Option<&'static Provider> {
    let speaks = |provider: &&&'static Provider| {
        (provider.dialect_for)(provider.smoke_model) == DialectName::OpenaiChat
            && base_path(provider.id).is_some()
    };
    ALL.iter().find(speaks).copied()
}

/// An empty directory: no configuration of the working directory reaches a measurement.
#[derive(Debug)]
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new() -> Result<Self, ChildError> {
        let name = format!("crux-bench-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).map_err(ChildError::Directory)?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system clears what stays behind.
        let _ = std::fs::remove_dir(&self.path);
    }
}
