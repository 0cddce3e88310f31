//! `crux bench`.
use std::process::ExitCode;
/// x
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) async fn run(_: Args) -> ExitCode { ExitCode::FAILURE }
