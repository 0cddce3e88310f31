//! Gemini's generateContent: the request and what is checked in it, and the counting of tokens.

mod answer;
mod stream;

use serde_json::{Value, json};

use super::cache::Input;
use super::errors::Problem;
use super::prompt::{self, Choice, Format, Prompt, Tool, has, items, text};
use super::reply::{Reply, Request};
use super::script;
use super::signature::{self, Kind};
use super::words;

const JSON: &str = "application/json; charset=UTF-8";
/// Tokens every request and every turn cost beside their words.
const REQUEST_OVERHEAD: u64 = 1;
const TURN_OVERHEAD: u64 = 1;
/// Signatures the real API takes for histories that come from elsewhere.
const WAIVERS: [&str; 2] = [
    "skip_thought_signature_validator",
    "context_engineering_is_the_way_to_go",
];

/// Answers a POST request.
pub(super) fn answer(request: &Request) -> Result<Reply, Problem> {
    let (model, verb) = method(&request.path).ok_or(Problem::UnknownPath)?;
    match verb {
        "generateContent" => generate(request, model, None),
        "streamGenerateContent" => {
            let sse = request.query.get("alt") == Some("sse");
            generate(
                request,
                model,
                Some(if sse {
                    stream::Framing::Sse
                } else {
                    stream::Framing::Array
                }),
            )
        }
        "countTokens" => Ok(count(request)),
        _ => Err(Problem::UnknownPath),
    }
}

/// Splits a path into the model and what is asked of it. Both versions of the API are served alike.
pub(super) fn method(path: &str) -> Option<(&str, &str)> {
    models_path(path)?.strip_prefix('/')?.rsplit_once(':')
}

/// Returns what follows the collection of models in a path.
pub(super) fn models_path(path: &str) -> Option<&str> {
    path.strip_prefix("/v1beta/models")
        .or_else(|| path.strip_prefix("/v1/models"))
}

fn generate(request: &Request, model: &str, framing: Option<stream::Framing>) -> Result<Reply, Problem> {
    check_contents(request)?;
    check_calls(request, model)?;
    let thinks = thinks(&request.body, model);
    let script = script::write(&read(&request.body, thinks), &request.plan);
    let answer = answer::Answer::new(request, model, thinks);
    let Some(framing) = framing else {
        return Ok(Reply::pretty(JSON, &answer.whole(&script)));
    };
    let content_type = match framing {
        stream::Framing::Sse => "text/event-stream",
        stream::Framing::Array => JSON,
    };
    let wire = stream::Stream::new(answer, framing);
    Ok(Reply::stream(content_type, Box::new(wire), script, &request.plan))
}

fn count(request: &Request) -> Reply {
    let body = request
        .body
        .get("generateContentRequest")
        .unwrap_or(&request.body);
    let total = input_tokens(body);
    let details = json!([{"modality": "TEXT", "tokenCount": total}]);
    Reply::pretty(
        JSON,
        &json!({"totalTokens": total, "promptTokensDetails": details}),
    )
}

/// Returns a field by its name, in camel case or as protobuf writes it.
fn field<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    value.get(camel).or_else(|| value.get(snake))
}

