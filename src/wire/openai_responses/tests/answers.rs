//! Streams that recordings do not show, or show once.

use super::*;
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::content::{Citation, CitationSource};
use crate::domain::error::Reason;
use crate::domain::fold::Answer;
use crate::domain::grammar::Grammar;
use crate::wire::dialect::DecodeError;
use crate::wire::pump::Pump;

static DIALECT: OpenaiResponses = OpenaiResponses::DEFAULT;

fn stream(events: &[Value]) -> (Vec<AnswerEvent>, Result<Answer, DecodeError>) {
    let context = DecodeContext {
        provider: HERE.to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };
    let mut pump = Pump::new(&DIALECT, context, 1 << 20);
    let mut out = Vec::new();
    let frames: Vec<String> = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    let body = frames.concat();
    let read = pump
        .push(body.as_bytes(), &mut out)
        .and_then(|()| pump.eof(&mut out));
    if read.is_err() {
        pump.abandon(&mut out);
    }
    let mut grammar = Grammar::default();
    let mut fold = Fold::default();
    for event in out.clone() {
        grammar.accept(&event).unwrap();
        fold.push(event);
    }
    (out, read.map(|()| fold.into_answer()))
}

fn completed() -> Value {
    json!({"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}})
}

fn kinds(answer: &Answer) -> Vec<PartKind> {
    answer
        .message
        .content
        .iter()
        .map(|part| part.kind.clone())
        .collect()
}

#[test]
fn items_that_only_the_last_word_lists_are_read_from_it() {
    let text = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]});
    let last = json!({"type": "response.completed", "response": {"status": "completed", "output": [text]}});

    let (_, answer) = stream(&[last]);

    assert_eq!(kinds(&answer.unwrap()), [PartKind::Text("hi".to_owned())]);
}

#[test]
fn a_done_item_completes_what_its_deltas_left_out() {
    let done = json!({"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{\"a\":1}"});
    let added =
        json!({"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "f", "arguments": ""});
    let (events, answer) = stream(&[
        json!({"type": "response.output_item.added", "output_index": 0, "item": added}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{\"a\""}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": done}),
        completed(),
    ]);

    let mut deltas = Vec::new();
    for event in &events {
        if let AnswerEvent::ToolCallDelta(0, json) = event {
            deltas.push(json.as_str());
        }
    }
    assert_eq!(deltas, ["{\"a\"", ":1}"]);
    assert_eq!(answer.unwrap().finish.unwrap().reason, FinishReason::ToolCalls);
}

#[test]
fn deltas_without_an_item_make_a_message() {
    let (_, answer) = stream(&[
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "h"}),
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "i"}),
        completed(),
    ]);

    assert_eq!(kinds(&answer.unwrap()), [PartKind::Text("hi".to_owned())]);
}

#[test]
fn sections_of_reasoning_are_joined_alike_in_deltas_and_whole() {
    let section = |text: &str| json!({"type": "summary_text", "text": text});
    let done = json!({"id": "rs_1", "type": "reasoning", "summary": [section("a"), section("b")], "content": [{"type": "reasoning_text", "text": "c"}]});
    let delta = |index: u32, text: &str| json!({"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": index, "delta": text});
    let (_, answer) = stream(&[
        delta(0, "a"),
        delta(1, "b"),
        json!({"type": "response.output_item.done", "output_index": 0, "item": done}),
        completed(),
    ]);
    let streamed = answer.unwrap().message;

    let whole = super::answer(&json!([done]));

    assert_eq!(streamed, whole);
    assert_eq!(
        whole.content[0].kind,
        Part::reasoning("a\n\nb", ReasoningForm::Summary).kind
    );
    assert_eq!(
        whole.content[1].kind,
        Part::reasoning("c", ReasoningForm::Full).kind
    );
    let back = encode(&call(vec![user("x"), whole, user("y")]));
    assert_eq!(
        back["input"].as_array().unwrap().len(),
        2,
        "no successor, no ciphertext"
    );
}

