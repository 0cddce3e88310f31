//! Providers' keys: sealed at rest, opened for one attempt at a time, chosen from memory. A secret goes in and is
//! used; nothing here gives one back but to the attempt that needs it.

mod asked;
mod configured;
mod entry;
mod keeper;
mod kek;
mod lease;
mod ledger;
mod loading;
mod rewrap;
mod ring;
mod seal;
mod tenure;
mod transit;

pub use asked::{Change, Details, Rotation};
pub use configured::{Configured, ConfiguredKey};
pub use keeper::Vault;
pub use kek::{Kek, KekError, Keks, LocalKek};
pub use lease::{Lease, Tried};
pub use rewrap::Progress;
pub use ring::{NoKey, Ring, Rules, Source};
pub use seal::SealError;
pub use transit::{KeyService, TransitKek};

#[cfg(test)]
mod tests;
