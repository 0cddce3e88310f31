//! The answer under way: output items become parts, whole or piece by piece.
//!
//! An item's done form is authoritative: what was streamed before is completed from it, and what was
//! not streamed at all is read from it, so that whole and streamed answers end alike.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::domain::answer::{AnswerEvent, TextDelta};
use crate::domain::content::{Opaque, Part, PartKind, ReasoningForm, ToolCall};
use crate::wire::draft::Draft;
use crate::wire::openai_responses::deltas::{Content, Open, Thoughts};
use crate::wire::openai_responses::item::{Fields, text};
use crate::wire::openai_responses::{citation, logprobs, server_tools, state};

/// Reads items into a draft.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) draft: Draft,
    /// Items under way, by output index.
    pub(super) open: BTreeMap<u32, Open>,
    /// Ids of the items that are done, empty where they have none.
    done: Vec<String>,
}

/// Between two sections of reasoning.
pub(super) const BREAK: &str = "\n\n";

impl Reader {
    pub(super) fn new(provider: String) -> Self {
        Self {
            draft: Draft::new(provider),
            open: BTreeMap::new(),
            done: Vec::new(),
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
            ("function_call", open) => self.function_call(&item, open.as_ref(), is_cut, out),
            (kind, open) if server_tools::is_call(kind) => {
                self.server_call(kind, &item, open.as_ref(), is_cut, out);
            }
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

    fn thoughts(&mut self, item: &Fields<'_>, thoughts: &Thoughts, is_cut: bool, out: &mut Vec<AnswerEvent>) {
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
        open: Option<&Open>,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let part = match open {
            Some(Open::Call(part)) => *part,
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
        open: Option<&Open>,
        is_cut: bool,
        out: &mut Vec<AnswerEvent>,
    ) {
        let part = match open {
            Some(Open::Call(part) | Open::Code(part)) => *part,
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

    pub(super) fn cite(&mut self, part: u32, raw: &RawValue, out: &mut Vec<AnswerEvent>) {
        if let Some(citation) = citation::read(raw, self.draft_text(part)) {
            self.draft.cite(part, citation, out);
        }
    }

    /// Appends what is missing of a part's text. Deltas that are out cannot be taken back: where they are
    /// no beginning of the whole, they stand.
    fn complete(&mut self, part: u32, whole: &str, out: &mut Vec<AnswerEvent>) {
        if let Some(rest) = whole.strip_prefix(self.draft_text(part)) {
            self.draft.text(part, rest, out);
        } else {
            tracing::debug!(part, "deltas do not join to the finished item");
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
    pub(super) fn draft_text(&self, part: u32) -> &str {
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

pub(super) fn function_call(item: &Fields<'_>) -> Part {
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
