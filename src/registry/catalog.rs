//! The catalogue: dated data files inside the binary, or a newer one from outside. Knows the files' form, and
//! no model by name.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::call::Modality;
use crate::domain::capability::Feature;
use crate::domain::model::{CatalogModel, Facts, ModelState};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;
use crate::domain::usage::NanoUsd;

const BUILT_IN: [&str; 9] = [
    include_str!("catalog/anthropic.toml"),
    include_str!("catalog/deepseek.toml"),
    include_str!("catalog/gemini.toml"),
    include_str!("catalog/groq.toml"),
    include_str!("catalog/mistral.toml"),
    include_str!("catalog/ollama.toml"),
    include_str!("catalog/openai.toml"),
    include_str!("catalog/openrouter.toml"),
    include_str!("catalog/xai.toml"),
];

/// Models by provider, as somebody wrote them down on a day.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    providers: BTreeMap<String, Shelf>,
}

/// The models of one provider.
#[derive(Debug, Clone)]
struct Shelf {
    default: String,
    models: Vec<CatalogModel>,
}

/// Why a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// It is not of the form that is known.
    #[error("{0}")]
    Form(String),
    /// A model of it makes no sense.
    #[error("{model}: {detail}")]
    Model {
        /// `<provider>/<model>`.
        model: String,
        /// What is wrong.
        detail: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    providers: Vec<Provider>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    id: String,
    /// The day all of it was true; prices may be of another.
    date: String,
    /// The model that `<id>/default` stands for.
    default: String,
    models: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    /// Other ids of the provider's for the same model.
    #[serde(default)]
    also: Vec<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    family: String,
    #[serde(default)]
    state: ModelState,
    release: Option<String>,
    retire: Option<String>,
    context_window_tokens: Option<u32>,
    max_output_tokens: Option<u32>,
    #[serde(default)]
    input: Vec<Modality>,
    #[serde(default)]
    output: Vec<Modality>,
    #[serde(default)]
    can: Vec<Feature>,
    #[serde(default)]
    cannot: Vec<Feature>,
    price: Option<Prices>,
    /// The day of the prices, where it is not the provider's.
    price_date: Option<String>,
}

/// USD for a million tokens, in decimal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Prices {
    input: Option<String>,
    output: Option<String>,
    cache_read: Option<String>,
    cache_write: Option<String>,
    input_image: Option<String>,
    input_audio: Option<String>,
    output_image: Option<String>,
    output_audio: Option<String>,
    max_input_tokens: Option<u32>,
}

impl Catalog {
    /// Reads the catalogue inside the binary.
    ///
    /// # Errors
    /// None that a test does not see before a release.
    pub fn built_in() -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        for text in BUILT_IN {
            catalog = catalog.with(text)?;
        }
        Ok(catalog)
    }

    /// Takes a newer catalogue, in TOML, for the providers it names.
    ///
    /// # Errors
    /// [`CatalogError`] says what is wrong with it.
    pub fn with(mut self, text: &str) -> Result<Self, CatalogError> {
        let document: Document = toml::from_str(text)
            .map_err(|error| CatalogError::Form(error.to_string().trim_end().to_owned()))?;
        for provider in document.providers {
            self.providers.insert(provider.id.clone(), shelf(provider)?);
        }
        Ok(self)
    }

    /// The models of a provider.
    pub(super) fn models_of(&self, provider: &str) -> &[CatalogModel] {
        self.providers.get(provider).map_or(&[], |shelf| &shelf.models)
    }

    /// The model that a provider's default stands for.
    pub(super) fn default_of(&self, provider: &str) -> Option<&str> {
        self.providers.get(provider).map(|shelf| shelf.default.as_str())
    }
}

fn shelf(provider: Provider) -> Result<Shelf, CatalogError> {
    let time = day(&provider.date, &provider.id, "date")?;
    let mut models = Vec::new();
    let mut ids = BTreeSet::new();
    for entry in provider.models {
        let name = format!("{}/{}", provider.id, entry.id);
        let own = [entry.id.clone()];
        let all: Vec<String> = own.into_iter().chain(entry.also.iter().cloned()).collect();
        let state = entry.state;
        let facts = facts(entry, &name, &provider.date)?;
        for model in all {
            if model.is_empty() || !ids.insert(model.clone()) {
                return Err(wrong(&name, &format!("{model:?} is empty or there twice")));
            }
            models.push(CatalogModel {
                model,
                facts: facts.clone(),
                state,
                time,
            });
        }
    }
    if !ids.contains(&provider.default) {
        return Err(wrong(
            &provider.id,
            &format!("its default {:?} is not among its models", provider.default),
        ));
    }
    Ok(Shelf {
        default: provider.default,
        models,
    })
}

