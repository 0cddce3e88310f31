//! Tool loops with reasoning: what a provider gave must come back, unchanged and in its place.

use serde_json::{Value, json};

use super::{Server, start};

const USER: &str = "hi there";

/// A dialect's way through a loop.
struct Loop {
    path: &'static str,
    /// The request of the first turn.
    first: Value,
    /// Makes the second request from the first one and its answer.
    second: fn(Value, &Value) -> Value,
    /// Where the second request holds what must not change, if this dialect has such a thing.
    state: Option<&'static str>,
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

fn functions() -> Value {
    let function =
        |name: &str| json!({"type": "function", "function": {"name": name, "parameters": schema()}});
    json!([function("weather"), function("clock")])
}

fn push(request: &mut Value, list: &str, items: impl IntoIterator<Item = Value>) {
    request[list].as_array_mut().unwrap().extend(items);
}

fn chat(mut request: Value, answer: &Value) -> Value {
    let message = answer["choices"][0]["message"].clone();
    let calls = message["tool_calls"].as_array().unwrap().clone();
    let result = |call: Value| json!({"role": "tool", "tool_call_id": call["id"], "content": "fine"});
    push(&mut request, "messages", [message]);
    push(&mut request, "messages", calls.into_iter().map(result));
    request
}

fn responses(mut request: Value, answer: &Value) -> Value {
    let output = answer["output"].as_array().unwrap();
    let calls = output.iter().filter(|item| item["type"] == "function_call");
    let result =
        |call: &Value| json!({"type": "function_call_output", "call_id": call["call_id"], "output": "fine"});
    let results: Vec<Value> = calls.map(result).collect();
    push(&mut request, "input", output.iter().cloned());
    push(&mut request, "input", results);
    request
}

fn messages(mut request: Value, answer: &Value) -> Value {
    let content = answer["content"].as_array().unwrap();
    let calls = content.iter().filter(|block| block["type"] == "tool_use");
    let result = |call: &Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "fine"});
    let results: Vec<Value> = calls.map(result).collect();
    let turns = [
        json!({"role": "assistant", "content": content}),
        json!({"role": "user", "content": results}),
    ];
    push(&mut request, "messages", turns);
    request
}

fn contents(mut request: Value, answer: &Value) -> Value {
    let content = answer["candidates"][0]["content"].clone();
    let calls = content["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part.get("functionCall"));
    let result =
        |call: &Value| json!({"functionResponse": {"name": call["name"], "response": {"result": "fine"}}});
    let results: Vec<Value> = calls.map(result).collect();
    push(
        &mut request,
        "contents",
        [content, json!({"role": "user", "parts": results})],
    );
    request
}

fn local(mut request: Value, answer: &Value) -> Value {
    let message = answer["message"].clone();
    let calls = message["tool_calls"].as_array().unwrap().clone();
    let result =
        |call: Value| json!({"role": "tool", "tool_name": call["function"]["name"], "content": "fine"});
    push(&mut request, "messages", [message]);
    push(&mut request, "messages", calls.into_iter().map(result));
    request
}

fn loops() -> Vec<Loop> {
    let user = json!([{"role": "user", "content": USER}]);
    let tool = |name: &str| json!({"name": name, "input_schema": schema()});
    let flat = |name: &str| json!({"type": "function", "name": name, "parameters": schema()});
    let declared = |name: &str| json!({"name": name, "parameters": schema()});
    vec![
        Loop {
            path: "/openai/v1/chat/completions",
            first: json!({"model": "m", "messages": user, "tools": functions(), "reasoning_effort": "low"}),
            second: chat,
            state: None,
        },
        Loop {
            path: "/openrouter/api/v1/chat/completions",
            first: json!({"model": "m", "messages": user, "tools": functions(), "reasoning": {"effort": "low"}}),
            second: chat,
            state: Some("/messages/1/reasoning_details/0/signature"),
        },
        Loop {
            path: "/deepseek/v1/chat/completions",
            first: json!({"model": "m", "messages": user, "tools": functions(), "thinking": {"type": "enabled"}}),
            second: chat,
            state: Some("/messages/1/reasoning_content"),
        },
        Loop {
            path: "/openai/v1/responses",
            first: json!({
                "model": "m", "input": user, "tools": [flat("weather"), flat("clock")], "store": false,
                "reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"],
            }),
            second: responses,
            state: Some("/input/1/encrypted_content"),
        },
        Loop {
            path: "/anthropic/v1/messages",
            first: json!({
                "model": "m", "messages": user, "tools": [tool("weather"), tool("clock")], "max_tokens": 2048,
                "thinking": {"type": "enabled", "budget_tokens": 1024},
            }),
            second: messages,
            state: Some("/messages/1/content/0/signature"),
        },
        Loop {
            path: "/gemini/v1beta/models/gemini-3-pro:generateContent",
            first: json!({
                "contents": [{"role": "user", "parts": [{"text": USER}]}],
                "tools": [{"functionDeclarations": [declared("weather"), declared("clock")]}],
            }),
            second: contents,
            state: Some("/contents/1/parts/0/thoughtSignature"),
        },
        Loop {
            path: "/ollama/api/chat",
            first: json!({"model": "m", "messages": user, "tools": functions(), "think": true, "stream": false}),
            second: local,
            state: None,
        },
    ]
}

