//! `crux chat`: one answer, or a conversation.

mod attachment;
mod conversation;
mod model;
mod record;
mod shell;
mod view;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::Value;
use tokio::signal::unix::{SignalKind, signal};

use self::attachment::attach;
use self::conversation::{Conversation, End, Settings};
use self::view::View;
use super::link;
use super::{BAD_USAGE, INTERRUPTED, terminal};
use crate::rpc::pb;

/// What `crux chat` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Args {
    /// The question; `-`, or none where standard input is no terminal, reads it from there [default: a conversation]
    prompt: Option<String>,
    /// Model to ask, as provider/model [default: a small one of the first provider that the server has a key for]
    #[arg(short, long, env = "CRUX_MODEL", value_name = "MODEL")]
    model: Option<String>,
    /// Instructions that come before the conversation
    #[arg(short, long, value_name = "TEXT")]
    system: Option<String>,
    /// Show an image, a document or a recording with the first question; may be given again
    #[arg(short, long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// How much the model is to reason
    #[arg(short, long, value_name = "EFFORT")]
    reasoning: Option<Effort>,
    /// Most tokens of an answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..))]
    max_tokens: Option<i32>,
    /// Wait for the whole answer
    #[arg(long)]
    no_stream: bool,
    /// Print the answer as one JSON object: text, reasoning, outcome, usage; or the error
    #[arg(long)]
    json: bool,
    /// Hold a conversation even where standard input is no terminal, one question per line
    #[arg(short, long, conflicts_with_all = ["prompt", "json"])]
    interactive: bool,
    /// Keep the questions of a conversation out of the history file
    #[arg(long)]
    no_history: bool,
    #[command(flatten)]
    link: link::Args,
}

const EXAMPLES: &str = "\
Examples:
  crux chat -m anthropic/claude-sonnet-4-5 'why is the sky blue?'
  git diff | crux chat -s 'write a commit message for this diff'
  crux chat --file chart.png 'what does it show?'
  crux chat --reasoning high --json 'is 2027 prime?' | jq .usage
  crux chat --server http://127.0.0.1:50051
  crux chat --sandbox 'no key needed'";

/// How much a model is to reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Max,
}

impl From<Effort> for pb::ReasoningEffort {
    fn from(effort: Effort) -> Self {
        match effort {
            Effort::None => Self::None,
            Effort::Minimal => Self::Minimal,
            Effort::Low => Self::Low,
            Effort::Medium => Self::Medium,
            Effort::High => Self::High,
            Effort::Max => Self::Max,
        }
    }
}

pub(super) async fn run(args: Args) -> ExitCode {
    let attached: Result<Vec<_>, _> = args.file.iter().map(|path| attach(path)).collect();
    let (prompt, attached) = match (prompt(&args), attached) {
        (Ok(prompt), Ok(attached)) => (prompt, attached),
        (Err(problem), _) => return misused(&format!("cannot read the question: {problem}")),
        (_, Err(problem)) => return misused(&problem.to_string()),
    };
    let link = match args.link.link().await {
        Ok(link) => link,
        Err(error) => return error.report(),
    };
    let model = match args.model.clone() {
        Some(model) => model,
        None => match model::first(&link).await {
            Ok(model) => model,
            Err(problem) => return misused(&problem.to_string()),
        },
    };
    let conversation = Conversation::new(
        link.client(),
        Settings {
            model,
            system: args.system.clone(),
            effort: args.reasoning.map(Into::into),
            max_output_tokens: args.max_tokens,
            is_streaming: !args.no_stream,
        },
    );
    match prompt {
        Some(prompt) if prompt.trim().is_empty() && attached.is_empty() => misused("the question is empty"),
        Some(prompt) => once(conversation, prompt, attached, args.json).await,
        None if args.json => misused("--json needs a question: a conversation is for people"),
        None => shell::run(conversation, attached, !args.no_history).await,
    }
}

fn misused(problem: &str) -> ExitCode {
    terminal::say(&format!("crux: {problem}"));
    ExitCode::from(BAD_USAGE)
}

/// Returns the question; `None` asks for a conversation.
fn prompt(args: &Args) -> std::io::Result<Option<String>> {
    let is_piped = !args.interactive && !std::io::stdin().is_terminal();
    match args.prompt.as_deref() {
        Some("-") => {}
        None if is_piped => {}
        Some(prompt) => return Ok(Some(prompt.to_owned())),
        None => return Ok(None),
    }
    let mut prompt = String::new();
    std::io::stdin().lock().read_to_string(&mut prompt)?;
    Ok(Some(prompt))
}

/// Asks one question.
async fn once(
    mut conversation: Conversation,
    prompt: String,
    attached: Vec<pb::Part>,
    is_json: bool,
) -> ExitCode {
    let mut view = if is_json { View::silent() } else { View::new() };
    let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
        return misused("signals cannot be heard");
    };
    let end = tokio::select! {
        biased;
        _ = interrupts.recv() => End::Cancelled,
        end = conversation.ask(prompt, attached, &mut view) => end,
    };
    // Nobody reads a pipe that broke: what there was to say has been said.
    let _ = view.close();
    if is_json && let Some(printed) = json_of(&end) {
        let _ = terminal::print_line(&printed.to_string());
    }
    match end {
        End::Finished(answer) => {
            if !is_json {
                view::remarks(&answer);
            }
            ExitCode::SUCCESS
        }
        End::Failed(failure) => {
            if !is_json {
                terminal::say(&failure.block());
            }
            ExitCode::FAILURE
        }
        End::Unheard(_) => ExitCode::FAILURE,
        End::Cancelled => ExitCode::from(INTERRUPTED),
    }
}

fn json_of(end: &End) -> Option<Value> {
    match end {
        End::Finished(answer) => Some(record::answer(answer)),
        End::Failed(failure) => Some(failure.json()),
        End::Unheard(_) | End::Cancelled => None,
    }
}
