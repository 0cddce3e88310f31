//! JSON that satisfies a schema, the same for the same schema and hint; it validates nothing.

use std::cell::Cell;

use serde_json::{Map, Value, json};

/// How deep optional members and array items are filled in; a recursive schema ends here.
const OPTIONAL_DEPTH: usize = 4;
/// How deep anything is filled in, however required it says it is.
const DEPTH_LIMIT: usize = 32;

/// How many values are made up in all; a schema that branches without end stops here.
const VALUES_LIMIT: usize = 10_000;

/// Makes up a value for a JSON schema (or Gemini's dialect of it). `hint` is the word free strings are made of.
pub(super) fn example(schema: &Value, hint: &str) -> Value {
    Maker {
        root: schema,
        hint,
        made: Cell::new(0),
    }
    .value(schema, 0)
}

struct Maker<'a> {
    root: &'a Value,
    hint: &'a str,
    made: Cell<usize>,
}

impl Maker<'_> {
    fn value(&self, schema: &Value, depth: usize) -> Value {
        self.made.set(self.made.get() + 1);
        if depth > DEPTH_LIMIT || self.made.get() > VALUES_LIMIT {
            return Value::Null;
        }
        if let Some(fixed) = fixed(schema) {
            return fixed;
        }
        if let Some(target) = schema.get("$ref").and_then(|name| self.resolve(name)) {
            return self.value(target, depth + 1);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(key).and_then(Value::as_array) {
                let option = options
                    .iter()
                    .find(|option| kind(option) != Some("null"))
                    .or(options.first());
                return option.map_or(Value::Null, |option| self.value(option, depth + 1));
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.all_of(schema, parts, depth);
        }
        match kind(schema) {
            Some("object") => self.object(schema, depth),
            Some("array") => self.array(schema, depth),
            Some("integer") => integer(schema),
            Some("number") => number(schema),
            Some("boolean") => Value::Bool(true),
            Some("null") => Value::Null,
            None if schema.get("properties").is_some() => self.object(schema, depth),
            None if schema.get("items").is_some() => self.array(schema, depth),
            None if depth == 0 => json!({}),
            Some(_) | None => self.string(schema),
        }
    }

    fn resolve(&self, name: &Value) -> Option<&Value> {
        let pointer = name.as_str()?.strip_prefix('#')?;
        self.root.pointer(pointer)
    }

    fn all_of(&self, schema: &Value, parts: &[Value], depth: usize) -> Value {
        let mut own = schema.clone();
        if let Some(fields) = own.as_object_mut() {
            fields.remove("allOf");
        }
        let made = parts.iter().chain([&own]).map(|part| self.value(part, depth + 1));
        let mut merged = Map::new();
        let mut other = None;
        for value in made {
            match value {
                Value::Object(fields) => merged.extend(fields),
                Value::Null => {}
                Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    other.get_or_insert(value);
                }
            }
        }
        if merged.is_empty() {
            other.unwrap_or(Value::Object(merged))
        } else {
            Value::Object(merged)
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        let mut fields = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            if depth < OPTIONAL_DEPTH || required.contains(&name.as_str()) {
                fields.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        for name in required {
            if !fields.contains_key(name) {
                fields.insert(name.to_owned(), Value::String(self.hint.to_owned()));
            }
        }
        Value::Object(fields)
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
            return items.iter().map(|item| self.value(item, depth + 1)).collect();
        }
        let least = schema.get("minItems").and_then(whole).unwrap_or(0).clamp(0, 64);
        let most = schema.get("maxItems").and_then(whole).unwrap_or(i64::MAX);
        let wanted = if depth < OPTIONAL_DEPTH {
            least.max(1)
        } else {
            least
        };
        let free = Value::Bool(true);
        let items = schema.get("items").unwrap_or(&free);
        let make = |index: i64| {
            let made = self.value(items, depth + 1);
            // Later items differ, for `uniqueItems`.
            if index > 0
                && let Some(text) = made.as_str()
            {
                Value::String(format!("{text}{index}"))
            } else {
                made
            }
        };
        (0..wanted.min(most)).map(make).collect()
    }

    fn string(&self, schema: &Value) -> Value {
        let format = schema.get("format").and_then(Value::as_str);
        let text = match format.unwrap_or_default() {
            "date-time" => "2026-01-02T03:04:05Z",
            "date" => "2026-01-02",
            "time" => "03:04:05Z",
            "duration" => "PT1H",
            "email" => "someone@example.com",
            "hostname" => "example.com",
            "uri" | "url" => "https://example.com/",
            "uuid" => "00000000-0000-4000-8000-000000000001",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            _ => self.hint,
        };
        let mut text = if text.is_empty() {
            "example".to_owned()
        } else {
            text.to_owned()
        };
        let least = schema
            .get("minLength")
            .and_then(whole)
            .unwrap_or(0)
            .clamp(0, 65_536);
        while i64::try_from(text.chars().count()).is_ok_and(|len| len < least) {
            text.push('x');
        }
        let most = schema
            .get("maxLength")
            .and_then(whole)
            .and_then(|most| usize::try_from(most).ok());
        if let Some(most) = most {
            text = text.chars().take(most).collect();
        }
        Value::String(text)
    }
}

