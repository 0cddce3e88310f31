//! Everything known of models at one moment, put together from its layers. Immutable, and pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::catalog::Catalog;
use crate::domain::capability::Feature;
use crate::domain::model::{Layers, Model, ModelChange, RefreshState, StoredModels};
use crate::domain::time::Timestamp;

/// A use of a model is written down again after this long: everything is read again for it.
const USE_AGAIN: Duration = Duration::from_secs(12 * 60 * 60);

/// The models of all providers.
#[derive(Debug, Default)]
pub struct Snapshot {
    models: BTreeMap<String, Arc<Model>>,
    aliases: BTreeMap<String, String>,
    changes: BTreeMap<String, ModelChange>,
    refreshes: BTreeMap<String, RefreshState>,
    /// What traffic has shown and when, so that it is not written again.
    observed: BTreeMap<String, BTreeMap<Feature, (bool, Timestamp)>>,
}

impl Snapshot {
    /// Puts the layers together for `providers`.
    pub(super) fn build(catalog: &Catalog, providers: &BTreeSet<&str>, stored: &StoredModels) -> Self {
        let mut layers: BTreeMap<(&str, &str), Layers<'_>> = BTreeMap::new();
        for provider in providers {
            for model in catalog.models_of(provider) {
                layers
                    .entry((*provider, model.model.as_str()))
                    .or_default()
                    .catalog = Some(model);
            }
        }
        for listed in &stored.listed {
            if providers.contains(listed.provider.as_str()) {
                let key = (listed.provider.as_str(), listed.model.as_str());
                layers.entry(key).or_default().listed = Some(listed);
            }
        }
        for change in &stored.changes {
            if let Some(key) = split(&change.model_id, providers) {
                layers.entry(key).or_default().change = Some(change);
            }
        }
        for observed in &stored.observations {
            // Traffic alone makes no model: its names are the callers'.
            if let Some(known) = split(&observed.model_id, providers).and_then(|key| layers.get_mut(&key)) {
                known.observed.push(observed);
            }
        }
        let aliases = aliases(catalog, providers, stored);
        let mut models: BTreeMap<String, Model> = layers
            .into_iter()
            .map(|((provider, model), layers)| {
                let model = layers.merged(provider, model);
                (model.id.clone(), model)
            })
            .collect();
        for (alias, id) in &aliases {
            if let Some(model) = models.get_mut(id) {
                model.aliases.push(alias.clone());
            }
        }
        for model in models.values_mut() {
            model.etag = etag(model);
        }
        let mut observed: BTreeMap<String, BTreeMap<Feature, (bool, Timestamp)>> = BTreeMap::new();
        for seen in &stored.observations {
            let features = observed.entry(seen.model_id.clone()).or_default();
            features.insert(seen.feature, (seen.is_supported, seen.time));
        }
        Self {
            models: models
                .into_iter()
                .map(|(id, model)| (id, Arc::new(model)))
                .collect(),
            aliases,
            changes: by(&stored.changes, |change| &change.model_id),
            refreshes: by(&stored.refreshes, |refresh| &refresh.provider),
            observed,
        }
    }

    /// The models behind the id `after`, in order.
    pub fn models(&self, after: Option<&str>) -> impl Iterator<Item = &Arc<Model>> {
        use std::ops::Bound;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.models
            .range::<str, _>((start, Bound::Unbounded))
            .map(|(_, model)| model)
    }

    /// A model by its id, else by an alias.
    pub fn find(&self, name: &str) -> Option<&Arc<Model>> {
        let own = self.models.get(name);
        own.or_else(|| self.aliases.get(name).and_then(|id| self.models.get(id)))
    }

    /// The id an alias stands for; `None` for what is no alias.
    pub fn alias(&self, name: &str) -> Option<&str> {
        // A model's own id is always its own.
        let alias = self.aliases.get(name).filter(|_| !self.models.contains_key(name));
        alias.map(String::as_str)
    }

    /// How listing a provider has gone.
    pub fn refresh(&self, provider: &str) -> Option<&RefreshState> {
        self.refreshes.get(provider)
    }

    /// What an administrator says of a model.
    pub(super) fn change(&self, id: &str) -> Option<&ModelChange> {
        self.changes.get(id)
    }

    /// Whether something seen of a model at `time` is to be written down: what is not known yet, and now and then
    /// that it still answers, which tells whether anybody uses it.
    pub(super) fn is_news(&self, id: &str, feature: Feature, is_supported: bool, time: Timestamp) -> bool {
        let known = self.observed.get(id).and_then(|known| known.get(&feature));
        known.is_none_or(|(was_supported, then)| {
            *was_supported != is_supported || (feature == Feature::Chat && time.since(*then) >= USE_AGAIN)
        })
    }
}

fn split<'a>(id: &'a str, providers: &BTreeSet<&str>) -> Option<(&'a str, &'a str)> {
    id.split_once('/')
        .filter(|(provider, _)| providers.contains(provider))
}

fn by<T: Clone>(rows: &[T], key: impl Fn(&T) -> &String) -> BTreeMap<String, T> {
    rows.iter().map(|row| (key(row).clone(), row.clone())).collect()
}

/// The catalogue's defaults, below what administrators say.
fn aliases(catalog: &Catalog, providers: &BTreeSet<&str>, stored: &StoredModels) -> BTreeMap<String, String> {
    let defaults = providers.iter().filter_map(|provider| {
        let model = catalog.default_of(provider)?;
        Some((format!("{provider}/default"), format!("{provider}/{model}")))
    });
    let mut aliases: BTreeMap<String, String> = defaults.collect();
    let changed = stored
        .changes
        .iter()
        .filter(|change| split(&change.model_id, providers).is_some());
    let changed: Vec<_> = changed
        .filter_map(|change| Some((&change.model_id, change.changes.aliases.as_ref()?)))
        .collect();
    for (id, _) in &changed {
        aliases.retain(|_, model| model != *id);
    }
    for (id, own) in changed {
        aliases.extend(own.iter().map(|alias| (alias.clone(), id.clone())));
    }
    aliases
}

