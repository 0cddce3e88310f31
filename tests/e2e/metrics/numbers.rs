//! The text of `/metrics`, read: whatever is no such text fails the test.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::Running;
use crate::probes::get;

type Labels = BTreeMap<String, String>;

/// Numbers, as they are written, by name and labels.
pub(super) struct Numbers(BTreeMap<(String, Labels), String>);

impl Numbers {
    pub(super) async fn of(server: &Running) -> Self {
        let answer = get(server.admin, "/metrics").await;
        assert_eq!(answer.status, 200);
        Self::read(&answer.body)
    }

    /// Reads `OpenMetrics` text.
    pub(super) fn read(text: &str) -> Self {
        let text = text.strip_suffix("# EOF\n").unwrap();
        let mut numbers = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with("# ")) {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').unwrap();
            let labels = labels.split_terminator("\",").map(|label| {
                let (name, value) = label.split_once("=\"").unwrap();
                (name.to_owned(), value.trim_end_matches('"').to_owned())
            });
            value.parse::<f64>().unwrap();
            let before = numbers.insert((name.to_owned(), labels.collect()), value.to_owned());
            assert!(before.is_none(), "twice: {line}");
        }
        let numbers = Self(numbers);
        numbers.assert_whole_histograms();
        numbers
    }

    /// The bucket without a bound holds all, everywhere.
    fn assert_whole_histograms(&self) {
        for ((name, labels), count) in &self.0 {
            let Some(base) = name.strip_suffix("_count") else {
                continue;
            };
            let mut labels = labels.clone();
            labels.insert("le".to_owned(), "+Inf".to_owned());
            let all = self.0.get(&(format!("{base}_bucket"), labels));
            assert_eq!(all, Some(count), "{name}");
        }
    }

    /// The sum of the whole numbers of this name that have all these labels.
    pub(super) fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let has = |own: &Labels| {
            labels
                .iter()
                .all(|(name, value)| own.get(*name).is_some_and(|own| own == value))
        };
        let numbers = self
            .0
            .iter()
            .filter(|((own, labels), _)| own == name && has(labels));
        numbers.map(|(_, value)| value.parse::<u64>().unwrap()).sum()
    }

    /// The sum of all whole numbers of this name.
    pub(super) fn all(&self, name: &str) -> u64 {
        self.count(name, &[])
    }

    /// The sum of all numbers of this name.
    pub(super) fn seconds(&self, name: &str) -> f64 {
        let numbers = self.0.iter().filter(|((own, _), _)| own == name);
        numbers.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
    }

    /// The values that a label has anywhere.
    pub(super) fn values_of(&self, label: &str) -> BTreeSet<&str> {
        let labels = self.0.keys().filter_map(|(_, labels)| labels.get(label));
        labels.map(String::as_str).collect()
    }

    /// Names, and the labels each has; once for each series.
    pub(super) fn series(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let series = self.0.keys();
        series.map(|(name, labels)| (name.as_str(), labels.keys().map(String::as_str)))
    }
}
