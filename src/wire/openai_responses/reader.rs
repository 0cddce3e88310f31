//! The answer under way: output items become parts, whole or piece by piece.
//!
//! An item's done form is authoritative: what was streamed before is completed from it, and what was
//! not streamed at all is read from it, so that whole and streamed answers end alike.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::domain::answer::{AnswerEvent, TextDelta};
use crate::domain::content::{Opaque, Part, PartKind, ReasoningForm, ToolCall};
use crate::wire::draft::Draft;
use crate::wire::openai_responses::item::{Fields, escape, text};
use crate::wire::openai_responses::{citation, logprobs, server_tools, state};

/// Reads items into a draft.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) draft: Draft,
    /// Items under way, by output index.
    open: BTreeMap<u32, Open>,
    /// Ids of the items that are done, empty where they have none.
    done: Vec<String>,
}

/// An item under way.
#[derive(Debug)]
enum Open {
    /// A message: its content parts by index.
    Message(BTreeMap<u32, Content>),
    Reasoning(Thoughts),
    /// A call whose arguments come as JSON.
    Call(u32),
    /// A call whose only argument comes as plain text.
    Code(u32),
    /// Nothing of it shows before it is done.
    Later,
}

/// A content part of a message under way.
#[derive(Debug, Clone, Copy)]
struct Content {
    part: u32,
    /// How many annotations have been put out.
    cited: usize,
    /// An annotation came before all of its text: it and those after it wait for the end.
    is_behind: bool,
}

/// The texts of a reasoning item under way.
#[derive(Debug, Default)]
struct Thoughts {
    summary: Option<Prose>,
    full: Option<Prose>,
}

/// A text made of sections.
#[derive(Debug, Clone, Copy)]
struct Prose {
    part: u32,
    section: u32,
}

/// Between two sections of reasoning.
const BREAK: &str = "\n\n";

impl Reader {
    pub(super) fn new(provider: String) -> Self {
        Self {
            draft: Draft::new(provider),
            open: BTreeMap::new(),
            done: Vec::new(),
        }
    }

    /// An item has begun.
    pub(super) fn begin(&mut self, index: u32, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let Some(item) = Fields::read(raw) else { return };
        let open = match item.text_or_empty("type").as_ref() {
            "message" => Open::Message(BTreeMap::new()),
            "reasoning" => Open::Reasoning(Thoughts::default()),
            "function_call" => Open::Call(self.draft.open(function_call(&item), out)),
            kind if server_tools::is_call(kind) => {
                let part = self.draft.open(server_tools::call(kind, &item), out);
                if server_tools::streams_code(kind) {
                    Open::Code(part)
                } else {
                    Open::Call(part)
                }
            }
            _ => Open::Later,
        };
        self.open.insert(index, open);
    }

    /// Text, or a refusal, for a content part of a message.
    pub(super) fn text(
        &mut self,
        place: (u32, u32),
        is_refusal: bool,
        delta: TextDelta,
        out: &mut Vec<AnswerEvent>,
    ) {
        if let Some(content) = self.content(place, is_refusal, out) {
            let part = content.part;
            self.draft.text_with_logprobs(part, delta, out);
        }
    }

    /// An annotation for a content part of a message.
    pub(super) fn annotation(&mut self, place: (u32, u32), raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let Some(&mut Content { part, is_behind, .. }) = self.content(place, false, out) else {
            return;
        };
        let is_behind = is_behind || !citation::is_within(raw, self.draft_text(part));
        if !is_behind {
            self.cite(part, raw, out);
        }
        if let Some(content) = self.content(place, false, out) {
            content.is_behind = is_behind;
            content.cited += usize::from(!is_behind);
        }
    }

    /// Text for a section of a reasoning item.
    pub(super) fn reasoning(
        &mut self,
        (index, section): (u32, u32),
        form: ReasoningForm,
        delta: &str,
        out: &mut Vec<AnswerEvent>,
    ) {
        let new = || Open::Reasoning(Thoughts::default());
        let Open::Reasoning(thoughts) = self.open.entry(index).or_insert_with(new) else {
            return;
        };
        if delta.is_empty() {
            return;
        }
        let slot = match form {
            ReasoningForm::Full => &mut thoughts.full,
            ReasoningForm::Summary | ReasoningForm::Hidden => &mut thoughts.summary,
        };
        let prose = slot.get_or_insert_with(|| Prose {
            part: self.draft.open(Part::reasoning("", form), out),
            section,
        });
        if std::mem::replace(&mut prose.section, section) != section {
            self.draft.text(prose.part, BREAK, out);
        }
        self.draft.text(prose.part, delta, out);
    }

