//! Pure values that every layer shares: calls, messages, events, usage, errors.
//!
//! Nothing here knows a wire format, a socket or a clock. A value that exists is valid: the edges
//! parse, the rest trusts.

pub mod answer;
pub mod audit;
pub mod call;
pub mod capability;
pub mod content;
pub mod error;
pub mod event;
pub mod fold;
pub mod grammar;
pub mod key;
pub mod model;
pub mod options;
pub mod placeholder;
pub mod preferences;
pub mod pricing;
pub mod principal;
pub mod tenant;
pub mod time;
pub mod token;
pub mod usage;
