//! Deviations of answers that compatible servers are known for.

use serde_json::{Value, json};

use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::content::{CitationSource, MediaSource, Part, PartKind, ReasoningForm};
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::wire::dialect::{DecodeContext, DecodeError};
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::Quirks;
use crate::wire::pump::Pump;

static DIALECT: OpenaiChat = OpenaiChat {
    quirks: Quirks::COMMON,
};

fn context() -> DecodeContext {
    DecodeContext {
        provider: "p".to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    }
}

/// Replays chunks, each holding the first choice's delta and, if it is the last, a finish reason.
fn stream(deltas: &[Value], finish: &str) -> Answer {
    let mut body = String::new();
    for delta in deltas {
        let chunk = json!({"id": "resp-1", "choices": [{"index": 0, "delta": delta, "finish_reason": ""}]});
        body += "data: ";
        body += &chunk.to_string();
        body += "\n\n";
    }
    let end = json!({"id": "resp-1", "choices": [{"delta": {}, "finish_reason": finish}]});
    run(&format!("{body}data: {end}\n\ndata: [DONE]\n\n")).unwrap()
}

fn run(body: &str) -> Result<Answer, DecodeError> {
    let mut pump = Pump::new(&DIALECT, context(), 1 << 20);
    let mut events = Vec::new();
    pump.push(body.as_bytes(), &mut events)?;
    pump.eof(&mut events)?;
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    Ok(fold.into_answer())
}

fn whole(message: &Value, finish: &str) -> Answer {
    let body = json!({"id": "resp-1", "choices": [{"message": message, "finish_reason": finish}]});
    run(&body.to_string()).unwrap()
}

fn calls(answer: &Answer) -> Vec<(&str, &str, &str)> {
    let mut calls = Vec::new();
    for part in &answer.message.content {
        if let PartKind::ToolCall(call) = &part.kind {
            calls.push((call.id.as_str(), call.name.as_str(), call.arguments_json.as_str()));
        }
    }
    calls
}

fn reason(answer: &Answer) -> FinishReason {
    answer.finish.as_ref().unwrap().reason
}

#[test]
fn calls_are_told_apart_however_they_are_numbered() {
    let call = |value: Value| json!({"tool_calls": [value]});
    let two = [("a", "f", "{\"x\":1}"), ("b", "g", "{}")];
    let streams: [(&str, Vec<Value>); 5] = [
        (
            "one index for all",
            vec![
                call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x\":1}"}})),
                call(json!({"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}})),
            ],
        ),
        (
            "no index",
            vec![
                call(json!({"id": "a", "function": {"name": "f", "arguments": "{\"x\""}})),
                call(json!({"function": {"arguments": ":1}"}})),
                call(json!({"id": "b", "function": {"name": "g", "arguments": "{}"}})),
            ],
        ),
        (
            "id and name in every fragment",
            vec![
                call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": "{\"x\""}})),
                call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": ":1}"}})),
                call(json!({"index": 1, "id": "b", "function": {"name": "g"}})),
            ],
        ),
        (
            "interleaved",
            vec![
                call(json!({"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}})),
                call(json!({"index": 1, "id": "b", "function": {"name": "g", "arguments": "{"}})),
                call(json!({"index": 0, "id": null, "function": {"name": null, "arguments": "{\"x\":1}"}})),
                call(json!({"index": 1, "function": {"arguments": "}"}})),
            ],
        ),
        (
            "arguments as an object, name after them",
            vec![
                call(json!({"index": 0, "id": "a", "function": {"arguments": {"x": 1}}})),
                call(json!({"index": 0, "function": {"name": "f"}})),
                call(json!({"index": 1, "id": "b", "function": {"name": "g", "arguments": {}}})),
            ],
        ),
    ];
    for (name, deltas) in streams {
        let answer = stream(&deltas, "stop");
        assert_eq!(calls(&answer), two, "{name}");
        assert_eq!(reason(&answer), FinishReason::ToolCalls, "{name}");
    }
}

#[test]
fn ids_are_made_up_where_there_are_none() {
    let call = |name: &str| json!({"function": {"name": name, "arguments": {}}, "id": ""});
    let message = json!({"tool_calls": [call("f"), call("f")]});
    let chunked = [
        json!({"tool_calls": [call("f")]}),
        json!({"tool_calls": [call("f")]}),
    ];

    let expected = [("call_resp1_0", "f", "{}"), ("call_resp1_1", "f", "{}")];
    assert_eq!(calls(&whole(&message, "stop")), expected);
    assert_eq!(calls(&stream(&chunked, "stop")), expected);
}

#[test]
fn a_cut_shows_in_the_part_that_was_being_written() {
    let begun = json!({"tool_calls": [
        {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}},
        {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{\"x"}},
    ]});
    let answer = stream(&[json!({"reasoning": "hm", "content": "well"}), begun], "length");

    let cut: Vec<bool> = answer
        .message
        .content
        .iter()
        .map(|part| part.incomplete)
        .collect();
    assert_eq!(cut, [false, false, false, true]);
    assert_eq!(reason(&answer), FinishReason::MaxTokens);
}