fn facts(entry: Entry, name: &str, date: &str) -> Result<Facts, CatalogError> {
    let known =
        |features: Vec<Feature>, known: bool| features.into_iter().map(move |feature| (feature, known));
    let price_day = entry.price_date.as_deref().unwrap_or(date);
    day(price_day, name, "price_date")?;
    let version = format!("catalog@{price_day}");
    let moment = |text: Option<String>, field| text.map(|text| day(&text, name, field)).transpose();
    Ok(Facts {
        display_name: entry.name,
        description: entry.description,
        family: entry.family,
        context_window_tokens: entry.context_window_tokens,
        max_output_tokens: entry.max_output_tokens,
        input_modalities: entry.input,
        output_modalities: entry.output,
        capabilities: known(entry.can, true).chain(known(entry.cannot, false)).collect(),
        pricing: entry
            .price
            .map(|prices| pricing(&prices, version, name))
            .transpose()?,
        supported_parameters: Vec::new(),
        release_time: moment(entry.release, "release")?,
        retire_time: moment(entry.retire, "retire")?,
    })
}

fn pricing(prices: &Prices, version: String, name: &str) -> Result<Pricing, CatalogError> {
    let price = |field: &Option<String>| {
        field
            .as_deref()
            .map(|text| {
                let price = NanoUsd::from_decimal_usd(text).filter(|price| price.0 >= 0);
                let price = price.ok_or_else(|| wrong(name, &format!("{text:?} is no price in USD")))?;
                Ok(price.0)
            })
            .transpose()
    };
    Ok(Pricing {
        input: price(&prices.input)?,
        output: price(&prices.output)?,
        cache_read: price(&prices.cache_read)?,
        cache_write: price(&prices.cache_write)?,
        input_image: price(&prices.input_image)?,
        input_audio: price(&prices.input_audio)?,
        output_image: price(&prices.output_image)?,
        output_audio: price(&prices.output_audio)?,
        max_input_tokens: prices.max_input_tokens,
        version,
    })
}

fn day(text: &str, name: &str, field: &str) -> Result<Timestamp, CatalogError> {
    Timestamp::from_date(text)
        .ok_or_else(|| wrong(name, &format!("{field}: {text:?} is no day such as 2026-11-22")))
}

fn wrong(model: &str, detail: &str) -> CatalogError {
    CatalogError::Model {
        model: model.to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Catalog;
    use crate::providers::ALL;

    const OWN: &str = "[[providers]]\nid = \"site\"\ndate = \"2026-11-22\"\ndefault = \"m\"\n\
                       [[providers.models]]\nid = \"m\"\nalso = [\"m-1\"]\ncannot = [\"tools\"]\n\
                       price = { input = \"0.25\", output = \"1\" }\n";

    #[test]
    fn the_built_in_one_reads_and_has_every_provider() {
        let catalog = Catalog::built_in().unwrap();

        for provider in ALL {
            assert!(!catalog.models_of(provider.id).is_empty(), "{}", provider.id);
            assert!(catalog.default_of(provider.id).is_some(), "{}", provider.id);
        }
        assert_eq!(catalog.providers.len(), ALL.len() + 2);
        let models = catalog.providers.values().flat_map(|shelf| &shelf.models);
        for model in models {
            let Some(pricing) = &model.facts.pricing else {
                continue;
            };
            let dearest = 1_000_000_000_000;
            assert!(
                pricing.input.is_some_and(|price| price <= dearest),
                "{}: {pricing:?}",
                model.model
            );
            assert!(
                pricing.output >= pricing.input.filter(|_| pricing.output != Some(0)),
                "{}",
                model.model
            );
            assert!(
                pricing.cache_read.is_none_or(|read| Some(read) <= pricing.input),
                "{}",
                model.model
            );
        }
    }

    #[test]
    fn a_file_takes_the_place_of_what_it_names() {
        let catalog = Catalog::built_in().unwrap().with(OWN).unwrap();

        let models = catalog.models_of("site");
        assert_eq!(models.len(), 2);
        let pricing = models
            .first()
            .and_then(|model| model.facts.pricing.clone())
            .unwrap();
        assert_eq!(
            (pricing.input, pricing.version.as_str()),
            (Some(250_000_000), "catalog@2026-11-22")
        );
        assert!(!catalog.models_of(ALL[0].id).is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        for (from, to, said) in [
            ("\"0.25\"", "\"cheap\"", "cheap"),
            ("\"0.25\"", "\"-1\"", "no price"),
            ("default = \"m\"", "default = \"x\"", "default"),
            ("[\"m-1\"]", "[\"m\"]", "twice"),
            ("2026-11-22", "today", "no day"),
            ("cannot", "can_not", "unknown field"),
        ] {
            let error = Catalog::default().with(&OWN.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(said), "{to}: {error}");
        }
    }
}
