//! `crux smoke`: one short question to every configured provider, and a table of what came of it.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args as ClapArgs;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use tonic::Request;

use super::failure::Failure;
use super::link::{self, Client, Link};
use super::{BAD_USAGE, terminal, usage};
use crate::config::AuthScheme;
use crate::providers::{ALL, Auth};
use crate::rpc::pb;
use crate::rpc::pb::chat_event::Event;
use crate::rpc::pb::part::Kind;

/// What `crux smoke` takes.
#[derive(Debug, ClapArgs)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", super::EXIT_CODES))]
pub(super) struct Args {
    /// Ask this model instead, as provider/model; may be given again [default: a small one of each provider]
    #[arg(short, long, value_name = "MODEL")]
    model: Vec<String>,
    /// Longest wait for each answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: link::Args,
}

const EXAMPLES: &str = "\
A provider without a key is shown as such and fails nothing; any other failure gives exit code 1.

Examples:
  crux smoke
  crux smoke --sandbox
  crux smoke -m openai/gpt-5 -m my-vllm/llama --json";

/// The question, short to ask and to answer.
const QUESTION: &str = "Reply with one word: pong";
/// Enough for one word, and for the reasoning some models cannot leave out.
const MAX_OUTPUT_TOKENS: i32 = 512;
/// How many providers are asked at once.
const AT_ONCE: usize = 8;

/// Whom to ask.
#[derive(Debug, Clone)]
struct Probe {
    model: String,
    /// Needs no key and nobody configured it: it may well not be there.
    is_optional: bool,
}

#[derive(Debug)]
struct Report {
    model: String,
    result: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Answered(Answered),
    NoKey,
    /// Nobody configured it, and it does not run.
    Absent,
    Failed(Box<Failure>),
}

#[derive(Debug)]
struct Answered {
    first: Option<Duration>,
    total: Duration,
    usage: pb::Usage,
}

