//! Whether an answer has the form that was asked for.

use serde_json::Value;

use crate::domain::call::ResponseFormat;
use crate::domain::error::{Error, Violation};

/// The check for one call, its schema compiled once.
pub(super) enum FormatCheck {
    Object,
    Schema(Box<jsonschema::Validator>),
}

impl FormatCheck {
    /// Prepares the check.
    ///
    /// # Errors
    /// `InvalidRequest` if the schema is none. References to other documents are never fetched.
    pub(super) fn new(format: &ResponseFormat) -> Result<Self, Error> {
        match format {
            ResponseFormat::JsonObject => Ok(Self::Object),
            ResponseFormat::JsonSchema(schema) => {
                let validator = jsonschema::validator_for(&schema.schema).map_err(|error| {
                    let description = format!("expected a JSON Schema: {error}");
                    let field = "response_format.json_schema.schema_json".to_owned();
                    Error::invalid(vec![Violation { field, description }])
                })?;
                Ok(Self::Schema(Box::new(validator)))
            }
        }
    }

    /// Whether `text` parses and follows the schema.
    pub(super) fn accepts(&self, text: &str) -> bool {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return false;
        };
        match self {
            Self::Object => value.is_object(),
            Self::Schema(validator) => validator.is_valid(&value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::FormatCheck;
    use crate::domain::call::{JsonSchemaFormat, ResponseFormat};

    fn schema(schema: serde_json::Value) -> ResponseFormat {
        ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema,
            name: "response".to_owned(),
            description: String::new(),
            strict: None,
        })
    }

    #[test]
    fn text_is_held_to_the_schema() {
        let format =
            schema(json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}));
        let check = FormatCheck::new(&format).unwrap();

        assert!(check.accepts(r#"{"n": 1}"#));
        assert!(!check.accepts(r#"{"n": "1"}"#));
        assert!(!check.accepts(r#"{"n": 1"#));
        assert!(FormatCheck::Object.accepts(" {} "));
        assert!(!FormatCheck::Object.accepts("[]"));
    }

    #[test]
    fn a_schema_that_is_none_is_refused_and_nothing_is_fetched() {
        assert!(FormatCheck::new(&schema(json!({"type": 3}))).is_err());
        assert!(FormatCheck::new(&schema(json!({"$ref": "https://example.com/schema.json"}))).is_err());
    }
}
