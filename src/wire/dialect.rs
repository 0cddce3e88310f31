//! What every dialect does: encode a call, decode an answer, classify a refusal.

use std::fmt;

use http::HeaderMap;

use crate::domain::answer::AnswerEvent;
use crate::domain::call::{ChatCall, Warning};
use crate::wire::draft::Draft;
use crate::wire::failure::Failure;
use crate::wire::framing::{Frame, FrameTooLarge, Framing};
use crate::wire::request::WireRequest;

/// Whether the provider is asked for a stream or a whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Events as they are made, usage included.
    Stream,
    /// One body.
    Whole,
}

/// Where a call goes, as far as a dialect needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// Provider id: whose options and whose state belong into the request. A tag, never a switch.
    pub provider: &'a str,
    /// The provider's own model id.
    pub model: &'a str,
}

/// A request ready to be sent, and what had to be left out of it.
#[derive(Debug)]
pub struct Encoded {
    /// The request.
    pub request: WireRequest,
    /// What was left out or changed.
    pub warnings: Vec<Warning>,
}

/// A call that cannot be put into a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The dialect, or this model of it, lacks what the call must have.
    #[error("{message}")]
    Unsupported {
        /// Path of the request field, such as `messages[0].content[1].media`.
        field: String,
        /// What is not supported and what to do instead.
        message: String,
    },
    /// A field's value cannot be sent at all.
    #[error("{message}")]
    Invalid {
        /// Path of the request field.
        field: String,
        /// What was expected and what was found.
        message: String,
    },
}

impl EncodeError {
    /// Makes an [`Self::Unsupported`].
    pub fn unsupported(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Unsupported {
            field: field.into(),
            message: message.into(),
        }
    }

    /// Makes an [`Self::Invalid`].
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// What a decoder must know of the call it decodes the answer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodeContext {
    /// Provider id, to label state and opaque blocks with.
    pub provider: String,
    /// Whether the provider's usage object is wanted as it came.
    pub include_raw: bool,
    /// [`WireRequest::documents`] of the request.
    pub documents: Vec<u32>,
}

/// Why an answer cannot be read to its end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// The stream ended before the provider's last word.
    #[error("the provider's stream ended before its last word")]
    Truncated,
    /// A frame of a known kind does not have its shape.
    #[error("the provider sent a {what} that could not be read: {detail}")]
    Corrupt {
        /// What it should have been.
        what: &'static str,
        /// Where it broke; never the payload itself.
        detail: String,
    },
    /// The provider reported an error inside its answer.
    #[error("{}", .0.message)]
    Provider(Box<Failure>),
    /// A frame exceeds the limit.
    #[error(transparent)]
    TooLarge(#[from] FrameTooLarge),
}

impl DecodeError {
    /// Makes a [`Self::Corrupt`] from a JSON error, whose text names a place and a shape but no payload.
    pub fn corrupt(what: &'static str, error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            serde_json::error::Category::Syntax => "not JSON",
            serde_json::error::Category::Eof => "JSON that ends too early",
            serde_json::error::Category::Data => "JSON of another shape",
            serde_json::error::Category::Io => "unreadable",
        };
        Self::Corrupt {
            what,
            detail: format!("{kind} at line {} column {}", error.line(), error.column()),
        }
    }
}

/// Whether a decoder knew a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Yes.
    Known,
    /// No; its kind, as the provider calls it.
    Unknown(String),
}

/// Reads the frames of one streamed answer.
pub trait Decoder: Send + fmt::Debug {
    /// Reads a frame and appends what it says.
    ///
    /// # Errors
    /// [`DecodeError::Corrupt`] for a known frame without its shape, [`DecodeError::Provider`] for the
    /// provider's error. Nothing may be called afterwards but [`Self::draft`].
    fn on_frame(&mut self, frame: Frame<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, DecodeError>;

    /// Ends the answer: puts out the finish if the provider's last word has come and it has not been
    /// put out yet.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it has not come.
    fn on_eof(&mut self, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError>;

    /// The answer so far.
    fn draft(&mut self) -> &mut Draft;
}

/// A wire format.
pub trait Dialect: Send + Sync + fmt::Debug {
    /// Puts a call into the provider's words.
    ///
    /// # Errors
    /// [`EncodeError`] for whatever must not be dropped and cannot be sent.
    fn encode(&self, call: &ChatCall, target: Target<'_>, mode: Mode) -> Result<Encoded, EncodeError>;

    /// How streams are cut into frames.
    fn framing(&self) -> Framing;

    /// Makes a decoder for one streamed answer.
    fn decoder(&self, context: DecodeContext) -> Box<dyn Decoder>;

    /// Reads a whole answer; ends with [`AnswerEvent::Finished`]. After an error every part that was put
    /// out is closed.
    ///
    /// # Errors
    /// As [`Decoder::on_frame`] and [`Decoder::on_eof`].
    fn decode_whole(
        &self,
        context: DecodeContext,
        body: &[u8],
        out: &mut Vec<AnswerEvent>,
    ) -> Result<(), DecodeError>;

    /// Reads a refusal: an answer whose status is not 2xx.
    fn classify(&self, status: u16, headers: &HeaderMap, body: &[u8]) -> Failure;

    /// Puts a call into a request that counts its tokens; `None` where the provider has no endpoint for it.
    fn encode_count(&self, call: &ChatCall, target: Target<'_>) -> Option<Result<Encoded, EncodeError>> {
        let _ = (call, target);
        None
    }

    /// Reads the answer to [`Self::encode_count`].
    ///
    /// # Errors
    /// [`DecodeError::Corrupt`] for anything without a count.
    fn decode_count(&self, body: &[u8]) -> Result<u32, DecodeError> {
        let _ = body;
        Err(DecodeError::Corrupt {
            what: "token count",
            detail: "no such endpoint".to_owned(),
        })
    }
}
