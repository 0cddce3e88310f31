//! An assistant's message on its way back: text, calls, reasoning and state where they came from.

use serde_json::{Map, Value, json};

use crate::domain::content::{
    Media, MediaFamily, Message, Opaque, Part, PartKind, Reasoning, Role, ToolCall,
};
use crate::wire::dialect::EncodeError;
use crate::wire::openai_chat::messages::parse_block;
use crate::wire::openai_chat::parts::{Blocks, address, content};
use crate::wire::openai_chat::quirks::ReasoningReplay;
use crate::wire::openai_chat::state::State;

/// Encodes one message.
#[derive(Debug)]
pub(super) struct Assistant<'a, 'b> {
    blocks: &'a mut Blocks<'b>,
    sends_reasoning: bool,
    needs_reasoning: bool,
    content: Vec<Map<String, Value>>,
    refusal: String,
    calls: Vec<Value>,
    /// Reasoning text by the member it goes back in.
    reasoning: Vec<(String, String)>,
    details: Vec<Value>,
    images: Vec<Value>,
    annotations: Vec<Value>,
    audio: Option<String>,
    /// Other members that came with the message.
    members: Map<String, Value>,
    dropped: Vec<String>,
}

impl<'a, 'b> Assistant<'a, 'b> {
    /// `is_tool_turn`: the model called tools in the message's turn. `needs_reasoning`: a call without
    /// reasoning would be refused.
    pub(super) fn new(blocks: &'a mut Blocks<'b>, is_tool_turn: bool, needs_reasoning: bool) -> Self {
        let sends_reasoning = match blocks.quirks.reasoning_replay {
            ReasoningReplay::Never => false,
            ReasoningReplay::ToolTurns | ReasoningReplay::ToolTurnsRequired => is_tool_turn,
            ReasoningReplay::Always => true,
        };
        Self {
            blocks,
            sends_reasoning,
            needs_reasoning,
            content: Vec::new(),
            refusal: String::new(),
            calls: Vec::new(),
            reasoning: Vec::new(),
            details: Vec::new(),
            images: Vec::new(),
            annotations: Vec::new(),
            audio: None,
            members: Map::new(),
            dropped: Vec::new(),
        }
    }

    /// Ids of the calls that were not sent.
    pub(super) fn into_dropped(self) -> Vec<String> {
        self.dropped
    }

    /// Encodes the message; `None` if nothing of it can be sent.
    pub(super) fn encode(
        &mut self,
        message: &Message,
        path: &str,
    ) -> Result<Option<Map<String, Value>>, EncodeError> {
        self.audio = message
            .content
            .iter()
            .find_map(|part| match self.blocks.state(part) {
                Some(State::Audio(id)) => Some(id),
                _ => None,
            });
        for (at, part) in message.content.iter().enumerate() {
            self.part(part, &format!("{path}.content[{at}]"))?;
        }
        Ok(self.build(message.name.as_deref()))
    }

    fn part(&mut self, part: &Part, path: &str) -> Result<(), EncodeError> {
        if let PartKind::ToolCall(call) = &part.kind
            && (part.incomplete || call.provider_executed)
        {
            self.dropped.push(call.id.clone());
        }
        if self.blocks.is_lost(part, Role::Assistant, path) {
            return Ok(());
        }
        let state = self.blocks.state(part);
        match &part.kind {
            PartKind::Text(text) => match &state {
                Some(State::Transcript(id)) if self.audio.as_ref() == Some(id) => {}
                _ if text.is_empty() => {}
                _ => self.content.push(self.blocks.text(part, text, path)?),
            },
            PartKind::Refusal(text) if self.blocks.quirks.refusal => self.refusal.push_str(text),
            PartKind::Refusal(text) => self.content.push(self.blocks.text(part, text, path)?),
            PartKind::Reasoning(reasoning) => self.reasoning(reasoning, state),
            PartKind::ToolCall(_) if part.incomplete => {}
            PartKind::ToolCall(call) if call.provider_executed => {
                let message = format!(
                    "a call to `{}` that the provider ran itself was left out",
                    call.name
                );
                self.blocks.notes.changed(path, message);
            }
            PartKind::ToolCall(call) => self.call(part, call, state, path)?,
            PartKind::Media(media) => self.media(media, state.as_ref(), path)?,
            PartKind::Opaque(block) => self.opaque(block, path)?,
            PartKind::ToolResult(_) => {
                let message = "the result of a call that the provider ran itself was left out";
                self.blocks.notes.changed(path, message);
            }
        }
        Ok(())
    }

