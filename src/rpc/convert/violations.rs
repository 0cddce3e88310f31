//! Collects what is wrong with a request, each with its path, so that a caller mends all at once.

use std::fmt::Display;
use std::time::Duration;

use crate::domain::error::{Error, Violation};

/// The most that is told; the rest is counted by the message.
const MOST: usize = 64;

/// What is wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Violation {
                field: field.into(),
                description: description.into(),
            });
        }
    }

    /// Adds a violation unless `is_fine`.
    pub(crate) fn check(&mut self, is_fine: bool, field: &str, description: impl Display) {
        if !is_fine {
            self.add(field, description.to_string());
        }
    }

    /// Returns `value` if nothing is wrong.
    pub(crate) fn or<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(Error::invalid(self.0))
        }
    }

    /// Reads a count that must be at least `least`.
    pub(crate) fn count(&mut self, value: Option<i32>, least: u32, field: &str) -> Option<u32> {
        let value = value?;
        let count = u32::try_from(value).ok().filter(|count| *count >= least);
        self.check(
            count.is_some(),
            field,
            format_args!("expected at least {least}, found {value}"),
        );
        count
    }

    /// Reads a number that must be finite.
    pub(crate) fn finite(&mut self, value: Option<f64>, field: &str) -> Option<f64> {
        let value = value?;
        self.check(
            value.is_finite(),
            field,
            format_args!("expected a finite number, found {value}"),
        );
        Some(value)
    }

    /// Reads a duration between `least` and `most`.
    pub(crate) fn duration(
        &mut self,
        value: Option<prost_types::Duration>,
        least: Duration,
        most: Duration,
        field: &str,
    ) -> Option<Duration> {
        let value = value?;
        let duration = Duration::try_from(value)
            .ok()
            .filter(|value| *value >= least && *value <= most);
        self.check(
            duration.is_some(),
            field,
            format_args!(
                "expected {least:?} to {most:?}, found {}.{:09} s",
                value.seconds,
                value.nanos.abs()
            ),
        );
        duration
    }

    /// Checks a name that providers must be able to take.
    pub(crate) fn name(&mut self, name: &str, field: &str) {
        let fits = (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        self.check(
            fits,
            field,
            format_args!("expected 1 to 64 characters of [a-zA-Z0-9_-], found {name:?}"),
        );
    }

    /// How many were found.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
