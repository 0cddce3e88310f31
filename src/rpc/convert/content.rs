//! Messages and parts, both ways.

use std::time::Duration;

use crate::domain::content::{
    CacheHint, Citation, CitationSource, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState,
    Reasoning, ReasoningForm, Role, ToolCall, ToolResult,
};
use crate::rpc::convert::json;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// A day: no provider keeps a prompt longer.
const MAX_CACHE_TTL: Duration = Duration::from_secs(24 * 3600);

/// Reads the conversation.
///
/// Into vectors of its own size: collecting a filter makes room for four, and a call holds its messages to its end.
pub(crate) fn messages(messages: Vec<pb::Message>, violations: &mut Violations) -> Vec<Message> {
    violations.check(!messages.is_empty(), "messages", "expected at least one message");
    let mut read = Vec::with_capacity(messages.len());
    let all = messages.into_iter().enumerate();
    read.extend(all.filter_map(|(index, one)| message(one, &format!("messages[{index}]"), violations)));
    name_results(&mut read);
    read
}

fn message(message: pb::Message, path: &str, violations: &mut Violations) -> Option<Message> {
    let pb::Message { role, content, name } = message;
    let role = match pb::Role::try_from(role) {
        Ok(pb::Role::System) => Role::System,
        Ok(pb::Role::User) => Role::User,
        Ok(pb::Role::Assistant) => Role::Assistant,
        Ok(pb::Role::Tool) => Role::Tool,
        Ok(pb::Role::Unspecified) | Err(_) => {
            let expected = "expected ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT or ROLE_TOOL";
            violations.add(format!("{path}.role"), format!("{expected}, found {role}"));
            return None;
        }
    };
    let mut parts = Vec::with_capacity(content.len());
    parts.extend(
        content
            .into_iter()
            .enumerate()
            .filter_map(|(index, read)| part(read, role, &format!("{path}.content[{index}]"), violations)),
    );
    let content = parts;
    if content.is_empty() && violations.is_empty() {
        violations.add(
            format!("{path}.content"),
            "expected at least one part that is not empty",
        );
    }
    Some(Message {
        role,
        content,
        name: (!name.is_empty()).then_some(name),
    })
}

fn part(part: pb::Part, role: Role, path: &str, violations: &mut Violations) -> Option<Part> {
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
            let form = reasoning_form(form, &format!("{path}.reasoning.form"), violations);
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

/// Fills in the names of results from the calls they answer.
fn name_results(messages: &mut [Message]) {
    let mut names = std::collections::BTreeMap::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.content) {
        match &mut part.kind {
            PartKind::ToolCall(call) => {
                names.insert(call.id.clone(), call.name.clone());
            }
            PartKind::ToolResult(result) if result.name.is_empty() => {
                result.name = names.get(&result.tool_call_id).cloned().unwrap_or_default();
            }
            PartKind::Text(_)
            | PartKind::Media(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_)
            | PartKind::Opaque(_) => {}
        }
    }
}

fn media_in(media: pb::Media, path: &str, violations: &mut Violations) -> Option<Media> {
    let pb::Media {
        mime_type,
        source,
        name,
        size_bytes: _,
    } = media;
    let source = match source {
        None => {
            violations.add(path, "expected one of data, url, file");
            return None;
        }
        Some(pb::media::Source::Data(data)) => {
            violations.check(
                !data.is_empty(),
                &format!("{path}.data"),
                "expected bytes, found none",
            );
            let is_type = mime_type
                .split_once('/')
                .is_some_and(|(family, kind)| !family.is_empty() && !kind.is_empty());
            violations.check(
                is_type,
                &format!("{path}.mime_type"),
                format_args!("expected a media type such as \"image/png\" with data, found {mime_type:?}"),
            );
            MediaSource::Data(data)
        }
        Some(pb::media::Source::Url(url)) => {
            violations.check(
                url.starts_with("https://"),
                &format!("{path}.url"),
                "expected an https URL; send other content as data",
            );
            MediaSource::Url(url)
        }
        Some(pb::media::Source::File(file)) => {
            let Some((provider, id)) = file.split_once('/').filter(|(_, id)| !id.is_empty()) else {
                violations.add(
                    format!("{path}.file"),
                    format!("expected \"<provider>/<file id>\", found {file:?}"),
                );
                return None;
            };
            MediaSource::File {
                provider: provider.to_owned(),
                id: id.to_owned(),
            }
        }
    };
    Some(Media {
        mime_type,
        source,
        name: (!name.is_empty()).then_some(name),
        size_bytes: None,
    })
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

/// Reads a form; `None` is unspecified.
pub(crate) fn reasoning_form(form: i32, path: &str, violations: &mut Violations) -> Option<ReasoningForm> {
    match pb::ReasoningForm::try_from(form) {
        Ok(pb::ReasoningForm::Unspecified) => None,
        Ok(pb::ReasoningForm::Full) => Some(ReasoningForm::Full),
        Ok(pb::ReasoningForm::Summary) => Some(ReasoningForm::Summary),
        Ok(pb::ReasoningForm::Hidden) => Some(ReasoningForm::Hidden),
        Err(_) => {
            violations.add(path, format!("expected a ReasoningForm, found {form}"));
            None
        }
    }
}

pub(crate) fn message_out(message: Message) -> pb::Message {
    let role = match message.role {
        Role::System => pb::Role::System,
        Role::User => pb::Role::User,
        Role::Assistant => pb::Role::Assistant,
        Role::Tool => pb::Role::Tool,
    };
    pb::Message {
        role: role as i32,
        content: message.content.into_iter().map(part_out).collect(),
        name: message.name.unwrap_or_default(),
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

fn media_out(media: Media) -> pb::Media {
    let size_bytes = media
        .size_bytes
        .and_then(|size| i64::try_from(size).ok())
        .unwrap_or_default();
    let source = match media.source {
        // Empty: the bytes came as deltas.
        MediaSource::Data(data) => (!data.is_empty()).then_some(pb::media::Source::Data(data)),
        MediaSource::Url(url) => Some(pb::media::Source::Url(url)),
        MediaSource::File { provider, id } => Some(pb::media::Source::File(format!("{provider}/{id}"))),
    };
    pb::Media {
        mime_type: media.mime_type,
        source,
        name: media.name.unwrap_or_default(),
        size_bytes,
    }
}

pub(crate) fn citation_out(citation: Citation) -> pb::Citation {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    pb::Citation {
        start_byte: number(citation.start_byte),
        end_byte: number(citation.end_byte),
        source: citation.source.map(|source| match source {
            CitationSource::Web { url, title } => pb::citation::Source::Web(pb::WebSource { url, title }),
            CitationSource::Document {
                title,
                media_index,
                first_page,
                last_page,
            } => pb::citation::Source::Document(pb::DocumentSource {
                title,
                media_index: number(media_index),
                first_page: number(first_page),
                last_page: number(last_page),
            }),
        }),
        quote: citation.quote,
    }
}
