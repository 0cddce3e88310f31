//! The printed forms of models and refreshes, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::rpc::pb;

/// The name of a feature and where the contract has it.
type Slot = fn(&mut pb::ModelCapabilities) -> &mut Option<bool>;

const FEATURES: [(&str, Slot); 15] = [
    ("chat", |can| &mut can.chat),
    ("streaming", |can| &mut can.streaming),
    ("tools", |can| &mut can.tools),
    ("parallel_tool_calls", |can| &mut can.parallel_tool_calls),
    ("json_object", |can| &mut can.json_object),
    ("json_schema", |can| &mut can.json_schema),
    ("reasoning", |can| &mut can.reasoning),
    ("reasoning_effort", |can| &mut can.reasoning_effort),
    ("reasoning_budget", |can| &mut can.reasoning_budget),
    ("prompt_caching", |can| &mut can.prompt_caching),
    ("logprobs", |can| &mut can.logprobs),
    ("web_search", |can| &mut can.web_search),
    ("code_execution", |can| &mut can.code_execution),
    ("embeddings", |can| &mut can.embeddings),
    ("provider_batch", |can| &mut can.provider_batch),
];

/// Where the contract has the feature of that name.
///
/// # Errors
/// The names there are.
pub(super) fn feature<'a>(
    capabilities: &'a mut pb::ModelCapabilities,
    name: &str,
) -> Result<&'a mut Option<bool>, String> {
    let name = name.replace('-', "_");
    let found = FEATURES.iter().find(|(known, _)| *known == name);
    let Some((_, slot)) = found else {
        let names: Vec<_> = FEATURES.iter().map(|(name, _)| *name).collect();
        return Err(format!("no feature {name:?}; there are {}", names.join(", ")));
    };
    Ok(slot(capabilities))
}

/// What is known of each feature.
fn features(model: &pb::Model) -> Vec<(&'static str, bool)> {
    let mut known = model.capabilities.unwrap_or_default();
    let known = FEATURES.iter().map(|(name, slot)| (*name, *slot(&mut known)));
    known.filter_map(|(name, known)| Some((name, known?))).collect()
}

/// Names of prices, as the contract has them.
pub(super) fn prices(pricing: &pb::Pricing) -> [(&'static str, Option<i64>); 8] {
    [
        ("input", pricing.input),
        ("output", pricing.output),
        ("cache_read", pricing.cache_read),
        ("cache_write", pricing.cache_write),
        ("input_image", pricing.input_image),
        ("input_audio", pricing.input_audio),
        ("output_image", pricing.output_image),
        ("output_audio", pricing.output_audio),
    ]
}

/// Nano-USD as USD, exactly.
pub(super) fn usd(nano: i64) -> String {
    let (whole, fraction) = (nano / 1_000_000_000, (nano % 1_000_000_000).unsigned_abs());
    let fraction = format!("{fraction:09}");
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{fraction}")
    }
}

pub(super) fn state(model: &pb::Model) -> &'static str {
    match model.state() {
        pb::model::State::Unspecified => "unknown",
        pb::model::State::Active => "active",
        pb::model::State::Deprecated => "deprecated",
        pb::model::State::Retired => "retired",
        pb::model::State::Disabled => "disabled",
    }
}

fn modality(number: i32) -> &'static str {
    match pb::Modality::try_from(number) {
        Ok(pb::Modality::Text) => "text",
        Ok(pb::Modality::Image) => "image",
        Ok(pb::Modality::Audio) => "audio",
        Ok(pb::Modality::Video) => "video",
        Ok(pb::Modality::Document) => "document",
        Ok(pb::Modality::Embedding) => "embedding",
        Ok(pb::Modality::Unspecified) | Err(_) => "unknown",
    }
}

fn seconds(time: Option<&prost_types::Timestamp>) -> Value {
    time.map_or(Value::Null, |time| time.to_string().into())
}

/// A model for programs; what is unknown is null or not there.
pub(super) fn json(model: &pb::Model) -> Value {
    let can: Map<String, Value> = features(model)
        .into_iter()
        .map(|(name, known)| (name.to_owned(), known.into()))
        .collect();
    let pricing = model.pricing.as_ref().map(|pricing| {
        let known = prices(pricing).into_iter();
        let mut fields: Map<String, Value> = known
            .filter_map(|(name, price)| Some((name.to_owned(), price?.into())))
            .collect();
        fields.insert("version".to_owned(), pricing.version.as_str().into());
        Value::Object(fields)
    });
    json!({
        "id": model.id, "provider": model.provider, "provider_model": model.provider_model,
        "display_name": model.display_name, "description": model.description, "family": model.family,
        "aliases": model.aliases, "state": state(model),
        "context_window_tokens": model.context_window_tokens, "max_output_tokens": model.max_output_tokens,
        "input_modalities": model.input_modalities.iter().copied().map(modality).collect::<Vec<_>>(),
        "output_modalities": model.output_modalities.iter().copied().map(modality).collect::<Vec<_>>(),
        "capabilities": can, "pricing_nano_usd_per_million": pricing,
        "supported_parameters": model.supported_parameters,
        "release_time": seconds(model.release_time.as_ref()), "retire_time": seconds(model.retire_time.as_ref()),
        "list_time": seconds(model.list_time.as_ref()), "update_time": seconds(model.update_time.as_ref()),
        "last_use_time": seconds(model.last_use_time.as_ref()), "etag": model.etag,
    })
}

