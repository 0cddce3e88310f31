//! A whole chat completion, and the parts it shares with a streamed one.

use serde_json::{Map, Value, json};

use super::super::logprobs::Logprobs;
use super::super::reply::Request;
use super::super::script::{Call, Finish, Script, Usage};
use super::super::signature::{self, Kind, Seed};
use super::Flavour;

/// When every answer was made, in seconds since 1970: equal requests get equal answers.
const CREATED: u64 = 1_760_000_000;
/// How the ids of `DeepSeek`'s calls start.
pub(super) const DEEPSEEK_CALL_PREFIX: &str = "call_00_";
const FINGERPRINT: &str = "fp_sandbox";
/// `OpenRouter`'s price of a token, in dollars.
const PRICE: f64 = 0.000_001;

/// What all parts of an answer have in common.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) flavour: Flavour,
    pub(super) seed: Seed,
    id: String,
    model: String,
    hides_reasoning: bool,
    /// The log probabilities asked for.
    pub(super) logprobs: Option<Logprobs>,
}

impl Answer {
    pub(super) fn new(request: &Request, flavour: Flavour) -> Self {
        let seed = request.seed;
        let id = match flavour {
            Flavour::OpenRouter => format!("gen-{CREATED}-{}", seed.alphanumeric(1, 20)),
            Flavour::DeepSeek | Flavour::Xai => seed.uuid(1),
            Flavour::OpenAi => format!("chatcmpl-{}", seed.alphanumeric(1, 29)),
        };
        let excluded = request.body.pointer("/reasoning/exclude") == Some(&Value::Bool(true));
        Self {
            flavour,
            seed,
            id,
            model: super::text(&request.body, "model").to_owned(),
            logprobs: logprobs(&request.body),
            hides_reasoning: excluded || flavour == Flavour::OpenAi,
        }
    }

