//! `crux admin tenants`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::{Value, json};
use tonic::Status;

use super::{Client, Common, PAGE, Said, asked, help, time};
use crate::cli::table::table;
use crate::rpc::pb;
use crate::rpc::pb::tenant::State;

#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Lists tenants.
    #[command(after_help = help("crux admin tenants list --server http://127.0.0.1:50051"))]
    List(Common),
    /// Creates a tenant.
    #[command(after_help = help("crux admin tenants create search --allow 'openai/*' --deny '*-pro'"))]
    Create(CreateArgs),
    /// Shows a tenant.
    #[command(after_help = help("crux admin tenants get search --json"))]
    Get(GetArgs),
    /// Changes what is given of a tenant.
    #[command(after_help = help("crux admin tenants update search --state suspended"))]
    Update(UpdateArgs),
    /// Deletes a tenant with its tokens, keys and preferences.
    #[command(after_help = help("crux admin tenants delete search"))]
    Delete(DeleteArgs),
}

#[derive(Debug, ClapArgs)]
struct CreateArgs {
    /// 1 to 64 characters of [a-z0-9-]
    id: String,
    #[command(flatten)]
    values: Values,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct GetArgs {
    /// The tenant [default: the caller's own]
    #[arg(default_value = "", hide_default_value = true)]
    id: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct UpdateArgs {
    /// The tenant
    id: String,
    #[command(flatten)]
    values: Values,
    /// Whether it may call
    #[arg(long)]
    state: Option<TenantState>,
    /// Allow every model again
    #[arg(long, conflicts_with = "allow")]
    allow_all: bool,
    /// Deny no model any more
    #[arg(long, conflicts_with = "deny")]
    deny_none: bool,
    /// Only if the tenant still has this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct DeleteArgs {
    /// The tenant
    id: String,
    /// Only if the tenant still has this etag
    #[arg(long, value_name = "ETAG", default_value = "", hide_default_value = true)]
    etag: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, ClapArgs)]
struct Values {
    /// Name for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Allow only models that match, such as openai/*; may be given again
    #[arg(long, value_name = "PATTERN")]
    allow: Vec<String>,
    /// Deny models that match; may be given again
    #[arg(long, value_name = "PATTERN")]
    deny: Vec<String>,
    /// Label it; may be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = label)]
    label: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum TenantState {
    Active,
    Suspended,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| "expected NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Values {
    fn tenant(&self) -> pb::Tenant {
        pb::Tenant {
            display_name: self.name.clone().unwrap_or_default(),
            policy: Some(pb::TenantPolicy {
                allowed_models: self.allow.clone(),
                denied_models: self.deny.clone(),
            }),
            labels: self.label.iter().cloned().collect::<BTreeMap<_, _>>(),
            ..Default::default()
        }
    }
}

pub(super) async fn run(args: &Args) -> ExitCode {
    match &args.command {
        Command::List(common) => asked(common, list).await,
        Command::Create(args) => {
            asked(&args.common, async |mut client: Client| {
                let request = pb::CreateTenantRequest {
                    tenant_id: args.id.clone(),
                    tenant: Some(args.values.tenant()),
                };
                let created = client.create_tenant(request).await?.into_inner();
                Ok(one(created.tenant.unwrap_or_default()))
            })
            .await
        }
        Command::Get(args) => {
            asked(&args.common, async |mut client: Client| {
                let tenant_id = args.id.clone();
                let found = client.get_tenant(pb::GetTenantRequest { tenant_id }).await?;
                Ok(one(found.into_inner().tenant.unwrap_or_default()))
            })
            .await
        }
        Command::Update(args) => {
            asked(&args.common, async |mut client: Client| {
                let updated = client.update_tenant(update(args)).await?.into_inner();
                Ok(one(updated.tenant.unwrap_or_default()))
            })
            .await
        }
        Command::Delete(args) => {
            asked(&args.common, async |mut client: Client| {
                let request = pb::DeleteTenantRequest {
                    tenant_id: args.id.clone(),
                    etag: args.etag.clone(),
                };
                client.delete_tenant(request).await?;
                Ok(Said {
                    words: format!("tenant {} is gone, with all that was its\n", args.id),
                    value: json!({"id": args.id, "deleted": true}),
                })
            })
            .await
        }
    }
}

async fn list(mut client: Client) -> Result<Said, Status> {
    let mut tenants = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListTenantsRequest {
            page_size: PAGE,
            page_token,
        };
        let page = client.list_tenants(request).await?.into_inner();
        tenants.extend(page.tenants);
        if page.next_page_token.is_empty() {
            break;
        }
        page_token = page.next_page_token;
    }
    let value = tenants.iter().map(in_json).collect();
    Ok(Said {
        words: in_words(tenants),
        value,
    })
}

fn update(args: &UpdateArgs) -> pb::UpdateTenantRequest {
    let values = &args.values;
    let named = [
        ("display_name", values.name.is_some()),
        ("state", args.state.is_some()),
        (
            "policy.allowed_models",
            args.allow_all || !values.allow.is_empty(),
        ),
        ("policy.denied_models", args.deny_none || !values.deny.is_empty()),
        ("labels", !values.label.is_empty()),
    ];
    let paths = named.into_iter().filter(|(_, is_named)| *is_named);
    let state = match args.state {
        Some(TenantState::Active) => State::Active,
        Some(TenantState::Suspended) => State::Suspended,
        None => State::Unspecified,
    };
    pb::UpdateTenantRequest {
        tenant: Some(pb::Tenant {
            id: args.id.clone(),
            state: state.into(),
            etag: args.etag.clone(),
            ..values.tenant()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.map(|(path, _)| path.to_owned()).collect(),
        }),
    }
}

fn one(tenant: pb::Tenant) -> Said {
    Said {
        value: in_json(&tenant),
        words: in_words(vec![tenant]),
    }
}

fn in_words(tenants: Vec<pb::Tenant>) -> String {
    let row = |tenant: pb::Tenant| {
        let state = state_name(&tenant).to_owned();
        let policy = tenant.policy.unwrap_or_default();
        [
            tenant.id,
            tenant.display_name,
            state,
            policy.allowed_models.join(" "),
            policy.denied_models.join(" "),
            time(tenant.create_time),
        ]
    };
    table(
        ["ID", "NAME", "STATE", "ALLOWED", "DENIED", "CREATED"],
        tenants.into_iter().map(row).collect(),
    )
}

fn in_json(tenant: &pb::Tenant) -> Value {
    let policy = tenant.policy.clone().unwrap_or_default();
    json!({
        "id": tenant.id,
        "display_name": tenant.display_name,
        "state": state_name(tenant),
        "policy": {"allowed_models": policy.allowed_models, "denied_models": policy.denied_models},
        "labels": tenant.labels,
        "create_time": time(tenant.create_time),
        "update_time": time(tenant.update_time),
        "etag": tenant.etag,
    })
}

fn state_name(tenant: &pb::Tenant) -> &'static str {
    match tenant.state() {
        State::Active => "active",
        State::Suspended => "suspended",
        State::Unspecified => "unknown",
    }
}
