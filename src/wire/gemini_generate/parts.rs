//! The parts of an answer: which pieces belong together, and what each must carry back.
//!
//! Streamed text comes in many parts of a few words. Pieces of one kind are one part until the kind
//! changes or a signature comes: a part with a signature stands alone, since the provider wants it back
//! in its place and unmerged. Text parts stay open to the end, as their sources come last.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde_json::value::RawValue;

use super::arguments::{Arguments, Piece};
use super::chunk::{
    CodeExecutionResult, ExecutableCode, FileData, FunctionCall, InlineData, LogprobsResult, ServerToolCall,
    ServerToolResponse, Text, WirePart, str_of, word,
};
use super::citations::{self, TextPart};
use super::logprobs;
use super::state;
use crate::domain::answer::{AnswerEvent, TextDelta, TokenLogprob};
use crate::domain::content::{
    Citation, Media, MediaSource, Opaque, Part, PartKind, ProviderState, ReasoningForm, ToolCall, ToolResult,
};
use crate::wire::dialect::DecodeError;
use crate::wire::draft::Draft;

/// What starts an id that was made up here, for a call the provider gave none.
const MADE_UP_ID: &str = "call_gg_";

/// The name under which code execution appears, as a tool.
const CODE_EXECUTION: &str = "code_execution";

#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The part that further pieces may join.
    run: Option<Run>,
    /// Text parts, all of them open.
    texts: Vec<u32>,
    call: Option<OpenCall>,
    /// What ids are made up from; unique to the answer.
    id_seed: String,
    made_up: u32,
    /// The last code that was run, for results without an id.
    code_id: String,
    /// What the answer says of its sources, as it came.
    grounding: Option<String>,
    url_context: Option<String>,
}

#[derive(Debug)]
enum Run {
    Text(u32),
    Reasoning(u32),
    /// Raw sound, which comes in pieces of one recording.
    Sound(u32, String),
}

/// A function call whose arguments are still coming.
#[derive(Debug)]
struct OpenCall {
    index: u32,
    arguments: Arguments,
}

/// What a part carries besides its content.
struct Marks<'a> {
    is_thought: bool,
    signature: Option<&'a str>,
    raw: &'a RawValue,
}

/// Whether an id was made up here, so that the provider has never seen it.
pub(super) fn is_made_up(id: &str) -> bool {
    id.starts_with(MADE_UP_ID)
}

impl Parts {
    /// Prepares for a chunk. Ids are made up from the response's id or, where there is none, from the
    /// first chunk, whose token counts differ from turn to turn: either way the same bytes give the same
    /// ids, and no two turns of a conversation share one.
    pub(super) fn begin_chunk(&mut self, response_id: Option<&str>, data: &[u8]) {
        if self.id_seed.is_empty() {
            self.id_seed = match response_id {
                Some(id) => id.to_owned(),
                None => {
                    let mut hasher = DefaultHasher::new();
                    data.hash(&mut hasher);
                    format!("{:016x}", hasher.finish())
                }
            };
        }
    }

    /// Reads the parts of a chunk.
    pub(super) fn read(
        &mut self,
        parts: &[&RawValue],
        said: Option<LogprobsResult<'_>>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let mut logprobs = said.map(logprobs::read).unwrap_or_default();
        for raw in parts {
            let part: WirePart<'_> =
                serde_json::from_str(raw.get()).map_err(|error| DecodeError::corrupt("part", &error))?;
            self.part(part, raw, &mut logprobs, draft, out)?;
        }
        if !logprobs.is_empty()
            && let Some(index) = self.texts.last()
        {
            let delta = TextDelta {
                text: String::new(),
                logprobs,
            };
            draft.text_with_logprobs(*index, delta, out);
        }
        Ok(())
    }

