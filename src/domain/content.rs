//! Conversation content: messages and their parts, in requests and in answers alike.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::options::ProviderOptions;

/// Who a message is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Instructions from the application.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// Results of tool calls.
    Tool,
}

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// At least one part, in order.
    pub content: Vec<Part>,
    /// Name of the participant, for providers that take one.
    pub name: Option<String>,
}

/// One piece of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Sources of a text part. Output only.
    pub citations: Vec<Citation>,
    /// What the provider needs back when this part is sent as history.
    pub provider_state: Option<ProviderState>,
    /// This part ends a prefix that is worth caching. Input only.
    pub cache_hint: Option<CacheHint>,
    /// Output was cut before this part was whole.
    pub incomplete: bool,
    /// Knobs of one provider for this part. Input only.
    pub provider_options: ProviderOptions,
}

impl Part {
    /// Makes a part of `kind` with nothing attached.
    pub fn new(kind: PartKind) -> Self {
        Self {
            kind,
            citations: Vec::new(),
            provider_state: None,
            cache_hint: None,
            incomplete: false,
            provider_options: ProviderOptions::default(),
        }
    }

    /// Makes a text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(PartKind::Text(text.into()))
    }

    /// Makes a reasoning part.
    pub fn reasoning(text: impl Into<String>, form: ReasoningForm) -> Self {
        Self::new(PartKind::Reasoning(Reasoning {
            text: text.into(),
            form,
        }))
    }

    /// Returns the state that `provider` gave out with this part, and never another provider's.
    pub fn state_of(&self, provider: &str) -> Option<&[u8]> {
        self.provider_state
            .as_ref()
            .filter(|state| state.provider == provider)
            .map(|state| state.data.as_ref())
    }
}

/// The kinds of part.
#[derive(Debug, Clone, PartialEq)]
pub enum PartKind {
    /// Plain text. In requests, empty only where provider state is set.
    Text(String),
    /// Image, audio, video or document.
    Media(Media),
    /// The model's reasoning. Assistant messages only.
    Reasoning(Reasoning),
    /// A call by the model. Assistant messages only.
    ToolCall(ToolCall),
    /// The answer to a call.
    ToolResult(ToolResult),
    /// Text of a refusal, from providers that keep refusals apart from text.
    Refusal(String),
    /// A provider block this service does not model.
    Opaque(Opaque),
}

impl PartKind {
    /// Returns the text of a text part.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }

    /// Returns the call of a tool call.
    pub fn as_tool_call(&self) -> Option<&ToolCall> {
        if let Self::ToolCall(call) = self {
            Some(call)
        } else {
            None
        }
    }
}

/// An image, a sound, a video or a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// IANA media type, such as `image/png`. Never empty with [`MediaSource::Data`].
    pub mime_type: String,
    /// Where the content is.
    pub source: MediaSource,
    /// File name.
    pub name: Option<String>,
    /// Size of the whole content in bytes. Output only.
    pub size_bytes: Option<u64>,
}

/// Where the content of a media part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaSource {
    /// The bytes themselves. Empty in a finished part whose bytes came as deltas.
    Data(Bytes),
    /// An https URL.
    Url(String),
    /// A file already at a provider.
    File {
        /// Provider id.
        provider: String,
        /// The provider's id for the file.
        id: String,
    },
}

impl Media {
    /// Returns what the media type says the content is: `image`, `audio`, `video`, or `None` for a document.
    pub fn family(&self) -> MediaFamily {
        match self.mime_type.split('/').next().unwrap_or_default() {
            "image" => MediaFamily::Image,
            "audio" => MediaFamily::Audio,
            "video" => MediaFamily::Video,
            _ => MediaFamily::Document,
        }
    }
}

/// The families of media that providers treat apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaFamily {
    /// `image/*`.
    Image,
    /// `audio/*`.
    Audio,
    /// `video/*`.
    Video,
    /// Anything else, PDF and plain text included.
    Document,
}

/// How much of its reasoning a model shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningForm {
    /// Word for word.
    Full,
    /// A summary by the provider.
    Summary,
    /// Withheld or encrypted: the text is empty and the provider state carries it.
    Hidden,
}

/// The model's reasoning ("thinking").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoning {
    /// What it shows.
    pub text: String,
    /// How much of it that is.
    pub form: ReasoningForm,
}

/// A call to a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// Unique in the conversation.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments, a JSON object as the model wrote it; not checked.
    pub arguments_json: String,
    /// The provider runs this call itself.
    pub provider_executed: bool,
}

/// The answer to a tool call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolResult {
    /// [`ToolCall::id`].
    pub tool_call_id: String,
    /// Name of the tool; filled in from the history where the caller left it out. May be empty.
    pub name: String,
    /// Text and media parts only.
    pub content: Vec<Part>,
    /// The tool failed or was refused.
    pub is_error: bool,
}

/// A provider block this service does not model; goes back only to its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// Provider id.
    pub provider: String,
    /// The provider's own name for the block.
    pub kind: String,
    /// The block itself, JSON text.
    pub payload_json: String,
}

/// Opaque state of a provider: a thinking signature, encrypted reasoning, an item id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderState {
    /// Provider id.
    pub provider: String,
    /// The dialect's own encoding.
    pub data: Bytes,
}

/// A request to cache the prompt up to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheHint {
    /// How long the prefix should live; `None` is the provider's default.
    pub ttl: Option<Duration>,
}

/// A source for part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// First byte of the cited text within its part; on a character border.
    pub start_byte: u32,
    /// End, exclusive; both 0: all of the part.
    pub end_byte: u32,
    /// What is cited.
    pub source: Option<CitationSource>,
    /// Words of the source, where the provider gives them.
    pub quote: String,
}

/// What a citation points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CitationSource {
    /// A page on the web.
    Web {
        /// Its address.
        url: String,
        /// Its title; may be empty.
        title: String,
    },
    /// A document of the request.
    Document {
        /// Its title; may be empty.
        title: String,
        /// Which of the request's media parts, counted from 0 over all messages.
        media_index: u32,
        /// First page, counted from 1; 0 where unknown.
        first_page: u32,
        /// Last page, inclusive; 0 where unknown.
        last_page: u32,
    },
}
