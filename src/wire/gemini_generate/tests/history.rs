//! Messages as turns.

use super::*;

#[test]
fn instructions_have_one_place() {
    let call = call(vec![
        said(Role::System, "a"),
        said(Role::System, "b"),
        said(Role::User, "hi"),
        said(Role::System, "late"),
    ]);

    let (body, warnings) = encoded(&call, FLASH_2_5);

    assert_eq!(
        body["systemInstruction"],
        json!({"parts": [{"text": "a"}, {"text": "b"}, {"text": "late"}]})
    );
    assert_eq!(body["contents"].as_array().unwrap().len(), 1);
    assert_eq!(warnings, ["messages[3]"]);
}

#[test]
fn instructions_are_text_and_not_all_there_is() {
    let image = media("image/png", MediaSource::Data(Bytes::from_static(b"x")));
    let with_image = call(vec![message(Role::System, vec![image]), said(Role::User, "hi")]);

    assert_eq!(
        refused_field(&with_image, FLASH_2_5),
        "unsupported messages[0].content[0]"
    );
    assert_eq!(
        refused_field(&call(vec![said(Role::System, "a")]), FLASH_2_5),
        "unsupported messages"
    );
}

#[test]
fn results_go_into_one_turn_in_the_order_of_the_calls() {
    let mut failed = tool_result("call_gg_r_2", vec![Part::text("no such city")]);
    if let PartKind::ToolResult(result) = &mut failed.kind {
        result.is_error = true;
    }
    let call = call(vec![
        said(Role::User, "weather?"),
        message(
            Role::Assistant,
            vec![
                tool_call("a1", "weather", r#"{"city":"Rome"}"#),
                tool_call("call_gg_r_2", "time", ""),
            ],
        ),
        message(Role::Tool, vec![failed]),
        message(
            Role::Tool,
            vec![tool_result("a1", vec![Part::text(r#"{"sky":"blue"}"#)])],
        ),
        said(Role::User, "so?"),
    ]);

    // Ids that were made up here are not the provider's: they stay here.
    assert_eq!(
        body(&call, FLASH_2_5)["contents"],
        json!([
            {"role": "user", "parts": [{"text": "weather?"}]},
            {"role": "model", "parts": [
                {"functionCall": {"id": "a1", "name": "weather", "args": {"city": "Rome"}}},
                {"functionCall": {"name": "time", "args": {}}},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "a1", "name": "weather", "response": {"output": "{\"sky\":\"blue\"}"}}},
                {"functionResponse": {"name": "time", "response": {"error": "no such city"}}},
            ]},
            {"role": "user", "parts": [{"text": "so?"}]},
        ])
    );
}

#[test]
fn media_in_results_go_where_the_model_takes_them() {
    let pdf = media("application/pdf", MediaSource::Data(Bytes::from_static(b"pdf")));
    let sound = media("audio/wav", MediaSource::Data(Bytes::from_static(b"wav")));
    let call = call(vec![
        message(Role::Assistant, vec![tool_call("a1", "read", "{}")]),
        message(
            Role::Tool,
            vec![tool_result("a1", vec![Part::text("here"), pdf, sound])],
        ),
        said(Role::User, "so?"),
    ]);
    let pdf = json!({"inlineData": {"mimeType": "application/pdf", "data": "cGRm"}});
    let sound = json!({"inlineData": {"mimeType": "audio/wav", "data": "d2F2"}});
    let response = |parts: Option<Value>| {
        let mut response = json!({"id": "a1", "name": "read", "response": {"output": "here"}});
        if let Some(parts) = parts {
            response["parts"] = parts;
        }
        json!({ "functionResponse": response })
    };

    assert_eq!(
        body(&call, FLASH_3)["contents"][1]["parts"],
        json!([response(Some(json!([pdf]))), sound])
    );
    assert_eq!(
        body(&call, FLASH_2_5)["contents"][1]["parts"],
        json!([response(None), pdf, sound])
    );
}

#[test]
fn a_result_needs_a_name_and_a_call_that_is_sent() {
    let lost = call(vec![message(Role::Tool, vec![tool_result("x", vec![])])]);
    assert_eq!(
        refused_field(&lost, FLASH_2_5),
        "invalid messages[0].content[0].tool_result.name"
    );

    let mut cut = tool_call("a1", "read", r#"{"pa"#);
    cut.incomplete = true;
    let call = call(vec![
        said(Role::User, "hi"),
        message(Role::Assistant, vec![Part::text("I will"), cut]),
        message(Role::Tool, vec![tool_result("a1", vec![])]),
    ]);
    let (body, warnings) = encoded(&call, FLASH_2_5);
    assert_eq!(
        body["contents"][1],
        json!({"role": "model", "parts": [{"text": "I will"}]})
    );
    assert_eq!(body["contents"].as_array().unwrap().len(), 2);
    assert_eq!(warnings, ["messages[1].content[1]", "messages[2].content[0]"]);
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    for arguments in ["[1]", "{", "\"x\""] {
        let call = call(vec![message(
            Role::Assistant,
            vec![tool_call("a", "f", arguments)],
        )]);
        assert_eq!(
            refused_field(&call, FLASH_2_5),
            "invalid messages[0].content[0].tool_call.arguments_json"
        );
    }
}

#[test]
fn state_goes_back_to_its_provider_only() {
    let with = |mut part: Part, provider: &str, data: &Value| {
        part.provider_state = Some(state(provider, data));
        part
    };
    let signed = json!({"thoughtSignature": "c2ln/+=="});
    let own_thought = json!({"thought": true, "thoughtSignature": "dA=="});
    let ran = json!({"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "cg=="});
    let mut code = tool_call("c", "code_execution", "{}");
    if let PartKind::ToolCall(call) = &mut code.kind {
        call.provider_executed = true;
    }
    let parts = |provider: &str| {
        vec![
            with(
                Part::reasoning("why", ReasoningForm::Summary),
                provider,
                &own_thought,
            ),
            with(code.clone(), provider, &ran),
            with(Part::text("so"), provider, &signed),
            with(Part::text(""), provider, &signed),
            with(tool_call("a1", "f", "{}"), provider, &signed),
        ]
    };
    let call = |provider: &str| {
        call(vec![
            said(Role::User, "hi"),
            message(Role::Assistant, parts(provider)),
        ])
    };

    assert_eq!(
        body(&call("here"), FLASH_3)["contents"][1]["parts"],
        json!([
            {"text": "why", "thought": true, "thoughtSignature": "dA=="},
            {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "cg=="},
            {"text": "so", "thoughtSignature": "c2ln/+=="},
            {"text": "", "thoughtSignature": "c2ln/+=="},
            {"functionCall": {"id": "a1", "name": "f", "args": {}}, "thoughtSignature": "c2ln/+=="},
        ])
    );
    let (body, warnings) = encoded(&call("there"), FLASH_2_5);
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"text": "so"}, {"functionCall": {"id": "a1", "name": "f", "args": {}}}])
    );
    assert_eq!(
        warnings,
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "messages[1].content[2].provider_state",
            "messages[1].content[3]",
            "messages[1].content[4].provider_state",
        ]
    );
}

#[test]
fn unsigned_calls_of_the_turn_under_way_are_marked_where_the_model_wants_them_signed() {
    let calls = || {
        message(
            Role::Assistant,
            vec![tool_call("a1", "f", "{}"), tool_call("a2", "f", "{}")],
        )
    };
    let results = || {
        message(
            Role::Tool,
            vec![tool_result("a1", vec![]), tool_result("a2", vec![])],
        )
    };
    let call = call(vec![
        said(Role::User, "first"),
        calls(),
        results(),
        said(Role::User, "second"),
        calls(),
        results(),
    ]);
    let signatures = |model: &str| {
        let (body, warnings) = encoded(&call, model);
        let contents = body["contents"].as_array().unwrap().clone();
        let turns = contents.into_iter().filter(|content| content["role"] == "model");
        let parts = turns.flat_map(|turn| turn["parts"].as_array().unwrap().clone());
        let signed = parts.map(|part| part["thoughtSignature"].is_string());
        (signed.collect::<Vec<bool>>(), warnings.join(" "))
    };

    assert_eq!(
        signatures(FLASH_3),
        (
            vec![false, false, true, false],
            "messages[4].content[0].provider_state".to_owned()
        )
    );
    assert_eq!(signatures(FLASH_2_5), (vec![false; 4], String::new()));
}

#[test]
fn opaque_blocks_go_back_to_their_provider_only() {
    let opaque = |provider: &str, kind: &str| {
        Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: kind.to_owned(),
            payload_json: r#"{"hologram":{"z":1,"a":2}}"#.to_owned(),
        }))
    };
    let call = call(vec![
        said(Role::User, "hi"),
        message(
            Role::Assistant,
            vec![
                opaque("here", "hologram"),
                opaque("there", "hologram"),
                // What an answer says of its sources is not taken back.
                opaque("here", "groundingMetadata"),
            ],
        ),
    ]);

    let (body, warnings) = encoded(&call, FLASH_2_5);

    assert_eq!(
        body["contents"][1]["parts"].to_string(),
        r#"[{"hologram":{"z":1,"a":2}}]"#
    );
    assert_eq!(warnings, ["messages[1].content[1]"]);
}

