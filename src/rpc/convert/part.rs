//! The parts of a message, both ways.

use std::time::Duration;

use crate::domain::content::{
    CacheHint, Opaque, Part, PartKind, ProviderState, Reasoning, ReasoningForm, Role, ToolCall, ToolResult,
};
use crate::rpc::convert::citation::citation_out;
use crate::rpc::convert::json;
use crate::rpc::convert::media::{media_in, media_out};
use crate::rpc::convert::reasoning;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// A day: no provider keeps a prompt longer.
const MAX_CACHE_TTL: Duration = Duration::from_secs(24 * 3600);

/// Reads a part of a message of `role`; `None` for one that says nothing, or that is wrong.
pub(super) fn part(part: pb::Part, role: Role, path: &str, violations: &mut Violations) -> Option<Part> {
    let pb::Part {
        kind,
        citations: _,
        provider_state,
        cache_hint,
        incomplete,
        provider_options,
    } = part;
    let Some(kind) = kind else {
        violations.add(
            path,
            "expected one of text, media, reasoning, tool_call, tool_result, refusal, opaque",
        );
        return None;
    };
    // An answer may hold empty text; no provider wants it back.
    let is_empty_text =
        matches!(&kind, pb::part::Kind::Text(text) if text.is_empty()) && provider_state.is_none();
    if is_empty_text && role == Role::Assistant {
        return None;
    }
    violations.check(
        !is_empty_text,
        &format!("{path}.text"),
        "expected text, found none",
    );
    Some(Part {
        kind: part_kind(kind, role, path, violations)?,
        citations: Vec::new(),
        provider_state: provider_state.and_then(|state| provider_state_in(state, path, violations)),
        cache_hint: cache_hint.map(|hint| cache_hint_in(hint, &format!("{path}.cache_hint"), violations)),
        incomplete,
        provider_options: json::provider_options(
            provider_options,
            &format!("{path}.provider_options"),
            violations,
        ),
    })
}

fn part_kind(kind: pb::part::Kind, role: Role, path: &str, violations: &mut Violations) -> Option<PartKind> {
    use pb::part::Kind;
    let mut only_in = |fits: bool, name: &str, roles: &str| {
        violations.check(
            fits,
            &format!("{path}.{name}"),
            format_args!("expected only in {roles}"),
        );
    };
    match kind {
        Kind::Text(text) => Some(PartKind::Text(text)),
        Kind::Media(media) => media_in(media, &format!("{path}.media"), violations).map(PartKind::Media),
        Kind::Reasoning(pb::Reasoning { text, form }) => {
            only_in(role == Role::Assistant, "reasoning", "assistant messages");
            let form = reasoning::form(form, &format!("{path}.reasoning.form"), violations);
            Some(PartKind::Reasoning(Reasoning {
                text,
                form: form.unwrap_or(ReasoningForm::Full),
            }))
        }
        Kind::ToolCall(pb::ToolCall {
            id,
            name,
            arguments_json,
            provider_executed,
        }) => {
            only_in(role == Role::Assistant, "tool_call", "assistant messages");
            violations.check(
                !id.is_empty(),
                &format!("{path}.tool_call.id"),
                "expected the id of the call",
            );
            violations.check(
                !name.is_empty(),
                &format!("{path}.tool_call.name"),
                "expected the name of a tool",
            );
            Some(PartKind::ToolCall(ToolCall {
                id,
                name,
                arguments_json,
                provider_executed,
            }))
        }
        Kind::ToolResult(result) => {
            only_in(
                matches!(role, Role::Tool | Role::Assistant),
                "tool_result",
                "tool messages",
            );
            Some(PartKind::ToolResult(tool_result(
                result,
                role,
                &format!("{path}.tool_result"),
                violations,
            )))
        }
        Kind::Refusal(text) => {
            only_in(role == Role::Assistant, "refusal", "assistant messages");
            Some(PartKind::Refusal(text))
        }
        Kind::Opaque(pb::Opaque {
            provider,
            r#type,
            payload_json,
        }) => {
            violations.check(
                !provider.is_empty(),
                &format!("{path}.opaque.provider"),
                "expected a provider id",
            );
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&payload_json).is_ok();
            violations.check(is_json, &format!("{path}.opaque.payload_json"), "expected JSON");
            Some(PartKind::Opaque(Opaque {
                provider,
                kind: r#type,
                payload_json,
            }))
        }
    }
}

