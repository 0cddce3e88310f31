//! Faults on demand: what can be asked for, how it is spelled and how often it strikes.
//!
//! A fault is asked for in the base URL (`/faults/<spec>/openai/v1`) or in the model name
//! (`gpt-5+fault:<spec>`, to the name's end); both together add up, the model's keys winning. A spec is
//! `key[=value]`, separated by commas. Durations are `2s`, `50ms`, `100us` or whole milliseconds. [`HELP`] lists
//! the keys. What a fault does to bytes is `body`'s, what it does to events is `stream`'s.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The manual of the sandbox, as `GET /sandbox/help` serves it.
pub const HELP: &str = include_str!("help.txt");

/// How long a filler delta is when `chunk-bytes` does not say, in bytes.
const FILLER_BYTES: usize = 4;
/// The largest text a fault may make up, in bytes: `huge-frame`, or `chunks` times `chunk-bytes`.
const TEXT_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
/// The longest wait that can be asked for.
const DURATION_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);
/// How many specs with `times` are counted at once; past that, counting starts afresh.
const COUNTED_SPECS_LIMIT: usize = 4096;

/// What is to go wrong with one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one documented key that is either given or not"
)]
pub(super) struct Plan {
    pub(super) delay_headers: Option<Duration>,
    pub(super) delay_first_byte: Option<Duration>,
    pub(super) gap: Option<Duration>,
    pub(super) cut: Option<u64>,
    pub(super) cut_utf8: bool,
    pub(super) cut_json: bool,
    pub(super) stall: Option<u64>,
    pub(super) stall_headers: bool,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<String>,
    pub(super) times: Option<u32>,
    pub(super) error_midstream: bool,
    pub(super) error_200: bool,
    pub(super) no_terminal: bool,
    pub(super) no_marker: bool,
    pub(super) usage_twice: bool,
    pub(super) garbage: bool,
    pub(super) huge_frame: Option<usize>,
    pub(super) chunks: Option<u64>,
    pub(super) chunk_bytes: Option<usize>,
    pub(super) refuse: bool,
    pub(super) split: Option<usize>,
    pub(super) list: Option<Lie>,
}

/// What is wrong with a list of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// Its last row is a number.
    Types,
    /// It has its first row twice.
    Twice,
    /// It has no rows.
    Empty,
    /// It has so many rows.
    Rows(usize),
}

/// A spec that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum SpecError {
    #[error("unknown fault `{0}`; GET /sandbox/help lists them")]
    UnknownKey(String),
    #[error("fault `{key}` expects {expected}, found `{found}`")]
    BadValue {
        key: String,
        expected: &'static str,
        found: String,
    },
    #[error("faults ask for more than {TEXT_LIMIT_BYTES} bytes of text")]
    TooMuchText,
}

