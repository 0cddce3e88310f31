//! Between the contract's types and the domain's. Inward: fallible, every violation with its path.
//! Outward: total, by moves.

pub(super) mod admin;
pub(super) mod content;
pub(super) mod event;
pub(super) mod json;
pub(super) mod key;
pub(super) mod model;
pub(super) mod preferences;
pub(super) mod request;
pub(super) mod time;
pub(super) mod usage;
pub(super) mod violations;