#[test]
fn custom_calls_are_blocks_and_never_tool_calls() {
    let custom = |name: &str, input: &str| json!({"index": 0, "custom": {"name": name, "input": input}});
    let mut first = custom("t", "4 ");
    first["id"] = "c1".into();
    let answer = stream(
        &[
            json!({"tool_calls": [first]}),
            json!({"tool_calls": [custom("", "+ 4")]}),
        ],
        "tool_calls",
    );

    let PartKind::Opaque(block) = &answer.message.content[0].kind else {
        unreachable!()
    };
    assert_eq!(block.kind, "custom");
    assert_eq!(
        serde_json::from_str::<Value>(&block.payload_json).unwrap(),
        json!({"id": "c1", "type": "custom", "custom": {"name": "t", "input": "4 + 4"}})
    );
    assert_eq!(reason(&answer), FinishReason::Stop);
}

#[test]
fn content_may_come_in_parts() {
    let content = json!([
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "yes"},
        {"type": "reference", "reference_ids": [1]},
    ]);
    let answer = whole(&json!({"content": content}), "stop");

    let [thought, text, reference] = answer.message.content.as_slice() else {
        unreachable!()
    };
    assert_eq!(thought.kind, Part::reasoning("hm", ReasoningForm::Full).kind);
    assert_eq!(text.kind, PartKind::Text("yes".to_owned()));
    assert!(matches!(&reference.kind, PartKind::Opaque(block) if block.kind == "reference"));
}

#[test]
fn citations_are_counted_in_characters() {
    let cited = |start: u32, end: u32| {
        json!({"type": "url_citation", "url_citation":
        {"url": "https://a.org", "title": "A", "start_index": start, "end_index": end}})
    };
    let early = json!({"annotations": [cited(0, 0), cited(2, 4)]});
    let deltas = [early, json!({"content": "Gr"}), json!({"content": "üße"})];
    let answer = stream(&deltas, "stop");

    let citations = &answer.message.content[0].citations;
    let ranges: Vec<_> = citations
        .iter()
        .map(|citation| (citation.start_byte, citation.end_byte))
        .collect();
    assert_eq!(ranges, [(0, 0), (2, 6)]);
}

#[test]
fn addresses_listed_for_the_whole_answer_are_cited_once() {
    let chunk = |content: &str, finish: Option<&str>| {
        let choice = json!({"delta": {"content": content}, "finish_reason": finish});
        format!(
            "data: {}\n\n",
            json!({"choices": [choice], "citations": ["https://a.org", "https://b.org"]})
        )
    };
    let answer = run(&(chunk("a", None) + &chunk("b", Some("stop")))).unwrap();

    let urls: Vec<_> = answer.message.content[0]
        .citations
        .iter()
        .map(|citation| match &citation.source {
            Some(CitationSource::Web { url, .. }) => url.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(urls, ["https://a.org", "https://b.org"]);
}

#[test]
fn images_and_audio_are_media() {
    let images = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}}]);
    let drawn = whole(&json!({"content": "here", "images": images}), "stop");
    let spoken = stream(
        &[
            json!({"audio": {"id": "a1", "transcript": "hel"}}),
            json!({"audio": {"data": "YWJ"}}),
            json!({"audio": {"data": "j", "transcript": "lo"}}),
        ],
        "stop",
    );

    let bytes = |part: &Part| {
        let PartKind::Media(media) = &part.kind else {
            unreachable!()
        };
        let MediaSource::Data(bytes) = &media.source else {
            unreachable!()
        };
        (media.mime_type.clone(), bytes.clone())
    };
    assert_eq!(
        bytes(&drawn.message.content[1]),
        ("image/png".to_owned(), "abc".into())
    );
    assert_eq!(spoken.message.content[0].kind, PartKind::Text("hello".to_owned()));
    assert_eq!(
        bytes(&spoken.message.content[1]),
        ("audio/pcm".to_owned(), "abc".into())
    );
    assert!(spoken.message.content[1].provider_state.is_some());
}