fn read(body: &Value, thinks: bool) -> Prompt {
    let contents = items(body, "contents");
    let said = |content: &Value| {
        let parts = items(content, "parts")
            .iter()
            .filter(|part| part.get("thought") != Some(&Value::Bool(true)));
        parts
            .filter_map(|part| part.get("text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let last_user = contents
        .iter()
        .rev()
        .filter(|content| is_user(content))
        .map(said)
        .find(|text| !text.is_empty());
    let config = field(body, "generationConfig", "generation_config")
        .cloned()
        .unwrap_or_default();
    let limit = field(&config, "maxOutputTokens", "max_output_tokens").and_then(Value::as_u64);
    Prompt {
        user: last_user.unwrap_or_default(),
        results: contents.last().map(results).unwrap_or_default(),
        tools: tools(body),
        choice: choice(body),
        parallel: true,
        reasoning: thinks,
        format: format(&config),
        max_tokens: limit,
        stops: prompt::stops(field(&config, "stopSequences", "stop_sequences")),
        input: Input::unasked(input_tokens(body), contents),
    }
}

fn is_user(content: &Value) -> bool {
    matches!(text(content, "role"), "user" | "")
}

fn results(content: &Value) -> Vec<String> {
    let parts = items(content, "parts").iter();
    let responses = parts.filter_map(|part| field(part, "functionResponse", "function_response"));
    responses
        .map(|response| response_text(response.get("response")))
        .collect()
}

/// What a function answered: its one field's text, or the whole of it.
fn response_text(response: Option<&Value>) -> String {
    let Some(fields) = response.and_then(Value::as_object) else {
        return String::new();
    };
    let mut texts = fields.values();
    match (texts.next(), texts.next()) {
        (Some(Value::String(text)), None) => text.clone(),
        _ => Value::Object(fields.clone()).to_string(),
    }
}

/// The tools that may be called.
fn tools(body: &Value) -> Vec<Tool> {
    let allowed = calling(body)
        .and_then(|calling| field(calling, "allowedFunctionNames", "allowed_function_names")?.as_array());
    let is_allowed = |tool: &Tool| allowed.is_none_or(|names| names.iter().any(|name| *name == *tool.name));
    let groups = items(body, "tools").iter();
    let declared =
        groups.filter_map(|group| field(group, "functionDeclarations", "function_declarations")?.as_array());
    let tool = |tool: &Value| Tool {
        name: text(tool, "name").to_owned(),
        parameters: field(tool, "parametersJsonSchema", "parameters_json_schema")
            .or_else(|| tool.get("parameters"))
            .cloned()
            .unwrap_or_default(),
    };
    declared.flatten().map(tool).filter(is_allowed).collect()
}

fn choice(body: &Value) -> Choice {
    match calling(body).map(|calling| text(calling, "mode")) {
        Some("NONE") => Choice::None,
        Some("ANY") => Choice::Required,
        Some(_) | None => Choice::Free,
    }
}

fn calling(body: &Value) -> Option<&Value> {
    let config = field(body, "toolConfig", "tool_config")?;
    field(config, "functionCallingConfig", "function_calling_config")
}

fn format(config: &Value) -> Format {
    let schema = field(config, "responseJsonSchema", "response_json_schema")
        .or_else(|| field(config, "responseSchema", "response_schema"));
    match schema {
        Some(schema) if !schema.is_null() => Format::Schema(schema.clone()),
        _ if field(config, "responseMimeType", "response_mime_type")
            .is_some_and(|mime| mime == "application/json") =>
        {
            Format::Json
        }
        _ => Format::Text,
    }
}

fn thinking_config(body: &Value) -> Option<&Value> {
    let config = field(body, "generationConfig", "generation_config")?;
    field(config, "thinkingConfig", "thinking_config")
}

/// Gemini 3 always thinks, the others when their thinking is configured and not set to nothing.
fn thinks(body: &Value, model: &str) -> bool {
    let config = thinking_config(body);
    let budget = config
        .and_then(|config| field(config, "thinkingBudget", "thinking_budget"))
        .and_then(Value::as_i64);
    model.starts_with("gemini-3") || (config.is_some() && budget != Some(0))
}

fn input_tokens(body: &Value) -> u64 {
    let instruction = field(body, "systemInstruction", "system_instruction");
    let counted = [body.get("contents"), body.get("tools"), instruction];
    let overhead = REQUEST_OVERHEAD + TURN_OVERHEAD * items(body, "contents").len() as u64;
    overhead + counted.into_iter().flatten().map(words::count_in).sum::<u64>()
}

fn check_contents(request: &Request) -> Result<(), Problem> {
    let contents = items(&request.body, "contents");
    if contents.is_empty() {
        return Err(Problem::invalid(
            "* GenerateContentRequest.contents: contents is not specified\n",
        ));
    }
    for (index, content) in contents.iter().enumerate() {
        if !matches!(text(content, "role"), "user" | "model" | "function" | "") {
            return Err(Problem::invalid("Please use a valid role: user, model."));
        }
        if items(content, "parts").is_empty() {
            return Err(Problem::invalid(format!(
                "* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty.\n"
            )));
        }
        for part in items(content, "parts") {
            let data = [
                "text",
                "inlineData",
                "inline_data",
                "fileData",
                "file_data",
                "functionCall",
                "function_call",
                "functionResponse",
                "function_response",
                "executableCode",
                "codeExecutionResult",
                "videoMetadata",
                "video_metadata",
                "thoughtSignature",
            ];
            if !data.iter().any(|key| has(part, key)) {
                let message = format!(
                    "* GenerateContentRequest.contents[{index}].parts[0].data: required oneof field \
                                       'data' must have one initialized field\n"
                );
                return Err(Problem::invalid(message));
            }
        }
    }
    Ok(())
}

/// Function responses answer the calls before them, and thought signatures come back where they were issued.
fn check_calls(request: &Request, model: &str) -> Result<(), Problem> {
    let contents = items(&request.body, "contents");
    let is_question = |content: &Value| is_user(content) && results(content).is_empty();
    let turn = contents.iter().rposition(is_question).unwrap_or(0);
    let mut open: Vec<&str> = Vec::new();
    for (index, content) in contents.iter().enumerate() {
        let parts = items(content, "parts");
        let answers = parts
            .iter()
            .filter_map(|part| field(part, "functionResponse", "function_response"));
        let answered: Vec<&str> = answers.map(|response| text(response, "name")).collect();
        if answered.len() != open.len() || answered.iter().any(|name| !open.contains(name)) {
            return Err(Problem::invalid(
                "Please ensure that the number of function response parts is equal to the number of function call \
                 parts of the function call turn.",
            ));
        }
        let must = model.starts_with("gemini-3") && index > turn;
        check_signatures(index, parts, must)?;
        let calls = parts
            .iter()
            .filter_map(|part| field(part, "functionCall", "function_call"));
        open = calls.map(|call| text(call, "name")).collect();
    }
    Ok(())
}

fn check_signatures(index: usize, parts: &[Value], must: bool) -> Result<(), Problem> {
    let mut first_call = true;
    for part in parts {
        let call = field(part, "functionCall", "function_call");
        let seal = field(part, "thoughtSignature", "thought_signature")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let payload = call.map_or("text", |call| text(call, "name"));
        let genuine = signature::is_seal_of(Kind::ThoughtSignature, payload.as_bytes(), &standard(seal));
        if !seal.is_empty() && !genuine && !WAIVERS.contains(&seal) {
            return Err(Problem::invalid("Thought signature is not valid"));
        }
        if call.is_some() && std::mem::take(&mut first_call) && must && seal.is_empty() {
            return Err(Problem::invalid(format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
                 work correctly, and missing thought_signature may lead to degraded model performance. Additional \
                 data, function call `default_api:{payload}`, position {index}. Please refer to \
                 https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
            )));
        }
    }
    Ok(())
}

/// The vendor's SDK sends bytes in the alphabet that is safe in URLs; the service reads both.
fn standard(seal: &str) -> String {
    seal.replace('-', "+").replace('_', "/")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{choice, tools};
    use crate::sandbox::prompt::Choice;

    #[test]
    fn a_mode_says_whether_and_names_say_which() {
        for (calling, expected) in [
            (json!({"mode": "AUTO"}), (Choice::Free, vec!["a", "b"])),
            (json!({"mode": "NONE"}), (Choice::None, vec!["a", "b"])),
            (json!({"mode": "ANY"}), (Choice::Required, vec!["a", "b"])),
            (
                json!({"mode": "ANY", "allowedFunctionNames": ["b"]}),
                (Choice::Required, vec!["b"]),
            ),
            (
                json!({"mode": "VALIDATED", "allowedFunctionNames": ["b"]}),
                (Choice::Free, vec!["b"]),
            ),
        ] {
            let body = json!({
                "tools": [{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}],
                "toolConfig": {"functionCallingConfig": calling},
            });

            let found = tools(&body);
            let names: Vec<_> = found.iter().map(|tool| tool.name.as_str()).collect();

            assert_eq!((choice(&body), names), expected, "{calling}");
        }
    }
}