pub(super) async fn run(args: Args) -> ExitCode {
    let link = match args.link.link().await {
        Ok(link) => link,
        Err(error) => return error.report(),
    };
    let probes = probes(&args, &link);
    if probes.is_empty() {
        terminal::say("crux: no provider is enabled; give --model, or enable one in the configuration");
        return ExitCode::from(BAD_USAGE);
    }
    let timeout = Duration::from_secs(args.timeout);
    let asking = probes.into_iter().map(|probe| ask(link.client(), probe, timeout));
    let mut asking = futures_util::stream::iter(asking).buffered(AT_ONCE);
    let mut reports = Vec::new();
    if !args.json {
        let _ = terminal::print_line(&row(&HEAD.map(str::to_owned)));
    }
    while let Some(report) = asking.next().await {
        if !args.json {
            let _ = terminal::print_line(&row(&report.cells()));
        }
        reports.push(report);
    }
    drop(asking);
    if args.json {
        let reports: Vec<Value> = reports.iter().map(Report::json).collect();
        let _ = terminal::print_line(&Value::Array(reports).to_string());
    } else {
        for report in &reports {
            if let Outcome::Failed(failure) = &report.result {
                terminal::say(&format!("\n{}\n{}", report.model, failure.block()));
            }
        }
    }
    let has_failed = reports
        .iter()
        .any(|report| matches!(report.result, Outcome::Failed(_)));
    if has_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn probes(args: &Args, link: &Link) -> Vec<Probe> {
    if !args.model.is_empty() {
        let named = args.model.iter().map(|model| Probe {
            model: model.clone(),
            is_optional: false,
        });
        return named.collect();
    }
    let Some(config) = link.config() else {
        // What a server elsewhere is configured with, it says when asked.
        let known = ALL.iter().map(|provider| Probe {
            model: format!("{}/{}", provider.id, provider.smoke_model),
            is_optional: provider.auth == Auth::None,
        });
        return known.collect();
    };
    let enabled = config.providers.iter().filter(|(_, provider)| provider.enabled);
    enabled
        .filter_map(|(id, provider)| {
            let built_in = ALL.iter().find(|built_in| built_in.id == id);
            // The models a provider's configuration speaks of are the only ones known of it.
            let model = built_in
                .map(|built_in| built_in.smoke_model.to_owned())
                .or_else(|| provider.models.keys().next().cloned())?;
            let needs_no_key = provider.auth == Some(AuthScheme::None)
                || built_in.is_some_and(|built_in| built_in.auth == Auth::None);
            Some(Probe {
                model: format!("{id}/{model}"),
                is_optional: built_in.is_some() && needs_no_key && provider.base_url.is_none(),
            })
        })
        .collect()
}

async fn ask(mut client: Client, probe: Probe, timeout: Duration) -> Report {
    let mut request = Request::new(pb::ChatRequest {
        model: probe.model.clone(),
        messages: vec![pb::Message {
            role: pb::Role::User.into(),
            content: vec![pb::Part {
                kind: Some(Kind::Text(QUESTION.to_owned())),
                ..Default::default()
            }],
            name: String::new(),
        }],
        max_output_tokens: Some(MAX_OUTPUT_TOKENS),
        routing: Some(pb::RoutingOptions {
            max_attempts: Some(1),
            ..Default::default()
        }),
        ..Default::default()
    });
    request.set_timeout(timeout);
    let result = match stream(&mut client, request).await {
        Ok(answered) => Outcome::Answered(answered),
        Err(failure) if failure.is_key_missing() => Outcome::NoKey,
        Err(failure) if probe.is_optional && failure.is_unreached() => Outcome::Absent,
        Err(failure) => Outcome::Failed(failure),
    };
    Report {
        model: probe.model,
        result,
    }
}

async fn stream(client: &mut Client, request: Request<pb::ChatRequest>) -> Result<Answered, Box<Failure>> {
    let failed = |status: &tonic::Status, failed| Box::new(Failure::new(status, failed));
    let started = Instant::now();
    let mut events = client
        .stream_chat(request)
        .await
        .map_err(|status| failed(&status, None))?
        .into_inner();
    let mut first = None;
    let mut failure = None;
    let mut usage = None;
    loop {
        let event = match events.message().await {
            Ok(Some(event)) => event.event,
            Ok(None) => break,
            Err(status) => return Err(failed(&status, failure)),
        };
        match event {
            Some(Event::TextDelta(_) | Event::ReasoningDelta(_)) => {
                first.get_or_insert_with(|| started.elapsed());
            }
            Some(Event::Finished(outcome)) => usage = Some(outcome.usage.unwrap_or_default()),
            Some(Event::Failed(failed)) => failure = Some(*failed),
            Some(
                Event::Started(_)
                | Event::AttemptStarted(_)
                | Event::PartStarted(_)
                | Event::ToolCallDelta(_)
                | Event::MediaDelta(_)
                | Event::CitationAdded(_)
                | Event::PartFinished(_)
                | Event::Heartbeat(_)
                | Event::RawChunk(_),
            )
            | None => {}
        }
    }
    let usage = usage.ok_or_else(|| Box::new(Failure::endless()))?;
    Ok(Answered {
        first,
        total: started.elapsed(),
        usage,
    })
}

const HEAD: [&str; 6] = ["PROVIDER", "MODEL", "RESULT", "FIRST", "TOTAL", "TOKENS"];
const WIDTHS: [usize; 6] = [12, 28, 26, 9, 9, 0];

fn row(cells: &[String; 6]) -> String {
    let padded = cells
        .iter()
        .zip(WIDTHS)
        .map(|(cell, width)| format!("{cell:<width$}"));
    padded.collect::<Vec<_>>().join(" ").trim_end().to_owned()
}

impl Report {
    fn split(&self) -> (&str, &str) {
        self.model.split_once('/').unwrap_or(("", &self.model))
    }

    fn cells(&self) -> [String; 6] {
        let (provider, model) = self.split();
        let mut cells = [provider, model, self.result.word(), "", "", ""].map(terminal::harmless);
        if let (Outcome::Answered(answered), [_, _, _, first, total, tokens]) = (&self.result, &mut cells) {
            *first = answered.first.map_or_else(|| "-".to_owned(), usage::span);
            *total = usage::span(answered.total);
            *tokens = usage::in_words(&answered.usage);
        }
        cells
    }

    fn json(&self) -> Value {
        let (provider, model) = self.split();
        let mut report = json!({"provider": provider, "model": model, "result": self.result.word()});
        let more = match &self.result {
            Outcome::Answered(answered) => json!({
                "time_to_first_token_ms": answered.first.map(usage::milliseconds),
                "total_ms": usage::milliseconds(answered.total),
                "usage": usage::in_json(&answered.usage),
            }),
            Outcome::Failed(failure) => failure.json(),
            Outcome::NoKey | Outcome::Absent => json!({}),
        };
        if let (Some(report), Value::Object(more)) = (report.as_object_mut(), more) {
            report.extend(more);
        }
        report
    }
}

impl Outcome {
    fn word(&self) -> &str {
        match self {
            Self::Answered(_) => "ok",
            Self::NoKey => "no key",
            Self::Absent => "not running",
            Self::Failed(failure) => &failure.reason,
        }
    }
}
