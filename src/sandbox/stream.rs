//! Plays a script through a dialect, one frame at a time, with the faults that concern events.
//!
//! Frames are made when the caller is ready for them, so that a long answer costs no memory while it is idle.

use std::collections::VecDeque;

use bytes::Bytes;

use super::faults::Plan;
use super::script::{Cursor, Script};
use super::words;

/// Deltas that go out before `error-midstream` and `garbage` strike.
const DELTAS_BEFORE_FAULT: u64 = 2;
/// How long a fragment of a tool call's arguments is, in bytes.
const FRAGMENT_BYTES: usize = 8;

/// One event as it is sent: an SSE event, an NDJSON line, a member of a JSON array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) bytes: Bytes,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Carries a piece of reasoning, text or arguments.
    Delta,
    /// Carries the usage of the whole answer.
    Usage,
    /// Closes the stream and says nothing else, as `[DONE]`.
    Marker,
    Other,
}

/// The frames a dialect has just made.
#[derive(Debug, Default)]
pub(super) struct Frames {
    queue: VecDeque<Frame>,
    deltas: u64,
}

impl Frames {
    pub(super) fn delta(&mut self, bytes: impl Into<Bytes>) {
        self.deltas += 1;
        self.push(bytes, Kind::Delta);
    }

    pub(super) fn usage(&mut self, bytes: impl Into<Bytes>) {
        self.push(bytes, Kind::Usage);
    }

    pub(super) fn marker(&mut self, bytes: impl Into<Bytes>) {
        self.push(bytes, Kind::Marker);
    }

    pub(super) fn other(&mut self, bytes: impl Into<Bytes>) {
        self.push(bytes, Kind::Other);
    }

    fn push(&mut self, bytes: impl Into<Bytes>, kind: Kind) {
        self.queue.push_back(Frame {
            bytes: bytes.into(),
            kind,
        });
    }
}

/// How a dialect spells a script as a stream. What a dialect has no event for, it leaves at the empty default.
pub(super) trait Wire: Send {
    fn open(&mut self, _script: &Script, _out: &mut Frames) {}
    fn reasoning_start(&mut self, _script: &Script, _out: &mut Frames) {}
    fn reasoning(&mut self, _piece: &str, _out: &mut Frames) {}
    fn reasoning_end(&mut self, _script: &Script, _out: &mut Frames) {}
    fn text_start(&mut self, _script: &Script, _out: &mut Frames) {}
    fn text(&mut self, piece: &str, out: &mut Frames);
    fn text_end(&mut self, _script: &Script, _out: &mut Frames) {}
    fn call_start(&mut self, _script: &Script, _index: usize, _out: &mut Frames) {}
    fn call_fragment(&mut self, _index: usize, _fragment: &str, _out: &mut Frames) {}
    fn call_end(&mut self, _script: &Script, _index: usize, _out: &mut Frames) {}
    /// Says that the answer is finished, and why.
    fn close(&mut self, script: &Script, out: &mut Frames);
    /// Says that the answer failed, as this provider says it in mid-stream, and ends the stream as it then does.
    fn error(&mut self, script: &Script, out: &mut Frames);
    /// Sends a frame whose payload cannot be read.
    fn garbage(&mut self, out: &mut Frames) {
        out.other(&b"data: {\"garbage\": tru\n\n"[..]);
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    ReasoningStart,
    Reasoning { at: usize },
    TextStart,
    Text(Cursor),
    CallStart { index: usize },
    Call { index: usize, at: usize },
    Close,
    Done,
}

/// A script under way in a dialect.
pub(super) struct Play {
    wire: Box<dyn Wire>,
    script: Script,
    step: Step,
    frames: Frames,
    /// The arguments of the call under way, as text.
    arguments: String,
    plan: Plan,
    /// Whether the garbage that was asked for is still to come.
    garbage: bool,
}

impl std::fmt::Debug for Play {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Play")
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

impl Play {
    pub(super) fn new(wire: Box<dyn Wire>, script: Script, plan: &Plan) -> Self {
        Self {
            wire,
            script,
            step: Step::Open,
            frames: Frames::default(),
            arguments: String::new(),
            plan: plan.clone(),
            garbage: plan.garbage,
        }
    }

    /// Returns the next frame, or `None` at the stream's end.
    pub(super) fn next_frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.queue.pop_front() {
                return Some(frame);
            }
            if matches!(self.step, Step::Done) {
                return None;
            }
            self.advance();
        }
    }