#[test]
fn code_streams_as_the_json_it_will_be() {
    let done = json!({"id": "ci_1", "type": "code_interpreter_call", "status": "completed", "code": "a = \"1\"\nb", "outputs": [
        {"type": "logs", "logs": "1"}, {"type": "image", "url": "data:image/png;base64,YWJj"},
    ]});
    let delta = |text: &str| json!({"type": "response.code_interpreter_call_code.delta", "output_index": 0, "delta": text});
    let added = json!({"id": "ci_1", "type": "code_interpreter_call", "status": "in_progress", "code": ""});
    let (_, answer) = stream(&[
        json!({"type": "response.output_item.added", "output_index": 0, "item": added}),
        delta("a = \""),
        delta("1\"\nb"),
        json!({"type": "response.output_item.done", "output_index": 0, "item": done}),
        completed(),
    ]);

    let answer = answer.unwrap();
    let PartKind::ToolCall(call) = &answer.message.content[0].kind else {
        panic!("{answer:?}")
    };
    assert_eq!(call.arguments_json, json!({"code": "a = \"1\"\nb"}).to_string());
    assert!(call.provider_executed);
    let PartKind::ToolResult(result) = &answer.message.content[1].kind else {
        panic!("{answer:?}")
    };
    assert_eq!((result.tool_call_id.as_str(), result.content.len()), ("ci_1", 2));
    assert_eq!(answer.finish.unwrap().reason, FinishReason::Stop);
}

#[test]
fn citations_count_characters_and_end_in_bytes() {
    let annotation = json!({"type": "url_citation", "start_index": 1, "end_index": 3, "url": "https://x.test", "title": "t"});
    let done = json!({"type": "message", "role": "assistant", "content": [
        {"type": "output_text", "text": "äöü!", "annotations": [annotation, annotation]},
    ]});
    let delta = |text: &str| json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text});
    let (events, answer) = stream(&[
        delta("äö"),
        json!({"type": "response.output_text.annotation.added", "output_index": 0, "content_index": 0, "annotation": annotation}),
        delta("ü!"),
        json!({"type": "response.output_item.done", "output_index": 0, "item": done}),
        completed(),
    ]);

    let citation = Citation {
        start_byte: 2,
        end_byte: 6,
        source: Some(CitationSource::Web {
            url: "https://x.test".to_owned(),
            title: "t".to_owned(),
        }),
        quote: String::new(),
    };
    assert_eq!(
        answer.unwrap().message.content[0].citations,
        [citation.clone(), citation]
    );
    let added = events
        .iter()
        .filter(|event| matches!(event, AnswerEvent::CitationAdded(..)));
    assert_eq!(added.count(), 2);
}

#[test]
fn log_probabilities_come_with_their_text() {
    let logprob = json!({"token": "hi", "logprob": -0.5, "bytes": [104, 105], "top_logprobs": [{"token": "ho", "logprob": -1.0}]});
    let (events, _) = stream(&[
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "hi", "logprobs": [logprob]}),
        completed(),
    ]);

    let AnswerEvent::TextDelta(0, delta) = &events[1] else {
        panic!("{events:?}")
    };
    assert_eq!(delta.logprobs[0].bytes, b"hi");
    assert_eq!(delta.logprobs[0].alternatives[0].token, "ho");
}

#[test]
fn a_cut_answer_has_cut_parts() {
    let call = json!({"id": "fc_1", "type": "function_call", "status": "incomplete", "call_id": "call_1", "name": "f", "arguments": "{\"a"});
    let last = json!({"type": "response.incomplete", "response": {
        "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [call],
    }});

    let (_, answer) = stream(&[last]);

    let answer = answer.unwrap();
    assert!(answer.message.content[0].incomplete);
    let finish = answer.finish.unwrap();
    assert_eq!(
        (finish.reason, finish.raw_reason.as_str()),
        (FinishReason::MaxTokens, "max_output_tokens")
    );
}

