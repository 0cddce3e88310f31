//! Owns how an answer looks as it comes: text plain, reasoning dimmed where a person reads it and left out elsewhere.

use std::io;

use super::conversation::Answer;
use crate::cli::{terminal, usage};
use crate::rpc::pb;
use crate::rpc::pb::part::Kind;

/// Shows one answer.
#[derive(Debug)]
pub(super) struct View {
    /// Whether anything is shown at all.
    is_shown: bool,
    /// Whether a person reads it.
    is_watched: bool,
    /// What was shown last.
    last: Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Reasoning,
    Text { ends_line: bool },
}

impl View {
    /// Shows answers on standard output.
    pub(super) fn new() -> Self {
        Self {
            is_shown: true,
            is_watched: terminal::is_watched(),
            last: Last::Nothing,
        }
    }

    /// Shows nothing.
    pub(super) fn silent() -> Self {
        Self {
            is_shown: false,
            is_watched: false,
            last: Last::Nothing,
        }
    }

    /// Shows more of the answer's text.
    pub(super) fn text(&mut self, text: &str) -> io::Result<()> {
        if !self.is_shown || text.is_empty() {
            return Ok(());
        }
        self.leave_reasoning()?;
        self.last = Last::Text {
            ends_line: text.ends_with('\n'),
        };
        if self.is_watched {
            terminal::print(&terminal::harmless(text))
        } else {
            terminal::print(text)
        }
    }

    /// Shows more of the reasoning.
    pub(super) fn reasoning(&mut self, text: &str) -> io::Result<()> {
        if !self.is_shown || !self.is_watched || text.is_empty() {
            return Ok(());
        }
        if self.last != Last::Reasoning {
            self.end_line()?;
            self.last = Last::Reasoning;
            terminal::print(terminal::DIM)?;
        }
        terminal::print(&terminal::harmless(text))
    }

    /// Shows what a finished part holds beyond the deltas that came before it.
    pub(super) fn rest(&mut self, part: &pb::Part) -> io::Result<()> {
        match &part.kind {
            Some(Kind::ToolCall(call)) => {
                self.note(&format!("[{} is called: {}]", call.name, call.arguments_json))
            }
            Some(Kind::Media(media)) => {
                self.note(&format!("[{}, {} bytes]", media.mime_type, media.size_bytes))
            }
            Some(
                Kind::Text(_) | Kind::Refusal(_) | Kind::Reasoning(_) | Kind::ToolResult(_) | Kind::Opaque(_),
            )
            | None => Ok(()),
        }
    }

    /// Shows a part of an answer that came whole.
    pub(super) fn part(&mut self, part: &pb::Part) -> io::Result<()> {
        match &part.kind {
            Some(Kind::Text(text) | Kind::Refusal(text)) => self.text(text),
            Some(Kind::Reasoning(reasoning)) => self.reasoning(&reasoning.text),
            Some(Kind::ToolCall(_) | Kind::Media(_) | Kind::ToolResult(_) | Kind::Opaque(_)) | None => {
                self.rest(part)
            }
        }
    }

    /// Says that another attempt is made, and why.
    pub(super) fn attempt(&self, attempt: &pb::AttemptStarted) {
        if let (true, Some(error)) = (self.is_shown, &attempt.previous_error) {
            let words = terminal::harmless(&error.message);
            terminal::say(&format!(
                "crux: attempt {} with {}, as the one before failed: {words}",
                attempt.number, attempt.model
            ));
        }
    }

    /// Ends what was shown: colours and the line.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.leave_reasoning()?;
        self.end_line()?;
        self.last = Last::Nothing;
        Ok(())
    }

    fn note(&mut self, note: &str) -> io::Result<()> {
        if !self.is_watched {
            return Ok(());
        }
        self.leave_reasoning()?;
        self.end_line()?;
        self.last = Last::Text { ends_line: true };
        terminal::print_line(&terminal::dim(&terminal::harmless(note)))
    }

    fn leave_reasoning(&mut self) -> io::Result<()> {
        if self.last == Last::Reasoning {
            self.last = Last::Nothing;
            terminal::print(&format!("{}\n\n", terminal::PLAIN))?;
        }
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        match self.last {
            Last::Text { ends_line: false } => terminal::print("\n"),
            Last::Nothing | Last::Reasoning | Last::Text { ends_line: true } => Ok(()),
        }
    }
}

/// Says what a person should know of a finished answer beside its words.
pub(super) fn remarks(answer: &Answer) {
    for warning in &answer.outcome.warnings {
        let field = if warning.field.is_empty() {
            String::new()
        } else {
            format!("{}: ", warning.field)
        };
        terminal::say(&format!(
            "crux: warning: {field}{}",
            terminal::harmless(&warning.message)
        ));
    }
    let remark = match answer.outcome.finish_reason() {
        pb::FinishReason::MaxTokens => "the answer was cut: --max-tokens, or the model's own limit",
        pb::FinishReason::ContextFull => "the answer was cut: the model's context is full",
        pb::FinishReason::ContentFilter => "the provider's filter cut the answer",
        pb::FinishReason::Refusal => "the model refused",
        pb::FinishReason::Unspecified
        | pb::FinishReason::Stop
        | pb::FinishReason::ToolCalls
        | pb::FinishReason::Paused
        | pb::FinishReason::Cancelled
        | pb::FinishReason::Other => return,
    };
    terminal::say(&format!("crux: {remark}"));
}

/// One line on who answered, how fast and for how much.
pub(super) fn footer(answer: &Answer) -> String {
    let outcome = &answer.outcome;
    let mut words = vec![terminal::harmless(&outcome.model)];
    if let Some(used) = &outcome.usage {
        words.push(usage::in_words(used));
    }
    if let Some(timing) = &outcome.timing {
        let first = usage::duration_of(timing.time_to_first_token);
        let total = usage::duration_of(timing.total);
        words.extend(first.map(|first| format!("first after {}", usage::span(first))));
        words.extend(total.map(|total| format!("{} in all", usage::span(total))));
    }
    format!("[{}]", words.join(" · "))
}
