//! Tenants, tokens and audit records, both ways.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::audit::AuditRecord;
use crate::domain::error::Error;
use crate::domain::principal::{ModelPolicy, Scope};
use crate::domain::tenant::{Tenant, TenantState};
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::rpc::convert::time::{timestamp, timestamp_in};
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;
use crate::tenancy::NewToken;

/// The longest name for people.
const NAME_BYTES: usize = 256;
/// The most labels, and the longest key and value of one.
const LABELS: usize = 64;
const LABEL_BYTES: usize = 256;
/// The most patterns of a list, and the longest one.
const PATTERNS: usize = 1000;
const PATTERN_BYTES: usize = 256;

/// Checks a name for people.
pub(crate) fn display_name(name: String, field: &str, wrong: &mut Violations) -> String {
    let is_fine = name.len() <= NAME_BYTES && !name.contains(|c: char| c.is_control());
    let expected = format_args!("expected at most {NAME_BYTES} bytes without control characters");
    wrong.check(is_fine, field, expected);
    name
}

/// Checks labels.
pub(crate) fn labels(
    labels: BTreeMap<String, String>,
    field: &str,
    wrong: &mut Violations,
) -> BTreeMap<String, String> {
    wrong.check(
        labels.len() <= LABELS,
        field,
        format_args!("expected at most {LABELS} labels, found {}", labels.len()),
    );
    for (key, value) in &labels {
        let is_fine = (1..=LABEL_BYTES).contains(&key.len()) && value.len() <= LABEL_BYTES;
        if !is_fine {
            let expected =
                format!("expected a key of 1 to {LABEL_BYTES} bytes and a value of at most {LABEL_BYTES}");
            wrong.add(field, expected);
            break;
        }
    }
    labels
}

/// Reads the patterns of models.
pub(crate) fn policy(policy: Option<pb::TenantPolicy>, field: &str, wrong: &mut Violations) -> ModelPolicy {
    let pb::TenantPolicy {
        allowed_models,
        denied_models,
    } = policy.unwrap_or_default();
    for (name, patterns) in [
        ("allowed_models", &allowed_models),
        ("denied_models", &denied_models),
    ] {
        wrong.check(
            patterns.len() <= PATTERNS,
            &format!("{field}.{name}"),
            format_args!("expected at most {PATTERNS} patterns, found {}", patterns.len()),
        );
        for (index, pattern) in patterns.iter().enumerate() {
            wrong.check(
                (1..=PATTERN_BYTES).contains(&pattern.len()),
                &format!("{field}.{name}[{index}]"),
                format_args!("expected a pattern of 1 to {PATTERN_BYTES} bytes, such as \"openai/*\""),
            );
        }
    }
    ModelPolicy {
        allow: allowed_models,
        deny: denied_models,
    }
}

/// Reads the state that a tenant shall have.
pub(crate) fn state(state: i32, field: &str, wrong: &mut Violations) -> TenantState {
    use pb::tenant::State;
    match State::try_from(state) {
        Ok(State::Suspended) => return TenantState::Suspended,
        Ok(State::Active) => {}
        Ok(State::Unspecified) | Err(_) => {
            wrong.add(field, "expected STATE_ACTIVE or STATE_SUSPENDED");
        }
    }
    TenantState::Active
}

/// A tenant as the contract has it.
pub(crate) fn tenant(tenant: Tenant) -> pb::Tenant {
    let state = match tenant.state {
        TenantState::Active => pb::tenant::State::Active,
        TenantState::Suspended => pb::tenant::State::Suspended,
    };
    pb::Tenant {
        id: tenant.id,
        display_name: tenant.display_name,
        state: state.into(),
        policy: Some(pb::TenantPolicy {
            allowed_models: tenant.models.allow,
            denied_models: tenant.models.deny,
        }),
        labels: tenant.labels,
        create_time: Some(timestamp(tenant.create_time)),
        update_time: Some(timestamp(tenant.update_time)),
        etag: tenant.etag,
    }
}

/// Reads what a new token shall be; `own_tenant_id` is the caller's, for one that names none.
///
/// # Errors
/// `InvalidRequest` with every violation.
pub(crate) fn new_token(
    token: Option<pb::ApiToken>,
    own_tenant_id: &str,
    now: Timestamp,
) -> Result<NewToken, Error> {
    let token = token.unwrap_or_default();
    let mut wrong = Violations::default();
    let scopes = scopes(&token.scopes, &mut wrong);
    let expire_time = timestamp_in(token.expire_time, "api_token.expire_time", &mut wrong);
    wrong.check(
        expire_time.is_none_or(|end| end > now),
        "api_token.expire_time",
        "expected a time to come",
    );
    let display_name = display_name(token.display_name, "api_token.display_name", &mut wrong);
    let tenant_id = if token.tenant_id.is_empty() {
        own_tenant_id.to_owned()
    } else {
        token.tenant_id
    };
    wrong.or(NewToken {
        tenant_id,
        display_name,
        scopes,
        expire_time,
    })
}

fn scopes(names: &[String], wrong: &mut Violations) -> BTreeSet<Scope> {
    let known = Scope::ALL.map(Scope::as_str).join(", ");
    wrong.check(
        !names.is_empty(),
        "api_token.scopes",
        format_args!("expected at least one of {known}"),
    );
    let mut scopes = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        match Scope::named(name) {
            Some(scope) => {
                scopes.insert(scope);
            }
            None => wrong.add(
                format!("api_token.scopes[{index}]"),
                format!("expected one of {known}; found {name:?}"),
            ),
        }
    }
    scopes
}

/// A token as the contract has it.
pub(crate) fn token(token: Token) -> pb::ApiToken {
    pb::ApiToken {
        id: token.id,
        tenant_id: token.tenant_id,
        display_name: token.display_name,
        scopes: token.scopes.iter().map(ToString::to_string).collect(),
        hint: token.hint,
        create_time: Some(timestamp(token.create_time)),
        expire_time: token.expire_time.map(timestamp),
        last_use_time: token.last_use_time.map(timestamp),
        revoke_time: token.revoke_time.map(timestamp),
    }
}

/// An audit record as the contract has it.
pub(crate) fn audit_record(record: AuditRecord) -> pb::AuditRecord {
    pb::AuditRecord {
        id: record.id,
        create_time: Some(timestamp(record.create_time)),
        tenant_id: record.tenant_id,
        api_token_id: record.token_id,
        peer: record.peer,
        action: record.action,
        target: record.target,
        outcome: record.outcome,
        request_id: record.request_id,
    }
}
