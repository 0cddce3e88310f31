//! Conversations: turns, state, ids, cache marks.

use super::*;

#[test]
fn a_plain_call_holds_what_the_api_wants_and_no_more() {
    let encoded = try_encode(&hi(), BUDGET).unwrap();

    assert_eq!(encoded.request.path, "/v1/messages");
    assert_eq!(
        header(&encoded, "anthropic-version").as_deref(),
        Some("2023-06-01")
    );
    assert_eq!(header(&encoded, "anthropic-beta"), None);
    assert_eq!(
        encoded.request.body,
        json!({
            "model": BUDGET,
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        })
    );
}

#[test]
fn a_stream_is_asked_for() {
    let target = Target {
        provider: "p",
        model: BUDGET,
    };
    let encoded = DIALECT.encode(&hi(), target, Mode::Stream).unwrap();
    assert_eq!(encoded.request.body["stream"], true);
}

#[test]
fn turns_merge_and_results_come_first() {
    let call = chat(vec![
        system("be kind"),
        user("one"),
        user("two"),
        message(
            Role::Assistant,
            vec![tool_call("a", "{\"x\":1}"), tool_call("b", "")],
        ),
        user("wait"),
        message(Role::Tool, vec![tool_result("a", vec![Part::text("1")], false)]),
        message(Role::Tool, vec![tool_result("b", vec![], true)]),
    ]);

    let body = encode(&call);

    assert_eq!(body["system"], json!([{"type": "text", "text": "be kind"}]));
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "1"}]},
                {"type": "tool_result", "tool_use_id": "b", "is_error": true},
                {"type": "text", "text": "wait"},
            ]},
        ])
    );
}

#[test]
fn later_system_messages_stand_where_the_model_takes_them() {
    let roles = |body: &Value| -> Vec<String> {
        let messages = body["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| message["role"].as_str().unwrap().to_owned())
            .collect()
    };
    let in_place = chat(vec![
        user("a"),
        system("s"),
        assistant("b"),
        user("c"),
        system("t"),
    ]);
    let (body, warnings) = encode_for(ADAPTIVE, &in_place);
    assert_eq!(roles(&body), ["user", "system", "assistant", "user", "system"]);
    assert_eq!(warnings, Vec::<String>::new());

    let before_user = chat(vec![user("a"), assistant("b"), system("s"), user("c")]);
    let (body, warnings) = encode_for(ADAPTIVE, &before_user);
    assert_eq!(roles(&body), ["user", "assistant", "user", "system"]);
    assert_eq!(warnings, ["messages[2]"]);

    let after_assistant = chat(vec![user("a"), assistant("b"), system("s")]);
    let (body, warnings) = encode_for(ADAPTIVE, &after_assistant);
    assert_eq!(roles(&body), ["user", "assistant"]);
    assert_eq!(body["system"][0]["text"], "s");
    assert_eq!(warnings, ["messages[2]"]);

    let (body, warnings) = encode_for(BUDGET, &in_place);
    assert_eq!(roles(&body), ["user", "assistant", "user"]);
    assert_eq!(body["system"][1]["text"], "t");
    assert_eq!(warnings, ["messages[1]", "messages[4]"]);
}

#[test]
fn state_goes_back_to_its_provider_alone() {
    let thinking = Part::reasoning("hm", ReasoningForm::Summary);
    let redacted = Part::reasoning("", ReasoningForm::Hidden);
    let parts = |provider: &str| {
        vec![
            with_state(thinking.clone(), provider, &json!({"signature": "sig"})),
            with_state(
                redacted.clone(),
                provider,
                &json!({"type": "redacted_thinking", "data": "xyz"}),
            ),
            with_state(
                tool_call("a", "{}"),
                provider,
                &json!({"caller": {"type": "direct"}}),
            ),
        ]
    };
    let call = |provider: &str| chat(vec![user("hi"), message(Role::Assistant, parts(provider))]);

    let body = encode(&call("p"));
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {}, "caller": {"type": "direct"}},
        ])
    );

    let (body, warnings) = encode_for(ADAPTIVE, &call("other"));
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "tool_use", "id": "a", "name": "f", "input": {}}])
    );
    assert_eq!(
        warnings,
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "messages[1].content[2].provider_state",
        ]
    );
}

#[test]
fn state_that_was_not_given_out_here_is_refused() {
    let part = with_state(Part::text("a"), "p", &json!("no object"));
    let call = chat(vec![user("hi"), message(Role::Assistant, vec![part])]);
    assert_eq!(refused(&call, BUDGET), "messages[1].content[0].provider_state");
}

