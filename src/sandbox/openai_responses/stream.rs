//! A streamed response: its events, numbered, from `response.created` to `response.completed`.

use serde_json::{Value, json};

use super::super::script::{Finish, Script};
use super::super::stream::{Frames, Wire, quote};
use super::Flavour;
use super::answer::{self, Answer, Stage};

pub(super) struct Stream {
    answer: Answer,
    /// The number of the next event.
    number: u64,
    /// The index of the item under way.
    index: u64,
    message_id: String,
    reasoning_id: String,
}

impl Stream {
    pub(super) fn new(answer: Answer) -> Self {
        let (message_id, reasoning_id) = (answer.message_id(), answer.reasoning_id());
        Self {
            answer,
            number: 0,
            index: 0,
            message_id,
            reasoning_id,
        }
    }

    /// Spells an event with its number, which goes last.
    fn event(&mut self, mut event: Value) -> String {
        if let Some(fields) = event.as_object_mut() {
            fields.insert("sequence_number".to_owned(), self.number.into());
        }
        self.number += 1;
        format!("event: {}\ndata: {event}\n\n", answer::kind(&event))
    }

    fn item_added(&mut self, item: &Value, out: &mut Frames) {
        let event = json!({"type": "response.output_item.added", "item": item, "output_index": self.index});
        out.other(self.event(event));
    }

    fn item_done(&mut self, item: &Value, out: &mut Frames) {
        let event = json!({"type": "response.output_item.done", "item": item, "output_index": self.index});
        out.other(self.event(event));
        self.index += 1;
    }

    fn arguments_delta(&mut self, index: usize, delta: &str, out: &mut Frames) {
        let event = json!({
            "type": "response.function_call_arguments.delta", "delta": delta,
            "item_id": self.answer.call_item_id(index), "output_index": self.index,
        });
        out.delta(self.event(event));
    }
}

impl Wire for Stream {
    fn open(&mut self, script: &Script, out: &mut Frames) {
        let response = self.answer.response(script, Stage::InProgress);
        out.other(self.event(json!({"type": "response.created", "response": response})));
        out.other(self.event(json!({"type": "response.in_progress", "response": response})));
    }

    fn reasoning_start(&mut self, script: &Script, out: &mut Frames) {
        let reasoning = script.reasoning.as_deref().unwrap_or_default();
        let item = self.answer.reasoning(reasoning, false);
        self.item_added(&item, out);
        if self.answer.shows_summary {
            let event = json!({
                "type": "response.reasoning_summary_part.added", "item_id": self.reasoning_id,
                "output_index": self.index, "part": {"type": "summary_text", "text": ""}, "summary_index": 0,
            });
            out.other(self.event(event));
        }
    }

    fn reasoning(&mut self, piece: &str, out: &mut Frames) {
        if self.answer.shows_summary {
            let event = json!({
                "type": "response.reasoning_summary_text.delta", "delta": piece, "item_id": self.reasoning_id,
                "output_index": self.index, "summary_index": 0,
            });
            out.delta(self.event(event));
        }
    }

    fn reasoning_end(&mut self, script: &Script, out: &mut Frames) {
        let reasoning = script.reasoning.as_deref().unwrap_or_default();
        if self.answer.shows_summary {
            let event = json!({
                "type": "response.reasoning_summary_text.done", "item_id": self.reasoning_id,
                "output_index": self.index, "summary_index": 0, "text": reasoning,
            });
            out.other(self.event(event));
            let event = json!({
                "type": "response.reasoning_summary_part.done", "item_id": self.reasoning_id,
                "output_index": self.index, "part": {"type": "summary_text", "text": reasoning}, "summary_index": 0,
            });
            out.other(self.event(event));
        }
        let item = self.answer.reasoning(reasoning, true);
        self.item_done(&item, out);
    }

