//! A streamed chat completion: chunks, the usage chunk and `[DONE]`.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::super::logprobs::Logprobs;
use super::super::script::Script;
use super::super::stream::{Frames, Template, Wire};
use super::Flavour;
use super::answer::{Answer, finish_word};

const DONE: &[u8] = b"data: [DONE]\n\n";
const PROCESSING: &[u8] = b": OPENROUTER PROCESSING\n\n";

pub(super) struct Stream {
    answer: Answer,
    /// Whether the caller asked for the usage; two providers give it in any case.
    usage: bool,
    text: Template,
    reasoning: Template,
    /// Whether a delta was sent, which is when xAI names the role.
    opened: bool,
}

impl Stream {
    pub(super) fn new(answer: Answer, usage: bool) -> Self {
        let usage = usage || matches!(answer.flavour, Flavour::OpenRouter | Flavour::DeepSeek);
        let mut stream = Self {
            answer,
            usage,
            text: Template::new(""),
            reasoning: Template::new(""),
            opened: false,
        };
        let hole = Template::HOLE;
        let text = match stream.answer.flavour {
            Flavour::OpenRouter => json!({"role": "assistant", "content": hole}),
            Flavour::OpenAi | Flavour::DeepSeek | Flavour::Xai => json!({ "content": hole }),
        };
        let reasoning = json!({ "reasoning_content": hole });
        stream.text = Template::new(&stream.chunk(&text, None));
        stream.reasoning = Template::new(&stream.chunk(&reasoning, None));
        stream
    }

    /// Spells a chunk, as this provider lays it out.
    fn chunk(&self, delta: &Value, finish: Option<&str>) -> String {
        self.chunk_of(&self.choice(delta, finish))
    }

    fn choice(&self, delta: &Value, finish: Option<&str>) -> Value {
        match (self.answer.flavour, finish) {
            (Flavour::Xai, None) => json!({"index": 0, "delta": delta}),
            (Flavour::Xai, Some(finish)) => json!({"index": 0, "delta": delta, "finish_reason": finish}),
            (Flavour::OpenRouter, _) => json!({
                "index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish,
                "logprobs": null,
            }),
            (Flavour::OpenAi | Flavour::DeepSeek, _) => {
                json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish})
            }
        }
    }

    fn chunk_of(&self, choice: &Value) -> String {
        let mut chunk = self.answer.head("chat.completion.chunk");
        chunk.insert("choices".to_owned(), json!([choice]));
        let null_usage = match self.answer.flavour {
            Flavour::OpenAi => self.usage,
            Flavour::DeepSeek => true,
            Flavour::OpenRouter | Flavour::Xai => false,
        };
        if null_usage {
            chunk.insert("usage".to_owned(), Value::Null);
        }
        self.finish_chunk(chunk)
    }

    fn finish_chunk(&self, mut chunk: Map<String, Value>) -> String {
        self.answer.tail(&mut chunk);
        if self.answer.flavour == Flavour::OpenAi {
            chunk.insert("obfuscation".to_owned(), "sandbox".into());
        }
        event(&Value::Object(chunk))
    }

    /// Spells a piece of text with its log probability.
    fn weighed(&self, piece: &str, logprobs: Logprobs) -> String {
        let mut choice = self.choice(&json!({"role": "assistant", "content": piece}), None);
        if let Some(fields) = choice.as_object_mut() {
            let tokens = json!({"content": [logprobs.token(piece)], "refusal": null});
            fields.insert("logprobs".to_owned(), tokens);
        }
        self.chunk_of(&choice)
    }

    fn delta(&self, delta: &Value) -> Bytes {
        self.chunk(delta, None).into()
    }
}

impl Wire for Stream {
    fn open(&mut self, script: &Script, out: &mut Frames) {
        let content = if script.text.is_some() {
            json!("")
        } else {
            Value::Null
        };
        match self.answer.flavour {
            Flavour::OpenRouter => {
                out.other(PROCESSING);
                out.other(PROCESSING);
            }
            Flavour::DeepSeek if script.reasoning.is_some() => {
                let delta = json!({"role": "assistant", "content": null, "reasoning_content": ""});
                out.other(self.delta(&delta));
            }
            Flavour::DeepSeek => out.other(self.delta(&json!({"role": "assistant", "content": ""}))),
            Flavour::Xai => {}
            Flavour::OpenAi => {
                out.other(self.delta(&json!({"role": "assistant", "content": content, "refusal": null})));
            }
        }
    }

    fn reasoning(&mut self, piece: &str, out: &mut Frames) {
        match self.answer.flavour {
            Flavour::DeepSeek => out.delta(self.reasoning.fill(piece)),
            Flavour::Xai => {
                let role = (!self.opened).then_some("assistant");
                self.opened = true;
                out.delta(self.delta(&with_role(json!({ "reasoning_content": piece }), role)));
            }
            Flavour::OpenRouter => {
                let details = json!([Answer::detail(piece)]);
                out.delta(self.delta(&json!({
                    "role": "assistant", "content": "", "reasoning": piece, "reasoning_details": details,
                })));
            }
            Flavour::OpenAi => {}
        }
    }

