//! `crux completion`: the script that lets a shell complete commands and flags.

use std::process::ExitCode;

use clap::{Args as ClapArgs, Command};
use clap_complete::Shell;

use super::terminal;

/// What `crux completion` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  source <(crux completion bash)
  crux completion zsh > \"${fpath[1]}/_crux\"
  crux completion fish > ~/.config/fish/completions/crux.fish";

pub(super) fn run(args: &Args, command: &mut Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "crux", &mut script);
    match terminal::print(&String::from_utf8_lossy(&script)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
