//! Points in time, both ways.

use std::time::SystemTime;

use crate::domain::time::Timestamp;
use crate::rpc::convert::violations::Violations;

/// A time as the contract has it.
pub(crate) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    SystemTime::from(time).into()
}

/// Reads a time that may be left out.
pub(crate) fn timestamp_in(
    time: Option<prost_types::Timestamp>,
    field: &str,
    wrong: &mut Violations,
) -> Option<Timestamp> {
    let read = SystemTime::try_from(time?).ok().map(Timestamp::from);
    wrong.check(
        read.is_some(),
        field,
        "expected a time between the years 1 and 9999",
    );
    read
}
