//! Recorded parameters and tools, between the API's form and the contract's, in the plainest way.

use crux::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort,
    ResponseFormat, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crux::domain::content::ReasoningForm;
use crux::domain::options::ProviderOptions;
use serde_json::{Map, Value, json};

/// Reads a recorded request, its conversation aside.
pub(super) fn read(body: &Value) -> ChatCall {
    let config = normal(&body["generationConfig"]);
    let count = |name: &str| config[name].as_u64().map(|count| u32::try_from(count).unwrap());
    let mut call = ChatCall {
        max_output_tokens: count("maxOutputTokens"),
        ..ChatCall::default()
    };
    call.sampling.temperature = config["temperature"].as_f64();
    call.sampling.top_p = config["topP"].as_f64();
    call.sampling.top_k = count("topK");
    call.sampling.seed = config["seed"].as_i64();
    for stop in config["stopSequences"].as_array().unwrap_or(&Vec::new()) {
        call.sampling
            .stop_sequences
            .push(stop.as_str().unwrap().to_owned());
    }
    for modality in config["responseModalities"].as_array().unwrap_or(&Vec::new()) {
        assert_eq!(modality, "TEXT");
        call.output_modalities.push(Modality::Text);
    }
    if config["responseMimeType"] == "application/json" {
        let schema = &config["responseJsonSchema"];
        call.response_format = Some(if schema.is_null() {
            ResponseFormat::JsonObject
        } else {
            ResponseFormat::JsonSchema(JsonSchemaFormat {
                schema: schema.clone(),
                name: "response".to_owned(),
                description: String::new(),
                strict: None,
            })
        });
    }
    call.reasoning = reasoning(&config["thinkingConfig"]);
    call.tools = tools(&body["tools"]);
    let calling = normal(&normal(&body["toolConfig"])["functionCallingConfig"]);
    call.tool_choice = choice(&calling);
    for tool in &mut call.tools {
        if let ToolKind::Function(function) = &mut tool.kind {
            function.strict = (calling["mode"] == "VALIDATED").then_some(true);
        }
    }
    let mut rest = Map::new();
    for name in ["safetySettings", "cachedContent"] {
        if !body[name].is_null() {
            rest.insert(name.to_owned(), body[name].clone());
        }
    }
    if !config["candidateCount"].is_null() {
        let count = json!({"candidateCount": config["candidateCount"]});
        rest.insert("generationConfig".to_owned(), count);
    }
    call.provider_options = ProviderOptions::new([("gemini".to_owned(), rest)].into_iter().collect());
    call
}

fn reasoning(config: &Value) -> Option<ReasoningConfig> {
    let budget = config["thinkingBudget"].as_u64();
    let effort = config["thinkingLevel"]
        .as_str()
        .map(|level| match level.to_lowercase().as_str() {
            "low" => ReasoningEffort::Low,
            "medium" => ReasoningEffort::Medium,
            "high" => ReasoningEffort::High,
            other => panic!("no row for {other}"),
        });
    let form = config["includeThoughts"].as_bool().map(|shown| {
        if shown {
            ReasoningForm::Summary
        } else {
            ReasoningForm::Hidden
        }
    });
    config.is_object().then(|| ReasoningConfig {
        effort,
        budget_tokens: budget.map(|budget| u32::try_from(budget).unwrap()),
        form,
    })
}

fn tools(tools: &Value) -> Vec<Tool> {
    let mut read = Vec::new();
    for entry in entries(tools) {
        for (kind, options) in normal(&entry).as_object().unwrap() {
            let kind = match kind.as_str() {
                "functionDeclarations" => {
                    for declaration in options.as_array().unwrap() {
                        read.push(ToolKind::Function(function(declaration)));
                    }
                    continue;
                }
                "googleSearch" => ToolKind::WebSearch(WebSearchTool::default()),
                "codeExecution" => ToolKind::CodeExecution,
                other => ToolKind::Provider(ProviderTool {
                    provider: "gemini".to_owned(),
                    kind: other.to_owned(),
                    options: options.as_object().unwrap().clone(),
                }),
            };
            read.push(kind);
        }
    }
    let read = read.into_iter();
    read.map(|kind| Tool {
        kind,
        cache_hint: None,
    })
    .collect()
}