/// Models for people, one to a line.
pub(super) fn table(models: &[pb::Model]) -> String {
    let count = |tokens: Option<i32>| tokens.map_or_else(|| "-".to_owned(), |tokens| tokens.to_string());
    let price = |price: Option<i64>| price.map_or_else(|| "-".to_owned(), usd);
    let rows: Vec<Vec<String>> = models
        .iter()
        .map(|model| {
            let pricing = model.pricing.clone().unwrap_or_default();
            vec![
                model.id.clone(),
                state(model).to_owned(),
                count(model.context_window_tokens),
                count(model.max_output_tokens),
                price(pricing.input),
                price(pricing.output),
                model.aliases.join(" "),
            ]
        })
        .collect();
    let head = [
        "MODEL",
        "STATE",
        "WINDOW",
        "OUTPUT",
        "USD/M IN",
        "USD/M OUT",
        "ALIASES",
    ];
    columns(&head, &rows)
}

/// Everything of one model for people.
pub(super) fn sheet(model: &pb::Model) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:<16}{value}");
        }
    };
    let count = |tokens: Option<i32>| tokens.map_or_else(String::new, |tokens| tokens.to_string());
    let words = |modalities: &[i32]| {
        modalities
            .iter()
            .copied()
            .map(modality)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let time =
        |time: &Option<prost_types::Timestamp>| time.as_ref().map_or_else(String::new, ToString::to_string);
    let with = |wanted: bool| {
        let known = features(model).into_iter().filter(|(_, known)| *known == wanted);
        known.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
    };
    line("model", model.id.clone());
    line("name", model.display_name.clone());
    line("description", model.description.clone());
    line("family", model.family.clone());
    line("aliases", model.aliases.join(" "));
    line("state", state(model).to_owned());
    line("window", count(model.context_window_tokens));
    line("most output", count(model.max_output_tokens));
    line("takes", words(&model.input_modalities));
    line("gives", words(&model.output_modalities));
    line("can", with(true));
    line("cannot", with(false));
    line("parameters", model.supported_parameters.join(" "));
    match &model.pricing {
        None => line("price", "unknown".to_owned()),
        Some(pricing) => {
            let known = prices(pricing).into_iter();
            let known: Vec<_> = known
                .filter_map(|(name, price)| Some(format!("{name} {}", usd(price?))))
                .collect();
            line("price", format!("{} USD for a million tokens", known.join(", ")));
            line("price list", pricing.version.clone());
        }
    }
    line("released", time(&model.release_time));
    line("retires", time(&model.retire_time));
    line("listed", time(&model.list_time));
    line("changed", time(&model.update_time));
    line("last used", time(&model.last_use_time));
    line("etag", model.etag.clone());
    text
}

pub(super) fn refresh_row(refresh: &pb::ProviderRefresh) -> Vec<String> {
    let result = refresh
        .error
        .as_ref()
        .map_or_else(|| "ok".to_owned(), |error| error.message.clone());
    vec![
        refresh.provider.clone(),
        refresh.added.to_string(),
        refresh.changed.to_string(),
        refresh.retired.to_string(),
        result,
    ]
}

pub(super) fn refresh_json(refresh: &pb::ProviderRefresh) -> Value {
    let error = refresh.error.as_ref().map(|error| {
        json!({"reason": error.reason().as_str_name().trim_start_matches("ERROR_REASON_"), "message": error.message})
    });
    json!({"provider": refresh.provider, "added": refresh.added, "changed": refresh.changed,
           "retired": refresh.retired, "error": error})
}

/// Rows below a head, each column as wide as it must be.
pub(super) fn columns(head: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
        widest.max(head.get(column).map_or(0, |name| name.len()))
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let mut text = String::new();
    let head: Vec<String> = head.iter().map(|name| (*name).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{columns, usd};

    #[test]
    fn money_is_written_exactly() {
        for (nano, text) in [
            (0, "0"),
            (1_250_000_000, "1.25"),
            (28_000_000, "0.028"),
            (15_000_000_000, "15"),
            (1, "0.000000001"),
        ] {
            assert_eq!(usd(nano), text);
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            vec!["a".to_owned(), "long cell".to_owned()],
            vec!["bcd".to_owned(), String::new()],
        ];

        assert_eq!(columns(&["A", "B"], &rows), "A    B\na    long cell\nbcd\n");
    }
}
