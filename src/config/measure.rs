//! Owns sizes and lengths of time as values: their units, how they are read and printed. Refuses to know what is
//! measured.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::value::{Bad, Codec, Raw};

/// A number of bytes within bounds: an integer, or a string with a unit.
pub(super) struct Size(pub(super) RangeInclusive<usize>);

/// Units of a size, the largest binary one first, as printing wants them.
const SIZE_UNITS: [(&str, usize); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl Codec for Size {
    type Value = usize;

    fn expected(&self) -> String {
        format!(
            "a size from {} to {}, such as \"4MiB\"",
            print_size(*self.0.start()),
            print_size(*self.0.end())
        )
    }

    fn read(&self, raw: &Raw) -> Result<usize, Bad> {
        let size = match raw {
            Raw::Integer(number) => usize::try_from(*number).ok(),
            Raw::Text(words) | Raw::Bare(words) => parse_size(words.trim()),
            Raw::Bool(_) | Raw::Other(_) => None,
        };
        size.filter(|size| self.0.contains(size))
            .ok_or_else(|| Bad::shown(raw))
    }

    fn print(&self, value: &usize) -> String {
        let size = print_size(*value);
        if size.ends_with('B') {
            format!("\"{size}\"")
        } else {
            size
        }
    }
}

fn parse_size(words: &str) -> Option<usize> {
    let digits = words.find(|c: char| !c.is_ascii_digit()).unwrap_or(words.len());
    let (number, unit) = words.split_at_checked(digits)?;
    let number: usize = number.parse().ok()?;
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Some(number);
    }
    let (_, bytes) = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*bytes)
}

fn print_size(size: usize) -> String {
    let binary = SIZE_UNITS.iter().take(3);
    match binary
        .into_iter()
        .find(|(_, bytes)| size >= *bytes && size.is_multiple_of(*bytes))
    {
        Some((name, bytes)) => format!("{}{name}", size / bytes),
        None => size.to_string(),
    }
}

/// A length of time within bounds, as a string with units.
pub(super) struct Span(pub(super) RangeInclusive<Duration>);

/// A length of time that a wait may take: from 1 ms to 24 h.
pub(super) const WAIT: Span = Span(Duration::from_millis(1)..=Duration::from_secs(24 * 60 * 60));

/// Units of a length of time in milliseconds, the largest first.
const TIME_UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

impl Codec for Span {
    type Value = Duration;

    fn expected(&self) -> String {
        format!(
            "a duration from {} to {}, such as \"30s\", \"1m30s\" or \"250ms\"",
            print_duration(*self.0.start()),
            print_duration(*self.0.end())
        )
    }

    fn read(&self, raw: &Raw) -> Result<Duration, Bad> {
        let bad = match raw {
            Raw::Text(words) | Raw::Bare(words) => {
                match parse_duration(words.trim()).filter(|time| self.0.contains(time)) {
                    Some(time) => return Ok(time),
                    None => Bad::shown(raw),
                }
            }
            Raw::Integer(number) => {
                Bad::shown(raw).mend(format!("write a unit: \"{number}s\" or \"{number}ms\""))
            }
            Raw::Bool(_) | Raw::Other(_) => Bad::shown(raw),
        };
        Err(bad)
    }

    fn print(&self, value: &Duration) -> String {
        format!("\"{}\"", print_duration(*value))
    }
}

/// Reads units from the largest to the smallest, each at most once.
pub(crate) fn parse_duration(words: &str) -> Option<Duration> {
    let mut rest = words;
    let mut units = TIME_UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end)?;
        let (_, millis) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*millis)?)?;
        rest = after;
    }
    Some(Duration::from_millis(total))
}

/// Prints a duration in the units [`Span`] reads; what is finer than a millisecond is cut.
pub(super) fn print_duration(time: Duration) -> String {
    let mut rest = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let mut printed = String::new();
    for (name, millis) in TIME_UNITS {
        if rest >= millis {
            // Writing to a `String` cannot fail.
            let _ = write!(printed, "{}{name}", rest / millis);
            rest %= millis;
        }
    }
    if printed.is_empty() {
        "0s".to_owned()
    } else {
        printed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_read_in_binary_and_decimal_units() {
        let cases = [
            ("4MiB", Some(4 << 20)),
            ("4 mib", Some(4 << 20)),
            ("64KiB", Some(64 << 10)),
            ("1MB", Some(1_000_000)),
            ("17B", Some(17)),
            ("17", Some(17)),
            ("", None),
            ("MiB", None),
            ("1.5MiB", None),
            ("-1", None),
            ("4M", None),
            ("99999999999999999999GiB", None),
            ("18446744073709551615GiB", None),
        ];

        for (words, expected) in cases {
            assert_eq!(parse_size(words), expected, "{words}");
        }
    }

    #[test]
    fn durations_are_read_from_the_largest_unit_to_the_smallest() {
        let cases = [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("250ms", Some(250)),
            ("1d2h3m4s5ms", Some(93_784_005)),
            ("0s", Some(0)),
            ("90s", Some(90_000)),
            ("", None),
            ("30", None),
            ("s", None),
            ("30s1m", None),
            ("1m1m", None),
            ("1.5s", None),
            ("-1s", None),
            ("30 s", None),
            ("99999999999999999999d", None),
            ("18446744073709551615d", None),
        ];

        for (words, expected) in cases {
            assert_eq!(
                parse_duration(words),
                expected.map(Duration::from_millis),
                "{words}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(millis in 0..=u64::MAX, size in 0..=usize::MAX) {
            let time = Duration::from_millis(millis);

            prop_assert_eq!(parse_duration(&print_duration(time)), Some(time));
            prop_assert_eq!(parse_size(&print_size(size)), Some(size));
        }

        #[test]
        fn no_words_make_the_readers_panic(words in ".*") {
            let _ = parse_duration(&words);
            let _ = parse_size(&words);
        }
    }
}
