//! Requests that count tokens: a chat's request, less what plays no part in counting.

use serde_json::Value;

use crate::domain::call::ChatCall;
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};

use super::AnthropicMessages;
use super::encode::encode as encode_chat;

/// The fields the endpoint takes. <https://platform.claude.com/docs/en/api/messages-count-tokens>, 2026-11.
const FIELDS: [&str; 10] = [
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "cache_control",
    "context_management",
    "mcp_servers",
];

pub(super) fn encode(
    dialect: AnthropicMessages,
    call: &ChatCall,
    target: Target<'_>,
) -> Result<Encoded, EncodeError> {
    let mut encoded = encode_chat(dialect, call, target, Mode::Whole)?;
    encoded.request.path.push_str("/count_tokens");
    if let Value::Object(body) = &mut encoded.request.body {
        body.retain(|field, _| FIELDS.contains(&field.as_str()));
    }
    // A parameter that was left out plays no part either.
    encoded.warnings.retain(|warning| !warning.is_left_out);
    Ok(encoded)
}
