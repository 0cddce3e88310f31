//! The shape of an answer's objects, borrowed from the bytes; only what is read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Deserialize as DeriveDeserialize, Serialize};
use serde_json::value::RawValue;

/// One line of a stream, or a whole answer.
#[derive(Debug, DeriveDeserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub message: Option<Message<'a>>,
    pub done: Option<bool>,
    #[serde(borrow, default)]
    pub done_reason: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub created_at: Option<Text<'a>>,
    #[serde(default)]
    pub prompt_eval_count: Count,
    #[serde(default)]
    pub eval_count: Count,
    #[serde(default)]
    pub logprobs: Option<Vec<Logprob>>,
}

#[derive(Debug, DeriveDeserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub thinking: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub images: Option<Vec<Text<'a>>>,
    #[serde(borrow, default)]
    pub tool_calls: Option<Vec<ToolCall<'a>>>,
}

#[derive(Debug, DeriveDeserialize)]
pub(super) struct ToolCall<'a> {
    #[serde(borrow, default)]
    pub id: Option<Text<'a>>,
    #[serde(borrow)]
    pub function: Function<'a>,
}

#[derive(Debug, DeriveDeserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub arguments: Option<&'a RawValue>,
}

#[derive(Debug, DeriveDeserialize)]
pub(super) struct Logprob {
    pub token: Option<String>,
    #[serde(rename = "logprob")]
    pub value: Option<f64>,
    pub bytes: Option<Vec<u8>>,
    pub top_logprobs: Option<Vec<Logprob>>,
}

/// Text that is borrowed where it has no escapes.
#[derive(Debug, DeriveDeserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Text<'_> {
    pub(super) fn of<'t>(text: Option<&'t Text<'_>>) -> &'t str {
        text.map_or("", |text| text.0.as_ref())
    }
}

/// A count, whether written as an integer or as a float; anything that is no count is none.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Count(pub Option<u32>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;
        impl Visitor<'_> for CountVisitor {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a count")
            }

            fn visit_unit<E>(self) -> Result<Count, E> {
                Ok(Count(None))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Count, E> {
                Ok(Count(u32::try_from(value).ok()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Count, E> {
                Ok(Count(u32::try_from(value).ok()))
            }

            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked"
            )]
            fn visit_f64<E>(self, value: f64) -> Result<Count, E> {
                let is_count = value >= 0.0 && value <= f64::from(u32::MAX);
                Ok(Count(is_count.then_some(value as u32)))
            }
        }
        deserializer.deserialize_any(CountVisitor)
    }
}

/// The counters of an answer's last object, as they came.
#[derive(Debug, DeriveDeserialize, Serialize)]
pub(super) struct Counters<'a> {
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    total_duration: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    load_duration: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    prompt_eval_count: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    prompt_eval_duration: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    eval_count: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    eval_duration: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use super::{Chunk, Count};

    #[test]
    fn counts_come_as_integers_and_floats_or_not_at_all() {
        for (text, count) in [
            ("7", Some(7)),
            ("7.0", Some(7)),
            ("null", None),
            ("-1", None),
            ("1e300", None),
        ] {
            assert_eq!(
                serde_json::from_str::<Count>(text).unwrap(),
                Count(count),
                "{text}"
            );
        }
    }

    #[test]
    fn nulls_are_tolerated_everywhere() {
        let text = r#"{"error":null,"message":{"thinking":null,"content":null,"images":null,"tool_calls":null},
            "done":null,"done_reason":null,"created_at":null,"prompt_eval_count":null,"eval_count":null,
            "logprobs":null}"#;

        assert!(serde_json::from_str::<Chunk<'_>>(text).is_ok());
    }
}
