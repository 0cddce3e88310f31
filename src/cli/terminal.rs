//! Owns standard output and standard error: answers to the one, words about them to the other.

use std::io::{self, IsTerminal as _, Write as _};

/// Writes an answer to standard output, at once.
///
/// # Errors
/// What the system says, above all that nobody reads any more.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Writes a line to standard output.
///
/// # Errors
/// As [`print()`].
pub(super) fn print_line(line: &str) -> io::Result<()> {
    print(&format!("{line}\n"))
}

/// Writes a line to standard error. Nobody is left to hear it if that fails.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Whether a person reads standard output.
pub(super) fn is_watched() -> bool {
    io::stdout().is_terminal()
}

/// Whether a person reads standard error.
pub(super) fn is_heard() -> bool {
    io::stderr().is_terminal()
}

/// Makes what an upstream wrote fit to be shown: without the control characters that steer a terminal.
pub(super) fn harmless(text: &str) -> String {
    let is_kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    text.chars().filter(is_kept).collect()
}

/// Dims a text on a terminal.
pub(super) fn dim(text: &str) -> String {
    format!("{DIM}{text}{PLAIN}")
}

/// Starts dimmed text.
pub(super) const DIM: &str = "\x1b[2m";
/// Ends it.
pub(super) const PLAIN: &str = "\x1b[0m";
