//! Server-sent events (HTML Living Standard, section 9.2.6, read 2026-11-22).
//!
//! Departures: an event without data is dropped, as the standard says, and what is left at the end of
//! the stream is handed out as a last frame instead of being thrown away, so that the decoder can tell
//! a missing blank line from a cut.

use super::lines::Lines;
use super::{Frame, FrameTooLarge};

#[derive(Debug)]
pub(super) struct Sse {
    lines: Lines,
    limit_bytes: usize,
    event: String,
    data: Vec<u8>,
    has_data: bool,
    /// The frame in `event` and `data` has been handed out and is cleared before the next line.
    is_spent: bool,
    at_start: bool,
}

impl Sse {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            lines: Lines::new(),
            limit_bytes,
            event: String::new(),
            data: Vec::new(),
            has_data: false,
            is_spent: false,
            at_start: true,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.lines.push(chunk);
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FrameTooLarge> {
        self.clear_spent();
        while let Some(line) = self.lines.next_line() {
            if line.is_empty() {
                if self.dispatch() {
                    return Ok(Some(self.frame()));
                }
            } else {
                // A line that has its end counts as much as one that lacks it, and the lines behind it
                // not at all: how the stream was cut must not matter.
                self.check(line.len())?;
                self.field(line);
            }
        }
        self.check(self.lines.held_bytes())?;
        Ok(None)
    }

    pub(super) fn last_frame(&mut self) -> Option<Frame<'_>> {
        self.clear_spent();
        if let Some(line) = self.lines.last_line() {
            self.field(line);
        }
        self.dispatch().then(|| self.frame())
    }

    fn check(&self, line_bytes: usize) -> Result<(), FrameTooLarge> {
        if self.data.len() + line_bytes > self.limit_bytes {
            return Err(FrameTooLarge {
                limit_bytes: self.limit_bytes,
            });
        }
        Ok(())
    }

    fn field(&mut self, line: std::ops::Range<usize>) {
        let mut line = self.lines.bytes(line);
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        let (name, value) = match memchr::memchr(b':', line) {
            Some(colon) => line.split_at(colon),
            None => (line, &[][..]),
        };
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
                self.has_data = true;
            }
            b"event" => {
                self.event.clear();
                self.event.push_str(&String::from_utf8_lossy(value));
            }
            // Comments (an empty name), ids, retry hints and unknown fields carry no payload.
            _ => {}
        }
    }

    /// Ends the current event; whether it holds a payload.
    fn dispatch(&mut self) -> bool {
        self.is_spent = true;
        if self.data.trim_ascii().is_empty() {
            self.clear_spent();
            return false;
        }
        true
    }

    fn frame(&self) -> Frame<'_> {
        Frame {
            event: &self.event,
            data: self.data.trim_ascii(),
        }
    }

    fn clear_spent(&mut self) {
        if std::mem::take(&mut self.is_spent) {
            self.event.clear();
            self.data.clear();
            self.has_data = false;
        }
    }
}