impl Plan {
    /// Reads a spec over this plan: keys it names are replaced, others kept.
    pub(super) fn read(&mut self, spec: &str) -> Result<(), SpecError> {
        for item in spec.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (key, value) = item
                .split_once('=')
                .map_or((item, None), |(key, value)| (key, Some(value)));
            self.set(key, value)?;
        }
        let filler = self
            .chunks
            .unwrap_or(0)
            .saturating_mul(self.filler_bytes() as u64);
        let huge = self.huge_frame.unwrap_or(0) as u64;
        if filler.max(huge) > TEXT_LIMIT_BYTES {
            Err(SpecError::TooMuchText)
        } else {
            Ok(())
        }
    }

    /// How long each piece of filler is.
    pub(super) fn filler_bytes(&self) -> usize {
        self.chunk_bytes.unwrap_or(FILLER_BYTES).max(1)
    }

    fn set(&mut self, key: &str, value: Option<&str>) -> Result<(), SpecError> {
        let arg = Argument { key, value };
        match key {
            "delay" | "delay-headers" => self.delay_headers = Some(arg.duration()?),
            "delay-first-byte" => self.delay_first_byte = Some(arg.duration()?),
            "gap" => self.gap = Some(arg.duration()?),
            "tokens-per-second" => self.gap = Some(arg.rate()?),
            "cut" => self.cut = Some(arg.number()?),
            "cut-utf8" => self.cut_utf8 = arg.flag()?,
            "cut-json" => self.cut_json = arg.flag()?,
            "stall" => self.stall = Some(if value.is_none() { 1 } else { arg.number()? }),
            "stall-headers" => self.stall_headers = arg.flag()?,
            "status" => self.status = Some(arg.status()?),
            "retry-after" => self.retry_after = Some(arg.number::<u32>()?.to_string()),
            "times" => self.times = Some(arg.number()?),
            // Part of the spec's spelling, so that two tests may count the same fault apart.
            "id" => {}
            "error-midstream" => self.error_midstream = arg.flag()?,
            "error-200" => self.error_200 = arg.flag()?,
            "no-terminal" => self.no_terminal = arg.flag()?,
            "no-marker" => self.no_marker = arg.flag()?,
            "usage-twice" => self.usage_twice = arg.flag()?,
            "garbage" => self.garbage = arg.flag()?,
            "huge-frame" => self.huge_frame = Some(arg.number()?),
            "chunks" => self.chunks = Some(arg.number()?),
            "chunk-bytes" => self.chunk_bytes = Some(arg.number()?),
            "refuse" => self.refuse = arg.flag()?,
            "split" => self.split = Some(arg.number::<usize>()?.max(1)),
            "list" => self.list = Some(arg.lie()?),
            _ => return Err(SpecError::UnknownKey(key.to_owned())),
        }
        Ok(())
    }

    /// Returns what is left of the plan once `times` is used up: the shape of the answer, without what fails it.
    pub(super) fn spent(&self) -> Self {
        Self {
            chunks: self.chunks,
            chunk_bytes: self.chunk_bytes,
            ..Self::default()
        }
    }
}

struct Argument<'a> {
    key: &'a str,
    value: Option<&'a str>,
}

impl Argument<'_> {
    fn flag(&self) -> Result<bool, SpecError> {
        if self.value.is_none() {
            Ok(true)
        } else {
            Err(self.bad("no value"))
        }
    }

    fn number<N: std::str::FromStr>(&self) -> Result<N, SpecError> {
        self.parse().ok_or_else(|| self.bad("a whole number"))
    }

    fn lie(&self) -> Result<Lie, SpecError> {
        /// A list as long as this is a few megabytes.
        const MOST_ROWS: usize = 100_000;
        match self.value {
            Some("types") => Ok(Lie::Types),
            Some("twice") => Ok(Lie::Twice),
            Some("empty") => Ok(Lie::Empty),
            _ => self
                .parse()
                .filter(|rows| *rows <= MOST_ROWS)
                .map(Lie::Rows)
                .ok_or_else(|| self.bad("types, twice, empty, or a number of rows up to 100000")),
        }
    }

    fn status(&self) -> Result<u16, SpecError> {
        self.parse()
            .filter(|code| (400..600).contains(code))
            .ok_or_else(|| self.bad("a status of 400 to 599"))
    }

    fn rate(&self) -> Result<Duration, SpecError> {
        let rate = self
            .parse::<f64>()
            .filter(|rate| rate.is_finite() && *rate >= 0.01);
        rate.map(|rate| Duration::from_secs_f64(1.0 / rate))
            .ok_or_else(|| self.bad("a rate of 0.01 or more"))
    }

    fn duration(&self) -> Result<Duration, SpecError> {
        let expected = "a duration such as 2s, 50ms or 100us";
        let text = self.value.unwrap_or_default();
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let amount: u64 = digits.parse().map_err(|_| self.bad(expected))?;
        let duration = match text.get(digits.len()..).unwrap_or_default() {
            "s" => Duration::from_secs(amount),
            "" | "ms" => Duration::from_millis(amount),
            "us" => Duration::from_micros(amount),
            _ => return Err(self.bad(expected)),
        };
        if duration > DURATION_LIMIT {
            Err(self.bad("a day at most"))
        } else {
            Ok(duration)
        }
    }

    fn parse<N: std::str::FromStr>(&self) -> Option<N> {
        self.value.and_then(|value| value.parse().ok())
    }

    fn bad(&self, expected: &'static str) -> SpecError {
        let found = self.value.unwrap_or_default().to_owned();
        SpecError::BadValue {
            key: self.key.to_owned(),
            expected,
            found,
        }
    }
}