    fn part(
        &mut self,
        part: WirePart<'_>,
        raw: &RawValue,
        logprobs: &mut Vec<TokenLogprob>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let marks = Marks {
            is_thought: part.thought.unwrap_or(false),
            signature: part.thought_signature.as_ref().map(Text::as_str),
            raw,
        };
        if let Some(call) = part.function_call {
            return self.function_call(call, &marks, draft, out);
        }
        if let Some(data) = part.inline_data {
            return self.inline_data(&data, &marks, draft, out);
        }
        let block = if let Some(file) = part.file_data {
            file_data(&file)
        } else if let Some(code) = part.executable_code {
            self.executable_code(code)?
        } else if let Some(result) = part.code_execution_result {
            self.code_result(&result)
        } else if let Some(call) = part.tool_call {
            self.server_call(&call)
        } else if let Some(response) = part.tool_response {
            server_response(&response)
        } else if let Some(kind) = unknown_kind(raw, part.text.is_some()) {
            PartKind::Opaque(Opaque {
                provider: draft.provider().to_owned(),
                kind,
                payload_json: raw.get().to_owned(),
            })
        } else {
            self.text(str_of(part.text.as_ref()), &marks, logprobs, draft, out);
            return Ok(());
        };
        self.end_run(draft, out);
        self.end_call(true, draft, out);
        let data = match &block {
            PartKind::Media(_) => marks.state(),
            PartKind::Opaque(_) => None,
            // What the provider ran goes back as it came.
            PartKind::Text(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolCall(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_) => Some(raw.get().to_owned().into()),
        };
        draft.add(with_state(block, data, draft), out);
        Ok(())
    }

    fn text(
        &mut self,
        text: &str,
        marks: &Marks<'_>,
        logprobs: &mut Vec<TokenLogprob>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) {
        if text.is_empty() && marks.signature.is_none() {
            return;
        }
        self.end_call(true, draft, out);
        let is_joined = marks.signature.is_none()
            && match self.run {
                Some(Run::Text(_)) => !marks.is_thought,
                Some(Run::Reasoning(_)) => marks.is_thought,
                Some(Run::Sound(..)) | None => false,
            };
        if !is_joined {
            self.open_text(text, marks, draft, out);
        }
        match self.run {
            Some(Run::Text(index)) if !text.is_empty() => {
                let delta = TextDelta {
                    text: text.to_owned(),
                    logprobs: std::mem::take(logprobs),
                };
                draft.text_with_logprobs(index, delta, out);
            }
            Some(Run::Reasoning(index)) => draft.text(index, text, out),
            Some(Run::Text(_) | Run::Sound(..)) | None => {}
        }
        if marks.signature.is_some() {
            self.end_run(draft, out);
        }
    }

    fn open_text(&mut self, text: &str, marks: &Marks<'_>, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        self.end_run(draft, out);
        if marks.is_thought {
            // The API shows summaries of its thoughts, and never the thoughts.
            let form = if text.is_empty() {
                ReasoningForm::Hidden
            } else {
                ReasoningForm::Summary
            };
            let part = Part::reasoning(String::new(), form);
            let index = draft.open(with_state(part.kind, marks.state(), draft), out);
            self.run = Some(Run::Reasoning(index));
        } else {
            let kind = PartKind::Text(String::new());
            let index = draft.open(with_state(kind, marks.state(), draft), out);
            self.texts.push(index);
            self.run = Some(Run::Text(index));
        }
    }

    fn function_call(
        &mut self,
        call: FunctionCall<'_>,
        marks: &Marks<'_>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let continues = call.will_continue.unwrap_or(false);
        let name = str_of(call.name.as_ref());
        if !name.is_empty() {
            self.end_run(draft, out);
            self.end_call(true, draft, out);
            let id = self.id_or_new(call.id.as_ref());
            let kind = PartKind::ToolCall(ToolCall {
                id,
                name: name.to_owned(),
                arguments_json: String::new(),
                provider_executed: false,
            });
            let index = draft.open(with_state(kind, marks.state(), draft), out);
            self.call = Some(OpenCall {
                index,
                arguments: Arguments::default(),
            });
        } else if let (Some(open), Some(data)) = (&self.call, marks.state()) {
            draft.set_state(open.index, data);
        }
        let Some(open) = &mut self.call else {
            // An empty call after one that was whole closes nothing.
            return Ok(());
        };
        if let Some(args) = call.args
            && args.get() != "null"
        {
            draft.text(open.index, &compact(args.get()), out);
            draft.close(open.index, out);
            self.call = None;
            return Ok(());
        }
        for piece in call.partial_args.unwrap_or_default() {
            let value = match (&piece.string_value, piece.number_value, piece.bool_value) {
                (Some(text), ..) => Piece::Text(text.as_str(), piece.will_continue.unwrap_or(false)),
                (None, Some(number), _) => Piece::Scalar(number.get()),
                (None, None, Some(true)) => Piece::Scalar("true"),
                (None, None, Some(false)) => Piece::Scalar("false"),
                (None, None, None) if piece.will_continue == Some(true) => Piece::Text("", true),
                (None, None, None) => Piece::Scalar("null"),
            };
            let json = open.arguments.write(piece.json_path.as_str(), value)?;
            draft.text(open.index, &json, out);
        }
        if !continues {
            self.end_call(false, draft, out);
        }
        Ok(())
    }

    /// Closes a call whose arguments were coming; as cut if something else came instead of their end.
    fn end_call(&mut self, is_cut: bool, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        let Some(mut call) = self.call.take() else { return };
        if is_cut {
            draft.close_cut(call.index, out);
        } else {
            draft.text(call.index, &call.arguments.finish(), out);
            draft.close(call.index, out);
        }
    }

    fn inline_data(
        &mut self,
        data: &InlineData<'_>,
        marks: &Marks<'_>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        self.end_call(true, draft, out);
        let mime_type = str_of(data.mime_type.as_ref());
        let bytes: Bytes = BASE64
            .decode(str_of(data.data.as_ref()))
            .map_err(|_| DecodeError::Corrupt {
                what: "media part",
                detail: "not base64".to_owned(),
            })?
            .into();
        if let Some(Run::Sound(index, mime)) = &self.run
            && mime == mime_type
            && marks.signature.is_none()
        {
            draft.media(*index, bytes, out);
            return Ok(());
        }
        self.end_run(draft, out);
        if marks.is_thought {
            // A draft image of the model's reasoning: no part of the answer, but it goes back.
            let kind = PartKind::Opaque(Opaque {
                provider: draft.provider().to_owned(),
                kind: "thought".to_owned(),
                payload_json: marks.raw.get().to_owned(),
            });
            draft.add(Part::new(kind), out);
            return Ok(());
        }
        let media = PartKind::Media(Media {
            mime_type: mime_type.to_owned(),
            source: MediaSource::Data(bytes),
            name: None,
            size_bytes: None,
        });
        let index = draft.open(with_state(media, marks.state(), draft), out);
        let is_raw_sound = ["audio/l16", "audio/pcm"]
            .iter()
            .any(|prefix| mime_type.to_ascii_lowercase().starts_with(prefix));
        if is_raw_sound && marks.signature.is_none() {
            self.run = Some(Run::Sound(index, mime_type.to_owned()));
        } else {
            draft.close(index, out);
        }
        Ok(())
    }

    fn executable_code(&mut self, raw: &RawValue) -> Result<PartKind, DecodeError> {
        let code: ExecutableCode<'_> = serde_json::from_str(raw.get())
            .map_err(|error| DecodeError::corrupt("executable code", &error))?;
        self.code_id = self.id_or_new(code.id.as_ref());
        Ok(PartKind::ToolCall(ToolCall {
            id: self.code_id.clone(),
            name: CODE_EXECUTION.to_owned(),
            arguments_json: compact(raw.get()),
            provider_executed: true,
        }))
    }

    fn code_result(&mut self, result: &CodeExecutionResult<'_>) -> PartKind {
        let outcome = result.outcome.map(word).unwrap_or_default();
        let output = str_of(result.output.as_ref());
        let id = str_of(result.id.as_ref());
        PartKind::ToolResult(ToolResult {
            tool_call_id: if id.is_empty() { &self.code_id } else { id }.to_owned(),
            name: CODE_EXECUTION.to_owned(),
            content: if output.is_empty() {
                Vec::new()
            } else {
                vec![Part::text(output)]
            },
            is_error: !matches!(outcome.as_ref(), "OUTCOME_OK" | "1" | ""),
        })
    }

    fn server_call(&mut self, call: &ServerToolCall<'_>) -> PartKind {
        PartKind::ToolCall(ToolCall {
            id: self.id_or_new(call.id.as_ref()),
            name: call.tool_type.map(word).unwrap_or_default().into_owned(),
            arguments_json: call
                .args
                .map_or_else(|| "{}".to_owned(), |args| compact(args.get())),
            provider_executed: true,
        })
    }

    fn id_or_new(&mut self, id: Option<&Text<'_>>) -> String {
        let id = str_of(id);
        if !id.is_empty() {
            return id.to_owned();
        }
        self.made_up += 1;
        format!("{MADE_UP_ID}{}_{}", self.id_seed, self.made_up)
    }

    fn end_run(&mut self, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        match self.run.take() {
            Some(Run::Reasoning(index) | Run::Sound(index, _)) => draft.close(index, out),
            Some(Run::Text(_)) | None => {}
        }
    }

    /// Takes what the answer says of its sources; the last word is kept, as a part of its own, since
    /// whoever shows grounded text must show the search suggestions in it.
    pub(super) fn grounding(&mut self, raw: &RawValue, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        if is_empty_object(raw) {
            return;
        }
        let found = citations::of_grounding(raw, &self.text_parts(draft));
        cite(found, draft, out);
        self.grounding = Some(raw.get().to_owned());
    }

    pub(super) fn recitation(&mut self, raw: &RawValue, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        let found = citations::of_recitation(raw, &self.text_parts(draft));
        cite(found, draft, out);
    }

    /// Takes which pages the provider has read.
    pub(super) fn url_context(&mut self, raw: &RawValue) {
        if !is_empty_object(raw) {
            self.url_context = Some(raw.get().to_owned());
        }
    }

    fn text_parts<'a>(&self, draft: &'a Draft) -> Vec<TextPart<'a>> {
        let texts = self.texts.iter();
        texts
            .filter_map(|index| match &draft.part(*index)?.kind {
                PartKind::Text(text) => Some((*index, text.as_str())),
                PartKind::Media(_)
                | PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => None,
            })
            .collect()
    }

    /// Closes every part: as cut the one that was under way, if the answer was.
    pub(super) fn end(&mut self, is_cut: bool, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        self.end_call(true, draft, out);
        let under_way = if is_cut { self.under_way(draft) } else { None };
        if let Some(index) = under_way {
            draft.close_cut(index, out);
        }
        self.end_run(draft, out);
        for index in std::mem::take(&mut self.texts) {
            draft.close(index, out);
        }
        let metadata = [
            ("groundingMetadata", self.grounding.take()),
            ("urlContextMetadata", self.url_context.take()),
        ];
        for (kind, payload) in metadata {
            let Some(payload_json) = payload else { continue };
            let opaque = PartKind::Opaque(Opaque {
                provider: draft.provider().to_owned(),
                kind: kind.to_owned(),
                payload_json,
            });
            draft.add(Part::new(opaque), out);
        }
    }

    /// The part that was being written last; an empty one that only carries a signature does not count.
    fn under_way(&self, draft: &Draft) -> Option<u32> {
        if let Some(Run::Reasoning(index) | Run::Sound(index, _)) = &self.run {
            return Some(*index);
        }
        let mut next = draft.opened();
        for (index, text) in self.text_parts(draft).into_iter().rev() {
            if index + 1 != next {
                return None;
            }
            if !text.is_empty() {
                return Some(index);
            }
            next = index;
        }
        None
    }
}

