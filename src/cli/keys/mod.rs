//! `crux keys`: providers' keys in the vault. A secret comes from a prompt or standard input, never from an
//! argument, which every process of the machine can read.

mod secret;
mod view;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::failure::Failure;
use super::link::{self, Bearer, Link};
use super::terminal;
use crate::config::measure::parse_duration;
use crate::rpc::pb;
use crate::rpc::pb::key_vault_service_client::KeyVaultServiceClient;

/// What `crux keys` takes.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Stores a key; it is asked for, or read from standard input.
    #[command(after_help = help("crux keys add openai\n  crux keys add anthropic --tenant acme --verify < key.txt"))]
    Add(Add),
    /// Lists keys: everything but the keys themselves.
    #[command(after_help = help("crux keys list --provider openai"))]
    List(List),
    /// Asks the provider whether it takes a key, by a call that costs nothing.
    #[command(after_help = help("crux keys verify openai-main"))]
    Verify(One),
    /// Replaces a key; calls that run go on with the old one, for the grace.
    #[command(after_help = help("crux keys rotate openai-main --verify --grace 10m"))]
    Rotate(Rotate),
    /// Stops the use of a key.
    #[command(after_help = help("crux keys disable openai-main"))]
    Disable(One),
    /// Resumes the use of a key, also of one that its provider refused.
    #[command(after_help = help("crux keys enable openai-main"))]
    Enable(One),
    /// Destroys a key for good.
    #[command(after_help = help("crux keys rm openai-main"))]
    Rm(One),
    /// Wraps all keys anew under the server's current key-encryption key, while it serves.
    #[command(after_help = help("crux keys rewrap"))]
    Rewrap(Bare),
}

#[derive(Debug, ClapArgs)]
struct Bare {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    link: link::Args,
}

#[derive(Debug, ClapArgs)]
struct One {
    /// Id of the key
    key: String,
    #[command(flatten)]
    bare: Bare,
}

#[derive(Debug, ClapArgs)]
struct Rotate {
    #[command(flatten)]
    one: One,
    /// How long calls that run may go on with the old key, up to 24h [default: until they end]
    #[arg(long, value_name = "TIME", value_parser = span)]
    grace: Option<Duration>,
    /// Ask the provider first, and change nothing if it refuses the new key
    #[arg(long)]
    verify: bool,
}

#[derive(Debug, ClapArgs)]
struct Add {
    /// The provider it is for, such as openai
    provider: String,
    /// Its id: 1 to 64 characters of a-z, 0-9 and - [default: the server chooses]
    #[arg(long)]
    id: Option<String>,
    /// The tenant whose calls use it [default: everybody's]
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// A name for people
    #[arg(long)]
    name: Option<String>,
    /// Lower is used first; equal ones take turns
    #[arg(long, default_value = "0", allow_negative_numbers = true)]
    priority: i32,
    /// A label, as name=value; may be given again
    #[arg(long, value_name = "LABEL", value_parser = label)]
    label: Vec<(String, String)>,
    /// Ask the provider first, and store nothing if it refuses the key
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    bare: Bare,
}

#[derive(Debug, ClapArgs)]
struct List {
    /// Only this provider's
    #[arg(long)]
    provider: Option<String>,
    /// Only this tenant's
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(flatten)]
    bare: Bare,
}

fn help(examples: &str) -> String {
    format!("Examples:\n  {examples}\n\n{}", super::EXIT_CODES)
}

fn span(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "expected a length of time, such as 10m".to_owned())
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// What a command has to say: to people, and to programs.
struct Said {
    words: String,
    value: Value,
    is_good: bool,
}

impl Said {
    fn of(key: Option<pb::Key>, done: &str) -> Self {
        let key = key.unwrap_or_default();
        Self {
            words: format!("{done} {}\n{}", key.id, view::table(std::slice::from_ref(&key))),
            value: view::json(&key),
            is_good: true,
        }
    }
}

/// Why a command could not do its work.
enum Refused {
    Link(link::LinkError),
    Secret(secret::NoSecret),
    Call(Box<Failure>),
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        Self::Call(Box::new(Failure::new(&status, None)))
    }
}

impl From<secret::NoSecret> for Refused {
    fn from(error: secret::NoSecret) -> Self {
        Self::Secret(error)
    }
}

impl From<link::LinkError> for Refused {
    fn from(error: link::LinkError) -> Self {
        Self::Link(error)
    }
}

