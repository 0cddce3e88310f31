//! Calls the provider runs itself: a call part, and its result where the item holds one.
//!
//! Only what the contract can show is listed here. Calls a caller would have to answer in another way
//! than by a tool result (custom tools, shells, patches, approvals) are opaque items, and so is the answer
//! a caller sends to them.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::value::RawValue;

use crate::domain::content::{Media, MediaSource, Part, PartKind, ToolCall, ToolResult};
use crate::wire::openai_responses::item::{Fields, escape, text};

/// How the arguments of a code call begin: the API streams the bare code.
pub(super) const CODE_START: &str = "{\"code\":\"";

/// Whether items of this type are calls that the provider runs.
pub(super) fn is_call(kind: &str) -> bool {
    matches!(
        kind,
        "web_search_call"
            | "x_search_call"
            | "file_search_call"
            | "document_search_call"
            | "code_interpreter_call"
            | "mcp_call"
    )
}

/// Whether a call's deltas are bare code.
pub(super) fn streams_code(kind: &str) -> bool {
    kind == "code_interpreter_call"
}

/// The call, without its arguments.
pub(super) fn call(kind: &str, item: &Fields<'_>) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: item.text_or_empty("id").into_owned(),
        name: name(kind, item),
        arguments_json: String::new(),
        provider_executed: true,
    }))
}

/// The arguments of a call, a JSON object.
pub(super) fn arguments(item: &Fields<'_>) -> String {
    if let Some(arguments) = item.text("arguments").filter(|text| !text.is_empty()) {
        return arguments.into_owned();
    }
    if let Some(code) = item.text("code") {
        return format!("{CODE_START}{}\"}}", escape(&code));
    }
    if let Some(queries) = item.get("queries") {
        return format!("{{\"queries\":{}}}", queries.get());
    }
    let action = item.get("action").map(RawValue::get);
    action.unwrap_or("{}").to_owned()
}

/// The result of a call, where the item holds one.
pub(super) fn result(kind: &str, item: &Fields<'_>) -> Option<Part> {
    let error = item.get("error");
    let content = match (kind, error) {
        ("code_interpreter_call", _) => {
            item.get("outputs")?;
            item.array("outputs")
                .into_iter()
                .filter_map(code_output)
                .collect()
        }
        (_, Some(error)) => vec![Part::text(text_or_json(error))],
        _ => vec![Part::text(text_or_json(
            item.get("output").or_else(|| item.get("results"))?,
        ))],
    };
    Some(Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: item.text_or_empty("id").into_owned(),
        name: name(kind, item),
        content,
        is_error: error.is_some() || item.text("status").as_deref() == Some("failed"),
    })))
}

/// An image the model made, and whether its bytes give back the very text they came as; `None` for any
/// other item, and for an image without readable bytes.
pub(super) fn image(kind: &str, item: &Fields<'_>) -> Option<(Part, bool)> {
    if kind != "image_generation_call" {
        return None;
    }
    let encoded = item.text("result")?;
    // What is no base64 is skipped, as mail readers do.
    let digits = encoded
        .bytes()
        .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let bytes = LENIENT.decode(digits.collect::<Vec<u8>>()).ok()?;
    let is_exact = STANDARD.encode(&bytes) == encoded;
    let format = item.text("output_format");
    let media = Media {
        mime_type: format!("image/{}", format.as_deref().unwrap_or("png")),
        source: MediaSource::Data(bytes.into()),
        name: None,
        size_bytes: None,
    };
    Some((Part::new(PartKind::Media(media)), is_exact))
}

/// Base64 as servers write it: padded or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The tool's name: the item's own, or its type's.
fn name(kind: &str, item: &Fields<'_>) -> String {
    let of_kind = || kind.strip_suffix("_call").unwrap_or(kind).into();
    item.text("name").unwrap_or_else(of_kind).into_owned()
}

fn text_or_json(raw: &RawValue) -> String {
    text(raw).map_or_else(|| raw.get().to_owned(), std::borrow::Cow::into_owned)
}

fn code_output(raw: &RawValue) -> Option<Part> {
    let output = Fields::read(raw)?;
    if let Some(url) = output.text("url") {
        return Some(Part::new(PartKind::Media(image_at(&url))));
    }
    let logs = output.text("logs");
    Some(Part::text(logs.unwrap_or_else(|| raw.get().into())))
}

fn image_at(url: &str) -> Media {
    let inline = url.strip_prefix("data:").and_then(|rest| {
        let (mime, data) = rest.split_once(";base64,")?;
        Some((mime.to_owned(), STANDARD.decode(data).ok()?))
    });
    let (mime_type, source, size_bytes) = match inline {
        Some((mime, bytes)) => {
            let size = bytes.len() as u64;
            (mime, MediaSource::Data(bytes.into()), Some(size))
        }
        None => ("image/png".to_owned(), MediaSource::Url(url.to_owned()), None),
    };
    Media {
        mime_type,
        source,
        name: None,
        size_bytes,
    }
}
