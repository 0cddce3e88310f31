//! Pure decisions about time: how long to wait, and when to stop. No clock of its own.

pub mod backoff;
pub mod deadline;
