//! What no recording shows of answers and errors.

use super::*;

fn stream(frames: &[Value]) -> (Answer, Result<(), DecodeError>) {
    stream_about(Vec::new(), frames)
}

/// The answer to a request that holds these documents.
fn stream_about(documents: Vec<u32>, frames: &[Value]) -> (Answer, Result<(), DecodeError>) {
    let context = DecodeContext {
        provider: "p".to_owned(),
        include_raw: false,
        documents,
    };
    let mut pump = Pump::new(&DIALECT, context, 1 << 20);
    let mut events = Vec::new();
    let mut run = || {
        for frame in frames {
            let kind = frame["type"].as_str().unwrap();
            pump.push(
                format!("event: {kind}\ndata: {frame}\n\n").as_bytes(),
                &mut events,
            )?;
        }
        pump.eof(&mut events)
    };
    let result = run();
    if result.is_err() {
        pump.abandon(&mut events);
    }
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    (fold.into_answer(), result)
}

fn started(block: &Value) -> Value {
    json!({"type": "content_block_start", "index": 0, "content_block": block})
}

fn delta(delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": 0, "delta": delta})
}

fn stopped() -> Value {
    json!({"type": "content_block_stop", "index": 0})
}

fn ended(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 3}})
}

#[test]
fn a_cut_call_is_incomplete_though_its_block_has_stopped() {
    let call = started(&json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}));
    let fragment = delta(&json!({"type": "input_json_delta", "partial_json": "{\"a\":"}));

    let (answer, result) = stream(&[call, fragment, stopped(), ended("max_tokens")]);

    assert_eq!(result, Ok(()));
    assert!(answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::MaxTokens);
}

#[test]
fn a_call_the_provider_runs_is_cut_like_any_other() {
    let call = |input: &[Value]| {
        let start =
            started(&json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}));
        let frames: Vec<Value> = [start].iter().chain(input).cloned().collect();
        let (answer, _) = stream(&[frames, vec![stopped(), ended("max_tokens")]].concat());
        answer.message.content[0].clone()
    };
    let cut = call(&[delta(
        &json!({"type": "input_json_delta", "partial_json": "{\"q\":"}),
    )]);
    let PartKind::ToolCall(tool_call) = &cut.kind else {
        panic!("{cut:?}")
    };
    assert_eq!(
        (tool_call.arguments_json.as_str(), cut.incomplete),
        ("{\"q\":", true)
    );

    let bare = call(&[]);
    let PartKind::ToolCall(tool_call) = &bare.kind else {
        panic!("{bare:?}")
    };
    assert_eq!(
        (tool_call.arguments_json.as_str(), bare.incomplete),
        ("{}", false)
    );
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    let call = started(&json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}));
    let (answer, _) = stream(&[call, stopped(), ended("tool_use")]);
    let PartKind::ToolCall(call) = &answer.message.content[0].kind else {
        panic!("{:?}", answer.message)
    };
    assert_eq!(call.arguments_json, "{}");
    assert!(!answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::ToolCalls);
}

