//! Bytes to lines: LF, CR LF and lone CR, any chunking, bounded.

use std::ops::Range;

/// Holds what has come and is not yet a line.
#[derive(Debug)]
pub(super) struct Lines {
    buffer: Vec<u8>,
    /// First byte of the next line.
    start: usize,
    /// No line end lies before this byte.
    scanned: usize,
    /// The last line ended with a CR at the very end of what had come: an LF right after belongs to it.
    owes_lf: bool,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            owes_lf: false,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        // Lines handed out are gone by now: the space is reused, so the buffer grows to the longest line only.
        self.buffer.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.buffer.extend_from_slice(chunk);
    }

    /// Returns the range of the next line, its end left out.
    pub(super) fn next_line(&mut self) -> Option<Range<usize>> {
        if self.owes_lf {
            match self.buffer.get(self.start) {
                Some(b'\n') => self.start += 1,
                Some(_) => {}
                None => return None,
            }
            self.owes_lf = false;
            self.scanned = self.scanned.max(self.start);
        }
        let rest = self.buffer.get(self.scanned..).unwrap_or_default();
        let Some(at) = memchr::memchr2(b'\n', b'\r', rest) else {
            self.scanned = self.buffer.len();
            return None;
        };
        let end = self.scanned + at;
        let line = self.start..end;
        self.owes_lf = self.buffer.get(end) == Some(&b'\r');
        self.start = end + 1;
        self.scanned = self.start;
        Some(line)
    }

    /// Returns what is left, which no line end follows.
    pub(super) fn last_line(&mut self) -> Option<Range<usize>> {
        let mut start = self.start;
        if self.owes_lf && self.buffer.get(start) == Some(&b'\n') {
            start += 1;
        }
        self.owes_lf = false;
        let line = start..self.buffer.len();
        self.start = self.buffer.len();
        self.scanned = self.start;
        (!line.is_empty()).then_some(line)
    }

    pub(super) fn bytes(&self, line: Range<usize>) -> &[u8] {
        self.buffer.get(line).unwrap_or_default()
    }

    /// How many bytes of an unfinished line are held.
    pub(super) fn held_bytes(&self) -> usize {
        self.buffer.len() - self.start
    }
}