    fn reasoning(&mut self, reasoning: &Reasoning, state: Option<State>) {
        // Members of the message are signatures of what it says: they go back in any case.
        if let Some(State::Message(members)) = state {
            self.members.extend(members);
            return;
        }
        if !self.sends_reasoning {
            return;
        }
        match state {
            Some(State::Detail(mut detail)) => {
                let kept = ["text", "summary"]
                    .into_iter()
                    .find(|key| detail.contains_key(*key));
                if let Some(key) = kept {
                    detail.insert(key.to_owned(), reasoning.text.clone().into());
                }
                self.details.push(Value::Object(detail));
            }
            Some(State::Field(field)) if field == "content" => {
                let thinking = json!([{"type": "text", "text": reasoning.text}]);
                let block = [("type", "thinking".into()), ("thinking", thinking)];
                let block = block.into_iter().map(|(key, value)| (key.to_owned(), value));
                self.content.push(block.collect());
            }
            Some(State::Field(field)) => self.reasoning_text(field, &reasoning.text),
            _ => self.reasoning_text(self.blocks.quirks.reasoning_field.to_owned(), &reasoning.text),
        }
    }

    fn reasoning_text(&mut self, field: String, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.reasoning.iter_mut().find(|(known, _)| *known == field) {
            Some((_, whole)) => whole.push_str(text),
            None => self.reasoning.push((field, text.to_owned())),
        }
    }

    fn call(
        &mut self,
        part: &Part,
        call: &ToolCall,
        state: Option<State>,
        path: &str,
    ) -> Result<(), EncodeError> {
        let arguments = match call.arguments_json.as_str() {
            "" => "{}",
            json => json,
        };
        let mut object = Map::new();
        object.insert("id".to_owned(), call.id.clone().into());
        object.insert("type".to_owned(), "function".into());
        let function = json!({"name": call.name, "arguments": arguments});
        object.insert("function".to_owned(), function);
        if let Some(State::Call(members)) = state {
            object.extend(members);
        }
        self.blocks.cache_hint(&mut object, part, path);
        self.blocks
            .merge(&mut object, part, path, &["id", "type", "function"])?;
        self.calls.push(Value::Object(object));
        Ok(())
    }

    fn media(&mut self, media: &Media, state: Option<&State>, path: &str) -> Result<(), EncodeError> {
        if let Some(State::Audio(_)) = state {
            return Ok(());
        }
        if media.family() == MediaFamily::Image && self.blocks.quirks.assistant_images {
            let url = address(media, &media.source);
            self.images
                .push(json!({"type": "image_url", "image_url": {"url": url}}));
            return Ok(());
        }
        Err(EncodeError::unsupported(
            format!("{path}.media"),
            "the provider does not take back media in an assistant's message: move it into a user's",
        ))
    }

    fn opaque(&mut self, block: &Opaque, path: &str) -> Result<(), EncodeError> {
        let payload = parse_block(&block.payload_json, path)?;
        if payload.contains_key("id") {
            self.calls.push(Value::Object(payload));
        } else if payload.contains_key("file") || payload.contains_key("url_citation") {
            self.annotations.push(Value::Object(payload));
        } else {
            self.content.push(payload);
        }
        Ok(())
    }

    fn build(&mut self, name: Option<&str>) -> Option<Map<String, Value>> {
        let mut object = Map::new();
        object.insert("role".to_owned(), "assistant".into());
        let blocks = std::mem::take(&mut self.content);
        let has_text = !blocks.is_empty();
        let text = if has_text { content(blocks) } else { Value::Null };
        object.insert("content".to_owned(), text);
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        };
        let list =
            |values: &mut Vec<Value>| (!values.is_empty()).then(|| Value::Array(std::mem::take(values)));
        set("name", name.map(Value::from));
        set(
            "refusal",
            (!self.refusal.is_empty()).then(|| self.refusal.clone().into()),
        );
        if self.needs_reasoning && self.reasoning.is_empty() && !self.calls.is_empty() {
            self.reasoning
                .push((self.blocks.quirks.reasoning_field.to_owned(), String::new()));
        }
        for (field, text) in self.reasoning.drain(..) {
            set(&field, Some(text.into()));
        }
        set("reasoning_details", list(&mut self.details));
        set("tool_calls", list(&mut self.calls));
        set("images", list(&mut self.images));
        set("annotations", list(&mut self.annotations));
        set("audio", self.audio.take().map(|id| json!({"id": id})));
        for (key, value) in std::mem::take(&mut self.members) {
            set(&key, Some(value));
        }
        let is_named = usize::from(name.is_some());
        if !has_text && object.len() == 2 + is_named {
            return None;
        }
        let speaks = ["refusal", "tool_calls", "audio"]
            .iter()
            .any(|key| object.contains_key(*key));
        if !has_text && !speaks {
            // Reasoning or state alone: servers still want text.
            object.insert("content".to_owned(), "".into());
        }
        Some(object)
    }
}