/// Returns the spec a model name carries, if it carries one.
pub(super) fn spec_in_model(model: &str) -> Option<&str> {
    model.split_once("fault:").map(|(_, spec)| spec)
}

/// Counts how often a fault with `times` has struck, by the whole spelling of its spec.
#[derive(Debug, Default)]
pub(super) struct Tally {
    struck: Mutex<HashMap<String, u32>>,
}

impl Tally {
    /// Counts one request with this spec and tells whether the fault still strikes.
    pub(super) fn strikes(&self, spec: &str, times: u32) -> bool {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        if struck.len() >= COUNTED_SPECS_LIMIT && !struck.contains_key(spec) {
            struck.clear();
        }
        let count = struck.entry(spec.to_owned()).or_default();
        let strikes = *count < times;
        *count = count.saturating_add(1);
        strikes
    }

    pub(super) fn reset(&self) {
        self.struck.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(spec: &str) -> Plan {
        let mut plan = Plan::default();
        plan.read(spec).unwrap();
        plan
    }

    #[test]
    fn a_spec_is_read_key_by_key() {
        let plan = plan("delay-headers=2s,gap=50ms,cut=10,garbage,status=529,retry-after=2");

        assert_eq!(plan.delay_headers, Some(Duration::from_secs(2)));
        assert_eq!(plan.gap, Some(Duration::from_millis(50)));
        assert_eq!((plan.cut, plan.garbage, plan.status), (Some(10), true, Some(529)));
        assert_eq!(plan.retry_after.as_deref(), Some("2"));
    }

    #[test]
    fn a_bare_stall_follows_the_first_chunk() {
        assert_eq!(plan("stall").stall, Some(1));
        assert_eq!(plan("stall=0").stall, Some(0));
    }

    #[test]
    fn mistakes_are_named() {
        let error = |spec: &str| Plan::default().read(spec).unwrap_err().to_string();

        assert_eq!(
            error("cute=3"),
            "unknown fault `cute`; GET /sandbox/help lists them"
        );
        assert_eq!(error("cut=x"), "fault `cut` expects a whole number, found `x`");
        assert_eq!(
            error("status=200"),
            "fault `status` expects a status of 400 to 599, found `200`"
        );
        assert!(error("chunks=999999999,chunk-bytes=999999999").contains("bytes of text"));
        assert_eq!(
            error("gap=999999s"),
            "fault `gap` expects a day at most, found `999999s`"
        );
        assert!(error("chunks=999999999999").contains("bytes of text"));
    }

    #[test]
    fn the_manual_names_every_key() {
        let keys = [
            "delay-headers",
            "delay-first-byte",
            "gap",
            "tokens-per-second",
            "cut",
            "cut-utf8",
            "cut-json",
            "stall",
            "stall-headers",
            "status",
            "retry-after",
            "times",
            "id",
            "error-midstream",
            "error-200",
            "no-terminal",
            "no-marker",
            "usage-twice",
            "garbage",
            "huge-frame",
            "chunks",
            "chunk-bytes",
            "refuse",
            "split",
            "list",
        ];

        for key in keys {
            assert!(
                HELP.lines().any(|line| line.trim_start().starts_with(key)),
                "{key} is not in the manual"
            );
            let known = !matches!(Plan::default().set(key, None), Err(SpecError::UnknownKey(_)));
            assert!(known, "{key} is not a fault");
        }
    }

    #[test]
    fn a_fault_strikes_as_often_as_told_for_each_spelling() {
        let tally = Tally::default();

        let struck: Vec<bool> = (0..3)
            .map(|_| tally.strikes("status=503,times=2,id=a", 2))
            .collect();

        assert_eq!(struck, [true, true, false]);
        assert!(tally.strikes("status=503,times=2,id=b", 2));
    }

    #[test]
    fn a_model_name_carries_a_spec_to_its_end() {
        assert_eq!(spec_in_model("gpt-5+fault:cut=3,split=1"), Some("cut=3,split=1"));
        assert_eq!(spec_in_model("gpt-5"), None);
    }
}