#[test]
fn cut_calls_and_their_results_are_not_sent() {
    let mut cut = tool_call("a", "{\"x\":");
    cut.incomplete = true;
    let call = chat(vec![
        user("hi"),
        message(Role::Assistant, vec![Part::text("let me see"), cut]),
        message(Role::Tool, vec![tool_result("a", vec![], true)]),
        user("again"),
    ]);

    let (body, warnings) = encode_for(ADAPTIVE, &call);

    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "text", "text": "let me see"}])
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "text", "text": "again"}])
    );
    assert_eq!(warnings, ["messages[2].content[0]"]);
}

#[test]
fn ids_the_api_refuses_are_mapped_for_call_and_result_alike() {
    let call = chat(vec![
        message(
            Role::Assistant,
            vec![
                tool_call("f:1", "{}"),
                tool_call("f_1", "{}"),
                tool_call("f.1", "{}"),
            ],
        ),
        message(
            Role::Tool,
            vec![
                tool_result("f:1", vec![], false),
                tool_result("f.1", vec![], false),
            ],
        ),
    ]);
    let body = encode(&call);
    let ids = |message: usize, field: &str| -> Vec<Value> {
        let blocks = body["messages"][message]["content"].as_array().unwrap();
        blocks.iter().map(|block| block[field].clone()).collect()
    };
    assert_eq!(ids(0, "id"), ["f_1_2", "f_1", "f_1_3"]);
    assert_eq!(ids(1, "tool_use_id"), ["f_1_2", "f_1_3"]);
}

#[test]
fn arguments_that_are_no_object_are_shown_as_such() {
    let call = chat(vec![message(Role::Assistant, vec![tool_call("a", "{\"x\":")])]);
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!(
        body["messages"][0]["content"][0]["input"],
        json!({"INVALID_JSON": "{\"x\":"})
    );
    assert_eq!(warnings, ["messages[0].content[0].tool_call.arguments_json"]);
}

#[test]
fn opaque_blocks_go_back_to_their_provider() {
    let opaque = |provider: &str, kind: &str, payload: &str| {
        Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: kind.to_owned(),
            payload_json: payload.to_owned(),
        }))
    };
    let call = chat(vec![
        user("hi"),
        message(
            Role::Assistant,
            vec![
                opaque("p", "compaction", r#"{"type":"compaction","content":"so far"}"#),
                opaque("other", "item", "{}"),
                opaque("p", "container", r#"{"id":"container_1","expires_at":null}"#),
            ],
        ),
    ]);
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "compaction", "content": "so far"}])
    );
    assert_eq!(body["container"], "container_1");
    assert_eq!(warnings, ["messages[1].content[1]"]);
}

#[test]
fn cache_hints_are_rounded_to_what_the_api_offers() {
    let hinted = |seconds: Option<u64>| {
        let mut part = Part::text("a");
        part.cache_hint = Some(CacheHint {
            ttl: seconds.map(Duration::from_secs),
        });
        part
    };
    let mut tool = function("f");
    tool.cache_hint = Some(CacheHint { ttl: None });
    let call = ChatCall {
        tools: vec![tool],
        ..chat(vec![
            message(Role::System, vec![hinted(Some(3600))]),
            message(
                Role::User,
                vec![hinted(None), hinted(Some(60)), hinted(Some(301))],
            ),
        ])
    };

    let body = encode(&call);

    let mark = |block: &Value| block["cache_control"].clone();
    assert_eq!(mark(&body["tools"][0]), json!({"type": "ephemeral"}));
    assert_eq!(
        mark(&body["system"][0]),
        json!({"type": "ephemeral", "ttl": "1h"})
    );
    let content = &body["messages"][0]["content"];
    assert_eq!(mark(&content[0]), json!({"type": "ephemeral"}));
    assert_eq!(mark(&content[1]), json!({"type": "ephemeral", "ttl": "5m"}));
    assert_eq!(mark(&content[2]), json!({"type": "ephemeral", "ttl": "1h"}));
}

#[test]
fn a_turn_of_blank_text_goes_without_it() {
    let content = |parts| {
        let body = encode(&chat(vec![
            user("hi"),
            message(Role::Assistant, parts),
            user("go on"),
        ]));
        body["messages"][1].clone()
    };
    let call = json!({"type": "tool_use", "id": "a", "name": "f", "input": {}});
    assert_eq!(
        content(vec![Part::text("\n\n"), tool_call("a", "{}")]),
        json!({"role": "assistant", "content": [call]})
    );
    let blank = json!({"type": "text", "text": " "});
    let words = json!({"type": "text", "text": "b"});
    assert_eq!(
        content(vec![Part::text(" "), Part::text("b")]),
        json!({"role": "assistant", "content": [blank, words]})
    );
    assert_eq!(content(vec![Part::text("\n")])["role"], "user");
}
