//! Providers' keys: sealed at rest, opened for one attempt at a time, chosen from memory. A secret goes in and is
//! used; nothing here gives one back but to the attempt that needs it.

mod asked;
mod entry;
mod keeper;
mod kek;
mod ledger;
mod rewrap;
mod ring;
mod seal;
mod transit;

pub use asked::{Change, Details};
pub use keeper::Vault;
pub use kek::{Kek, KekError, Keks, LocalKek};
pub use rewrap::Progress;
pub use ring::{Configured, Lease, NoKey, Ring, Rules, Source, Tried};
pub use seal::SealError;
pub use transit::{KeyService, TransitKek};

#[cfg(test)]
mod tests;
