//! The JSON of answers, whole and streamed: only the fields that are read, borrowed from the bytes.
//!
//! A message and a delta have the same fields, so that one reader serves both. What a provider may
//! leave out or send as null is an option; what it may send in another type is a [`Scalar`].

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::openai_chat::text::{Scalar, Text};

/// A whole answer, or one chunk of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) object: Scalar<'a>,
    #[serde(borrow)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow)]
    pub(super) usage: Option<&'a RawValue>,
    /// Groq's own member, which in the last chunk holds the usage (its client's types, read 2026-11).
    #[serde(borrow)]
    x_groq: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) service_tier: Scalar<'a>,
    /// Addresses of sources for the whole answer, beside any annotations.
    #[serde(borrow)]
    pub(super) citations: Option<&'a RawValue>,
}

impl<'a> Chunk<'a> {
    /// The usage in a vendor's own member.
    pub(super) fn vendor_usage(&self) -> Option<&'a RawValue> {
        #[derive(Deserialize)]
        struct Vendor<'a> {
            #[serde(borrow)]
            usage: Option<&'a RawValue>,
        }

        // Of another shape it is no business of ours.
        serde_json::from_str::<Vendor<'a>>(self.x_groq?.get()).ok()?.usage
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow, default)]
    pub(super) index: Scalar<'a>,
    #[serde(borrow)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow)]
    pub(super) message: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) native_finish_reason: Scalar<'a>,
    /// The stop sequence that was met, or the number of the token that was.
    #[serde(borrow, default)]
    pub(super) stop_reason: Scalar<'a>,
    #[serde(borrow)]
    pub(super) logprobs: Option<Logprobs<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) reasoning_content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) reasoning: Scalar<'a>,
    #[serde(borrow)]
    pub(super) reasoning_details: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) tool_calls: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) function_call: Option<Function<'a>>,
    #[serde(borrow)]
    pub(super) annotations: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) images: Option<Vec<Image<'a>>>,
    #[serde(borrow)]
    pub(super) audio: Option<Audio<'a>>,
    /// What some providers want back with the message.
    #[serde(borrow)]
    pub(super) extra_content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) thought_signature: Option<&'a RawValue>,
}

/// Text, or parts.
#[derive(Debug)]
pub(super) enum Content<'a> {
    Text(Text<'a>),
    Parts(Vec<&'a RawValue>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContentVisitor;

        impl<'de> Visitor<'de> for ContentVisitor {
            type Value = Content<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or an array of parts")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = items.next_element()? {
                    parts.push(part);
                }
                Ok(Content::Parts(parts))
            }
        }

        deserializer.deserialize_any(ContentVisitor)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ContentPart<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Scalar<'a>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Vec<ContentPart<'a>>>,
    #[serde(borrow)]
    pub(super) image_url: Option<Url<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Call<'a> {
    #[serde(borrow, default)]
    pub(super) index: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Scalar<'a>,
    #[serde(borrow)]
    pub(super) function: Option<Function<'a>>,
    #[serde(borrow)]
    pub(super) custom: Option<Custom<'a>>,
    /// What some providers want back with the call.
    #[serde(borrow)]
    pub(super) extra_content: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow, default)]
    pub(super) name: Scalar<'a>,
    /// JSON text; an object from providers that do not escape it.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Custom<'a> {
    #[serde(borrow, default)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow)]
    pub(super) input: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Image<'a> {
    #[serde(borrow)]
    pub(super) image_url: Option<Url<'a>>,
}

/// An address, as an object or bare.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Url<'a> {
    Bare(#[serde(borrow)] Text<'a>),
    Wrapped {
        #[serde(borrow)]
        url: Text<'a>,
    },
}

impl Url<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Bare(url) | Self::Wrapped { url } => url.as_str(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Audio<'a> {
    #[serde(borrow, default)]
    pub(super) id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) data: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) transcript: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Logprobs<'a> {
    #[serde(borrow)]
    pub(super) content: Option<Vec<Token<'a>>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Vec<Token<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Token<'a> {
    #[serde(borrow, rename = "token")]
    pub(super) text: Option<Text<'a>>,
    pub(super) logprob: Option<f64>,
    pub(super) bytes: Option<Vec<u8>>,
    #[serde(borrow)]
    pub(super) top_logprobs: Option<Vec<Token<'a>>>,
}

/// A source for the text.
#[derive(Debug, Deserialize)]
pub(super) struct Annotation<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Scalar<'a>,
    #[serde(borrow)]
    pub(super) url_citation: Option<UrlCitation<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct UrlCitation<'a> {
    #[serde(borrow, default)]
    pub(super) url: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) title: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) content: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) start_index: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) end_index: Scalar<'a>,
}

/// One item of reasoning, or a piece of one.
#[derive(Debug, Deserialize)]
pub(super) struct Detail<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Scalar<'a>,
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) summary: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) signature: Scalar<'a>,
    #[serde(borrow, default)]
    pub(super) index: Scalar<'a>,
}
