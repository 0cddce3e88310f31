//! Points in time as they are stored and told: microseconds since 1970, UTC.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in time, in microseconds since the Unix epoch.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This much later; at most the last one there is.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// Reads a day such as `2026-11-22` as its first moment in UTC; what follows a `T` is left out.
    pub fn from_date(text: &str) -> Option<Self> {
        let day = text.split('T').next()?;
        let mut fields = day.splitn(3, '-').map(|field| field.parse::<i64>().ok());
        let (year, month, day) = (fields.next()??, fields.next()??, fields.next()??);
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Days since 1970, counted from March, so that a leap day is a year's last
        // (howardhinnant.github.io/date_algorithms.html#days_from_civil).
        let shifted = if month <= 2 { year - 1 } else { year };
        let era = shifted / 400;
        let year_of_era = shifted - era * 400;
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        Some(Self(days * DAY_MICROS))
    }

    /// The day it is in, in UTC, such as `2026-11-22`.
    pub fn date(self) -> String {
        let days = self.0.div_euclid(DAY_MICROS) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = (shifted_month + 2) % 12 + 1;
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The second it is in, in UTC, such as `2026-11-22T08:05:09Z` (RFC 3339).
    pub fn to_rfc3339(self) -> String {
        let second = self.0.rem_euclid(DAY_MICROS) / 1_000_000;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }

    /// How long after `earlier`; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or_default())
    }
}

const DAY_MICROS: i64 = 86_400_000_000;

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => micros(after),
            Err(before) => -micros(before.duration()),
        })
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_micros(time.0.unsigned_abs());
        let moved = if time.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        moved.unwrap_or(UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::Timestamp;

    #[test]
    fn days_are_read_and_written() {
        assert_eq!(Timestamp::from_date("1970-01-01"), Some(Timestamp(0)));
        assert_eq!(
            Timestamp::from_date("2026-07-24T10:11:12Z"),
            Some(Timestamp(1_784_851_200_000_000))
        );
        for day in [
            "1970-01-01",
            "1999-12-31",
            "2000-02-29",
            "2024-03-01",
            "2026-11-22",
        ] {
            assert_eq!(
                Timestamp::from_date(day).map(Timestamp::date).as_deref(),
                Some(day)
            );
        }
        for bad in ["", "2026", "2026-13-01", "2026-01-32", "x-1-1", "1492-01-01"] {
            assert_eq!(Timestamp::from_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_keep_their_microseconds_there_and_back() {
        for micros in [0, 1, -1, 1_795_000_000_123_456, -5_000_001] {
            assert_eq!(
                Timestamp::from(SystemTime::from(Timestamp(micros))),
                Timestamp(micros)
            );
        }
        let later = Timestamp::from(UNIX_EPOCH + Duration::from_nanos(1_999));
        assert_eq!(later, Timestamp(1));
        assert_eq!(
            later.plus(Duration::from_secs(1)).since(later),
            Duration::from_secs(1)
        );
        assert_eq!(later.since(later.plus(Duration::MAX)), Duration::ZERO);
    }
}