#[test]
fn thinking_without_text_is_hidden_and_keeps_its_signature() {
    let thinking = started(&json!({"type": "thinking", "thinking": "", "signature": ""}));
    let signature = delta(&json!({"type": "signature_delta", "signature": "c2ln"}));

    let (answer, _) = stream(&[thinking, signature, stopped(), ended("end_turn")]);

    let part = &answer.message.content[0];
    let PartKind::Reasoning(reasoning) = &part.kind else {
        panic!("{part:?}")
    };
    assert_eq!(reasoning.form, ReasoningForm::Hidden);
    assert_eq!(part.state_of("p"), Some(&br#"{"signature":"c2ln"}"#[..]));
}

#[test]
fn stop_reasons_are_read() {
    for (word, reason) in [
        ("end_turn", FinishReason::Stop),
        ("pause_turn", FinishReason::Paused),
        ("refusal", FinishReason::Refusal),
        ("model_context_window_exceeded", FinishReason::ContextFull),
        ("tool_use", FinishReason::Stop),
        ("brand_new", FinishReason::Other),
    ] {
        let (answer, _) = stream(&[ended(word)]);
        let finish = answer.finish.unwrap();
        assert_eq!((finish.reason, finish.raw_reason.as_str()), (reason, word));
    }
}

#[test]
fn citations_point_into_documents() {
    let cited = |citation: Value| {
        let text = started(&json!({"type": "text", "text": ""}));
        let citation = delta(&json!({"type": "citations_delta", "citation": citation}));
        let words = delta(&json!({"type": "text_delta", "text": "so"}));
        let (answer, _) = stream(&[text, citation, words, stopped(), ended("end_turn")]);
        answer.message.content[0].citations[0].source.clone().unwrap()
    };
    let page = json!({"type": "page_location", "document_index": 1, "document_title": "d",
                      "start_page_number": 2, "end_page_number": 4});
    let document = |title: &str, first_page, last_page| CitationSource::Document {
        title: title.to_owned(),
        media_index: 1,
        first_page,
        last_page,
    };
    assert_eq!(cited(page), document("d", 2, 3));
    let block = json!({"type": "content_block_location", "document_index": 1, "document_title": null,
                       "start_block_index": 0, "end_block_index": 1});
    assert_eq!(cited(block), document("", 0, 0));
}

#[test]
fn a_cited_document_is_found_among_all_media_of_the_request() {
    let pdf = || media("application/pdf", MediaSource::Data(Bytes::from_static(b"abc")));
    let image = || media("image/png", MediaSource::Data(Bytes::from_static(b"abc")));
    let run_elsewhere = || {
        let Part { kind, .. } = tool_result("s", vec![image()], false);
        Part::new(kind)
    };
    // In front of a turn go the results, and not every medium is a document.
    let call = chat(vec![
        message(Role::User, vec![image(), pdf()]),
        message(
            Role::Assistant,
            vec![run_elsewhere(), tool_call("t", "{}"), tool_call("u", "{}")],
        ),
        message(Role::User, vec![pdf(), Part::text("and these?")]),
        message(
            Role::Tool,
            vec![
                tool_result("t", vec![image(), pdf()], false),
                tool_result("u", vec![pdf()], false),
            ],
        ),
    ]);
    let documents = try_encode(&call, ADAPTIVE).unwrap().request.documents;
    assert_eq!(documents, [1, 5, 6, 3]);

    let text = started(&json!({"type": "text", "text": "so"}));
    let location = json!({"type": "char_location", "document_index": 2, "document_title": "d"});
    let citation = delta(&json!({"type": "citations_delta", "citation": location}));
    let (answer, _) = stream_about(documents, &[text, citation, stopped(), ended("end_turn")]);
    let Some(CitationSource::Document { media_index, .. }) = answer.message.content[0].citations[0].source
    else {
        panic!("{answer:?}")
    };
    assert_eq!(media_index, 6);
}

#[test]
fn an_error_in_mid_stream_ends_it_with_what_came_so_far() {
    let text = started(&json!({"type": "text", "text": "so far"}));
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});

    let (answer, result) = stream(&[text, error]);

    let Err(DecodeError::Provider(failure)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(failure.reason, Reason::ProviderUnavailable);
    assert_eq!(
        answer.message.content[0].kind,
        PartKind::Text("so far".to_owned())
    );
    assert!(answer.message.content[0].incomplete);
}

const INVALID: &str = "invalid_request_error";

/// Status, type and message of refusals, and the most specific reason for each.
const REFUSALS: &[(u16, &str, &str, Reason)] = &[
    (
        400,
        INVALID,
        "Your credit balance is too low to access the API",
        Reason::ProviderQuotaExhausted,
    ),
    (
        400,
        INVALID,
        "You have reached your specified API usage limits.",
        Reason::ProviderQuotaExhausted,
    ),
    (403, "billing_error", "pay", Reason::ProviderQuotaExhausted),
    (
        400,
        INVALID,
        "messages.0.content.0.image: Could not process image",
        Reason::MediaUnreadable,
    ),
    (
        400,
        INVALID,
        "The PDF specified was not valid.",
        Reason::MediaUnreadable,
    ),
    (
        400,
        INVALID,
        "Unable to download the file. Please verify the URL.",
        Reason::MediaUnreadable,
    ),
    (
        400,
        INVALID,
        "image exceeds 5 MB maximum: 6 bytes > 5 bytes",
        Reason::MediaUnreadable,
    ),
    (
        400,
        INVALID,
        "Output blocked by content filtering policy",
        Reason::PromptBlocked,
    ),
    (
        400,
        INVALID,
        "'claude-3' does not support image input",
        Reason::Unsupported,
    ),
    (
        400,
        INVALID,
        "max_tokens: 9 > 4, which is the maximum allowed",
        Reason::ProviderRejected,
    ),
    (403, "permission_error", "no", Reason::ProviderAuthFailed),
    (
        404,
        "not_found_error",
        "File not found: file_1",
        Reason::MediaUnreadable,
    ),
    (
        404,
        "not_found_error",
        "container container_1",
        Reason::ProviderRejected,
    ),
    (
        413,
        "request_too_large",
        "Request exceeds the maximum size",
        Reason::MessageTooLarge,
    ),
    (
        429,
        "rate_limit_error",
        "This request would exceed",
        Reason::ProviderRateLimited,
    ),
    (
        500,
        "api_error",
        "Internal server error",
        Reason::ProviderUnavailable,
    ),
    (504, "timeout_error", "too long", Reason::ProviderTimeout),
    (529, "overloaded_error", "Overloaded", Reason::ProviderUnavailable),
];

fn classify(status: u16, kind: &str, message: &str) -> Failure {
    let body = json!({"type": "error", "error": {"type": kind, "message": message}});
    DIALECT.classify(status, &http::HeaderMap::new(), body.to_string().as_bytes())
}

#[test]
fn errors_are_told_apart_by_what_they_say() {
    for (status, kind, message, reason) in REFUSALS {
        let failure = classify(*status, kind, message);
        assert_eq!(
            (failure.reason, failure.code.as_str()),
            (*reason, *kind),
            "{message}"
        );
    }
}

#[test]
fn a_prompt_that_is_too_long_says_by_how_much() {
    let long = classify(400, INVALID, "prompt is too long: 207368 tokens > 200000 maximum");
    assert_eq!(long.reason, Reason::ContextTooLong);
    let counts = vec![
        ("inputTokens", "207368".to_owned()),
        ("contextWindowTokens", "200000".to_owned()),
    ];
    assert_eq!(long.metadata, counts);
    let message = "input length and `max_tokens` exceed context limit: 207368 + 8192 > 200000, decrease";
    assert_eq!(classify(400, INVALID, message).metadata, counts);
}

#[test]
fn bodies_that_are_no_json_are_judged_by_status() {
    let page = b"<html><body>502 Bad Gateway</body></html>";
    let failure = DIALECT.classify(502, &http::HeaderMap::new(), page);
    assert_eq!(failure.reason, Reason::ProviderUnavailable);
    assert_eq!(failure.http_status, 502);
}

#[test]
fn a_whole_answer_may_be_an_error() {
    let body = br#"{"type":"error","error":{"type":"api_error","message":"Internal server error"}}"#;
    let context = DecodeContext {
        provider: "p".to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };

    let result = DIALECT.decode_whole(context, body, &mut Vec::new());

    let Err(DecodeError::Provider(failure)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(
        (failure.reason, failure.http_status),
        (Reason::ProviderUnavailable, 200)
    );
}

#[test]
fn results_of_the_providers_tools_can_be_read() {
    let result = |block: Value| {
        let (answer, _) = stream(&[started(&block), stopped(), ended("end_turn")]);
        let part = answer.message.content[0].clone();
        assert_eq!(part.state_of("p"), Some(block.to_string().as_bytes()));
        let PartKind::ToolResult(result) = part.kind else {
            panic!("{block}")
        };
        result
    };
    let page = json!({"type": "web_search_result", "url": "u", "encrypted_content": "xyz"});
    let search = result(json!({"type": "web_search_tool_result", "tool_use_id": "s", "content": [page]}));
    assert_eq!(
        search.content,
        [Part::text(r#"[{"type":"web_search_result","url":"u"}]"#)]
    );

    let error = json!({"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"});
    assert!(result(json!({"type": "web_search_tool_result", "tool_use_id": "s", "content": error})).is_error);

    let source = json!({"type": "base64", "media_type": "application/pdf", "data": "YWJj"});
    let fetched = json!({"type": "web_fetch_result", "content": {"type": "document", "source": source}});
    let fetch = result(json!({"type": "web_fetch_tool_result", "tool_use_id": "f", "content": fetched}));
    let PartKind::Media(file) = &fetch.content[1].kind else {
        panic!("{fetch:?}")
    };
    assert_eq!(file.source, MediaSource::Data(Bytes::from_static(b"abc")));
}
