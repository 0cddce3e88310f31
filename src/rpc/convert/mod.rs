//! Between the contract's types and the domain's. Inward: fallible, every violation with its path.
//! Outward: total, by moves.

pub(super) mod admin;
mod citation;
pub(super) mod event;
mod format;
pub(super) mod json;
pub(super) mod key;
mod media;
pub(super) mod message;
pub(super) mod model;
mod part;
pub(super) mod preferences;
mod reasoning;
pub(super) mod request;
pub(super) mod time;
mod tool;
pub(super) mod usage;
pub(super) mod violations;
