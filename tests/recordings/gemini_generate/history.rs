//! Recorded conversations, between the API's form and the contract's, in the plainest way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crux::domain::content::{
    Media, MediaSource, Message, Part, PartKind, ProviderState, Reasoning, ReasoningForm, Role, ToolCall,
    ToolResult,
};
use serde_json::{Map, Value, json};

use super::naive;

/// What the model said, as it must be sent back: pieces of text joined where nothing ties them to their
/// place, and everything else untouched.
pub(super) fn model_parts(body: &str) -> Vec<Value> {
    let mut parts: Vec<Value> = Vec::new();
    let mut is_open = false;
    for part in naive::parts(body) {
        let part = normal_part(part);
        let call = &part["functionCall"];
        let is_piece = call.is_object() && (call["name"].is_null() || call["willContinue"] == true);
        if is_piece {
            if call["name"].is_string() {
                parts.push(json!({"functionCall": {"name": call["name"], "args": {}}}));
            }
            for piece in call["partialArgs"].as_array().unwrap_or(&Vec::new()) {
                let key = piece["jsonPath"].as_str().unwrap().strip_prefix("$.").unwrap();
                let args = &mut parts.last_mut().unwrap()["functionCall"]["args"];
                let before = args[key].as_str().unwrap_or_default().to_owned();
                args[key] = (before + piece["stringValue"].as_str().unwrap()).into();
            }
            continue;
        }
        let is_plain = part["text"].is_string() && part["thoughtSignature"].is_null();
        if is_plain && part["text"] == "" {
            continue;
        }
        let joins = is_open
            && is_plain
            && parts
                .last()
                .is_some_and(|last| last["thought"] == part["thought"]);
        if joins {
            let last = parts.last_mut().unwrap();
            last["text"] =
                (last["text"].as_str().unwrap().to_owned() + part["text"].as_str().unwrap()).into();
        } else {
            parts.push(part);
        }
        is_open = is_plain;
    }
    parts
}

/// Where a field may be left out or written in two ways, one of them.
fn normal_part(mut part: Value) -> Value {
    let fields = part.as_object_mut().unwrap();
    fields.retain(|name, value| !(name == "thought" && *value == false));
    if let Some(data) = fields.remove("inline_data") {
        fields.insert(
            "inlineData".to_owned(),
            json!({"mimeType": data["mime_type"], "data": data["data"]}),
        );
    }
    for name in ["functionCall", "functionResponse"] {
        let Some(Value::Object(call)) = fields.get_mut(name) else {
            continue;
        };
        if name == "functionCall" && call.contains_key("name") && !call.contains_key("willContinue") {
            call.entry("args").or_insert_with(|| json!({}));
        }
    }
    part
}

/// Reads a recorded request's conversation; names what the contract has no words for.
pub(super) fn messages(body: &Value) -> Result<Vec<Message>, String> {
    let contents = body["contents"].as_array().ok_or("without a recorded request")?;
    let mut messages = Vec::new();
    for part in system_parts(body) {
        messages.push(message(
            Role::System,
            vec![Part::text(part["text"].as_str().unwrap())],
        ));
    }
    let mut made_up = 0;
    let mut open_calls: Vec<(String, String)> = Vec::new();
    for content in contents {
        let is_model = content["role"] == "model";
        let mut results = Vec::new();
        let mut parts = Vec::new();
        for part in content["parts"].as_array().unwrap() {
            let part = normal_part(part.clone());
            if let Some(response) = part.get("functionResponse") {
                results.push(result(response, &mut open_calls)?);
            } else {
                parts.push(input_part(&part, is_model, &mut made_up, &mut open_calls)?);
            }
        }
        if !results.is_empty() {
            messages.push(message(Role::Tool, results));
        }
        if !parts.is_empty() {
            let role = if is_model { Role::Assistant } else { Role::User };
            messages.push(message(role, parts));
        }
    }
    Ok(messages)
}

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