impl Marks<'_> {
    fn state(&self) -> Option<Bytes> {
        state::of(self.is_thought, self.signature)
    }
}

/// Base64 in either alphabet would need a guess; the API writes the standard one, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

fn with_state(kind: PartKind, data: Option<Bytes>, draft: &Draft) -> Part {
    let mut part = Part::new(kind);
    part.provider_state = data.map(|data| ProviderState {
        provider: draft.provider().to_owned(),
        data,
    });
    part
}

fn cite(found: Vec<(u32, Citation)>, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
    for (index, citation) in found {
        let is_known = |part: &Part| part.citations.contains(&citation);
        if !draft.part(index).is_some_and(is_known) {
            draft.cite(index, citation, out);
        }
    }
}

fn file_data(file: &FileData<'_>) -> PartKind {
    PartKind::Media(Media {
        mime_type: str_of(file.mime_type.as_ref()).to_owned(),
        source: MediaSource::Url(str_of(file.file_uri.as_ref()).to_owned()),
        name: None,
        size_bytes: None,
    })
}

fn server_response(response: &ServerToolResponse<'_>) -> PartKind {
    let content = response.response.map(|raw| Part::text(compact(raw.get())));
    PartKind::ToolResult(ToolResult {
        tool_call_id: str_of(response.id.as_ref()).to_owned(),
        name: response.tool_type.map(word).unwrap_or_default().into_owned(),
        content: content.into_iter().collect(),
        is_error: false,
    })
}

/// The name of a part's kind that is not modelled; `None` where the part is text, or marks alone.
fn unknown_kind(raw: &RawValue, has_text: bool) -> Option<String> {
    if has_text {
        return None;
    }
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(raw.get()).ok()?;
    let mut names = fields.into_iter().filter(|(_, value)| !value.is_null());
    names.find_map(|(name, _)| (!matches!(name.as_str(), "thought" | "thoughtSignature")).then_some(name))
}

fn is_empty_object(raw: &RawValue) -> bool {
    matches!(compact(raw.get()).as_str(), "{}" | "null")
}

/// The same JSON without white space between its tokens: whole answers come pretty-printed.
fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut in_string = false;
    let mut is_escaped = false;
    for c in json.chars() {
        if in_string {
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}
