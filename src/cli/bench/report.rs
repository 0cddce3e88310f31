//! Owns the table of a suite: what was measured, beside what it should be.

use std::time::Duration;

use serde_json::{Value, json};

/// A table of measurements.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    failures: Vec<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    value: Option<Amount>,
    /// Where there is one: not to be exceeded.
    target: Option<Amount>,
}

/// An amount with its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    /// A time, which a difference may make negative; in microseconds.
    Microseconds(f64),
    Bytes(u64),
    PerSecond(f64),
}

impl Table {
    /// Adds a measurement; `None` was not possible on this system.
    pub(super) fn row(&mut self, name: impl Into<String>, value: Option<Amount>, target: Option<Amount>) {
        let name = name.into();
        self.rows.push(Row { name, value, target });
    }

    /// Notes that calls failed where none should.
    pub(super) fn failure(&mut self, failure: String) {
        self.failures.push(failure);
    }

    /// Whether anything failed; a missed target is no failure.
    pub(super) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// As Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut lines = vec![
            "| measurement | measured | target | |".to_owned(),
            "|---|---:|---:|---|".to_owned(),
        ];
        for row in &self.rows {
            let amount = |amount: Option<Amount>| amount.map_or_else(|| "-".to_owned(), Amount::in_words);
            let target = row
                .target
                .map_or_else(String::new, |target| format!("<= {}", target.in_words()));
            let verdict = match row.is_met() {
                Some(true) => "met",
                Some(false) => "missed",
                None => "",
            };
            lines.push(format!(
                "| {} | {} | {target} | {verdict} |",
                row.name,
                amount(row.value)
            ));
        }
        lines.extend(self.failures.iter().map(|failure| format!("\nfailed: {failure}")));
        lines.join("\n")
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        let row = |row: &Row| {
            json!({"name": row.name, "unit": row.value.or(row.target).map(Amount::unit),
                   "value": row.value.map(Amount::json), "target": row.target.map(Amount::json),
                   "met": row.is_met()})
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        json!({"measurements": rows, "failures": self.failures})
    }
}

impl Row {
    fn is_met(&self) -> Option<bool> {
        match (self.value?, self.target?) {
            (Amount::Microseconds(value), Amount::Microseconds(target))
            | (Amount::PerSecond(value), Amount::PerSecond(target)) => Some(value <= target),
            (Amount::Bytes(value), Amount::Bytes(target)) => Some(value <= target),
            (Amount::Microseconds(_) | Amount::Bytes(_) | Amount::PerSecond(_), _) => None,
        }
    }
}

impl Amount {
    /// A time.
    pub(super) fn time(time: Duration) -> Self {
        Self::Microseconds(microseconds(time))
    }

    /// How much longer `with` took than `without`.
    pub(super) fn added(with: Duration, without: Duration) -> Self {
        Self::Microseconds(microseconds(with) - microseconds(without))
    }

    fn in_words(self) -> String {
        match self {
            Self::Microseconds(value) if value.abs() < 1000.0 => format!("{value:.1} us"),
            Self::Microseconds(value) => format!("{:.2} ms", value / 1000.0),
            Self::Bytes(value) if value < 1 << 20 => {
                format!("{:.1} KiB", super::samples::real(value) / 1024.0)
            }
            Self::Bytes(value) => format!("{:.1} MiB", super::samples::real(value >> 10) / 1024.0),
            Self::PerSecond(value) => format!("{value:.0}/s"),
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Microseconds(_) => "us",
            Self::Bytes(_) => "bytes",
            Self::PerSecond(_) => "per_second",
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Microseconds(value) | Self::PerSecond(value) => value.into(),
            Self::Bytes(value) => value.into(),
        }
    }
}

/// A time in microseconds.
pub(super) fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A time for a person.
pub(super) fn time(time: Duration) -> String {
    Amount::time(time).in_words()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Amount, Table};

    #[test]
    fn a_table_says_which_targets_are_met() {
        let mut table = Table::default();
        let target = Some(Amount::Microseconds(150.0));

        table.row(
            "added",
            Some(Amount::added(
                Duration::from_micros(300),
                Duration::from_micros(200),
            )),
            target,
        );
        table.row("slow", Some(Amount::time(Duration::from_millis(2))), target);
        table.row("elsewhere", None, Some(Amount::Bytes(40 << 10)));

        let expected = "| measurement | measured | target | |\n|---|---:|---:|---|\n\
                        | added | 100.0 us | <= 150.0 us | met |\n\
                        | slow | 2.00 ms | <= 150.0 us | missed |\n\
                        | elsewhere | - | <= 40.0 KiB |  |";
        assert_eq!(table.markdown(), expected);
        assert!(!table.has_failed());
    }
}