fn input_part(
    part: &Value,
    is_model: bool,
    made_up: &mut usize,
    open_calls: &mut Vec<(String, String)>,
) -> Result<Part, String> {
    let mut marks = Map::new();
    for name in ["thought", "thoughtSignature"] {
        if let Some(mark) = part.get(name) {
            marks.insert(name.to_owned(), mark.clone());
        }
    }
    let mut state = Value::Object(marks);
    let kind = if let Some(text) = part["text"].as_str() {
        if text.is_empty() && state == json!({}) {
            return Err("with an empty text".to_owned());
        }
        if part["thought"] == true {
            PartKind::Reasoning(Reasoning {
                text: text.to_owned(),
                form: ReasoningForm::Summary,
            })
        } else {
            PartKind::Text(text.to_owned())
        }
    } else if let Some(call) = part.get("functionCall") {
        let name = call["name"].as_str().unwrap().to_owned();
        let id = call["id"].as_str().map_or_else(
            || {
                *made_up += 1;
                format!("call_gg_test_{made_up}")
            },
            str::to_owned,
        );
        open_calls.push((id.clone(), name.clone()));
        PartKind::ToolCall(ToolCall {
            id,
            name,
            arguments_json: call["args"].to_string(),
            provider_executed: false,
        })
    } else if let Some(data) = part.get("inlineData") {
        let text = data["data"].as_str().unwrap();
        let text = text.replace('-', "+").replace('_', "/");
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| "with media that is not base64")?;
        media(
            data["mimeType"].as_str().unwrap(),
            MediaSource::Data(bytes.into()),
        )
    } else if let Some(data) = part.get("fileData") {
        let uri = data["fileUri"].as_str().unwrap().to_owned();
        media(
            data["mimeType"].as_str().unwrap_or_default(),
            MediaSource::Url(uri),
        )
    } else if is_model {
        state = part.clone();
        PartKind::ToolCall(ToolCall {
            id: "provider".to_owned(),
            name: "provider".to_owned(),
            arguments_json: "{}".to_owned(),
            provider_executed: true,
        })
    } else {
        return Err(format!("with a part of {:?}", part.as_object().unwrap().keys()));
    };
    let mut made = Part::new(kind);
    if state != json!({}) {
        made.provider_state = Some(ProviderState {
            provider: "gemini".to_owned(),
            data: state.to_string().into(),
        });
    }
    if let Some(video) = part.get("videoMetadata") {
        let options = Map::from_iter([("videoMetadata".to_owned(), video.clone())]);
        made.provider_options = crux::domain::options::ProviderOptions::new(
            [("gemini".to_owned(), options)].into_iter().collect(),
        );
    }
    Ok(made)
}

fn media(mime_type: &str, source: MediaSource) -> PartKind {
    PartKind::Media(Media {
        mime_type: mime_type.to_owned(),
        source,
        name: None,
        size_bytes: None,
    })
}

fn result(response: &Value, open_calls: &mut Vec<(String, String)>) -> Result<Part, String> {
    let name = response["name"].as_str().unwrap();
    let id = response["id"].as_str();
    let at = open_calls
        .iter()
        .position(|(known_id, known_name)| id.map_or(known_name == name, |id| id == known_id));
    let (id, name) = match at {
        // Left out on purpose: the dialect must find it in the history.
        Some(at) => (open_calls.remove(at).0, String::new()),
        None => (id.unwrap_or_default().to_owned(), name.to_owned()),
    };
    let mut content = vec![Part::text(response["response"].to_string())];
    for part in response["parts"].as_array().unwrap_or(&Vec::new()) {
        let part = normal_part(part.clone());
        let bytes = STANDARD.decode(part["inlineData"]["data"].as_str().unwrap());
        let bytes = bytes.map_err(|_| "with media that is not base64")?;
        let mime_type = part["inlineData"]["mimeType"].as_str().unwrap();
        content.push(Part::new(media(mime_type, MediaSource::Data(bytes.into()))));
    }
    Ok(Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id,
        name,
        content,
        is_error: false,
    })))
}

fn system_parts(body: &Value) -> Vec<Value> {
    let parts = &body["systemInstruction"]["parts"];
    // One part may stand without a list around it.
    let one = parts.is_object().then(|| parts.clone());
    let parts = parts.as_array().cloned().unwrap_or_default();
    let parts = parts.into_iter().chain(one);
    parts.filter(|part| part["text"] != "").collect()
}

/// A request's conversation in one form: roles and parts, results as the text they hold.
pub(super) fn normal(body: &Value) -> Value {
    let contents = body["contents"].as_array().unwrap().iter();
    let contents: Vec<Value> = contents
        .map(|content| {
            let parts = content["parts"].as_array().unwrap().iter();
            let parts: Vec<Value> = parts.map(|part| comparable(normal_part(part.clone()))).collect();
            let role = content["role"].as_str().unwrap_or("user");
            json!({"role": role, "parts": parts})
        })
        .collect();
    let system: Vec<Value> = system_parts(body)
        .iter()
        .map(|part| part["text"].clone())
        .collect();
    json!({"system": system, "contents": contents})
}

fn comparable(mut part: Value) -> Value {
    if let Some(response) = part.get_mut("functionResponse") {
        let said = &response["response"];
        // The dialect sends text under its documented key, a recording whatever object its client made.
        let text = said["output"]
            .as_str()
            .filter(|text| text.starts_with('{') || text.starts_with('['));
        let text = text.map_or_else(|| said.to_string(), str::to_owned);
        response["response"] = text.into();
        if let Some(parts) = response.get_mut("parts") {
            for part in parts.as_array_mut().unwrap() {
                *part = normal_part(part.take());
            }
        }
    }
    if let Some(data) = part.get_mut("inlineData") {
        data["data"] = data["data"]
            .as_str()
            .unwrap()
            .replace('-', "+")
            .replace('_', "/")
            .into();
    }
    part
}