    fn text_start(&mut self, _script: &Script, out: &mut Frames) {
        let item = json!({
            "id": self.message_id, "type": "message", "status": "in_progress", "content": [], "role": "assistant",
        });
        self.item_added(&item, out);
        let event = json!({
            "type": "response.content_part.added", "content_index": 0, "item_id": self.message_id,
            "output_index": self.index, "part": answer::empty_part(),
        });
        out.other(self.event(event));
    }

    fn text(&mut self, piece: &str, out: &mut Frames) {
        // Spelled by hand: most events of a stream are these.
        let mut bytes = Vec::with_capacity(piece.len() + self.message_id.len() + 256);
        bytes.extend_from_slice(
            b"event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"content_index\":0,\"delta\":",
        );
        quote(&mut bytes, piece);
        let obfuscation = match self.answer.flavour {
            Flavour::Xai => "",
            Flavour::OpenAi => ",\"obfuscation\":\"sandbox\"",
        };
        let weights = self
            .answer
            .logprobs
            .map(|logprobs| json!([logprobs.token(piece)]).to_string());
        let logprobs = weights.as_deref().unwrap_or("[]");
        let rest = format!(
            ",\"item_id\":\"{}\",\"logprobs\":{logprobs}{obfuscation},\"output_index\":{},\"sequence_number\":{}}}\n\n",
            self.message_id, self.index, self.number
        );
        bytes.extend_from_slice(rest.as_bytes());
        self.number += 1;
        out.delta(bytes);
    }

    fn text_end(&mut self, script: &Script, out: &mut Frames) {
        let Some(text) = &script.text else { return };
        let event = json!({
            "type": "response.output_text.done", "content_index": 0, "item_id": self.message_id,
            "logprobs": self.answer.weigh(text), "output_index": self.index, "text": text.whole(),
        });
        out.other(self.event(event));
        let event = json!({
            "type": "response.content_part.done", "content_index": 0, "item_id": self.message_id,
            "output_index": self.index, "part": self.answer.text_part(text),
        });
        out.other(self.event(event));
        let item = self.answer.message(text, &script.finish);
        self.item_done(&item, out);
    }

    fn call_start(&mut self, script: &Script, index: usize, out: &mut Frames) {
        if let Some(call) = script.calls.get(index) {
            let item = self.answer.call(index, call, "", "in_progress");
            self.item_added(&item, out);
        }
    }

    fn call_fragment(&mut self, index: usize, fragment: &str, out: &mut Frames) {
        // xAI sends arguments in one piece.
        if self.answer.flavour != Flavour::Xai {
            self.arguments_delta(index, fragment, out);
        }
    }

    fn call_end(&mut self, script: &Script, index: usize, out: &mut Frames) {
        let Some(call) = script.calls.get(index) else {
            return;
        };
        let arguments = call.arguments.to_string();
        if self.answer.flavour == Flavour::Xai {
            self.arguments_delta(index, &arguments, out);
        }
        let event = json!({
            "type": "response.function_call_arguments.done", "arguments": arguments,
            "item_id": self.answer.call_item_id(index), "output_index": self.index,
        });
        out.other(self.event(event));
        let item = self.answer.call(index, call, &arguments, "completed");
        self.item_done(&item, out);
    }

    fn close(&mut self, script: &Script, out: &mut Frames) {
        let kind = if script.finish == Finish::Length {
            "response.incomplete"
        } else {
            "response.completed"
        };
        let response = self.answer.response(script, Stage::Done);
        out.usage(self.event(json!({"type": kind, "response": response})));
    }

    fn error(&mut self, script: &Script, out: &mut Frames) {
        let message = "An error occurred while processing your request. You can retry your request.";
        let error =
            json!({"type": "server_error", "code": "server_error", "message": message, "param": null});
        let event = json!({"type": "error", "error": error});
        out.other(self.event(event));
        let response = self.answer.response(script, Stage::Failed);
        out.other(self.event(json!({"type": "response.failed", "response": response})));
    }
}