#[test]
fn errors_in_mid_stream_are_failures() {
    let delta =
        json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "h"});
    let failed = json!({"type": "response.failed", "response": {"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "Please try again in 1m2.5s."}, "usage": {"input_tokens": 3}}});
    let cases = [
        (
            json!({"type": "error", "code": "insufficient_quota", "message": "m"}),
            Reason::ProviderQuotaExhausted,
        ),
        (
            json!({"type": "error", "error": {"type": "server_error", "message": "m"}}),
            Reason::ProviderUnavailable,
        ),
        (
            json!({"error": {"code": 429, "message": "m"}}),
            Reason::ProviderRateLimited,
        ),
        (failed, Reason::ProviderRateLimited),
    ];
    for (event, reason) in cases {
        let (events, answer) = stream(&[delta.clone(), event.clone()]);

        let Err(DecodeError::Provider(failure)) = answer else {
            panic!("{event}")
        };
        assert_eq!(failure.reason, reason, "{event}");
        assert!(matches!(events.last(), Some(AnswerEvent::PartFinished(0, part)) if part.incomplete));
        if event["type"] == "response.failed" {
            assert_eq!(failure.retry_after, Some(Duration::from_millis(62_500)));
            assert!(events.iter().any(|event| matches!(event, AnswerEvent::Usage(_))));
        }
    }
}

#[test]
fn refusals_of_every_shape_are_read() {
    let classify = |status, body: &str| {
        let failure = DIALECT.classify(status, &http::HeaderMap::new(), body.as_bytes());
        (failure.reason, failure.message, failure.metadata)
    };

    let page = "<html><head><title>502 Bad Gateway</title></head></html>";
    let (reason, message, _) = classify(502, page);
    assert_eq!(reason, Reason::ProviderUnavailable);
    assert_eq!(message, "the provider answered with a web page: 502 Bad Gateway");
    let long = r#"{"code":"invalid-argument","error":"This model's maximum prompt length is 131072 but the request contains 150000 tokens."}"#;
    let (reason, _, facts) = classify(400, long);
    assert_eq!(reason, Reason::ContextTooLong);
    let expected = [
        ("contextWindowTokens", "131072".to_owned()),
        ("inputTokens", "150000".to_owned()),
    ];
    assert_eq!(facts, expected);
    for (status, body, expected) in [
        (
            404,
            r#"{"error":{"message":"Item with id 'rs_1' not found.","code":null}}"#,
            Reason::ProviderRejected,
        ),
        (
            404,
            r#"{"error":{"message":"No endpoints found that support tool use.","code":404}}"#,
            Reason::Unsupported,
        ),
        (
            403,
            r#"{"error":{"code":"unsupported_country_region_territory","message":"Country not supported"}}"#,
            Reason::ProviderAuthFailed,
        ),
        (
            400,
            r#"{"error":{"code":"invalid_prompt","message":"flagged"}}"#,
            Reason::PromptBlocked,
        ),
        (
            400,
            r#"{"error":{"code":"invalid_image_url","message":"m"}}"#,
            Reason::MediaUnreadable,
        ),
        (503, "", Reason::ProviderUnavailable),
        (401, "[]", Reason::ProviderAuthFailed),
    ] {
        assert_eq!(classify(status, body).0, expected, "{body}");
    }
}

#[test]
fn an_error_in_a_whole_answer_is_a_failure() {
    let read = |body: &str| {
        let context = DecodeContext {
            provider: HERE.to_owned(),
            include_raw: false,
            ..DecodeContext::default()
        };
        DIALECT.decode_whole(context, body.as_bytes(), &mut Vec::new())
    };

    for body in [
        r#"{"error":{"code":"server_error","message":"m"}}"#,
        r#"{"code":"x","error":"m"}"#,
        r#"{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}"#,
    ] {
        assert!(matches!(read(body), Err(DecodeError::Provider(_))), "{body}");
    }
    assert!(matches!(read("{}"), Err(DecodeError::Corrupt { .. })));
    assert_eq!(read(r#"{"status":"queued"}"#), Err(DecodeError::Truncated));
}

#[test]
fn usage_is_inclusive_and_costs_are_exact() {
    let read = |usage: &Value| {
        let last = json!({"type": "response.completed", "response": {"output": [], "usage": usage}});
        stream(&[last]).1.unwrap().usage
    };

    let usage = read(
        &json!({"input_tokens": 10.0, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 4}, "output_tokens_details": null, "cost_in_usd_ticks": 12_345}),
    );
    assert_eq!(
        (
            usage.input_tokens,
            usage.cache_read_tokens,
            usage.reasoning_tokens
        ),
        (Some(10), Some(4), None)
    );
    assert_eq!(usage.reported_cost.map(|cost| cost.0), Some(1235));
    assert_eq!(
        read(&json!({"cost": 0.000_011_3}))
            .reported_cost
            .map(|cost| cost.0),
        Some(11_300)
    );
    assert_eq!(read(&Value::Null), crate::domain::usage::Usage::default());
}
