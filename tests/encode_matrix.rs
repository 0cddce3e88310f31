//! One full request, and one history, in every dialect as every provider speaks it: a snapshot each, so
//! that a change to encoding is read as one diff.
//!
//! Review changes with `cargo insta review`, or take them with `INSTA_UPDATE=always cargo test --test
//! encode_matrix`.

mod matrix;

use crux::domain::answer::AnswerEvent;
use crux::domain::call::ChatCall;
use crux::domain::content::Message;
use crux::domain::fold::Fold;
use crux::providers::{self, DialectName, Dialects};
use crux::wire::dialect::{DecodeContext, Dialect, EncodeError, Mode, Target};
use serde_json::{Value, json};

use matrix::answers;

/// A provider's model, the dialect it is spoken to in, and an answer of its own making.
struct Row {
    name: &'static str,
    provider: &'static str,
    model: &'static str,
    dialect: DialectName,
    answer: &'static str,
}

use DialectName::{AnthropicMessages, GeminiGenerate, OllamaChat, OpenaiChat, OpenaiResponses};

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { name: "openai_responses", provider: "openai", model: "gpt-5", dialect: OpenaiResponses, answer: answers::RESPONSES },
    Row { name: "openai_chat", provider: "openai", model: "gpt-4.1", dialect: OpenaiChat, answer: answers::CHAT },
    Row { name: "anthropic_messages", provider: "anthropic", model: "claude-sonnet-4-5", dialect: AnthropicMessages, answer: answers::MESSAGES },
    Row { name: "gemini_generate", provider: "gemini", model: "gemini-2.5-pro", dialect: GeminiGenerate, answer: answers::GENERATE },
    Row { name: "ollama_chat", provider: "ollama", model: "qwen3", dialect: OllamaChat, answer: answers::OLLAMA },
    Row { name: "openrouter", provider: "openrouter", model: "anthropic/claude-sonnet-4.5", dialect: OpenaiChat, answer: answers::OPENROUTER },
    Row { name: "deepseek", provider: "deepseek", model: "deepseek-chat", dialect: OpenaiChat, answer: answers::DEEPSEEK },
    Row { name: "xai_responses", provider: "xai", model: "grok-4", dialect: OpenaiResponses, answer: answers::RESPONSES },
    Row { name: "xai_chat", provider: "xai", model: "grok-3", dialect: OpenaiChat, answer: answers::CHAT },
];

#[test]
fn a_full_call_in_every_dialect() {
    for row in ROWS {
        for (mode, suffix) in [(Mode::Stream, "stream"), (Mode::Whole, "whole")] {
            let shown = shown(row, matrix::full(row.provider), mode);
            // Whole differs in little: the snapshot of the stream shows the rest.
            let shown = match mode {
                Mode::Stream => shown,
                Mode::Whole => unlike(
                    &shown,
                    &self::shown(row, matrix::full(row.provider), Mode::Stream),
                ),
            };
            insta::assert_json_snapshot!(format!("full_{}_{suffix}", row.name), shown);
        }
    }
}

#[test]
fn a_history_with_state_in_every_dialect() {
    for row in ROWS {
        let shown = shown(row, matrix::history(answer(row)), Mode::Stream);

        let text = shown.to_string();
        for state in states(row) {
            assert!(text.contains(state), "{}: {state} was not sent back", row.name);
        }
        insta::assert_json_snapshot!(format!("history_{}", row.name), shown);
    }
}

#[test]
fn state_never_reaches_another_provider() {
    for from in ROWS {
        for to in ROWS.iter().filter(|to| to.provider != from.provider) {
            let shown = shown(to, matrix::history(answer(from)), Mode::Stream);

            let text = shown["body"].to_string();
            for state in states(from) {
                assert!(
                    !text.contains(state),
                    "{state} of {} was sent to {}",
                    from.name,
                    to.name
                );
            }
        }
    }
}

#[test]
fn what_history_loses_is_named_alike_in_every_dialect() {
    for row in ROWS {
        let shown = shown(row, matrix::unreadable_history("elsewhere"), Mode::Stream);

        let mut lost = vec![
            "messages[0].name: changed",
            "messages[1].content[0]: changed",
            "messages[1].content[1].provider_state: changed",
            "messages[1].content[2]: changed",
            "messages[1].content[3]: changed",
            "messages[1].content[4]: changed",
            "messages[1].content[5].provider_state: changed",
            "messages[1].content[6]: changed",
        ];
        if row.dialect == OpenaiChat {
            // Chat Completions takes names.
            lost.remove(0);
        }
        assert_eq!(shown["warnings"], json!(lost), "{}", row.name);
        assert_eq!(shown["refused"], json!([]), "{}", row.name);
        assert!(!shown["body"].to_string().contains("found"), "{}", row.name);
    }
}

