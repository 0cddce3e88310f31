//! Merging a caller's provider options into a request: deep, last, and never over what the contract sets.

use serde_json::{Map, Value};

use crate::domain::options::ProviderOptions;
use crate::wire::dialect::EncodeError;

/// Merges `options` into `body`, objects key by key, anything else replaced. `field` is the options'
/// path in the request and `reserved` the top-level keys they may not name.
///
/// # Errors
/// [`EncodeError::Invalid`] names the first reserved key.
pub fn merge_options(
    body: &mut Map<String, Value>,
    options: Option<&Map<String, Value>>,
    field: &str,
    reserved: &[&str],
) -> Result<(), EncodeError> {
    let Some(options) = options else { return Ok(()) };
    if let Some(key) = options.keys().find(|key| reserved.contains(&key.as_str())) {
        let message =
            format!("`{key}` is set by the request itself and cannot be replaced by provider options");
        return Err(EncodeError::invalid(format!("{field}.{key}"), message));
    }
    merge(body, options);
    Ok(())
}

/// Merges what is meant for `provider` into `body`, like [`merge_options`]. `holder` is the path of what
/// holds the options: empty for the request.
///
/// # Errors
/// [`EncodeError::Invalid`] names the first reserved key.
pub fn merge_options_of(
    provider: &str,
    body: &mut Map<String, Value>,
    options: &ProviderOptions,
    holder: &str,
    reserved: &[&str],
) -> Result<(), EncodeError> {
    let Some(options) = options.of(provider) else {
        return Ok(());
    };
    let separator = if holder.is_empty() { "" } else { "." };
    let field = format!("{holder}{separator}provider_options.{provider}");
    merge_options(body, Some(options), &field, reserved)
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge_options;

    fn merged(body: Value, options: &Value) -> Result<Value, String> {
        let Value::Object(mut body) = body else {
            unreachable!()
        };
        merge_options(
            &mut body,
            options.as_object(),
            "provider_options.x",
            &["model", "messages"],
        )
        .map(|()| Value::Object(body))
        .map_err(|error| error.to_string())
    }

    #[test]
    fn objects_merge_and_the_rest_is_replaced() {
        let body = json!({"a": {"b": 1, "c": [1]}, "d": 2});
        let options = json!({"a": {"c": [2, 3], "e": {}}, "d": null});
        assert_eq!(
            merged(body, &options),
            Ok(json!({"a": {"b": 1, "c": [2, 3], "e": {}}, "d": null}))
        );
    }

    #[test]
    fn reserved_keys_are_refused() {
        assert!(
            merged(json!({}), &json!({"model": "other"}))
                .unwrap_err()
                .contains("`model`")
        );
    }
}
