//! The parts of an answer: which pieces belong together, and what each must carry back.
//!
//! Streamed text comes in many parts of a few words. Pieces of one kind are one part until the kind
//! changes or a signature comes: a part with a signature stands alone, since the provider wants it back
//! in its place and unmerged. Text parts stay open to the end, as their sources come last.

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use bytes::Bytes;
use serde_json::value::RawValue;

use super::arguments::{Arguments, Piece};
use super::blocks::{Blocks, compact, opaque};
use super::chunk::{
    Candidate, FunctionCall, InlineData, LogprobsResult, PartialArgument, Text, WirePart, str_of,
};
use super::ids::Ids;
use super::sources::{self, Sources};
use super::{logprobs, state};
use crate::domain::answer::{AnswerEvent, TextDelta, TokenLogprob};
use crate::domain::content::{
    Media, MediaSource, Part, PartKind, ProviderState, Reasoning, ReasoningForm, ToolCall,
};
use crate::wire::dialect::DecodeError;
use crate::wire::draft::Draft;

#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The part that further pieces may join.
    run: Option<Run>,
    /// Text parts, all of them open.
    texts: Vec<u32>,
    call: Option<OpenCall>,
    blocks: Blocks,
    sources: Sources,
    ids: Ids,
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

impl Marks<'_> {
    fn state(&self) -> Option<Bytes> {
        state::of(self.is_thought, self.signature)
    }
}

impl Parts {
    /// Prepares for a chunk.
    pub(super) fn begin_chunk(&mut self, response_id: Option<&str>, data: &[u8]) {
        self.ids.seed(response_id, data);
    }

    /// Reads what a candidate adds, its end aside.
    pub(super) fn read(
        &mut self,
        candidate: Candidate<'_>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError> {
        let parts = candidate.content.and_then(|content| content.parts);
        self.pieces(&parts.unwrap_or_default(), candidate.logprobs_result, draft, out)?;
        if let Some(raw) = candidate.grounding_metadata {
            self.sources.grounding(raw, &self.texts, draft, out);
        }
        if let Some(raw) = candidate.citation_metadata {
            sources::recitation(raw, &self.texts, draft, out);
        }
        if let Some(raw) = candidate.url_context_metadata {
            self.sources.url_context(raw);
        }
        Ok(())
    }

    fn pieces(
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
            self.piece(part, raw, &mut logprobs, draft, out)?;
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

    fn piece(
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
        let Some(block) = self.blocks.read(&part, raw, draft.provider(), &mut self.ids)? else {
            self.text(str_of(part.text.as_ref()), &marks, logprobs, draft, out);
            return Ok(());
        };
        self.end_run(draft, out);
        self.end_call(true, draft, out);
        let data = match &block {
            PartKind::Media(_) => marks.state(),
            // It holds everything itself.
            PartKind::Opaque(_) => None,
            // What the provider ran goes back as it came.
            PartKind::Text(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolCall(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_) => Some(compact(raw.get()).into()),
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
            self.open_text(text.is_empty(), marks, draft, out);
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

    fn open_text(
        &mut self,
        is_empty: bool,
        marks: &Marks<'_>,
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) {
        self.end_run(draft, out);
        if marks.is_thought {
            // The API shows summaries of its thoughts, and never the thoughts.
            let kind = PartKind::Reasoning(Reasoning {
                text: String::new(),
                form: if is_empty {
                    ReasoningForm::Hidden
                } else {
                    ReasoningForm::Summary
                },
            });
            let index = draft.open(with_state(kind, marks.state(), draft), out);
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
        let name = str_of(call.name.as_ref());
        if !name.is_empty() {
            self.end_run(draft, out);
            self.end_call(true, draft, out);
            let kind = PartKind::ToolCall(ToolCall {
                id: self.ids.given_or_new(call.id.as_ref()),
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
            // The empty call that ends arguments, after a call that was whole already.
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
            let json = open.arguments.write(piece.json_path.as_str(), value_of(&piece))?;
            draft.text(open.index, &json, out);
        }
        if !call.will_continue.unwrap_or(false) {
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
        if marks.is_thought {
            // A draft image of the model's reasoning: no part of the answer, but it goes back.
            self.end_run(draft, out);
            let block = opaque(draft.provider(), "thought", marks.raw.get());
            draft.add(Part::new(block), out);
            return Ok(());
        }
        let mime_type = str_of(data.mime_type.as_ref());
        let bytes = base64(str_of(data.data.as_ref()))?;
        if let Some(Run::Sound(index, mime)) = &self.run
            && mime == mime_type
            && marks.signature.is_none()
        {
            draft.media(*index, bytes, out);
            return Ok(());
        }
        self.end_run(draft, out);
        let media = PartKind::Media(Media {
            mime_type: mime_type.to_owned(),
            source: MediaSource::Data(bytes),
            name: None,
            size_bytes: None,
        });
        let index = draft.open(with_state(media, marks.state(), draft), out);
        if is_raw_sound(mime_type) && marks.signature.is_none() {
            self.run = Some(Run::Sound(index, mime_type.to_owned()));
        } else {
            draft.close(index, out);
        }
        Ok(())
    }

    fn end_run(&mut self, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        match self.run.take() {
            Some(Run::Reasoning(index) | Run::Sound(index, _)) => draft.close(index, out),
            Some(Run::Text(_)) | None => {}
        }
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
        self.sources.end(draft, out);
    }

    /// The part that was being written last; an empty one that only carries a signature does not count.
    fn under_way(&self, draft: &Draft) -> Option<u32> {
        if let Some(Run::Reasoning(index) | Run::Sound(index, _)) = &self.run {
            return Some(*index);
        }
        let mut next = draft.opened();
        for (index, text) in sources::text_parts(&self.texts, draft).into_iter().rev() {
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

/// Reads base64 of either alphabet, padded or not: protobuf's JSON allows them all.
fn base64(text: &str) -> Result<Bytes, DecodeError> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, config).decode(text);
    let bytes = standard.or_else(|_| GeneralPurpose::new(&alphabet::URL_SAFE, config).decode(text));
    bytes.map(Bytes::from).map_err(|_| DecodeError::Corrupt {
        what: "media part",
        detail: "not base64".to_owned(),
    })
}

fn with_state(kind: PartKind, data: Option<Bytes>, draft: &Draft) -> Part {
    let mut part = Part::new(kind);
    part.provider_state = data.map(|data| ProviderState {
        provider: draft.provider().to_owned(),
        data,
    });
    part
}

fn value_of<'a>(piece: &'a PartialArgument<'_>) -> Piece<'a> {
    let continues = piece.will_continue.unwrap_or(false);
    match (&piece.string_value, piece.number_value, piece.bool_value) {
        (Some(text), ..) => Piece::Text(text.as_str(), continues),
        (None, Some(number), _) => Piece::Scalar(number.get()),
        (None, None, Some(true)) => Piece::Scalar("true"),
        (None, None, Some(false)) => Piece::Scalar("false"),
        (None, None, None) if continues => Piece::Text("", true),
        (None, None, None) => Piece::Scalar("null"),
    }
}

/// Sound without a container, of which any two pieces make a longer one.
fn is_raw_sound(mime_type: &str) -> bool {
    let mime_type = mime_type.to_ascii_lowercase();
    mime_type.starts_with("audio/l16") || mime_type.starts_with("audio/pcm")
}
