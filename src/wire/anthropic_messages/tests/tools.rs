//! Tools and tool choice.

use super::*;

#[test]
fn tools_of_every_kind_are_declared() {
    let tool = |kind| Tool {
        kind,
        cache_hint: None,
    };
    let provider_tool = |kind: &str, options: Value| {
        tool(ToolKind::Provider(ProviderTool {
            provider: "p".to_owned(),
            kind: kind.to_owned(),
            options: options.as_object().unwrap().clone(),
        }))
    };
    let call = ChatCall {
        tools: vec![
            tool(ToolKind::Function(FunctionTool {
                name: "f".to_owned(),
                description: "does f".to_owned(),
                input_schema: Some(json!({"properties": {"x": {"type": "integer", "minimum": 1}}})),
                strict: Some(true),
            })),
            tool(ToolKind::WebSearch(WebSearchTool {
                allowed_domains: vec!["a.org".to_owned()],
                blocked_domains: vec![],
                max_uses: Some(2),
            })),
            tool(ToolKind::CodeExecution),
            provider_tool("computer_20250124", json!({"display_width_px": 1024})),
            provider_tool("text_editor_20250728", json!({})),
            provider_tool("mcp_toolset", json!({"mcp_server_name": "m"})),
        ],
        provider_options: options("p", &json!({"mcp_servers": [{"name": "m"}]})),
        ..hi()
    };

    let encoded = try_encode(&call, ADAPTIVE).unwrap();

    assert_eq!(
        encoded.request.body["tools"],
        json!([
            {"name": "f", "description": "does f", "strict": true, "input_schema": {
                "type": "object",
                "properties": {"x": {"type": "integer", "description": "{minimum: 1}"}},
                "additionalProperties": false,
            }},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2, "allowed_domains": ["a.org"]},
            {"type": "code_execution_20260120", "name": "code_execution"},
            {"type": "computer_20250124", "name": "computer", "display_width_px": 1024},
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
            {"type": "mcp_toolset", "mcp_server_name": "m"},
        ])
    );
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("computer-use-2025-01-24,mcp-client-2025-11-20")
    );
}

#[test]
fn a_tool_of_another_provider_is_refused() {
    let tool = Tool {
        kind: ToolKind::Provider(ProviderTool {
            provider: "other".to_owned(),
            kind: "x".to_owned(),
            options: serde_json::Map::new(),
        }),
        cache_hint: None,
    };
    let call = ChatCall {
        tools: vec![function("f"), tool],
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "tools[1]");
}

#[test]
fn tool_choice_names_one_tool_or_declares_only_some() {
    let choose = |mode, names: &[&str], parallel| {
        let call = ChatCall {
            tools: vec![function("f"), function("g"), function("h")],
            tool_choice: Some(ToolChoice {
                mode,
                tool_names: names.iter().map(|name| (*name).to_owned()).collect(),
            }),
            parallel_tool_calls: parallel,
            ..hi()
        };
        let body = encode(&call);
        (
            body["tools"].as_array().unwrap().len(),
            body["tool_choice"].clone(),
        )
    };

    assert_eq!(choose(ToolMode::Auto, &[], None), (3, json!({"type": "auto"})));
    assert_eq!(
        choose(ToolMode::Auto, &["f", "h"], None),
        (2, json!({"type": "auto"}))
    );
    assert_eq!(
        choose(ToolMode::None, &[], Some(false)),
        (3, json!({"type": "none"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &[], Some(true)),
        (3, json!({"type": "any"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &["f", "h"], None),
        (2, json!({"type": "any"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &["g"], Some(false)),
        (
            3,
            json!({"type": "tool", "name": "g", "disable_parallel_tool_use": true})
        )
    );
}

#[test]
fn serial_calls_need_a_choice_and_forced_ones_a_model_that_takes_them() {
    let serial = ChatCall {
        tools: vec![function("f")],
        parallel_tool_calls: Some(false),
        ..hi()
    };
    assert_eq!(
        encode(&serial)["tool_choice"],
        json!({"type": "auto", "disable_parallel_tool_use": true})
    );
    let forced = ChatCall {
        tools: vec![function("f")],
        tool_choice: Some(ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec![],
        }),
        ..hi()
    };
    assert_eq!(refused(&forced, ALWAYS), "tool_choice");
}