    fn advance(&mut self) {
        let due = self.frames.deltas >= DELTAS_BEFORE_FAULT || matches!(self.step, Step::Close);
        if self.garbage && due {
            self.garbage = false;
            self.wire.garbage(&mut self.frames);
        } else if self.plan.error_midstream && due {
            self.wire.error(&self.script, &mut self.frames);
            self.step = Step::Done;
        } else {
            self.step = self.take_step();
        }
    }

    fn take_step(&mut self) -> Step {
        let (script, out) = (&self.script, &mut self.frames);
        match self.step {
            Step::Open => {
                self.wire.open(script, out);
                if script.reasoning.is_some() {
                    Step::ReasoningStart
                } else {
                    Step::TextStart
                }
            }
            Step::ReasoningStart => {
                self.wire.reasoning_start(script, out);
                Step::Reasoning { at: 0 }
            }
            Step::Reasoning { at } => {
                let text = script.reasoning.as_deref().unwrap_or_default();
                let end = words::piece_end(text, at);
                match text.get(at..end) {
                    Some(piece) if !piece.is_empty() => {
                        self.wire.reasoning(piece, out);
                        Step::Reasoning { at: end }
                    }
                    Some(_) | None => {
                        self.wire.reasoning_end(script, out);
                        Step::TextStart
                    }
                }
            }
            Step::TextStart if script.text.is_some() => {
                self.wire.text_start(script, out);
                Step::Text(Cursor::default())
            }
            Step::TextStart => Step::CallStart { index: 0 },
            Step::Text(mut cursor) => {
                let piece = script.text.as_ref().and_then(|text| text.next_piece(&mut cursor));
                if let Some(piece) = piece {
                    self.wire.text(&piece, out);
                    Step::Text(cursor)
                } else {
                    self.wire.text_end(script, out);
                    Step::CallStart { index: 0 }
                }
            }
            Step::CallStart { index } => match script.calls.get(index) {
                Some(call) => {
                    self.wire.call_start(script, index, out);
                    self.arguments = call.arguments.to_string();
                    Step::Call { index, at: 0 }
                }
                None => Step::Close,
            },
            Step::Call { index, at } => {
                let end = fragment_end(&self.arguments, at);
                match self.arguments.get(at..end) {
                    Some(fragment) if !fragment.is_empty() => {
                        self.wire.call_fragment(index, fragment, out);
                        Step::Call { index, at: end }
                    }
                    Some(_) | None => {
                        self.wire.call_end(script, index, out);
                        Step::CallStart { index: index + 1 }
                    }
                }
            }
            Step::Close => {
                self.close();
                Step::Done
            }
            Step::Done => Step::Done,
        }
    }

    fn close(&mut self) {
        let mut closing = Frames::default();
        self.wire.close(&self.script, &mut closing);
        for frame in closing.queue {
            let dropped = self.plan.no_terminal || (self.plan.no_marker && frame.kind == Kind::Marker);
            if dropped {
                continue;
            }
            if self.plan.usage_twice && frame.kind == Kind::Usage {
                self.frames.queue.push_back(frame.clone());
            }
            self.frames.queue.push_back(frame);
        }
    }
}

fn fragment_end(text: &str, from: usize) -> usize {
    let mut end = text.len().min(from + FRAGMENT_BYTES);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// A frame with a hole for a piece of text, made once for a stream so that a delta costs a copy and no JSON tree.
#[derive(Debug, Clone)]
pub(super) struct Template {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Template {
    /// What stands for the hole in the frame a template is made of; it is the whole of a JSON string.
    pub(super) const HOLE: &'static str = "\u{1}hole\u{1}";
    const QUOTED_HOLE: &'static str = "\"\\u0001hole\\u0001\"";

    pub(super) fn new(frame: &str) -> Self {
        let (before, after) = frame.split_once(Self::QUOTED_HOLE).unwrap_or((frame, ""));
        Self {
            before: before.into(),
            after: after.into(),
        }
    }

    pub(super) fn fill(&self, text: &str) -> Bytes {
        let mut bytes = Vec::with_capacity(self.before.len() + text.len() + self.after.len() + 16);
        bytes.extend_from_slice(&self.before);
        quote(&mut bytes, text);
        bytes.extend_from_slice(&self.after);
        bytes.into()
    }
}

/// Appends a text as a JSON string.
pub(super) fn quote(bytes: &mut Vec<u8>, text: &str) {
    // Writing text to memory cannot fail.
    let _ = serde_json::to_writer(bytes, text);
}
