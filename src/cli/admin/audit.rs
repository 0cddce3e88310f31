//! `crux admin audit`.

use std::process::ExitCode;

use clap::Args as ClapArgs;
use serde_json::{Value, json};
use tonic::Status;

use super::{Client, Common, PAGE, Said, asked, help, time};
use crate::cli::table::table;
use crate::rpc::pb;

#[derive(Debug, ClapArgs)]
#[command(after_help = help("crux admin audit --tenant search --limit 20"))]
pub(super) struct Args {
    /// Operations of this tenant's callers [default: of all]
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    tenant: String,
    /// How many, the latest first
    #[arg(long, value_name = "NUMBER", default_value = "100", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    limit: u32,
    #[command(flatten)]
    common: Common,
}

pub(super) async fn run(args: &Args) -> ExitCode {
    asked(&args.common, async |client: Client| list(args, client).await).await
}

async fn list(args: &Args, mut client: Client) -> Result<Said, Status> {
    let wanted = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let mut records = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListAuditRecordsRequest {
            page_size: PAGE.min(i32::try_from(args.limit).unwrap_or(PAGE)),
            page_token,
            tenant_id: args.tenant.clone(),
        };
        let page = client.list_audit_records(request).await?.into_inner();
        records.extend(page.audit_records);
        if page.next_page_token.is_empty() || records.len() >= wanted {
            break;
        }
        page_token = page.next_page_token;
    }
    records.truncate(wanted);
    let value = records.iter().map(in_json).collect();
    let row = |record: pb::AuditRecord| {
        [
            time(record.create_time),
            record.action,
            record.target,
            record.outcome,
            record.tenant_id,
            record.api_token_id,
            record.peer,
            record.request_id,
        ]
    };
    let head = [
        "TIME", "ACTION", "TARGET", "OUTCOME", "TENANT", "TOKEN", "FROM", "REQUEST",
    ];
    Ok(Said {
        words: table(head, records.into_iter().map(row).collect()),
        value,
    })
}

fn in_json(record: &pb::AuditRecord) -> Value {
    json!({
        "id": record.id,
        "create_time": time(record.create_time),
        "tenant_id": record.tenant_id,
        "api_token_id": record.api_token_id,
        "peer": record.peer,
        "action": record.action,
        "target": record.target,
        "outcome": record.outcome,
        "request_id": record.request_id,
    })
}
