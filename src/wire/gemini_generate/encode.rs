//! A call as a request: path and body. What stands in the body's fields is other files' affair.

use serde_json::{Map, Value, json};

use super::{GeminiGenerate, contents, generation, tools};
use crate::domain::call::{ChatCall, ServiceTier, Warning};
use crate::domain::content::Part;
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};
use crate::wire::merge::merge_options_of;
use crate::wire::notes::Notes;
use crate::wire::request::{WireRequest, path_segment};

/// What provider options may not name, in either spelling that the API takes.
const RESERVED: [&str; 6] = [
    "model",
    "contents",
    "systemInstruction",
    "system_instruction",
    "tools",
    "stream",
];

/// What a part's provider options may not name: what the part itself says.
const RESERVED_IN_PARTS: [&str; 10] = [
    "text",
    "thought",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];

/// What every part of an encoding needs: the dialect, where the call goes, and what had to give way.
#[derive(Debug)]
pub(super) struct Encoding<'a> {
    pub dialect: &'a GeminiGenerate,
    pub provider: &'a str,
    /// Without `models/`.
    pub model: &'a str,
    pub notes: Notes,
}

impl Encoding<'_> {
    /// Merges what a caller says to this provider of one part into the part.
    pub(super) fn merge_part_options(
        &self,
        encoded: &mut Map<String, Value>,
        part: &Part,
        field: &str,
    ) -> Result<(), EncodeError> {
        merge_options_of(
            self.provider,
            encoded,
            &part.provider_options,
            field,
            &RESERVED_IN_PARTS,
        )
    }
}

pub(super) fn encode(
    dialect: &GeminiGenerate,
    call: &ChatCall,
    target: Target<'_>,
    mode: Mode,
) -> Result<Encoded, EncodeError> {
    let name = ResourceName::of(target.model);
    let (body, warnings) = body(dialect, call, target, &name)?;
    let method = match mode {
        Mode::Whole => "generateContent",
        Mode::Stream => "streamGenerateContent?alt=sse",
    };
    let path = name.path(dialect.version, method);
    Ok(Encoded {
        request: WireRequest::new(path, Value::Object(body)),
        warnings,
    })
}

/// The tokens of the whole request are counted, so it goes in as it is, with its model's name.
pub(super) fn encode_count(
    dialect: &GeminiGenerate,
    call: &ChatCall,
    target: Target<'_>,
) -> Result<Encoded, EncodeError> {
    let name = ResourceName::of(target.model);
    let (body, warnings) = body(dialect, call, target, &name)?;
    let mut counted = Map::new();
    counted.insert(
        "model".to_owned(),
        format!("{}/{}", name.collection, name.id).into(),
    );
    counted.extend(body);
    let body = json!({ "generateContentRequest": counted });
    Ok(Encoded {
        request: WireRequest::new(name.path(dialect.version, "countTokens"), body),
        warnings,
    })
}

fn body(
    dialect: &GeminiGenerate,
    call: &ChatCall,
    target: Target<'_>,
    name: &ResourceName<'_>,
) -> Result<(Map<String, Value>, Vec<Warning>), EncodeError> {
    let mut encoding = Encoding {
        dialect,
        provider: target.provider,
        model: name.id,
        notes: Notes::default(),
    };
    let mut body = Map::new();
    contents::put(&mut encoding, call, &mut body)?;
    tools::put(&mut encoding, call, &mut body)?;
    generation::put(&mut encoding, call, &mut body)?;
    if let Some(tier) = call.service_tier {
        let word = match tier {
            ServiceTier::Standard => "standard",
            ServiceTier::Flex => "flex",
            ServiceTier::Priority => "priority",
        };
        body.insert("serviceTier".to_owned(), word.into());
    }
    if call.prompt_cache_key.is_some() {
        let message = "this API groups requests by their content alone";
        encoding.notes.left_out("prompt_cache_key", message);
    }
    merge_options_of(target.provider, &mut body, &call.provider_options, "", &RESERVED)?;
    Ok((body, encoding.notes.into_warnings()))
}

/// A model's name as the API splits it.
struct ResourceName<'a> {
    collection: &'static str,
    id: &'a str,
}

impl<'a> ResourceName<'a> {
    fn of(model: &'a str) -> Self {
        let split = ["models", "tunedModels"].into_iter().find_map(|collection| {
            let id = model.strip_prefix(collection)?.strip_prefix('/')?;
            Some(Self { collection, id })
        });
        split.unwrap_or(Self {
            collection: "models",
            id: model,
        })
    }

    fn path(&self, version: &str, method: &str) -> String {
        format!(
            "/{version}/{}/{}:{method}",
            self.collection,
            path_segment(self.id)
        )
    }
}
