//! `crux models`: which models there are, what they can do and cost, and what is odd about them.

mod drift;
mod set;
mod view;

use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use tonic::Status;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

use super::failure::Failure;
use super::link::{self, Bearer};
use super::{BAD_USAGE, terminal};
use crate::rpc::pb;
use crate::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;

/// What `crux models` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists models.
    #[command(after_help = help("crux models list --provider openrouter --can tools\n  crux models list sonnet --json"))]
    List(ListArgs),
    /// Shows all that is known of a model.
    #[command(after_help = help("crux models get openai/default"))]
    Get(GetArgs),
    /// Asks providers for their models now.
    #[command(after_help = help("crux models refresh\n  crux models refresh openrouter ollama"))]
    Refresh(RefreshArgs),
    /// Says which defaults, aliases and prices are out of date, and which retired models are in use; exit code 1 if any is.
    #[command(after_help = help("crux models drift --max-price-age 90"))]
    Drift(drift::Args),
    /// Changes what the server says and does about a model.
    #[command(after_help = help(set::EXAMPLES))]
    Set(set::Args),
}

#[derive(Debug, ClapArgs)]
struct Common {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: link::Args,
}

#[derive(Debug, ClapArgs)]
struct ListArgs {
    /// Part of an id, an alias or a name
    #[arg(default_value = "", hide_default_value = true)]
    query: String,
    /// Only this provider's
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    provider: String,
    /// Only models known to have this feature, such as tools or reasoning; may be given again
    #[arg(long, value_name = "FEATURE")]
    can: Vec<String>,
    /// Retired and disabled models too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct GetArgs {
    /// Id or alias
    model: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct RefreshArgs {
    /// Ids of providers [default: all that have a key]
    providers: Vec<String>,
    #[command(flatten)]
    common: Common,
}

fn help(examples: &str) -> String {
    format!("Examples:\n  {examples}\n\n{}", super::EXIT_CODES)
}

impl Command {
    fn common(&self) -> &Common {
        match self {
            Self::List(args) => &args.common,
            Self::Get(args) => &args.common,
            Self::Refresh(args) => &args.common,
            Self::Drift(args) => &args.common,
            Self::Set(args) => &args.common,
        }
    }
}

type Client = ModelRegistryServiceClient<InterceptedService<Channel, Bearer>>;

/// What there is to print, for programs and for people, and whether it is good news.
struct Answer {
    json: Value,
    text: String,
    is_good: bool,
}

/// Why there is nothing.
enum Trouble {
    Usage(String),
    Call(Status),
}

impl From<Status> for Trouble {
    fn from(status: Status) -> Self {
        Self::Call(status)
    }
}

/// Models of one page.
const PAGE: i32 = 1000;

pub(super) async fn run(args: &Args) -> ExitCode {
    let common = args.command.common();
    let link = match common.link.link().await {
        Ok(link) => link,
        Err(error) => return error.report(),
    };
    let mut client =
        ModelRegistryServiceClient::new(link.wire()).max_decoding_message_size(link::MAX_MESSAGE_BYTES);
    let answer = match &args.command {
        Command::List(args) => list(args, &mut client).await,
        Command::Get(args) => get(args, &mut client).await,
        Command::Refresh(args) => refresh(args, &mut client).await,
        Command::Drift(args) => drift::run(args, &mut client).await,
        Command::Set(args) => set::run(args, &mut client).await,
    };
    match answer {
        Ok(answer) => {
            let printed = if common.json {
                terminal::print_line(&answer.json.to_string())
            } else {
                terminal::print(&terminal::harmless(&answer.text))
            };
            if answer.is_good && printed.is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(Trouble::Usage(problem)) => {
            terminal::say(&format!("crux: {problem}"));
            ExitCode::from(BAD_USAGE)
        }
        Err(Trouble::Call(status)) => {
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

async fn list(args: &ListArgs, client: &mut Client) -> Result<Answer, Trouble> {
    let mut capabilities = pb::ModelCapabilities::default();
    for feature in &args.can {
        *view::feature(&mut capabilities, feature).map_err(Trouble::Usage)? = Some(true);
    }
    let request = pb::ListModelsRequest {
        provider: args.provider.clone(),
        query: args.query.clone(),
        capabilities: Some(capabilities),
        include_unavailable: args.all,
        ..Default::default()
    };
    let models = all(request, client).await?;
    Ok(Answer {
        json: json!({"models": models.iter().map(view::json).collect::<Vec<_>>()}),
        text: view::table(&models),
        is_good: true,
    })
}

/// Every page.
async fn all(mut request: pb::ListModelsRequest, client: &mut Client) -> Result<Vec<pb::Model>, Status> {
    let mut models = Vec::new();
    loop {
        request.page_size = PAGE;
        let page = client.list_models(request.clone()).await?.into_inner();
        models.extend(page.models);
        if page.next_page_token.is_empty() {
            return Ok(models);
        }
        request.page_token = page.next_page_token;
    }
}

async fn get(args: &GetArgs, client: &mut Client) -> Result<Answer, Trouble> {
    let model = args.model.clone();
    let response = client
        .get_model(pb::GetModelRequest { model })
        .await?
        .into_inner();
    Ok(one(&response.model.unwrap_or_default()))
}

fn one(model: &pb::Model) -> Answer {
    Answer {
        json: view::json(model),
        text: view::sheet(model),
        is_good: true,
    }
}

async fn refresh(args: &RefreshArgs, client: &mut Client) -> Result<Answer, Trouble> {
    let providers = args.providers.clone();
    let request = pb::RefreshModelsRequest { providers };
    let refreshes = client.refresh_models(request).await?.into_inner().refreshes;
    let rows: Vec<_> = refreshes.iter().map(view::refresh_row).collect();
    let head = ["PROVIDER", "ADDED", "CHANGED", "RETIRED", "RESULT"];
    Ok(Answer {
        json: json!({"refreshes": refreshes.iter().map(view::refresh_json).collect::<Vec<_>>()}),
        text: view::columns(&head, &rows),
        is_good: refreshes.iter().all(|refresh| refresh.error.is_none()),
    })
}