    fn reasoning_end(&mut self, script: &Script, out: &mut Frames) {
        let Some(reasoning) = self.answer.shown_reasoning(script) else {
            return;
        };
        if self.answer.flavour == Flavour::OpenRouter {
            let detail = json!({
                "type": "reasoning.text", "signature": Answer::signature(reasoning),
                "format": "anthropic-claude-v1", "index": 0,
            });
            out.other(self.delta(&json!({
                "role": "assistant", "content": "", "reasoning": null, "reasoning_details": [detail],
            })));
        }
    }

    fn text_start(&mut self, _script: &Script, out: &mut Frames) {
        if self.answer.flavour == Flavour::OpenRouter {
            out.other(PROCESSING);
        }
    }

    fn text(&mut self, piece: &str, out: &mut Frames) {
        if let Some(logprobs) = self.answer.logprobs {
            out.delta(self.weighed(piece, logprobs));
        } else if self.answer.flavour == Flavour::Xai && !self.opened {
            self.opened = true;
            out.delta(self.delta(&json!({"content": piece, "role": "assistant"})));
        } else {
            out.delta(self.text.fill(piece));
        }
    }

    fn call_start(&mut self, script: &Script, index: usize, out: &mut Frames) {
        let Some(call) = script.calls.get(index) else {
            return;
        };
        let id = self.answer.call_id(index);
        // xAI sends a call in one piece.
        let arguments = match self.answer.flavour {
            Flavour::Xai => call.arguments.to_string(),
            Flavour::OpenAi | Flavour::OpenRouter | Flavour::DeepSeek => String::new(),
        };
        let call = json!({"index": index, "id": id, "type": "function",
                          "function": {"name": call.name, "arguments": arguments}});
        let delta = match self.answer.flavour {
            Flavour::OpenRouter => json!({"role": "assistant", "content": null, "tool_calls": [call]}),
            Flavour::Xai => with_role(
                json!({ "tool_calls": [call] }),
                (!self.opened).then_some("assistant"),
            ),
            Flavour::OpenAi | Flavour::DeepSeek => json!({ "tool_calls": [call] }),
        };
        self.opened = true;
        out.delta(self.delta(&delta));
    }

    fn call_fragment(&mut self, index: usize, fragment: &str, out: &mut Frames) {
        if self.answer.flavour == Flavour::Xai {
            return;
        }
        let delta = json!({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]});
        out.delta(self.delta(&delta));
    }

    fn close(&mut self, script: &Script, out: &mut Frames) {
        let finish = Some(finish_word(&script.finish));
        let usage = self.answer.usage(script.usage);
        match self.answer.flavour {
            // DeepSeek's last chunk has both.
            Flavour::DeepSeek => {
                let chunk = self.chunk(&json!({"content": ""}), finish);
                out.usage(chunk.replacen("\"usage\":null", &format!("\"usage\":{usage}"), 1));
            }
            Flavour::OpenRouter => {
                out.other(self.chunk(&json!({"role": "assistant", "content": ""}), finish));
                let mut chunk = self.answer.head("chat.completion.chunk");
                let delta = json!({"role": "assistant", "content": ""});
                let choice = json!({"index": 0, "delta": delta, "finish_reason": null,
                                    "native_finish_reason": null, "logprobs": null});
                chunk.insert("choices".to_owned(), json!([choice]));
                chunk.insert("usage".to_owned(), usage);
                out.usage(self.finish_chunk(chunk));
            }
            Flavour::OpenAi | Flavour::Xai => {
                out.other(self.chunk(&json!({}), finish));
                if self.usage {
                    let mut chunk = self.answer.head("chat.completion.chunk");
                    chunk.insert("choices".to_owned(), json!([]));
                    chunk.insert("usage".to_owned(), usage);
                    out.usage(self.finish_chunk(chunk));
                }
            }
        }
        out.marker(DONE);
    }

    fn error(&mut self, _script: &Script, out: &mut Frames) {
        match self.answer.flavour {
            Flavour::OpenRouter => {
                let mut chunk = self.answer.head("chat.completion.chunk");
                let error = json!({"code": 502, "message": "Provider disconnected unexpectedly"});
                chunk.insert("error".to_owned(), error);
                let delta = json!({"role": "assistant", "content": ""});
                let choice = json!({"index": 0, "delta": delta, "finish_reason": "error",
                                    "native_finish_reason": "error", "logprobs": null});
                chunk.insert("choices".to_owned(), json!([choice]));
                out.other(event(&Value::Object(chunk)));
            }
            Flavour::Xai => out.other(event(
                &json!({"code": "internal", "error": "Internal server error"}),
            )),
            Flavour::OpenAi | Flavour::DeepSeek => out.other(event(&json!({"error": {
                "message": "The server had an error while processing your request. Sorry about that!",
                "type": "server_error", "param": null, "code": null,
            }}))),
        }
    }
}

fn with_role(mut delta: Value, role: Option<&str>) -> Value {
    if let (Some(fields), Some(role)) = (delta.as_object_mut(), role) {
        fields.insert("role".to_owned(), role.into());
    }
    delta
}

fn event(value: &Value) -> String {
    format!("data: {value}\n\n")
}
