//! `crux admin tokens`.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use tonic::Status;

use super::{Client, Common, PAGE, Said, asked, help, time};
use crate::cli::table::table;
use crate::rpc::pb;

#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists a tenant's tokens, without their secrets.
    #[command(after_help = help("crux admin tokens list --tenant search --all"))]
    List(ListArgs),
    /// Creates a token and prints it, this once.
    #[command(after_help = help("crux admin tokens create --tenant search --scope chat --scope models --days 90"))]
    Create(CreateArgs),
    /// Ends a token at once.
    #[command(after_help = help("crux admin tokens revoke 0f3a9c1d5e7b2468"))]
    Revoke(RevokeArgs),
}

#[derive(Debug, ClapArgs)]
struct ListArgs {
    /// The tenant [default: the caller's own]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    tenant: String,
    /// Also revoked and expired ones
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct CreateArgs {
    /// The tenant [default: the caller's own]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    tenant: String,
    /// What its bearer may do: chat, models, keys, logs, usage, preferences, tokens, admin; may be given again
    #[arg(long, value_name = "SCOPE", required = true)]
    scope: Vec<String>,
    /// Name for people
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    name: String,
    /// Let it expire after so many days [default: never]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: Option<u32>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct RevokeArgs {
    /// The token's id, which stands in its text between crux_ and the next _
    id: String,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List(args) => asked(&args.common, async |client: Client| list(args, client).await).await,
        Command::Create(args) => {
            asked(&args.common, async |mut client: Client| {
                let request = pb::CreateApiTokenRequest {
                    api_token: Some(wanted(args)),
                };
                let created = client.create_api_token(request).await?.into_inner();
                Ok(shown_once(created))
            })
            .await
        }
        Command::Revoke(args) => {
            asked(&args.common, async |mut client: Client| {
                let api_token_id = args.id.clone();
                let revoked = client
                    .revoke_api_token(pb::RevokeApiTokenRequest { api_token_id })
                    .await?;
                let token = revoked.into_inner().api_token.unwrap_or_default();
                Ok(Said {
                    value: in_json(&token),
                    words: in_words(vec![token]),
                })
            })
            .await
        }
    }
}

fn wanted(args: &CreateArgs) -> pb::ApiToken {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    #[expect(clippy::disallowed_methods, reason = "days are counted from now")]
    let end = args.days.map(|days| SystemTime::now() + DAY * days);
    pb::ApiToken {
        tenant_id: args.tenant.clone(),
        display_name: args.name.clone(),
        scopes: args.scope.clone(),
        expire_time: end.map(Into::into),
        ..Default::default()
    }
}

/// The token on its own line, to be copied; that it is shown this once is said beside.
fn shown_once(created: pb::CreateApiTokenResponse) -> Said {
    let token = created.api_token.unwrap_or_default();
    let mut value = in_json(&token);
    if let Some(value) = value.as_object_mut() {
        value.insert("secret".to_owned(), created.secret.as_str().into());
    }
    Said {
        words: format!(
            "{}\n\n{}\nIt is shown this once: keep it where secrets are kept.\n",
            created.secret,
            in_words(vec![token])
        ),
        value,
    }
}

async fn list(args: &ListArgs, mut client: Client) -> Result<Said, Status> {
    let mut tokens = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListApiTokensRequest {
            page_size: PAGE,
            page_token,
            tenant_id: args.tenant.clone(),
            include_inactive: args.all,
        };
        let page = client.list_api_tokens(request).await?.into_inner();
        tokens.extend(page.api_tokens);
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    let value = tokens.iter().map(in_json).collect();
    Ok(Said {
        words: in_words(tokens),
        value,
    })
}

fn in_words(tokens: Vec<pb::ApiToken>) -> String {
    let row = |token: pb::ApiToken| {
        [
            token.id,
            token.tenant_id,
            token.display_name,
            token.scopes.join(" "),
            format!("...{}", token.hint),
            time(token.create_time),
            time(token.expire_time),
            time(token.last_use_time),
            time(token.revoke_time),
        ]
    };
    let head = [
        "ID", "TENANT", "NAME", "SCOPES", "HINT", "CREATED", "EXPIRES", "LAST USE", "REVOKED",
    ];
    table(head, tokens.into_iter().map(row).collect())
}

fn in_json(token: &pb::ApiToken) -> Value {
    let time = |time: Option<prost_types::Timestamp>| time.map(|time| time.to_string());
    json!({
        "id": token.id,
        "tenant_id": token.tenant_id,
        "display_name": token.display_name,
        "scopes": token.scopes,
        "hint": token.hint,
        "create_time": time(token.create_time),
        "expire_time": time(token.expire_time),
        "last_use_time": time(token.last_use_time),
        "revoke_time": time(token.revoke_time),
    })
}
