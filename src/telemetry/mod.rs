//! What the server tells of itself: a log of lines, and metrics of numbers.
//!
//! Neither ever holds prompts, answers, keys, headers or a caller's own words: labels come from closed sets.

mod log;
pub mod metrics;
pub mod process;

pub use log::init;