#[test]
fn media_come_as_bytes_urls_and_files() {
    let file = |provider: &str, id: &str| {
        let source = MediaSource::File {
            provider: provider.to_owned(),
            id: id.to_owned(),
        };
        media("video/mp4", source)
    };
    let url = |url: &str| media("", MediaSource::Url(url.to_owned()));
    let mut clip = url("https://youtu.be/x");
    clip.provider_options = options("here", json!({"videoMetadata": {"startOffset": "2s"}}));
    let parts = vec![
        media("image/png", MediaSource::Data(Bytes::from_static(&[0xfb, 0xff]))),
        clip,
        file("here", "files/abc"),
        file("here", "https://x.test/v1beta/files/abc"),
    ];
    let call_of = |parts| call(vec![message(Role::User, parts)]);

    assert_eq!(
        body(&call_of(parts), FLASH_2_5)["contents"][0]["parts"],
        json!([
            {"inlineData": {"mimeType": "image/png", "data": "+/8="}},
            {"fileData": {"fileUri": "https://youtu.be/x"}, "videoMetadata": {"startOffset": "2s"}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": format!("{}files/abc", DIALECT.files_url)}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.test/v1beta/files/abc"}},
        ])
    );
    assert_eq!(
        refused_field(&call_of(vec![file("there", "f")]), FLASH_2_5),
        "unsupported messages[0].content[0].media.file"
    );
    let page = || call_of(vec![url("https://x.test/a.png")]);
    assert_eq!(
        refused_field(&page(), "gemini-2.0-flash"),
        "unsupported messages[0].content[0].media.url"
    );
    assert!(try_encode(&page(), FLASH_2_5).is_ok());
}

#[test]
fn results_stay_together_whatever_comes_between() {
    let call = call(vec![
        message(
            Role::Assistant,
            vec![tool_call("a1", "f", "{}"), tool_call("a2", "g", "{}")],
        ),
        message(Role::Tool, vec![tool_result("a1", vec![])]),
        said(Role::System, "hurry"),
        message(Role::Tool, vec![tool_result("a2", vec![])]),
        message(Role::User, vec![tool_result("a1", vec![]), Part::text("and?")]),
    ]);

    let (body, _) = encoded(&call, FLASH_2_5);

    let lengths: Vec<usize> = body["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|content| content["parts"].as_array().unwrap().len())
        .collect();
    assert_eq!(lengths, [2, 2, 1, 1]);
}
