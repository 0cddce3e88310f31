//! JSON Schemas in the form the API enforces.
//!
//! The API refuses a schema with a keyword it cannot enforce, and wants objects closed. Such keywords
//! move into the description, where the model reads them; the answer is checked against the caller's
//! own schema elsewhere. <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>,
//! read 2026-11.

use serde_json::{Map, Value};

/// Keywords that are never enforced.
const UNENFORCED: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// String formats that are enforced.
const FORMATS: [&str; 10] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

/// Puts a schema into the form the API enforces; keys keep their order.
pub(super) fn enforceable(schema: &Value) -> Value {
    let Value::Object(fields) = schema else {
        return schema.clone();
    };
    let mut written = Map::new();
    let mut unenforced = Vec::new();
    for (name, value) in fields {
        if is_enforced(name, value) {
            // One of several and any of several are the same to a sampler.
            let name = if name == "oneOf" { "anyOf" } else { name };
            written.insert(name.to_owned(), below(name, value));
        } else {
            unenforced.push(format!("{name}: {value}"));
        }
    }
    if !unenforced.is_empty() {
        describe(&mut written, &format!("{{{}}}", unenforced.join(", ")));
    }
    let is_object = written.get("type").is_some_and(|kind| kind == "object");
    if (is_object || written.contains_key("properties")) && !written.contains_key("additionalProperties") {
        written.insert("additionalProperties".to_owned(), false.into());
    }
    Value::Object(written)
}

/// Gives a schema of arguments the type that the API wants with it.
pub(super) fn object(mut schema: Value) -> Value {
    if let Value::Object(fields) = &mut schema
        && !fields.contains_key("type")
    {
        let given = std::mem::take(fields);
        fields.insert("type".to_owned(), "object".into());
        fields.extend(given);
    }
    schema
}

/// Adds a note to a schema's description.
pub(super) fn describe(schema: &mut Map<String, Value>, note: &str) {
    let description = schema.get("description").and_then(Value::as_str);
    let text = match description.filter(|text| !text.is_empty()) {
        Some(description) => format!("{description}\n\n{note}"),
        None => note.to_owned(),
    };
    schema.insert("description".to_owned(), text.into());
}

fn is_enforced(name: &str, value: &Value) -> bool {
    match name {
        "format" => value.as_str().is_some_and(|format| FORMATS.contains(&format)),
        "minItems" => value.as_u64().is_some_and(|least| least <= 1),
        _ => !UNENFORCED.contains(&name),
    }
}

/// The value of a keyword, schemas in it put into form.
fn below(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
            let written = schemas
                .iter()
                .map(|(name, schema)| (name.clone(), enforceable(schema)));
            Value::Object(written.collect())
        }
        ("anyOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
            schemas.iter().map(enforceable).collect()
        }
        ("items", _) => enforceable(value),
        _ => value.clone(),
    }
}
