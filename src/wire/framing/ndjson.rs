//! Newline-delimited JSON: a line is a frame.

use super::lines::Lines;
use super::{Frame, FrameTooLarge};

#[derive(Debug)]
pub(super) struct Ndjson {
    lines: Lines,
    limit_bytes: usize,
}

impl Ndjson {
    pub(super) fn new(limit_bytes: usize) -> Self {
        Self {
            lines: Lines::new(),
            limit_bytes,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.lines.push(chunk);
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FrameTooLarge> {
        while let Some(line) = self.lines.next_line() {
            if line.len() > self.limit_bytes {
                return Err(FrameTooLarge {
                    limit_bytes: self.limit_bytes,
                });
            }
            if !self.lines.bytes(line.clone()).trim_ascii().is_empty() {
                return Ok(Some(Frame {
                    event: "",
                    data: self.lines.bytes(line).trim_ascii(),
                }));
            }
        }
        if self.lines.held_bytes() > self.limit_bytes {
            return Err(FrameTooLarge {
                limit_bytes: self.limit_bytes,
            });
        }
        Ok(None)
    }

    pub(super) fn last_frame(&mut self) -> Option<Frame<'_>> {
        let line = self.lines.last_line()?;
        let data = self.lines.bytes(line).trim_ascii();
        (!data.is_empty()).then_some(Frame { event: "", data })
    }
}
