//! JSON: `google.protobuf.Struct` to it and back, where whole numbers become integers, as callers mean them; and
//! schemas out of their text.

use std::collections::BTreeMap;

use prost_types::value::Kind;
use serde_json::{Map, Number, Value};

use crate::domain::options::ProviderOptions;
use crate::rpc::convert::violations::Violations;

/// Structs nest at most this deep.
const MAX_DEPTH: usize = 64;

/// Reads provider options, one struct for each provider.
pub(crate) fn provider_options(
    options: BTreeMap<String, prost_types::Struct>,
    field: &str,
    violations: &mut Violations,
) -> ProviderOptions {
    let options = options.into_iter().map(|(provider, options)| {
        let field = format!("{field}.{provider}");
        (provider, object(options, &field, violations))
    });
    ProviderOptions::new(options.collect())
}

/// Reads a JSON Schema out of its text.
pub(crate) fn schema(json: &str, field: &str, violations: &mut Violations) -> Option<Value> {
    match serde_json::from_str::<Value>(json) {
        Ok(schema @ Value::Object(_)) => Some(schema),
        Ok(_) => {
            violations.add(field, "expected a JSON object");
            None
        }
        Err(error) => {
            violations.add(field, format!("expected a JSON object: {error}"));
            None
        }
    }
}

/// Reads a struct.
pub(crate) fn object(
    object: prost_types::Struct,
    field: &str,
    violations: &mut Violations,
) -> Map<String, Value> {
    read_object(object, field, violations, 0)
}

fn read_object(
    object: prost_types::Struct,
    field: &str,
    violations: &mut Violations,
    depth: usize,
) -> Map<String, Value> {
    let fields = object.fields.into_iter();
    fields
        .map(|(key, inner)| {
            let path = format!("{field}.{key}");
            (key, value(inner, &path, violations, depth + 1))
        })
        .collect()
}

fn value(value: prost_types::Value, field: &str, violations: &mut Violations, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        violations.add(field, format!("expected at most {MAX_DEPTH} levels"));
        return Value::Null;
    }
    match value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(value)) => Value::Bool(value),
        Some(Kind::NumberValue(value)) => number(value).unwrap_or_else(|| {
            violations.add(field, format!("expected a finite number, found {value}"));
            Value::Null
        }),
        Some(Kind::StringValue(value)) => Value::String(value),
        Some(Kind::StructValue(object)) => Value::Object(read_object(object, field, violations, depth)),
        Some(Kind::ListValue(list)) => {
            let values = list.values.into_iter().enumerate();
            values
                .map(|(index, inner)| self::value(inner, &format!("{field}[{index}]"), violations, depth + 1))
                .collect()
        }
    }
}

fn number(value: f64) -> Option<Value> {
    /// Beyond this, not every integer is a double.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a whole number within the exact range"
        )]
        return Some(Value::Number(Number::from(value as i64)));
    }
    Number::from_f64(value).map(Value::Number)
}

/// Writes a value.
pub(crate) fn value_out(value: Value) -> prost_types::Value {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(flag),
        // Every number that was read here came from a double.
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(values) => Kind::ListValue(prost_types::ListValue {
            values: values.into_iter().map(value_out).collect(),
        }),
        Value::Object(fields) => Kind::StructValue(prost_types::Struct {
            fields: fields
                .into_iter()
                .map(|(name, value)| (name, value_out(value)))
                .collect(),
        }),
    };
    prost_types::Value { kind: Some(kind) }
}
