//! Answers that no recording has.

use super::*;

fn decoded(body: &Value) -> Result<Answer, DecodeError> {
    let context = DecodeContext {
        provider: "here".to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };
    let mut events = Vec::new();
    DIALECT.decode_whole(context, body.to_string().as_bytes(), &mut events)?;
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    Ok(fold.into_answer())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "every caller makes the values in place"
)]
fn chunk(parts: Value, rest: Value) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}});
    candidate
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    json!({"candidates": [candidate], "responseId": "r"})
}

fn stopped(parts: Value) -> Value {
    chunk(parts, json!({"finishReason": "STOP"}))
}

#[test]
fn a_signature_keeps_its_part_apart() {
    let answer = decoded(&json!([
        chunk(json!([{"text": "a"}]), json!({})),
        chunk(json!([{"text": "b"}]), json!({})),
        chunk(json!([{"text": "", "thoughtSignature": "s1"}]), json!({})),
        chunk(
            json!([{"text": "c", "thoughtSignature": "s2"}, {"text": "d"}]),
            json!({})
        ),
        stopped(json!([{"text": ""}])),
    ]))
    .unwrap();

    let parts: Vec<(&PartKind, Option<&[u8]>)> = answer
        .message
        .content
        .iter()
        .map(|part| (&part.kind, part.state_of("here")))
        .collect();
    let text = |text: &str| PartKind::Text(text.to_owned());
    assert_eq!(
        parts,
        [
            (&text("ab"), None),
            (&text(""), Some(&br#"{"thoughtSignature":"s1"}"#[..])),
            (&text("c"), Some(&br#"{"thoughtSignature":"s2"}"#[..])),
            (&text("d"), None),
        ]
    );
}

#[test]
fn thoughts_and_text_take_turns() {
    let answer = decoded(&json!([
        chunk(json!([{"text": "a", "thought": true}]), json!({})),
        chunk(json!([{"text": "b", "thought": true}, {"text": "c"}]), json!({})),
        chunk(
            json!([{"text": "d", "thought": true, "thoughtSignature": "s"}]),
            json!({})
        ),
        stopped(json!([{"text": "e"}, {"text": "", "thought": true, "thoughtSignature": "t"}])),
    ]))
    .unwrap();

    let parts: Vec<(&str, Option<ReasoningForm>)> = answer
        .message
        .content
        .iter()
        .map(|part| {
            if let PartKind::Reasoning(reasoning) = &part.kind {
                return (reasoning.text.as_str(), Some(reasoning.form));
            }
            let PartKind::Text(text) = &part.kind else {
                panic!("{part:?}")
            };
            (text.as_str(), None)
        })
        .collect();
    let summary = Some(ReasoningForm::Summary);
    assert_eq!(
        parts,
        [
            ("ab", summary),
            ("c", None),
            ("d", summary),
            ("e", None),
            ("", Some(ReasoningForm::Hidden)),
        ]
    );
}

#[test]
fn usage_is_the_last_word_and_all_of_it() {
    let mut first = chunk(json!([{"text": "a"}]), json!({}));
    first["usageMetadata"] =
        json!({"promptTokenCount": 9, "candidatesTokenCount": 15, "thoughtsTokenCount": 78});
    let mut last = chunk(json!([]), json!({"finishReason": 1}));
    last["usageMetadata"] = json!({
        "promptTokenCount": 10.0,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": null,
        "thoughtsTokenCount": 3,
        "cachedContentTokenCount": 4,
        "promptTokensDetails": [{"modality": 2, "tokenCount": 6}, {"modality": "AUDIO", "tokenCount": 1}],
        "toolUsePromptTokensDetails": [{"modality": "IMAGE", "tokenCount": 1}],
        "serviceTier": "priority",
    });
    let mut after = json!({"responseId": "r"});
    after["usageMetadata"] = json!({"trafficType": "ON_DEMAND"});

    let answer = decoded(&json!([first, last, after])).unwrap();

    let expected = Usage {
        input_tokens: Some(15),
        output_tokens: Some(3),
        cache_read_tokens: Some(4),
        reasoning_tokens: Some(3),
        input_image_tokens: Some(7),
        input_audio_tokens: Some(1),
        ..Usage::default()
    };
    assert_eq!(answer.usage, expected);
    let finish = answer.finish.unwrap();
    assert_eq!(
        (finish.reason, finish.raw_reason.as_str()),
        (FinishReason::Stop, "1")
    );
    assert_eq!(finish.service_tier, Some(ServiceTier::Priority));
    assert_eq!(finish.response_id.as_deref(), Some("r"));
}

#[test]
fn ids_are_made_up_once_and_alike() {
    let ids = |body: &Value| {
        let answer = decoded(body).unwrap();
        let calls = answer.message.content.into_iter().filter_map(|part| {
            let PartKind::ToolCall(call) = part.kind else {
                return None;
            };
            Some(call.id)
        });
        calls.collect::<Vec<String>>()
    };
    let two = json!([{"functionCall": {"name": "f"}}, {"functionCall": {"name": "f", "args": {}}}]);
    let mut nameless = stopped(two.clone());
    nameless.as_object_mut().unwrap().remove("responseId");

    assert_eq!(ids(&stopped(two)), ["call_gg_r_1", "call_gg_r_2"]);
    let made_up = ids(&nameless);
    assert_eq!(made_up, ids(&nameless));
    assert_ne!(made_up[0], made_up[1]);
}

#[test]
fn calls_make_the_finish_reason_unless_the_answer_was_cut() {
    let reason = |word: &str| {
        let parts = json!([{"functionCall": {"name": "f", "args": {"a": 1}}}]);
        let answer = decoded(&chunk(parts, json!({ "finishReason": word }))).unwrap();
        answer.finish.unwrap().reason
    };

    assert_eq!(reason("STOP"), FinishReason::ToolCalls);
    assert_eq!(reason("MAX_TOKENS"), FinishReason::MaxTokens);
    assert_eq!(reason("SAFETY"), FinishReason::ContentFilter);
    assert_eq!(reason("WHAT_IS_THIS"), FinishReason::ToolCalls);
}

#[test]
fn a_call_that_something_else_interrupts_is_cut() {
    let begun = json!({"functionCall": {"name": "f", "willContinue": true}});
    let piece = json!({"functionCall": {
        "partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "willContinue": true}],
        "willContinue": true,
    }});
    let answer = decoded(&stopped(json!([begun, piece, {"text": "but"}]))).unwrap();

    assert!(answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::Stop);
}

#[test]
fn the_part_under_way_is_cut_with_the_answer_and_no_other() {
    let cut = |parts: Value| {
        let answer = decoded(&chunk(parts, json!({"finishReason": "MAX_TOKENS"}))).unwrap();
        let parts = answer.message.content.iter();
        parts.map(|part| part.incomplete).collect::<Vec<bool>>()
    };
    let signed = json!({"text": "", "thoughtSignature": "s"});
    let call = json!({"functionCall": {"name": "f"}});

    assert_eq!(
        cut(json!([{"text": "a", "thought": true}, {"text": "b"}])),
        [false, true]
    );
    assert_eq!(cut(json!([{"text": "a"}, signed])), [true, false]);
    assert_eq!(cut(json!([{"text": "a"}, call])), [false, false]);
    assert_eq!(cut(json!([{"text": "a", "thought": true}])), [true]);
}

#[test]
fn sources_are_found_by_their_words() {
    let grounding = json!({
        "groundingChunks": [
            {"web": {"uri": "https://a.test", "title": "A"}},
            {"retrievedContext": {"title": "doc", "text": "quoted"}},
        ],
        "groundingSupports": [
            {"segment": {"startIndex": 7, "endIndex": 12, "text": "drüben"}, "groundingChunkIndices": [0, 1, 9]},
            {"segment": {"startIndex": 0, "endIndex": 5}, "groundingChunkIndices": [0]},
            {"segment": {"startIndex": 900, "endIndex": 950, "text": "nowhere"}, "groundingChunkIndices": [0]},
        ],
    });
    let parts = json!([{"text": "thinking", "thought": true}, {"text": "hier ü"}, {"text": "nd drüben"}]);
    let answer = decoded(&chunk(
        parts,
        json!({"finishReason": "STOP", "groundingMetadata": grounding}),
    ))
    .unwrap();

    let web = |start_byte, end_byte| Citation {
        start_byte,
        end_byte,
        source: Some(CitationSource::Web {
            url: "https://a.test".to_owned(),
            title: "A".to_owned(),
        }),
        quote: String::new(),
    };
    let document = Citation {
        source: Some(CitationSource::Web {
            url: String::new(),
            title: "doc".to_owned(),
        }),
        quote: "quoted".to_owned(),
        ..web(10, 17)
    };
    assert_eq!(
        answer.message.content[1].citations,
        [web(10, 17), document, web(0, 5), web(0, 0)]
    );
    let PartKind::Opaque(kept) = &answer.message.content[2].kind else {
        panic!("{:?}", answer.message.content)
    };
    assert_eq!(kept.kind, "groundingMetadata");
    assert_eq!(kept.payload_json, grounding.to_string());
}

#[test]
fn log_probabilities_come_with_their_text() {
    let token = |token: &str| json!({"token": token, "tokenId": 1, "logProbability": -0.5});
    let said = json!({
        "chosenCandidates": [token("hi")],
        "topCandidates": [{"candidates": [token("hi"), token("ho")]}],
    });
    let body = chunk(
        json!([{"text": "hi"}]),
        json!({"finishReason": "STOP", "logprobsResult": said}),
    );
    let context = DecodeContext {
        provider: "here".to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };
    let mut events = Vec::new();
    DIALECT
        .decode_whole(context, body.to_string().as_bytes(), &mut events)
        .unwrap();

    let deltas: Vec<_> = events
        .iter()
        .filter_map(|event| {
            let AnswerEvent::TextDelta(_, delta) = event else {
                return None;
            };
            Some(delta)
        })
        .collect();
    assert_eq!(deltas.len(), 1);
    assert_eq!(deltas[0].text, "hi");
    assert_eq!(deltas[0].logprobs[0].alternatives[1].token, "ho");
}

#[test]
fn media_come_out_and_unknown_parts_are_kept() {
    let answer = decoded(&stopped(json!([
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AAE="}},
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AgM"}},
        {"inlineData": {"mimeType": "image/png", "data": "_-8"}, "thoughtSignature": "s"},
        {"inlineData": {"mimeType": "image/png", "data": "/+8="}, "thought": true},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.test/v"}},
        {"hologram": {"z": 1}},
    ])))
    .unwrap();

    let data = |index: usize| {
        let PartKind::Media(Media {
            source: MediaSource::Data(bytes),
            ..
        }) = &answer.message.content[index].kind
        else {
            panic!("{:?}", answer.message.content)
        };
        bytes.to_vec()
    };
    let kind = |index: usize| {
        let PartKind::Opaque(opaque) = &answer.message.content[index].kind else {
            panic!("{:?}", answer.message.content)
        };
        opaque.kind.clone()
    };
    assert_eq!(data(0), [0, 1, 2, 3]);
    assert_eq!(data(1), [0xff, 0xef]);
    assert!(answer.message.content[1].state_of("here").is_some());
    assert_eq!([kind(2), kind(4)], ["thought", "hologram"]);
    assert_eq!(answer.message.content.len(), 5);
}

#[test]
fn blocked_prompts_errors_and_missing_ends_are_failures() {
    let blocked =
        json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}});
    let failed = json!([
        chunk(json!([{"text": "a"}]), json!({})),
        {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}},
    ]);
    let reason = |body: &Value| {
        let Err(DecodeError::Provider(failure)) = decoded(body) else {
            panic!("no failure in {body}")
        };
        (failure.reason, failure.code)
    };

    assert_eq!(reason(&blocked), (Reason::PromptBlocked, "SAFETY".to_owned()));
    assert_eq!(
        reason(&failed),
        (Reason::ProviderUnavailable, "UNAVAILABLE".to_owned())
    );
    assert_eq!(
        decoded(&chunk(json!([{"text": "a"}]), json!({}))).unwrap_err(),
        DecodeError::Truncated
    );
}