fn function(declaration: &Value) -> FunctionTool {
    let schema = &normal(declaration)["parametersJsonSchema"];
    FunctionTool {
        name: declaration["name"].as_str().unwrap().to_owned(),
        description: declaration["description"].as_str().unwrap_or_default().to_owned(),
        input_schema: (!schema.is_null()).then(|| schema.clone()),
        strict: None,
    }
}

fn choice(config: &Value) -> Option<ToolChoice> {
    let mode = config["mode"].as_str()?.to_uppercase();
    let names = config["allowedFunctionNames"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    Some(ToolChoice {
        mode: match mode.as_str() {
            "ANY" => ToolMode::Required,
            "NONE" => ToolMode::None,
            _ => ToolMode::Auto,
        },
        tool_names: names
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect(),
    })
}

/// A list, or the one entry that may stand without a list around it.
fn entries(list: &Value) -> Vec<Value> {
    let one = list.is_object().then(|| list.clone());
    list.as_array()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .chain(one)
        .collect()
}

/// An object with the API's first spelling of each field, and without fields that say nothing.
fn normal(object: &Value) -> Value {
    let mut fields = Map::new();
    for (name, value) in object.as_object().unwrap_or(&Map::new()) {
        if value.is_null() {
            continue;
        }
        let name = match name.as_str() {
            // The older fields, which take another dialect of the same.
            "responseSchema" | "response_schema" => "responseJsonSchema".to_owned(),
            "parameters" | "parameters_json_schema" => "parametersJsonSchema".to_owned(),
            other => camel_case(other),
        };
        let value = match name.as_str() {
            "thinkingConfig" | "functionCallingConfig" => normal(value),
            _ => value.clone(),
        };
        fields.insert(name, value);
    }
    Value::Object(fields)
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap().to_owned();
    for word in words {
        camel += &word[..1].to_uppercase();
        camel += &word[1..];
    }
    camel
}

/// What of a request is compared: everything but the conversation, in one spelling.
pub(super) fn comparable(body: &Value) -> Value {
    let mut config = normal(&body["generationConfig"]);
    let fields = config.as_object_mut().unwrap();
    if fields.get("responseMimeType") == Some(&json!("text/plain")) {
        fields.remove("responseMimeType");
    }
    for name in ["temperature", "topP"] {
        // Whole numbers may be written as integers.
        if let Some(value) = fields.get_mut(name) {
            *value = value.as_f64().unwrap().into();
        }
    }
    if let Some(level) = fields
        .get_mut("thinkingConfig")
        .and_then(|config| config.get_mut("thinkingLevel"))
    {
        *level = level.as_str().unwrap().to_lowercase().into();
    }
    let mut functions = Vec::new();
    let mut own = Vec::new();
    for entry in entries(&body["tools"]) {
        for (kind, options) in normal(&entry).as_object().unwrap() {
            if kind == "functionDeclarations" {
                let declarations = options.as_array().unwrap().iter();
                functions.extend(declarations.map(|declaration| {
                    let mut declaration = normal(declaration);
                    let fields = declaration.as_object_mut().unwrap();
                    fields.retain(|name, value| name != "responseJsonSchema" && *value != "");
                    declaration
                }));
            } else {
                own.push(json!({ kind: options }));
            }
        }
    }
    let mut calling = normal(&normal(&body["toolConfig"])["functionCallingConfig"]);
    if let Some(mode) = calling.get_mut("mode") {
        *mode = mode.as_str().unwrap().to_uppercase().into();
    }
    if functions.is_empty() {
        calling = json!({});
    }
    json!({
        "config": config,
        "functions": functions,
        "own": own,
        "calling": calling,
        "safety": body["safetySettings"],
        "cache": body["cachedContent"],
    })
}