#[test]
fn members_of_the_message_that_go_back_are_hidden_reasoning() {
    let message = json!({"content": "yes", "extra_content": {"g": {"sig": "s="}}});
    let answer = whole(&message, "stop");

    let hidden = &answer.message.content[1];
    assert_eq!(hidden.kind, Part::reasoning("", ReasoningForm::Hidden).kind);
    let state = hidden.state_of("p").unwrap();
    assert_eq!(state, br#"{"message":{"extra_content":{"g":{"sig":"s="}}}}"#);
}

#[test]
fn errors_inside_answers_are_failures() {
    let failed = |body: &str| match run(body) {
        Err(DecodeError::Provider(failure)) => (failure.reason, failure.code),
        other => panic!("{body}: {other:?}"),
    };
    let half = r#"data: {"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]}"#;

    for (body, expected) in [
        (
            r#"{"error":{"message":"no","code":429}}"#.to_owned(),
            (Reason::ProviderRateLimited, "429"),
        ),
        (
            r#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#.to_owned(),
            (Reason::ProviderUnavailable, "overloaded_error"),
        ),
        (
            r#"{"error":{"type":"invalid_request_error","message":"no"}}"#.to_owned(),
            (Reason::ProviderRejected, "invalid_request_error"),
        ),
        (
            r#"{"error":"prompt is too long"}"#.to_owned(),
            (Reason::ContextTooLong, ""),
        ),
        (
            r#"{"code":"x","error":"no"}"#.to_owned(),
            (Reason::ProviderUnavailable, "x"),
        ),
        (
            r#"data: {"object":"error","message":"no","code":400}"#.to_owned(),
            (Reason::ProviderRejected, "400"),
        ),
        (
            format!(
                "{half}\n\ndata: {}\n\n",
                r#"{"choices":[],"error":{"code":502,"message":"no"}}"#
            ),
            (Reason::ProviderUnavailable, "502"),
        ),
        (
            r#"data: {"choices":[{"delta":{},"finish_reason":"error","error":{"code":503,"message":"no"}}]}"#
                .to_owned(),
            (Reason::ProviderUnavailable, "503"),
        ),
    ] {
        let (reason, code) = failed(&body);
        assert_eq!((reason, code.as_str()), expected, "{body}");
    }
}

#[test]
fn late_and_empty_chunks_change_nothing() {
    let body = [
        r#"data: {"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}],"usage":null}"#,
        r#"data: {"choices":[{"delta":{"content":"a"}}]}"#,
        r#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        r#"data: {"choices":[],"usage":{"prompt_tokens":1.0,"completion_tokens":2}}"#,
        r#"data: {"choices":[],"usage":null}"#,
        r#"data: {"object":"ping"}"#,
        "data: [DONE]\n\n",
    ];
    let answer = run(&body.join("\n\n")).unwrap();

    assert_eq!(answer.usage.input_tokens, Some(1));
    assert_eq!(answer.usage.output_tokens, Some(2));
    assert_eq!(reason(&answer), FinishReason::Stop);
    assert_eq!(
        run("data: {\"choices\":[]}\n\ndata: [DONE]\n\n"),
        Err(DecodeError::Truncated)
    );
}

#[test]
fn a_message_beside_the_delta_is_not_read_twice() {
    let chunk = |delta: &str, whole: &str, finish: Option<&str>| {
        let choice =
            json!({"delta": {"content": delta}, "message": {"content": whole}, "finish_reason": finish});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    let answer = run(&(chunk("a", "a", None) + &chunk("b", "ab", Some("stop")))).unwrap();

    assert_eq!(answer.message.content[0].kind, PartKind::Text("ab".to_owned()));
}

#[test]
fn logprobs_come_with_their_text() {
    let body = r#"data: {"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"b","logprob":-1}]}]}}]}

"#;
    let mut pump = Pump::new(&DIALECT, context(), 1 << 20);
    let mut events = Vec::new();
    pump.push(body.as_bytes(), &mut events).unwrap();

    let Some(AnswerEvent::TextDelta(_, delta)) = events.get(1) else {
        unreachable!()
    };
    let token = &delta.logprobs[0];
    assert_eq!(
        (token.token.as_str(), token.logprob, token.bytes.as_slice()),
        ("a", -0.5, &[97_u8][..])
    );
    assert_eq!(token.alternatives[0].token, "b");
}

#[test]
fn usage_in_a_vendor_s_own_member_counts_where_there_is_no_other() {
    let last = |usage: Value| {
        let mut chunk = json!({
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            "x_groq": {
                "id": "req_1",
                "usage": {"prompt_tokens": 18, "completion_tokens": 7, "total_tokens": 25, "total_time": 0.05},
            },
        });
        chunk["usage"] = usage;
        chunk
    };
    let first = json!({
        "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": null}],
        "x_groq": {"id": "req_1"},
    });
    let tokens = |chunks: &[&Value]| {
        let frames: Vec<_> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
        let usage = run(&frames.concat()).unwrap().usage;
        (usage.input_tokens, usage.output_tokens)
    };

    assert_eq!(tokens(&[&first, &last(Value::Null)]), (Some(18), Some(7)));
    let own = json!({"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29});
    assert_eq!(tokens(&[&first, &last(own.clone())]), (Some(20), Some(9)));
    let own = json!({"choices": [], "usage": own});
    assert_eq!(tokens(&[&first, &own, &last(Value::Null)]), (Some(20), Some(9)));
}