    /// A fragment of a call's arguments.
    pub(super) fn arguments(&mut self, index: u32, delta: &str, out: &mut Vec<AnswerEvent>) {
        match self.open.get(&index) {
            Some(Open::Call(part)) => self.draft.text(*part, delta, out),
            Some(Open::Code(part)) => {
                if self.draft_text(*part).is_empty() {
                    self.draft.text(*part, server_tools::CODE_START, out);
                }
                self.draft.text(*part, &escape(delta), out);
            }
            Some(Open::Message(_) | Open::Reasoning(_) | Open::Later) | None => {}
        }
    }

    /// An item is done.
    pub(super) fn finish(&mut self, index: u32, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        let open = self.open.remove(&index);
        let Some(item) = Fields::read(raw) else { return };
        self.done.push(item.text_or_empty("id").into_owned());
        let is_cut = item.text("status").as_deref() == Some("incomplete");
        match (item.text_or_empty("type").as_ref(), open) {
            ("message", Some(Open::Message(contents))) => self.message(&item, contents, is_cut, out),
            ("message", _) if is_assistant(&item) => self.message(&item, BTreeMap::new(), is_cut, out),
            ("reasoning", Some(Open::Reasoning(thoughts))) => self.thoughts(&item, &thoughts, is_cut, out),
            ("reasoning", _) => self.thoughts(&item, &Thoughts::default(), is_cut, out),
            ("function_call", open) => self.function_call(&item, open, is_cut, out),
            (kind, open) if server_tools::is_call(kind) => self.server_call(kind, &item, open, is_cut, out),
            (kind, _) => self.other(kind, &item, raw, out),
        }
    }

    /// The output as the provider's last word lists it: items that never were done in the stream are read
    /// from there. Some streams list them all there, some none, and one id may stand for two items.
    pub(super) fn finish_rest(&mut self, output: &[&RawValue], out: &mut Vec<AnswerEvent>) {
        let is_short = self.done.len() < output.len();
        let mut done = self.done.clone();
        for (index, raw) in (0..).zip(output) {
            let item = Fields::read(raw).unwrap_or_default();
            let id = item.text_or_empty("id");
            let known = done.iter().position(|done| *done == id);
            if let Some(known) = known {
                done.swap_remove(known);
            }
            if self.open.contains_key(&index) || (is_short && known.is_none()) {
                self.finish(index, raw, out);
            }
        }
    }

    fn message(
        &mut self,
        item: &Fields<'_>,
        contents: BTreeMap<u32, Content>,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let mut contents = contents;
        for (index, raw) in (0..).zip(item.array("content")) {
            let Some(fields) = Fields::read(raw) else { continue };
            let kind = fields.text_or_empty("type");
            let (whole, empty) = match kind.as_ref() {
                "refusal" => (fields.text_or_empty("refusal"), PartKind::Refusal(String::new())),
                "output_text" | "text" => (fields.text_or_empty("text"), PartKind::Text(String::new())),
                _ => {
                    let part = self.draft.open(opaque(self.draft.provider(), &kind, raw), out);
                    self.close(part, state::of_content(item, &fields, index), is_cut, out);
                    continue;
                }
            };
            let content = contents.remove(&index).unwrap_or_else(|| Content {
                part: self.draft.open(Part::new(empty), out),
                cited: 0,
                is_behind: false,
            });
            let part = content.part;
            if self.draft_text(part).is_empty() {
                let delta = TextDelta {
                    text: whole.into_owned(),
                    logprobs: fields.get("logprobs").map(logprobs::read).unwrap_or_default(),
                };
                self.draft.text_with_logprobs(part, delta, out);
            } else {
                self.complete(part, &whole, out);
            }
            for raw in fields.array("annotations").into_iter().skip(content.cited) {
                self.cite(part, raw, out);
            }
            self.close(part, state::of_content(item, &fields, index), is_cut, out);
        }
        for (index, content) in contents {
            let state = state::of_content(item, &Fields::default(), index);
            self.close(content.part, state, is_cut, out);
        }
    }

    fn thoughts(
        &mut self,
        item: &Fields<'_>,
        thoughts: &Thoughts,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let forms = [
            (ReasoningForm::Summary, thoughts.summary, "summary"),
            (ReasoningForm::Full, thoughts.full, "content"),
        ];
        let mut parts = Vec::new();
        for (form, prose, field) in forms {
            let whole = sections(item, field);
            match prose {
                Some(prose) => {
                    self.complete(prose.part, &whole, out);
                    parts.push(prose.part);
                }
                None if !whole.is_empty() => {
                    parts.push(self.draft.open(Part::reasoning(whole, form), out));
                }
                None => {}
            }
        }
        parts.sort_unstable();
        if parts.is_empty() {
            parts.push(self.draft.open(Part::reasoning("", ReasoningForm::Hidden), out));
        }
        let mut state = state::of_item(item, &[]);
        for part in parts {
            self.close(part, state, is_cut, out);
            state = state::of_shown(item);
        }
    }

