//! Tools and the choice among them, inward.

use serde_json::Value;

use crate::domain::call::{FunctionTool, ProviderTool, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool};
use crate::rpc::convert::json;
use crate::rpc::convert::part::cache_hint_in;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// Reads the tools that a call may use.
pub(super) fn tools(tools: Vec<pb::Tool>, wrong: &mut Violations) -> Vec<Tool> {
    let mut names = std::collections::BTreeSet::new();
    let mut read = Vec::with_capacity(tools.len());
    for (index, pb::Tool { kind, cache_hint }) in tools.into_iter().enumerate() {
        let path = format!("tools[{index}]");
        let kind = match kind {
            None => {
                wrong.add(
                    path,
                    "expected one of function, web_search, code_execution, provider_tool",
                );
                continue;
            }
            Some(pb::tool::Kind::Function(function)) => {
                if !names.insert(function.name.clone()) {
                    let found = format!("expected names to differ, found {:?} twice", function.name);
                    wrong.add(format!("{path}.function.name"), found);
                }
                ToolKind::Function(function_tool(function, &format!("{path}.function"), wrong))
            }
            Some(pb::tool::Kind::WebSearch(search)) => {
                ToolKind::WebSearch(web_search(search, &format!("{path}.web_search"), wrong))
            }
            Some(pb::tool::Kind::CodeExecution(pb::CodeExecutionTool {})) => ToolKind::CodeExecution,
            Some(pb::tool::Kind::ProviderTool(pb::ProviderTool {
                provider,
                r#type,
                options,
            })) => {
                let path = format!("{path}.provider_tool");
                wrong.check(
                    !provider.is_empty(),
                    &format!("{path}.provider"),
                    "expected a provider id",
                );
                wrong.check(
                    !r#type.is_empty(),
                    &format!("{path}.type"),
                    "expected the provider's type",
                );
                let options = json::object(options.unwrap_or_default(), &format!("{path}.options"), wrong);
                ToolKind::Provider(ProviderTool {
                    provider,
                    kind: r#type,
                    options,
                })
            }
        };
        let cache_hint = cache_hint.map(|hint| cache_hint_in(hint, &format!("{path}.cache_hint"), wrong));
        read.push(Tool { kind, cache_hint });
    }
    read
}

fn function_tool(function: pb::FunctionTool, path: &str, wrong: &mut Violations) -> FunctionTool {
    let pb::FunctionTool {
        name,
        description,
        input_schema_json,
        strict,
    } = function;
    wrong.name(&name, &format!("{path}.name"));
    let field = format!("{path}.input_schema_json");
    let input_schema = (!input_schema_json.is_empty())
        .then(|| json::schema(&input_schema_json, &field, wrong))
        .flatten();
    FunctionTool {
        name,
        description,
        input_schema,
        strict,
    }
}

fn web_search(search: pb::WebSearchTool, path: &str, wrong: &mut Violations) -> WebSearchTool {
    let pb::WebSearchTool {
        allowed_domains,
        blocked_domains,
        max_uses,
    } = search;
    wrong.check(
        allowed_domains.is_empty() || blocked_domains.is_empty(),
        &format!("{path}.blocked_domains"),
        "expected not together with allowed_domains",
    );
    let max_uses = wrong.count(max_uses, 1, &format!("{path}.max_uses"));
    WebSearchTool {
        allowed_domains,
        blocked_domains,
        max_uses,
    }
}

/// Reads which of the `tools` it is to use.
pub(super) fn tool_choice(choice: pb::ToolChoice, tools: &[Tool], wrong: &mut Violations) -> ToolChoice {
    let pb::ToolChoice { mode, tool_names } = choice;
    let mode = match pb::ToolMode::try_from(mode) {
        Ok(pb::ToolMode::Unspecified | pb::ToolMode::Auto) => ToolMode::Auto,
        Ok(pb::ToolMode::None) => ToolMode::None,
        Ok(pb::ToolMode::Required) => ToolMode::Required,
        Err(_) => {
            wrong.add("tool_choice.mode", format!("expected a ToolMode, found {mode}"));
            ToolMode::Auto
        }
    };
    wrong.check(
        mode != ToolMode::Required || !tools.is_empty(),
        "tool_choice.mode",
        "expected tools where a call is required",
    );
    wrong.check(
        mode != ToolMode::None || tool_names.is_empty(),
        "tool_choice.tool_names",
        "expected none with TOOL_MODE_NONE",
    );
    for (index, name) in tool_names.iter().enumerate() {
        let is_declared = tools.iter().any(|tool| match &tool.kind {
            ToolKind::Function(function) => function.name == *name,
            ToolKind::WebSearch(_) => name == "web_search",
            ToolKind::CodeExecution => name == "code_execution",
            ToolKind::Provider(tool) => {
                tool.kind == *name || tool.options.get("name") == Some(&Value::from(name.as_str()))
            }
        });
        let field = format!("tool_choice.tool_names[{index}]");
        wrong.check(
            is_declared,
            &field,
            format_args!("expected the name of one of the tools, found {name:?}"),
        );
    }
    ToolChoice { mode, tool_names }
}
