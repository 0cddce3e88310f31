//! The form that an answer is to have, inward.

use crate::domain::call::{JsonSchemaFormat, ResponseFormat};
use crate::rpc::convert::json;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// Reads a format; `None` is free text, or what is wrong.
pub(super) fn response_format(format: pb::ResponseFormat, wrong: &mut Violations) -> Option<ResponseFormat> {
    match format.kind? {
        pb::response_format::Kind::JsonObject(pb::JsonObjectFormat {}) => Some(ResponseFormat::JsonObject),
        pb::response_format::Kind::JsonSchema(format) => {
            let pb::JsonSchemaFormat {
                schema_json,
                name,
                description,
                strict,
            } = format;
            let path = "response_format.json_schema";
            let name = if name.is_empty() {
                "response".to_owned()
            } else {
                name
            };
            wrong.name(&name, &format!("{path}.name"));
            let schema = json::schema(&schema_json, &format!("{path}.schema_json"), wrong)?;
            Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
                schema,
                name,
                description,
                strict,
            }))
        }
    }
}