    fn function_call(
        &mut self,
        item: &Fields<'_>,
        open: Option<Open>,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let part = match open {
            Some(Open::Call(part)) => part,
            _ => self.draft.open(function_call(item), out),
        };
        self.complete(part, &item.text_or_empty("arguments"), out);
        self.rename(part, function_call(item));
        let state = state::of_item(item, &["call_id", "name", "arguments"]);
        self.close(part, state, is_cut, out);
    }

    fn server_call(
        &mut self,
        kind: &str,
        item: &Fields<'_>,
        open: Option<Open>,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let part = match open {
            Some(Open::Call(part) | Open::Code(part)) => part,
            _ => self.draft.open(server_tools::call(kind, item), out),
        };
        self.complete(part, &server_tools::arguments(item), out);
        self.rename(part, server_tools::call(kind, item));
        self.close(part, state::of_item(item, &[]), is_cut, out);
        if let Some(result) = server_tools::result(kind, item) {
            let part = self.draft.open(result, out);
            self.close(part, state::of_shown(item), false, out);
        }
    }

    fn other(&mut self, kind: &str, item: &Fields<'_>, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        match server_tools::image(kind, item) {
            Some((media, is_exact)) => {
                let part = self.draft.open(media, out);
                let held: &[&str] = if is_exact { &["result"] } else { &[] };
                self.close(part, state::of_item(item, held), false, out);
            }
            None => drop(self.draft.add(opaque(self.draft.provider(), kind, raw), out)),
        }
    }

    /// The content part at (output index, content index), opened if it is not yet.
    fn content(
        &mut self,
        (index, content): (u32, u32),
        is_refusal: bool,
        out: &mut Vec<AnswerEvent>,
    ) -> Option<&mut Content> {
        let new = || Open::Message(BTreeMap::new());
        let Open::Message(contents) = self.open.entry(index).or_insert_with(new) else {
            return None;
        };
        let kind = if is_refusal { PartKind::Refusal } else { PartKind::Text };
        Some(contents.entry(content).or_insert_with(|| Content {
            part: self.draft.open(Part::new(kind(String::new())), out),
            cited: 0,
            is_behind: false,
        }))
    }

    fn cite(&mut self, part: u32, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        if let Some(citation) = citation::read(raw, self.draft_text(part)) {
            self.draft.cite(part, citation, out);
        }
    }

    /// Appends what is missing of a part's text. Deltas that are out cannot be taken back: where they are
    /// no beginning of the whole, they stand.
    fn complete(&mut self, part: u32, whole: &str, out: &mut Vec<AnswerEvent>) {
        match whole.strip_prefix(self.draft_text(part)) {
            Some(rest) => self.draft.text(part, rest, out),
            None => tracing::debug!(part, "deltas do not join to the finished item"),
        }
    }

    /// Takes over a call's id and name from its done form.
    fn rename(&mut self, part: u32, done: Part) {
        if let (Some(part), PartKind::ToolCall(done)) = (self.draft.part_mut(part), done.kind)
            && let PartKind::ToolCall(call) = &mut part.kind
        {
            call.id = done.id;
            call.name = done.name;
        }
    }

    fn close(&mut self, part: u32, state: String, is_cut: bool, out: &mut Vec<AnswerEvent>) {
        self.draft.set_state(part, state);
        if is_cut {
            self.draft.close_cut(part, out);
        } else {
            self.draft.close(part, out);
        }
    }

    /// The text of an open part so far.
    fn draft_text(&self, part: u32) -> &str {
        match self.draft.part(part).map(|part| &part.kind) {
            Some(PartKind::Text(text) | PartKind::Refusal(text)) => text,
            Some(PartKind::Reasoning(reasoning)) => &reasoning.text,
            Some(PartKind::ToolCall(call)) => &call.arguments_json,
            Some(PartKind::Media(_) | PartKind::ToolResult(_) | PartKind::Opaque(_)) | None => "",
        }
    }
}

fn is_assistant(item: &Fields<'_>) -> bool {
    item.text("role").is_none_or(|role| role == "assistant")
}

fn function_call(item: &Fields<'_>) -> Part {
    // Servers that imitate the API leave the call id out.
    let id = item.text("call_id").filter(|id| !id.is_empty());
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.unwrap_or_else(|| item.text_or_empty("id")).into_owned(),
        name: item.text_or_empty("name").into_owned(),
        arguments_json: String::new(),
        provider_executed: false,
    }))
}

fn opaque(provider: &str, kind: &str, raw: &RawValue) -> Part {
    Part::new(PartKind::Opaque(Opaque {
        provider: provider.to_owned(),
        kind: kind.to_owned(),
        payload_json: raw.get().to_owned(),
    }))
}

/// The texts of a reasoning item's sections, joined.
fn sections(item: &Fields<'_>, field: &str) -> String {
    let texts: Vec<_> = item
        .array(field)
        .into_iter()
        .filter_map(|raw| Fields::read(raw)?.get("text").and_then(text))
        .filter(|text| !text.is_empty())
        .collect();
    texts.join(BREAK)
}