    /// The reasoning this provider shows.
    pub(super) fn shown_reasoning<'a>(&self, script: &'a Script) -> Option<&'a str> {
        script.reasoning.as_deref().filter(|_| !self.hides_reasoning)
    }

    /// The fields that open a completion or a chunk.
    pub(super) fn head(&self, object: &str) -> Map<String, Value> {
        let mut head = Map::new();
        head.insert("id".to_owned(), self.id.as_str().into());
        head.insert("object".to_owned(), object.into());
        head.insert("created".to_owned(), CREATED.into());
        head.insert("model".to_owned(), self.model.as_str().into());
        match self.flavour {
            Flavour::OpenRouter => head.insert("provider".to_owned(), "Sandbox".into()),
            Flavour::DeepSeek => head.insert("system_fingerprint".to_owned(), FINGERPRINT.into()),
            Flavour::Xai => None,
            Flavour::OpenAi => {
                head.insert("service_tier".to_owned(), "default".into());
                head.insert("system_fingerprint".to_owned(), FINGERPRINT.into())
            }
        };
        head
    }

    /// The field xAI puts last.
    pub(super) fn tail(&self, fields: &mut Map<String, Value>) {
        if self.flavour == Flavour::Xai {
            fields.insert("system_fingerprint".to_owned(), FINGERPRINT.into());
        }
    }

    pub(super) fn whole(&self, script: &Script) -> Value {
        let finish = finish_word(&script.finish);
        let mut choice = match self.flavour {
            Flavour::Xai => json!({"index": 0, "message": self.message(script), "finish_reason": finish}),
            Flavour::OpenRouter => json!({
                "index": 0, "logprobs": null, "finish_reason": finish, "native_finish_reason": finish,
            }),
            Flavour::OpenAi | Flavour::DeepSeek => json!({
                "index": 0, "message": self.message(script), "logprobs": null, "finish_reason": finish,
            }),
        };
        if let (Flavour::OpenRouter, Some(fields)) = (self.flavour, choice.as_object_mut()) {
            fields.insert("message".to_owned(), self.message(script));
        }
        let tokens = self
            .logprobs
            .zip(script.text.as_ref())
            .map(|(logprobs, text)| logprobs.text(text));
        if let (Some(tokens), Some(fields)) = (tokens, choice.as_object_mut()) {
            fields.insert("logprobs".to_owned(), json!({"content": tokens, "refusal": null}));
        }
        let mut whole = self.head("chat.completion");
        whole.insert("choices".to_owned(), json!([choice]));
        whole.insert("usage".to_owned(), self.usage(script.usage));
        self.tail(&mut whole);
        Value::Object(whole)
    }

    fn message(&self, script: &Script) -> Value {
        let text = script.text.as_ref().map(super::script::Text::whole);
        let mut message = json!({"role": "assistant", "content": text});
        let Some(fields) = message.as_object_mut() else {
            return message;
        };
        if self.flavour == Flavour::DeepSeek && text.is_none() {
            fields.insert("content".to_owned(), "".into());
        }
        if self.flavour != Flavour::DeepSeek {
            fields.insert("refusal".to_owned(), Value::Null);
        }
        if self.flavour == Flavour::OpenAi {
            fields.insert("annotations".to_owned(), json!([]));
        }
        if let Some(reasoning) = self.shown_reasoning(script) {
            if self.flavour == Flavour::OpenRouter {
                fields.insert("reasoning".to_owned(), reasoning.into());
                fields.insert(
                    "reasoning_details".to_owned(),
                    json!([Self::signed_detail(reasoning)]),
                );
            } else {
                fields.insert("reasoning_content".to_owned(), reasoning.into());
            }
        }
        if !script.calls.is_empty() {
            let calls = script
                .calls
                .iter()
                .enumerate()
                .map(|(index, call)| self.call(index, call));
            fields.insert("tool_calls".to_owned(), calls.collect());
        }
        message
    }

    fn call(&self, index: usize, call: &Call) -> Value {
        let id = self.call_id(index);
        let function = json!({"name": call.name, "arguments": call.arguments.to_string()});
        match self.flavour {
            Flavour::DeepSeek | Flavour::OpenRouter => {
                json!({"index": index, "id": id, "type": "function", "function": function})
            }
            Flavour::OpenAi | Flavour::Xai => json!({"id": id, "type": "function", "function": function}),
        }
    }

    pub(super) fn call_id(&self, index: usize) -> String {
        let salt = 100 + index as u64;
        match self.flavour {
            Flavour::DeepSeek => self.seed.issued_id(DEEPSEEK_CALL_PREFIX, salt),
            Flavour::OpenAi | Flavour::OpenRouter | Flavour::Xai => {
                format!("call_{}", self.seed.alphanumeric(salt, 24))
            }
        }
    }

    /// A piece of reasoning as `OpenRouter` details it.
    pub(super) fn detail(text: &str) -> Value {
        json!({"type": "reasoning.text", "text": text, "format": "anthropic-claude-v1", "index": 0})
    }

    pub(super) fn signature(reasoning: &str) -> String {
        signature::seal(Kind::ReasoningDetail, reasoning.as_bytes())
    }

    fn signed_detail(reasoning: &str) -> Value {
        let mut detail = Self::detail(reasoning);
        if let Some(fields) = detail.as_object_mut() {
            fields.insert("signature".to_owned(), Self::signature(reasoning).into());
        }
        detail
    }

    pub(super) fn usage(&self, usage: Usage) -> Value {
        let Usage {
            input,
            output,
            reasoning,
        } = usage;
        let all_output = output + reasoning;
        let total = input.total + all_output;
        match self.flavour {
            Flavour::DeepSeek => json!({
                "prompt_tokens": input.total, "completion_tokens": all_output, "total_tokens": total,
                "prompt_tokens_details": {"cached_tokens": input.cache_read},
                "completion_tokens_details": {"reasoning_tokens": reasoning},
                "prompt_cache_hit_tokens": input.cache_read,
                "prompt_cache_miss_tokens": input.total - input.cache_read,
            }),
            // xAI leaves reasoning out of the completion and counts it in the total alone.
            Flavour::Xai => json!({
                "prompt_tokens": input.total, "completion_tokens": output, "total_tokens": total,
                "prompt_tokens_details":
                    {"text_tokens": input.total, "audio_tokens": 0, "image_tokens": 0,
                     "cached_tokens": input.cache_read},
                "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0,
                    "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
                "num_sources_used": 0, "cost_in_usd_ticks": total * 1000,
            }),
            Flavour::OpenRouter => json!({
                "prompt_tokens": input.total, "completion_tokens": all_output, "total_tokens": total,
                "cost": price(total), "is_byok": false,
                "prompt_tokens_details":
                    {"cached_tokens": input.cache_read, "cache_write_tokens": input.cache_write,
                     "audio_tokens": 0, "video_tokens": 0},
                "cost_details": {"upstream_inference_cost": null, "upstream_inference_prompt_cost": price(input.total),
                    "upstream_inference_completions_cost": price(all_output)},
                "completion_tokens_details":
                    {"reasoning_tokens": reasoning, "image_tokens": 0, "audio_tokens": 0},
            }),
            Flavour::OpenAi => json!({
                "prompt_tokens": input.total, "completion_tokens": all_output, "total_tokens": total,
                "prompt_tokens_details": {"cached_tokens": input.cache_read, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": reasoning, "audio_tokens": 0,
                    "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
            }),
        }
    }
}

fn logprobs(body: &Value) -> Option<Logprobs> {
    let alternatives = body.get("top_logprobs").and_then(Value::as_u64).unwrap_or(0);
    (body.get("logprobs") == Some(&Value::Bool(true))).then(|| Logprobs::new(alternatives))
}

#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
fn price(tokens: u64) -> f64 {
    tokens as f64 * PRICE
}

pub(super) fn finish_word(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) => "stop",
        Finish::Length => "length",
        Finish::Calls => "tool_calls",
    }
}