/// A value the schema names outright.
fn fixed(schema: &Value) -> Option<Value> {
    let listed = schema
        .get("enum")
        .and_then(Value::as_array)
        .and_then(|options| options.first());
    schema.get("const").or(listed).cloned()
}

/// The schema's type in lower case (Gemini spells them in capitals); of several, the first that is not null.
fn kind(schema: &Value) -> Option<&'static str> {
    let named = |value: &Value| {
        let name = value.as_str()?;
        [
            "object", "array", "integer", "number", "boolean", "null", "string",
        ]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
    };
    let value = schema.get("type")?;
    let Some(options) = value.as_array() else {
        return named(value);
    };
    let mut kinds = options.iter().filter_map(named);
    kinds
        .clone()
        .find(|kind| *kind != "null")
        .or_else(|| kinds.next())
}

/// A whole number that may be written as a string, as Gemini's `minItems` is, or as `3.0`.
fn whole(value: &Value) -> Option<i64> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.trim_end_matches(".0").parse().ok()
}

fn integer(schema: &Value) -> Value {
    let step = schema
        .get("multipleOf")
        .and_then(whole)
        .filter(|step| *step > 0)
        .unwrap_or(1);
    let above = schema
        .get("exclusiveMinimum")
        .and_then(whole)
        .map(|least| least.saturating_add(1));
    let least = schema.get("minimum").and_then(whole).or(above);
    let below = schema
        .get("exclusiveMaximum")
        .and_then(whole)
        .map(|most| most.saturating_sub(1));
    let most = schema.get("maximum").and_then(whole).or(below);
    let start = least.unwrap_or_else(|| most.map_or(step, |most| most.min(step)));
    let rounded = start.div_euclid(step).saturating_mul(step);
    Value::from(if rounded < start {
        rounded.saturating_add(step)
    } else {
        rounded
    })
}

fn number(schema: &Value) -> Value {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 0.5));
    let most = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|most| most - 0.5));
    let value = match (least, most) {
        (Some(least), Some(most)) => least.midpoint(most),
        (Some(least), None) => least,
        (None, most) => most.map_or(1.5, |most| most.min(1.5)),
    };
    Value::from(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_its_properties_and_their_types() {
        let schema = json!({"type": "object", "properties": {
            "city": {"type": "string"}, "days": {"type": "integer", "minimum": 3},
            "unit": {"enum": ["c", "f"]}, "tags": {"type": "array", "items": {"type": "string"}},
        }, "required": ["city"]});

        assert_eq!(
            example(&schema, "Rome"),
            json!({"city": "Rome", "days": 3, "unit": "c", "tags": ["Rome"]})
        );
    }

    #[test]
    fn references_and_options_are_followed() {
        let schema = json!({"$defs": {"p": {"type": "object", "properties": {"x": {"type": "number"}}}},
            "anyOf": [{"type": "null"}, {"$ref": "#/$defs/p"}]});

        assert_eq!(example(&schema, "hi"), json!({"x": 1.5}));
    }

    #[test]
    fn a_recursive_schema_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]});

        assert!(example(&schema, "hi").is_object());
    }

    #[test]
    fn a_schema_that_branches_without_end_is_bounded() {
        let node = json!({"$ref": "#"});
        let schema = json!({"type": "object", "properties": {"a": node, "b": node}, "required": ["a", "b"]});

        assert!(example(&schema, "hi").to_string().len() < 200_000);
    }

    #[test]
    fn capitals_and_string_bounds_are_read() {
        let schema = json!({"type": "ARRAY", "minItems": "2", "items": {"type": "STRING", "maxLength": 2}});

        assert_eq!(example(&schema, "Rome"), json!(["Ro", "Ro1"]));
    }

    #[test]
    fn several_types_prefer_one_that_is_not_null() {
        assert_eq!(example(&json!({"type": ["null", "boolean"]}), "hi"), json!(true));
    }

    #[test]
    fn what_is_made_up_satisfies_its_schema() {
        let leaf = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
        let schemas = [
            json!({"type": "integer", "exclusiveMinimum": 3, "maximum": 9, "multipleOf": 4}),
            json!({"type": "integer", "exclusiveMaximum": -2}),
            json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
            json!({"type": "string", "minLength": 20, "maxLength": 22}),
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"type": ["string", "null"], "maxLength": 1}),
            json!({"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": true}),
            json!({"type": "array", "prefixItems": [{"type": "string"}, {"type": "boolean"}]}),
            json!({"type": "array", "maxItems": 0}),
            json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}),
            json!({"allOf": [leaf, {"type": "object", "properties": {"s": {"const": "x"}}, "required": ["s"]}]}),
            json!({"type": "object", "required": ["free"], "additionalProperties": {"type": "string"}}),
            json!({"$ref": "#/$defs/leaf", "$defs": {"leaf": leaf}}),
            json!({"type": "object", "properties": {"deep": {"type": "array", "items": {"type": "array",
                "items": {"type": "object", "properties": {"leaf": leaf}, "required": ["leaf"]}}}}}),
            json!({}),
        ];

        for schema in schemas {
            let value = example(&schema, "Rome");

            assert!(
                jsonschema::is_valid(&schema, &value),
                "{value} does not satisfy {schema}"
            );
        }
    }
}