async fn post(server: &Server, path: &str, body: &Value) -> (String, String) {
    let got = server.fetch("POST", path, &body.to_string()).await;
    (got.status().to_owned(), got.text())
}

#[tokio::test]
async fn a_loop_that_returns_what_it_got_is_answered() {
    let server = start().await;

    for Loop {
        path, first, second, ..
    } in loops()
    {
        let (status, answer) = post(&server, path, &first).await;
        assert_eq!(status, "200", "{path}: {answer}");
        let second = second(first, &serde_json::from_str(&answer).unwrap());
        let (status, answer) = post(&server, path, &second).await;

        assert_eq!(status, "200", "{path}: {answer}");
        assert!(
            answer.contains("The tools answered: fine; fine"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn state_that_was_changed_or_left_out_is_refused() {
    let server = start().await;

    for Loop {
        path,
        first,
        second,
        state,
    } in loops()
    {
        let Some(state) = state else { continue };
        let (_, answer) = post(&server, path, &first).await;
        let sound = second(first, &serde_json::from_str(&answer).unwrap());

        let mut emptied = sound.clone();
        *emptied.pointer_mut(state).unwrap() = json!("");
        let mut changed = sound;
        *changed.pointer_mut(state).unwrap() = json!("Zm9yZ2Vk");

        // OpenRouter goes on without reasoning, and DeepSeek cannot tell another's from its own.
        if !path.starts_with("/openrouter") {
            assert_eq!(post(&server, path, &emptied).await.0, "400", "{path} emptied");
        }
        if !path.starts_with("/deepseek") {
            assert_eq!(post(&server, path, &changed).await.0, "400", "{path} changed");
        }
    }
}

#[tokio::test]
async fn a_call_without_its_result_is_refused() {
    let server = start().await;

    for Loop {
        path, first, second, ..
    } in loops()
    {
        let (_, answer) = post(&server, path, &first).await;
        let mut broken = second(first, &serde_json::from_str(&answer).unwrap());
        let list = ["messages", "input", "contents"]
            .into_iter()
            .find(|list| broken.get(list).is_some())
            .unwrap();
        let turns = broken[list].as_array_mut().unwrap();
        let end = turns.last_mut().unwrap();
        match ["content", "parts"]
            .into_iter()
            .find(|list| end.get(list).is_some_and(Value::is_array))
        {
            Some(results) => drop(end[results].as_array_mut().unwrap().pop()),
            None => drop(turns.pop()),
        }

        let (status, answer) = post(&server, path, &broken).await;

        // Ollama has no ids and checks nothing.
        let expected = if path.starts_with("/ollama") { "200" } else { "400" };
        assert_eq!(status, expected, "{path}: {answer}");
    }
}
