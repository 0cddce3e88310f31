//! A streamed message: the events from `message_start` to `message_stop`.

use serde_json::{Value, json};

use super::super::script::{Script, Usage};
use super::super::stream::{Frames, Template, Wire};
use super::answer::{self, Answer};

pub(super) struct Stream {
    answer: Answer,
    /// The index of the next content block.
    block: u64,
    text: Template,
    thinking: Template,
    redacted: bool,
}

impl Stream {
    pub(super) fn new(answer: Answer) -> Self {
        Self {
            answer,
            block: 0,
            text: Template::new(""),
            thinking: Template::new(""),
            redacted: false,
        }
    }

    fn start(&self, block: &Value, out: &mut Frames) {
        let event = json!({"type": "content_block_start", "index": self.block, "content_block": block});
        out.other(padded(&event));
        if self.block == 0 {
            out.other(&b"event: ping\ndata: {\"type\": \"ping\"}\n\n"[..]);
        }
    }

    fn delta(&self, delta: &Value) -> String {
        padded(&json!({"type": "content_block_delta", "index": self.block, "delta": delta}))
    }

    fn stop(&mut self, out: &mut Frames) {
        out.other(padded(
            &json!({"type": "content_block_stop", "index": self.block}),
        ));
        self.block += 1;
    }
}

impl Wire for Stream {
    fn open(&mut self, script: &Script, out: &mut Frames) {
        let usage = Usage {
            input: script.usage.input,
            output: 1,
            reasoning: 0,
        };
        let message = self.answer.message(&[], usage);
        out.other(padded(&json!({"type": "message_start", "message": message})));
    }

    fn reasoning_start(&mut self, script: &Script, out: &mut Frames) {
        let thinking = script.reasoning.as_deref().unwrap_or_default();
        self.redacted = answer::is_redacted(thinking);
        if self.redacted {
            self.start(&answer::redacted(thinking), out);
        } else {
            self.start(&json!({"type": "thinking", "thinking": "", "signature": ""}), out);
            let hole = json!({"type": "thinking_delta", "thinking": Template::HOLE});
            self.thinking = Template::new(&self.delta(&hole));
        }
    }

    fn reasoning(&mut self, piece: &str, out: &mut Frames) {
        if !self.redacted && !self.answer.omits_thinking {
            out.delta(self.thinking.fill(piece));
        }
    }

    fn reasoning_end(&mut self, script: &Script, out: &mut Frames) {
        if !self.redacted {
            let signature = answer::sign(script.reasoning.as_deref().unwrap_or_default());
            out.other(self.delta(&json!({"type": "signature_delta", "signature": signature})));
        }
        self.stop(out);
    }

    fn text_start(&mut self, _script: &Script, out: &mut Frames) {
        self.start(&json!({"type": "text", "text": ""}), out);
        let hole = json!({"type": "text_delta", "text": Template::HOLE});
        self.text = Template::new(&self.delta(&hole));
    }

    fn text(&mut self, piece: &str, out: &mut Frames) {
        out.delta(self.text.fill(piece));
    }

    fn text_end(&mut self, _script: &Script, out: &mut Frames) {
        self.stop(out);
    }

    fn call_start(&mut self, script: &Script, index: usize, out: &mut Frames) {
        let name = script
            .calls
            .get(index)
            .map(|call| call.name.as_str())
            .unwrap_or_default();
        self.start(&self.answer.tool_use(index, name, &json!({})), out);
        out.other(self.delta(&json!({"type": "input_json_delta", "partial_json": ""})));
    }

    fn call_fragment(&mut self, _index: usize, fragment: &str, out: &mut Frames) {
        out.delta(self.delta(&json!({"type": "input_json_delta", "partial_json": fragment})));
    }

    fn call_end(&mut self, _script: &Script, _index: usize, out: &mut Frames) {
        self.stop(out);
    }

    fn close(&mut self, script: &Script, out: &mut Frames) {
        let delta = json!({
            "stop_reason": answer::stop_reason(&script.finish),
            "stop_sequence": answer::stop_sequence(&script.finish),
            "stop_details": null,
        });
        let input = script.usage.input;
        let mut usage = json!({
            "input_tokens": input.uncached(), "cache_creation_input_tokens": input.cache_write,
            "cache_read_input_tokens": input.cache_read,
            "output_tokens": script.usage.output + script.usage.reasoning,
        });
        if let (true, Some(fields)) = (script.usage.reasoning > 0, usage.as_object_mut()) {
            fields.insert(
                "output_tokens_details".to_owned(),
                json!({"thinking_tokens": script.usage.reasoning}),
            );
        }
        out.usage(padded(
            &json!({"type": "message_delta", "delta": delta, "usage": usage}),
        ));
        out.marker(padded(&json!({"type": "message_stop"})));
    }

    fn error(&mut self, _script: &Script, out: &mut Frames) {
        let error = json!({"details": null, "type": "overloaded_error", "message": "Overloaded"});
        out.other(padded(&json!({"type": "error", "error": error})));
    }

    fn garbage(&mut self, out: &mut Frames) {
        out.other(&b"event: content_block_delta\ndata: {\"garbage\": tru\n\n"[..]);
    }
}

/// Spells an event with blanks before its last brace, as the provider pads them.
fn padded(event: &Value) -> String {
    let name = super::text(event, "type");
    let json = event.to_string();
    let body = json.strip_suffix('}').unwrap_or(&json);
    format!("event: {name}\ndata: {body}   }}\n\n")
}
