//! A streamed answer: SSE events, or the members of one JSON array.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::cache::Input;
use super::super::script::{Finish, Script, Usage};
use super::super::stream::{Frames, Template, Wire};
use super::answer::Answer;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Sse,
    Array,
}

pub(super) struct Stream {
    answer: Answer,
    framing: Framing,
    usage: Usage,
    /// Whether a member was sent, after which an array needs a comma.
    opened: bool,
    first: Option<Template>,
    later: Option<Template>,
    thought: Option<Template>,
}

impl Stream {
    pub(super) fn new(answer: Answer, framing: Framing) -> Self {
        let usage = Usage {
            input: Input::fresh(0),
            output: 0,
            reasoning: 0,
        };
        Self {
            answer,
            framing,
            usage,
            opened: false,
            first: None,
            later: None,
            thought: None,
        }
    }

    fn chunk(&self, parts: &[Value], finish: Option<&Finish>) -> Value {
        self.answer.chunk(parts, finish, self.usage, false)
    }

    /// Spells a chunk, with what separates it from the one before.
    fn spell(&self, chunk: &Value, is_first: bool) -> String {
        match self.framing {
            Framing::Sse => format!("data: {chunk}\r\n\r\n"),
            Framing::Array => format!("{}{chunk:#}\n", if is_first { "[" } else { ",\n" }),
        }
    }

    fn event(&mut self, chunk: &Value) -> String {
        let is_first = !std::mem::replace(&mut self.opened, true);
        self.spell(chunk, is_first)
    }

    fn template(&self, part: &Value, is_first: bool) -> Template {
        let chunk = self.chunk(std::slice::from_ref(part), None);
        Template::new(&self.spell(&chunk, is_first))
    }

    fn fill(&mut self, text: &str) -> Bytes {
        let part = json!({"text": Template::HOLE});
        if !std::mem::replace(&mut self.opened, true) {
            return self.first.get_or_insert(Template::new("")).fill(text);
        }
        if self.later.is_none() {
            self.later = Some(self.template(&part, false));
        }
        self.later
            .as_ref()
            .map(|template| template.fill(text))
            .unwrap_or_default()
    }
}

impl Wire for Stream {
    fn open(&mut self, script: &Script, _out: &mut Frames) {
        self.usage = script.usage;
        self.first = Some(self.template(&json!({"text": Template::HOLE}), true));
        let thought = json!({"text": Template::HOLE, "thought": true});
        self.thought = Some(self.template(&thought, false));
    }

    fn reasoning(&mut self, piece: &str, out: &mut Frames) {
        if !self.answer.shows_thoughts {
            return;
        }
        if self.opened {
            out.delta(
                self.thought
                    .as_ref()
                    .map(|template| template.fill(piece))
                    .unwrap_or_default(),
            );
        } else {
            let chunk = self.chunk(&[json!({"text": piece, "thought": true})], None);
            out.delta(self.event(&chunk));
        }
    }

    fn text(&mut self, piece: &str, out: &mut Frames) {
        let bytes = self.fill(piece);
        out.delta(bytes);
    }

    fn call_start(&mut self, script: &Script, index: usize, out: &mut Frames) {
        if let Some(call) = script.calls.get(index) {
            let chunk = self.chunk(&[self.answer.call(index, call)], None);
            out.delta(self.event(&chunk));
        }
    }

    fn close(&mut self, script: &Script, out: &mut Frames) {
        // The last part is empty, and carries the signature of the text before it.
        let mut part = json!({"text": ""});
        if script.text.is_some() {
            self.answer.sign(&mut part, "text");
        }
        let chunk = self.chunk(&[part], Some(&script.finish));
        out.usage(self.event(&chunk));
        if self.framing == Framing::Array {
            out.marker(&b"]"[..]);
        }
    }

    fn error(&mut self, _script: &Script, out: &mut Frames) {
        let message = "The model is overloaded. Please try again later.";
        let error = json!({"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}});
        out.other(self.event(&error));
        if self.framing == Framing::Array {
            out.marker(&b"]"[..]);
        }
    }

    fn garbage(&mut self, out: &mut Frames) {
        match self.framing {
            Framing::Sse => out.other(&b"data: {\"garbage\": tru\r\n\r\n"[..]),
            Framing::Array => out.other(&b",\n{\"garbage\": tru\n"[..]),
        }
    }
}