fn tool_result(result: pb::ToolResult, role: Role, path: &str, violations: &mut Violations) -> ToolResult {
    let pb::ToolResult {
        tool_call_id,
        name,
        content,
        is_error,
    } = result;
    violations.check(
        !tool_call_id.is_empty(),
        &format!("{path}.tool_call_id"),
        "expected the id of the call that is answered",
    );
    let mut parts = Vec::with_capacity(content.len());
    for (index, inner) in content.into_iter().enumerate() {
        let path = format!("{path}.content[{index}]");
        let fits = matches!(
            &inner.kind,
            Some(pb::part::Kind::Text(_) | pb::part::Kind::Media(_))
        );
        if !fits {
            violations.add(path, "expected text or media");
        } else if !matches!(&inner.kind, Some(pb::part::Kind::Text(text)) if text.is_empty()) {
            parts.extend(part(inner, role, &path, violations));
        }
    }
    ToolResult {
        tool_call_id,
        name,
        content: parts,
        is_error,
    }
}

fn provider_state_in(
    state: pb::ProviderState,
    path: &str,
    violations: &mut Violations,
) -> Option<ProviderState> {
    let pb::ProviderState { provider, data } = state;
    if provider.is_empty() && data.is_empty() {
        return None;
    }
    let field = format!("{path}.provider_state.provider");
    violations.check(
        !provider.is_empty(),
        &field,
        "expected the provider the state came from",
    );
    Some(ProviderState { provider, data })
}

pub(crate) fn cache_hint_in(hint: pb::CacheHint, path: &str, violations: &mut Violations) -> CacheHint {
    let pb::CacheHint { ttl } = hint;
    CacheHint {
        ttl: violations.duration(ttl, Duration::from_secs(1), MAX_CACHE_TTL, &format!("{path}.ttl")),
    }
}

pub(crate) fn part_out(part: Part) -> pb::Part {
    pb::Part {
        kind: Some(kind_out(part.kind)),
        citations: part.citations.into_iter().map(citation_out).collect(),
        provider_state: part.provider_state.map(|state| pb::ProviderState {
            provider: state.provider,
            data: state.data,
        }),
        cache_hint: None,
        incomplete: part.incomplete,
        provider_options: std::collections::BTreeMap::new(),
    }
}

fn kind_out(kind: PartKind) -> pb::part::Kind {
    use pb::part::Kind;
    match kind {
        PartKind::Text(text) => Kind::Text(text),
        PartKind::Refusal(text) => Kind::Refusal(text),
        PartKind::Media(media) => Kind::Media(media_out(media)),
        PartKind::Reasoning(reasoning) => {
            let form = match reasoning.form {
                ReasoningForm::Full => pb::ReasoningForm::Full,
                ReasoningForm::Summary => pb::ReasoningForm::Summary,
                ReasoningForm::Hidden => pb::ReasoningForm::Hidden,
            };
            Kind::Reasoning(pb::Reasoning {
                text: reasoning.text,
                form: form as i32,
            })
        }
        PartKind::ToolCall(call) => Kind::ToolCall(pb::ToolCall {
            id: call.id,
            name: call.name,
            arguments_json: call.arguments_json,
            provider_executed: call.provider_executed,
        }),
        PartKind::ToolResult(result) => Kind::ToolResult(pb::ToolResult {
            tool_call_id: result.tool_call_id,
            name: result.name,
            content: result.content.into_iter().map(part_out).collect(),
            is_error: result.is_error,
        }),
        PartKind::Opaque(opaque) => Kind::Opaque(pb::Opaque {
            provider: opaque.provider,
            r#type: opaque.kind,
            payload_json: opaque.payload_json,
        }),
    }
}
