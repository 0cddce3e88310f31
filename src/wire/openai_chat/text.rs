//! Tolerant JSON scalars: strings that borrow, and values whose absence or odd shape is no error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string, borrowed from the frame unless it has escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// A scalar of whatever type came: what is not the type asked for is simply not there.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    /// Null, a boolean, an array or an object.
    #[default]
    Absent,
    /// A string.
    Text(Cow<'a, str>),
    /// A number.
    Number(f64),
}

impl Scalar<'_> {
    /// The string, if there is one and it says something.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            Self::Text(_) | Self::Number(_) | Self::Absent => None,
        }
    }

    /// A count: a whole number that is not negative, integer or float.
    pub(super) fn count(&self) -> Option<u32> {
        match *self {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range is checked, and a fraction of a token means nothing"
            )]
            Self::Number(number) if (0.0..=f64::from(u32::MAX)).contains(&number) => Some(number as u32),
            Self::Number(_) | Self::Text(_) | Self::Absent => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    #[expect(clippy::cast_precision_loss, reason = "no count reaches 2^53")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "no count reaches 2^53")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number as f64))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, Text};

    #[test]
    fn strings_borrow_unless_they_have_escapes() {
        let plain: Text<'_> = serde_json::from_str(r#""abc""#).unwrap();
        let escaped: Text<'_> = serde_json::from_str(r#""a\nc""#).unwrap();

        assert!(matches!(plain.0, std::borrow::Cow::Borrowed("abc")));
        assert_eq!(escaped.as_str(), "a\nc");
    }

    #[test]
    fn scalars_take_any_shape() {
        let read = |json: &str| serde_json::from_str::<Scalar<'_>>(json).unwrap().count();

        assert_eq!(read("7"), Some(7));
        assert_eq!(read("7.0"), Some(7));
        for odd in ["null", "-1", "\"7\"", "true", "[7]", "{\"a\":[7]}", "1e99"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