/// A digest of what a caller sees, without the times: a list that says the same again changes nothing.
fn etag(model: &Model) -> String {
    let seen = serde_json::to_vec(&(&model.facts, &model.aliases, model.state)).unwrap_or_default();
    let digest = Sha256::digest(&seen);
    digest.iter().take(8).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Snapshot;
    use crate::domain::capability::Feature;
    use crate::domain::model::{Changes, Facts, ListedModel, ModelChange, Observation, StoredModels};
    use crate::domain::time::Timestamp;
    use crate::registry::Catalog;

    const CATALOG: &str = "[[providers]]\nid = \"p\"\ndate = \"2026-11-22\"\ndefault = \"a\"\n\
                           [[providers.models]]\nid = \"a\"\n[[providers.models]]\nid = \"b\"\n";

    fn listed(model: &str) -> ListedModel {
        ListedModel {
            provider: "p".to_owned(),
            model: model.to_owned(),
            facts: Facts::default(),
            list_time: Timestamp(1),
            gone_time: None,
            update_time: Timestamp(1),
        }
    }

    fn named(id: &str, aliases: &[&str]) -> ModelChange {
        ModelChange {
            model_id: id.to_owned(),
            changes: Changes {
                aliases: Some(aliases.iter().map(|alias| (*alias).to_owned()).collect()),
                ..Changes::default()
            },
            version: 1,
            update_time: Timestamp(1),
        }
    }

    fn build(stored: &StoredModels) -> Snapshot {
        let catalog = Catalog::default().with(CATALOG).unwrap();
        Snapshot::build(&catalog, &BTreeSet::from(["p"]), stored)
    }

    #[test]
    fn a_default_stands_for_the_catalogues_model_until_an_administrator_gives_it_away() {
        assert_eq!(build(&StoredModels::default()).alias("p/default"), Some("p/a"));

        let changed = build(&StoredModels {
            changes: vec![named("p/b", &["p/default", "fast"])],
            ..StoredModels::default()
        });
        assert_eq!(changed.alias("p/default"), Some("p/b"));
        assert_eq!(changed.find("fast").map(|model| model.id.as_str()), Some("p/b"));
        assert!(changed.find("p/a").is_some_and(|model| model.aliases.is_empty()));

        let without = build(&StoredModels {
            changes: vec![named("p/a", &[])],
            ..StoredModels::default()
        });
        assert_eq!(without.alias("p/default"), None);
    }

    #[test]
    fn that_a_model_still_answers_is_news_twice_a_day_and_changes_nothing_but_its_last_use() {
        let seen = |feature, time| Observation {
            model_id: "p/a".to_owned(),
            feature,
            is_supported: true,
            evidence: String::new(),
            time,
        };
        let hours = |hours: i64| Timestamp(hours * 3_600_000_000);
        let days = hours(24 * 365 * 100);
        let snapshot = build(&StoredModels {
            observations: vec![seen(Feature::Chat, days), seen(Feature::Tools, hours(1))],
            ..StoredModels::default()
        });

        let used = snapshot.find("p/a").unwrap();
        assert_eq!(used.last_use_time, Some(days));
        assert!(used.update_time < days, "a use is no change");
        assert_eq!(snapshot.find("p/b").unwrap().last_use_time, None);

        let is_news = |feature, is_supported, later| {
            snapshot.is_news("p/a", feature, is_supported, Timestamp(days.0 + hours(later).0))
        };
        assert!(!is_news(Feature::Chat, true, 11));
        assert!(is_news(Feature::Chat, true, 12));
        assert!(is_news(Feature::Chat, false, 1));
        assert!(!is_news(Feature::Tools, true, 1000));
        assert!(is_news(Feature::Logprobs, true, 0));
    }

    #[test]
    fn a_models_own_id_is_no_alias_of_another() {
        let taken = build(&StoredModels {
            listed: vec![listed("default")],
            ..StoredModels::default()
        });

        assert_eq!(taken.alias("p/default"), None);
        assert_eq!(
            taken.find("p/default").map(|model| model.id.as_str()),
            Some("p/default")
        );
    }

    #[test]
    fn what_belongs_to_no_provider_here_is_not_shown_and_etags_change_with_content() {
        let foreign = ListedModel {
            provider: "q".to_owned(),
            ..listed("z")
        };
        let before = build(&StoredModels {
            listed: vec![foreign, listed("a")],
            ..StoredModels::default()
        });
        let ids: Vec<_> = before.models(None).map(|model| model.id.as_str()).collect();
        assert_eq!(ids, ["p/a", "p/b"]);
        assert_eq!(before.models(Some("p/a")).count(), 1);

        let later = ListedModel {
            list_time: Timestamp(9),
            ..listed("a")
        };
        let same = build(&StoredModels {
            listed: vec![later.clone()],
            ..StoredModels::default()
        });
        let facts = Facts {
            context_window_tokens: Some(8),
            ..Facts::default()
        };
        let other = ListedModel { facts, ..later };
        let other = build(&StoredModels {
            listed: vec![other],
            ..StoredModels::default()
        });
        let etag = |snapshot: &Snapshot| snapshot.find("p/a").map(|model| model.etag.clone());
        assert_eq!(etag(&before), etag(&same));
        assert_ne!(etag(&before), etag(&other));
    }
}
