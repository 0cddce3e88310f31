//! Tenants and tokens as the calls need them: an immutable snapshot in memory, so that no call waits for the
//! database. Knows no transport: it is handed a token's text and a time.

mod callers;
mod directory;
mod mint;
mod snapshot;
mod uses;

pub use callers::Right;
pub use directory::Directory;
pub use mint::{Minted, NewToken, NoRandomness, mint};
pub use snapshot::{Refusal, Snapshot};
