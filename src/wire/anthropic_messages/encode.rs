//! Calls to requests: the body's outline, field by field.

use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::domain::call::{ChatCall, ToolMode};
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};
use crate::wire::merge::merge_options;
use crate::wire::notes::Notes;
use crate::wire::request::WireRequest;

use super::AnthropicMessages;
use super::betas::Betas;
use super::documents::Documents;
use super::models::Model;
use super::turns::Conversation;

/// Fields of the body that provider options cannot change.
const RESERVED: [&str; 5] = ["model", "messages", "system", "tools", "stream"];

/// A request under way.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) dialect: AnthropicMessages,
    pub(super) call: &'a ChatCall,
    pub(super) target: Target<'a>,
    pub(super) model: &'static Model,
    pub(super) notes: Notes,
    pub(super) betas: Betas,
    /// Media parts of the call before the one that is written.
    pub(super) media_seen: u32,
    /// The documents of the message that is written.
    pub(super) documents: Documents,
    /// The container the last turn ran in.
    pub(super) container: Option<String>,
}

impl Writer<'_> {
    /// Whether a tool call is forced.
    pub(super) fn forces_tools(&self) -> bool {
        let mode = self.call.tool_choice.as_ref().map(|choice| choice.mode);
        !self.call.tools.is_empty() && mode == Some(ToolMode::Required)
    }

    /// The body, and the documents in it.
    fn body(&mut self, mode: Mode) -> Result<(Map<String, Value>, Vec<u32>), EncodeError> {
        let mut body = Map::new();
        body.insert("model".to_owned(), self.target.model.into());
        let thinking = self.thinking();
        body.insert("max_tokens".to_owned(), thinking.max_tokens.into());
        let mut conversation = self.conversation()?;
        let tools = self.tools()?;
        let format = self.response_format(&mut conversation.system)?;
        let Conversation {
            system,
            messages,
            documents,
        } = conversation;
        if !system.is_empty() {
            body.insert("system".to_owned(), system.into());
        }
        body.insert("messages".to_owned(), messages.into());
        if !tools.declared.is_empty() {
            body.insert("tools".to_owned(), tools.declared.into());
        }
        if let Some(choice) = tools.choice {
            body.insert("tool_choice".to_owned(), choice);
        }
        if let Some(config) = thinking.config {
            body.insert("thinking".to_owned(), config);
        }
        let mut output_config = Map::new();
        if let Some(effort) = thinking.effort {
            output_config.insert("effort".to_owned(), effort.into());
        }
        if let Some(format) = format {
            output_config.insert("format".to_owned(), format);
        }
        if !output_config.is_empty() {
            body.insert("output_config".to_owned(), output_config.into());
        }
        self.parameters(thinking.is_on, &mut body)?;
        if let Some(container) = self.container.take() {
            body.insert("container".to_owned(), container.into());
        }
        if mode == Mode::Stream {
            body.insert("stream".to_owned(), true.into());
        }
        self.merge_options(&mut body)?;
        Ok((body, documents))
    }

    fn merge_options(&mut self, body: &mut Map<String, Value>) -> Result<(), EncodeError> {
        let Some(options) = self.call.provider_options.of(self.target.provider) else {
            return Ok(());
        };
        let field = format!("provider_options.{}", self.target.provider);
        let mut options = options.clone();
        if let Some(asked) = options.remove("anthropic_beta") {
            self.betas
                .ask(&asked)
                .map_err(|message| EncodeError::invalid(format!("{field}.anthropic_beta"), message))?;
        }
        merge_options(body, Some(&options), &field, &RESERVED)
    }

    fn headers(&mut self, body: &Map<String, Value>) -> Vec<(HeaderName, HeaderValue)> {
        let version = HeaderValue::from_str(self.dialect.version).ok();
        let version = version.map(|version| (HeaderName::from_static("anthropic-version"), version));
        let mut headers: Vec<_> = version.into_iter().collect();
        self.betas.need_for(&self.dialect, body);
        if let Some(value) = self.betas.header() {
            headers.push((HeaderName::from_static("anthropic-beta"), value));
        }
        headers
    }
}

/// Puts a call into a request.
pub(super) fn encode(
    dialect: AnthropicMessages,
    call: &ChatCall,
    target: Target<'_>,
    mode: Mode,
) -> Result<Encoded, EncodeError> {
    let mut writer = Writer {
        dialect,
        call,
        target,
        model: dialect.model(target.model),
        notes: Notes::default(),
        betas: Betas::default(),
        media_seen: 0,
        documents: Documents::default(),
        container: None,
    };
    let (body, documents) = writer.body(mode)?;
    let headers = writer.headers(&body);
    let mut request = WireRequest::new("/v1/messages", Value::Object(body));
    request.headers = headers;
    request.documents = documents;
    Ok(Encoded {
        request,
        warnings: writer.notes.into_warnings(),
    })
}
