//! Sampling, format, options, counting.

use super::*;

#[test]
fn sampling_is_what_the_model_takes() {
    let all = Sampling {
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: Some(4),
        seed: Some(1),
        presence_penalty: Some(0.1),
        frequency_penalty: Some(0.1),
        top_logprobs: Some(2),
        stop_sequences: vec!["END".to_owned()],
    };
    let call = ChatCall {
        sampling: all,
        ..hi()
    };
    let unknown = [
        "seed!",
        "presence_penalty!",
        "frequency_penalty!",
        "top_logprobs!",
    ];

    let (body, warnings) = encode_for(OLD, &call);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body["top_p"], 0.9);
    assert_eq!(body["top_k"], 4);
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(warnings, unknown);

    let (body, warnings) = encode_for(BUDGET, &call);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body.get("top_p"), None);
    assert_eq!(warnings, [&["top_p!"], &unknown[..]].concat());

    let thinking = ChatCall {
        reasoning: reasoning(Some(ReasoningEffort::Low), None, None).reasoning,
        ..call.clone()
    };
    let (body, warnings) = encode_for(BUDGET, &thinking);
    assert_eq!((body.get("temperature"), body.get("top_k")), (None, None));
    assert_eq!(
        warnings,
        [&["temperature!", "top_p!", "top_k!"], &unknown[..]].concat()
    );

    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!((body.get("temperature"), body.get("top_p")), (None, None));
    assert_eq!(
        warnings,
        [&["temperature!", "top_p!", "top_k!"], &unknown[..]].concat()
    );
}

#[test]
fn a_temperature_beyond_the_range_is_left_out() {
    let sampling = Sampling {
        temperature: Some(1.5),
        ..Sampling::default()
    };
    let (body, warnings) = encode_for(OLD, &ChatCall { sampling, ..hi() });
    assert_eq!(body.get("temperature"), None);
    assert_eq!(warnings, ["temperature!"]);
}

#[test]
fn the_other_knobs_have_their_fields_or_a_warning() {
    let call = ChatCall {
        service_tier: Some(ServiceTier::Priority),
        prompt_cache_key: Some("k".to_owned()),
        end_user_hash: Some("u".to_owned()),
        max_output_tokens: Some(7),
        ..hi()
    };
    let (body, warnings) = encode_for(BUDGET, &call);
    assert_eq!(body["service_tier"], "auto");
    assert_eq!(body["metadata"], json!({"user_id": "u"}));
    assert_eq!(body["max_tokens"], 7);
    assert_eq!(warnings, ["prompt_cache_key!"]);

    let tier = |tier| {
        encode_for(
            BUDGET,
            &ChatCall {
                service_tier: Some(tier),
                ..hi()
            },
        )
    };
    assert_eq!(tier(ServiceTier::Standard).0["service_tier"], "standard_only");
    assert_eq!(tier(ServiceTier::Flex).1, ["service_tier!"]);
}

fn schema_format(strict: Option<bool>) -> ChatCall {
    ChatCall {
        response_format: Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema: json!({
                "type": "object",
                "properties": {"z": {"type": "string", "maxLength": 3}, "a": {"$ref": "#/$defs/n"}},
                "$defs": {"n": {"oneOf": [{"type": "null"}, {"type": "object", "properties": {}}]}},
            }),
            name: "response".to_owned(),
            description: "a pair".to_owned(),
            strict,
        })),
        ..hi()
    }
}

#[test]
fn a_schema_is_enforced_where_the_model_does_so() {
    assert_eq!(
        encode(&schema_format(None))["output_config"],
        json!({"format": {"type": "json_schema", "schema": {
            "type": "object",
            "properties": {"z": {"type": "string", "description": "{maxLength: 3}"}, "a": {"$ref": "#/$defs/n"}},
            "$defs": {"n": {"anyOf": [
                {"type": "null"},
                {"type": "object", "properties": {}, "additionalProperties": false},
            ]}},
            "additionalProperties": false,
            "description": "a pair",
        }}})
    );
    assert_eq!(refused(&schema_format(Some(true)), OLD), "response_format");
}

#[test]
fn a_format_that_is_not_enforced_is_asked_for_in_the_prompt() {
    let (body, warnings) = encode_for(OLD, &schema_format(Some(false)));
    assert!(
        body["system"][0]["text"]
            .as_str()
            .unwrap()
            .contains("\"maxLength\":3")
    );
    assert_eq!(warnings, ["response_format"]);

    let call = ChatCall {
        response_format: Some(ResponseFormat::JsonObject),
        ..hi()
    };
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert!(
        body["system"][0]["text"]
            .as_str()
            .unwrap()
            .contains("JSON object")
    );
    assert_eq!(warnings, ["response_format"]);
}

#[test]
fn provider_options_come_last_and_betas_become_a_header() {
    let asked = json!({
        "thinking": {"display": "omitted"},
        "mcp_servers": [],
        "anthropic_beta": ["mcp-client-2026-01-01", "context-1m-2025-08-07"],
    });
    let call = ChatCall {
        provider_options: options("p", &asked),
        ..reasoning(Some(ReasoningEffort::High), None, None)
    };
    let encoded = try_encode(&call, ADAPTIVE).unwrap();
    assert_eq!(
        encoded.request.body["thinking"],
        json!({"type": "adaptive", "display": "omitted"})
    );
    assert_eq!(encoded.request.body.get("anthropic_beta"), None);
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("mcp-client-2026-01-01,context-1m-2025-08-07")
    );
    for key in ["model", "messages", "system", "tools", "stream"] {
        let call = ChatCall {
            provider_options: options("p", &json!({key: 1})),
            ..hi()
        };
        assert_eq!(refused(&call, BUDGET), format!("provider_options.p.{key}"));
    }
    let call = ChatCall {
        provider_options: options("p", &json!({"anthropic_beta": [1]})),
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "provider_options.p.anthropic_beta");
}

#[test]
fn counting_sends_only_what_counts() {
    let call = ChatCall {
        sampling: Sampling {
            temperature: Some(0.5),
            seed: Some(1),
            ..Sampling::default()
        },
        tools: vec![function("f")],
        ..chat(vec![system("s"), user("hi")])
    };
    let target = Target {
        provider: "p",
        model: BUDGET,
    };
    let encoded = DIALECT.encode_count(&call, target).unwrap().unwrap();
    assert_eq!(encoded.request.path, "/v1/messages/count_tokens");
    assert_eq!(encoded.warnings, []);
    let fields: Vec<&String> = encoded.request.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["model", "system", "messages", "tools"]);
    assert_eq!(DIALECT.decode_count(br#"{"input_tokens":12}"#), Ok(12));
}
