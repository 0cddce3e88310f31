//! A chat call: what the caller asked for, parsed.

use serde_json::Value;

use crate::domain::content::{CacheHint, Message, ReasoningForm};
use crate::domain::options::ProviderOptions;

/// A chat request, model and routing left out: those say where it goes, this says what it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChatCall {
    /// The conversation, oldest first; at least one message.
    pub messages: Vec<Message>,
    /// Tools the model may call.
    pub tools: Vec<Tool>,
    /// Which of them it may or must call.
    pub tool_choice: Option<ToolChoice>,
    /// The form of the answer; `None` is free text.
    pub response_format: Option<ResponseFormat>,
    /// How to reason, and what to show of it.
    pub reasoning: Option<ReasoningConfig>,
    /// Most tokens to generate, reasoning included; positive.
    pub max_output_tokens: Option<u32>,
    /// How to pick tokens.
    pub sampling: Sampling,
    /// Whether the model may make several tool calls at once.
    pub parallel_tool_calls: Option<bool>,
    /// What to put out; empty is text.
    pub output_modalities: Vec<Modality>,
    /// Speed and price class.
    pub service_tier: Option<ServiceTier>,
    /// Groups requests with a common prefix.
    pub prompt_cache_key: Option<String>,
    /// What to do with parameters the model does not take.
    pub unsupported_parameters: UnsupportedParameterPolicy,
    /// The application's user, already hashed.
    pub end_user_hash: Option<String>,
    /// Whether the provider's own chunks and usage are wanted.
    pub include_raw: bool,
    /// Knobs of one provider for the whole request.
    pub provider_options: ProviderOptions,
}

/// How to pick tokens. Ranges are the providers' affair.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampling {
    /// Usually 0 to 2.
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// At least 1.
    pub top_k: Option<u32>,
    /// Best effort.
    pub seed: Option<i64>,
    /// Usually -2 to 2.
    pub presence_penalty: Option<f64>,
    /// Usually -2 to 2.
    pub frequency_penalty: Option<f64>,
    /// 0 to 20 alternatives for each token.
    pub top_logprobs: Option<u32>,
    /// The model stops before it would write one of these; none is empty.
    pub stop_sequences: Vec<String>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// What it is.
    pub kind: ToolKind,
    /// This tool ends a prefix that is worth caching.
    pub cache_hint: Option<CacheHint>,
}

/// The kinds of tool.
#[derive(Debug, Clone, PartialEq)]
pub enum ToolKind {
    /// Run by the caller.
    Function(FunctionTool),
    /// Web search by the provider.
    WebSearch(WebSearchTool),
    /// Code execution by the provider.
    CodeExecution,
    /// Any other tool of one provider.
    Provider(ProviderTool),
}

/// A function the caller runs.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionTool {
    /// 1 to 64 characters of `[a-zA-Z0-9_-]`.
    pub name: String,
    /// What it does; may be empty.
    pub description: String,
    /// JSON Schema of the arguments, an object; `None`: no arguments.
    pub input_schema: Option<Value>,
    /// Hold the model to the schema.
    pub strict: Option<bool>,
}

/// Web search by the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebSearchTool {
    /// Only these domains.
    pub allowed_domains: Vec<String>,
    /// Never these; not together with the allowed ones.
    pub blocked_domains: Vec<String>,
    /// Most searches.
    pub max_uses: Option<u32>,
}

/// A tool only one provider has.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderTool {
    /// Provider id.
    pub provider: String,
    /// The provider's type for the tool.
    pub kind: String,
    /// The rest of the provider's tool object.
    pub options: serde_json::Map<String, Value>,
}

/// Which tools are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolChoice {
    /// Whether.
    pub mode: ToolMode,
    /// Only these; empty: all of them. Every name is a declared tool.
    pub tool_names: Vec<String>,
}

/// Whether tools are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolMode {
    /// The model decides.
    Auto,
    /// No call.
    None,
    /// At least one call.
    Required,
}

/// The form of the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ResponseFormat {
    /// JSON that follows a schema.
    JsonSchema(JsonSchemaFormat),
    /// Any JSON object.
    JsonObject,
}

/// JSON that follows a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonSchemaFormat {
    /// The schema, keys in the caller's order.
    pub schema: Value,
    /// 1 to 64 characters of `[a-zA-Z0-9_-]`.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// `None` or true: the provider must enforce it. False: where it cannot, it is asked in the prompt.
    pub strict: Option<bool>,
}

/// How to reason, and what to show of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReasoningConfig {
    /// How hard to think.
    pub effort: Option<ReasoningEffort>,
    /// Most tokens to reason with; wins over effort where the model takes a budget.
    pub budget_tokens: Option<u32>,
    /// What to show.
    pub form: Option<ReasoningForm>,
}

/// How hard to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// Usual.
    Medium,
    /// A lot.
    High,
    /// As much as possible.
    Max,
}

/// What a model takes in or puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Text.
    Text,
    /// Images.
    Image,
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Documents.
    Document,
    /// Embeddings.
    Embedding,
}

/// Speed and price class at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceTier {
    /// Usual.
    Standard,
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Priority,
}

/// What to do with a sampling parameter the model does not take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnsupportedParameterPolicy {
    /// Leave it out, and say so.
    #[default]
    Warn,
    /// Fail the call.
    Reject,
}

/// Something the server changed or left out without failing the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Path of the request field, such as `top_k`.
    pub field: String,
    /// What happened to it.
    pub message: String,
    /// Whether a parameter was left out: what [`UnsupportedParameterPolicy::Reject`] refuses.
    pub is_left_out: bool,
}