pub(super) async fn run(args: Args) -> ExitCode {
    let is_json = args.command.bare().json;
    let said = match Box::pin(args.command.run()).await {
        Ok(said) => said,
        Err(Refused::Link(error)) => return error.report(),
        Err(Refused::Secret(error)) => {
            terminal::say(&format!("crux: {error}"));
            return ExitCode::from(super::BAD_USAGE);
        }
        Err(Refused::Call(failure)) => {
            if is_json {
                let _ = terminal::print_line(&failure.json().to_string());
            } else {
                terminal::say(&failure.block());
            }
            return ExitCode::FAILURE;
        }
    };
    let written = if is_json {
        terminal::print_line(&said.value.to_string())
    } else {
        terminal::print(&said.words)
    };
    if said.is_good && written.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Command {
    fn bare(&self) -> &Bare {
        match self {
            Self::Add(args) => &args.bare,
            Self::List(args) => &args.bare,
            Self::Rotate(args) => &args.one.bare,
            Self::Verify(args) | Self::Disable(args) | Self::Enable(args) | Self::Rm(args) => &args.bare,
            Self::Rewrap(args) => args,
        }
    }

    async fn run(self) -> Result<Said, Refused> {
        // What is wrong with the secret is known before a server is started for it.
        let secret = match &self {
            Self::Add(_) | Self::Rotate(_) => secret::read()?,
            Self::List(_)
            | Self::Verify(_)
            | Self::Disable(_)
            | Self::Enable(_)
            | Self::Rm(_)
            | Self::Rewrap(_) => String::new(),
        };
        let link = self.bare().link.link().await?;
        match self {
            Self::Add(args) => add(&link, args, secret).await,
            Self::List(args) => list(&link, args).await,
            Self::Verify(args) => verify(&link, args.key).await,
            Self::Rotate(args) => rotate(&link, args, secret).await,
            Self::Disable(args) => set_state(&link, args.key, pb::key::State::Disabled, "disabled").await,
            Self::Enable(args) => set_state(&link, args.key, pb::key::State::Active, "enabled").await,
            Self::Rm(args) => remove(&link, args.key).await,
            Self::Rewrap(_) => rewrap(&link).await,
        }
    }
}

fn client(link: &Link) -> KeyVaultServiceClient<InterceptedService<Channel, Bearer>> {
    KeyVaultServiceClient::new(link.wire())
}

async fn add(link: &Link, args: Add, secret: String) -> Result<Said, Refused> {
    let key = pb::Key {
        provider: args.provider,
        tenant_id: args.tenant.unwrap_or_default(),
        display_name: args.name.unwrap_or_default(),
        priority: args.priority,
        labels: args.label.into_iter().collect(),
        ..Default::default()
    };
    let request = pb::CreateKeyRequest {
        key: Some(key),
        secret,
        key_id: args.id.unwrap_or_default(),
        verify: args.verify,
    };
    let created = client(link).create_key(request).await?;
    Ok(Said::of(created.into_inner().key, "stored"))
}

async fn list(link: &Link, args: List) -> Result<Said, Refused> {
    let List { provider, tenant, .. } = args;
    let (provider, tenant) = (provider.unwrap_or_default(), tenant.unwrap_or_default());
    let mut client = client(link);
    let mut keys = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListKeysRequest {
            page_size: 1000,
            page_token,
            provider: provider.clone(),
            tenant_id: tenant.clone(),
        };
        let page = client.list_keys(request).await.map(Response::into_inner)?;
        keys.extend(page.keys);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(Said {
        words: view::table(&keys),
        value: keys.iter().map(view::json).collect(),
        is_good: true,
    })
}

async fn verify(link: &Link, key_id: String) -> Result<Said, Refused> {
    let asked = client(link).verify_key(pb::VerifyKeyRequest { key_id }).await?;
    let pb::VerifyKeyResponse { key, valid, error } = asked.into_inner();
    let key = key.unwrap_or_default();
    let error = error.unwrap_or_default();
    let words = if valid {
        format!("{}: {} takes it\n", key.id, key.provider)
    } else {
        format!("{}: {}\n", key.id, terminal::harmless(&error.message))
    };
    let mut value = json!({"valid": valid, "key": view::json(&key)});
    if let Some(fields) = value.as_object_mut().filter(|_| !valid) {
        fields.insert("reason".to_owned(), view::reason(&error).into());
        fields.insert("message".to_owned(), error.message.into());
    }
    Ok(Said {
        words,
        value,
        is_good: valid,
    })
}

async fn rotate(link: &Link, args: Rotate, secret: String) -> Result<Said, Refused> {
    let request = pb::RotateKeyRequest {
        key_id: args.one.key,
        secret,
        grace_period: args.grace.and_then(|grace| grace.try_into().ok()),
        verify: args.verify,
        ..Default::default()
    };
    let rotated = client(link).rotate_key(request).await?;
    Ok(Said::of(rotated.into_inner().key, "rotated"))
}

async fn set_state(link: &Link, key_id: String, state: pb::key::State, done: &str) -> Result<Said, Refused> {
    let request = pb::SetKeyStateRequest {
        key_id,
        state: state as i32,
        etag: String::new(),
    };
    let set = client(link).set_key_state(request).await?;
    Ok(Said::of(set.into_inner().key, done))
}

async fn remove(link: &Link, key_id: String) -> Result<Said, Refused> {
    let request = pb::DeleteKeyRequest {
        key_id: key_id.clone(),
        ..Default::default()
    };
    client(link).delete_key(request).await?;
    Ok(Said {
        words: format!("destroyed {key_id}\n"),
        value: json!({"id": key_id, "destroyed": true}),
        is_good: true,
    })
}

async fn rewrap(link: &Link) -> Result<Said, Refused> {
    let mut progress = client(link)
        .rewrap_keys(pb::RewrapKeysRequest {})
        .await?
        .into_inner();
    let mut last = pb::RewrapKeysResponse::default();
    while let Some(further) = progress.message().await? {
        last = further;
        if terminal::is_heard() && !last.done {
            terminal::say(&format!("{} wrapped", last.wrapped));
        }
    }
    let mut words = format!("{} wrapped, {} failed\n", last.wrapped, last.failed);
    for id in &last.failed_key_ids {
        // Writing to a string cannot fail.
        let _ = writeln!(words, "  {id}: no key-encryption key of this server opens it");
    }
    Ok(Said {
        words,
        value: json!({"wrapped": last.wrapped, "failed": last.failed, "failed_key_ids": last.failed_key_ids}),
        is_good: last.done && last.failed == 0,
    })
}