#[test]
fn state_of_a_provider_s_other_dialect_is_lost_like_another_provider_s() {
    let two_dialects = ["openai", "xai"];
    for row in ROWS.iter().filter(|row| two_dialects.contains(&row.provider)) {
        let shown = shown(row, matrix::unreadable_history(row.provider), Mode::Stream);

        let mut lost = vec![
            "messages[0].name: changed",
            "messages[1].content[0]: changed",
            "messages[1].content[1].provider_state: changed",
            "messages[1].content[2]: changed",
            "messages[1].content[3]: changed",
            "messages[1].content[5].provider_state: changed",
            "messages[1].content[6]: changed",
        ];
        if row.dialect == OpenaiChat {
            lost.remove(0);
        }
        assert_eq!(shown["warnings"], json!(lost), "{}", row.name);
        assert!(
            !shown["body"].to_string().contains("I look it up"),
            "{}",
            row.name
        );
    }
}

/// The pieces of state in a row's answer: they begin with a word of their own.
fn states(row: &Row) -> impl Iterator<Item = &'static str> {
    row.answer.split('"').filter(|text| text.starts_with("STATE"))
}

fn dialect(row: &Row) -> &'static dyn Dialect {
    let dialects = Dialects {
        built_in: providers::ALL
            .into_iter()
            .find(|provider| provider.id == row.provider),
        by_model: std::collections::BTreeMap::from([(row.model.to_owned(), row.dialect)]),
        configured: None,
    };
    dialects.for_model(row.model)
}

/// The answer of a row, decoded: the state in it is the dialect's own affair.
fn answer(row: &Row) -> Message {
    let context = DecodeContext {
        provider: row.provider.to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };
    let mut events: Vec<AnswerEvent> = Vec::new();
    let read = dialect(row).decode_whole(context, row.answer.as_bytes(), &mut events);
    assert_eq!(read, Ok(()), "{}", row.name);
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    fold.into_answer().message
}

/// The request a call becomes, with what was refused on the way: whatever a dialect refuses is taken out
/// of the call, and the rest is encoded again.
fn shown(row: &Row, mut call: ChatCall, mode: Mode) -> Value {
    let target = Target {
        provider: row.provider,
        model: row.model,
    };
    let mut refused = Vec::new();
    let encoded = loop {
        match dialect(row).encode(&call, target, mode) {
            Ok(encoded) => break encoded,
            Err(EncodeError::Unsupported { field, .. } | EncodeError::Invalid { field, .. }) => {
                matrix::take_out(&mut call, &field);
                assert!(
                    !refused.contains(&field),
                    "{}: {field} cannot be taken out",
                    row.name
                );
                refused.push(field);
            }
        }
    };
    let headers = encoded.request.headers.iter();
    let headers: Vec<_> = headers
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let warnings = encoded.warnings.iter();
    let warnings: Vec<_> = warnings
        .map(|warning| {
            let verb = if warning.is_left_out {
                "left out"
            } else {
                "changed"
            };
            format!("{}: {verb}", warning.field)
        })
        .collect();
    json!({
        "path": encoded.request.path,
        "headers": headers,
        "body": encoded.request.body,
        "warnings": warnings,
        "refused": refused,
    })
}

/// What `this` has in place of `other`: the fields of its body, and its path, that differ; null where one is
/// gone.
fn unlike(this: &Value, other: &Value) -> Value {
    let differing = |this: &Value, other: &Value| {
        let names = [this, other].map(|object| object.as_object().into_iter().flatten());
        let names = names.into_iter().flatten().map(|(name, _)| name);
        let names = names.filter(|name| this.get(name) != other.get(name) && *name != "body");
        let fields = names.map(|name| (name.clone(), this.get(name).cloned().unwrap_or_default()));
        fields.collect::<serde_json::Map<_, _>>()
    };
    let mut fields = differing(this, other);
    fields.insert("body".to_owned(), differing(&this["body"], &other["body"]).into());
    fields.into()
}
