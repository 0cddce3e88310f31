//! Models: a list is taken whole, changes compare versions, aliases are one model's, the last word counts.

use crux::domain::capability::{Capabilities, Feature};
use crux::domain::model::{
    Changes, Facts, Listed, ModelChange, Observation, RefreshCounts, RefreshState, StoredModels,
};
use crux::domain::pricing::Pricing;
use crux::domain::time::Timestamp;
use crux::store::{StoreError, Topic};

use crate::databases;

fn listed(model: &str, window: u32) -> Listed {
    Listed {
        model: model.to_owned(),
        facts: Facts {
            context_window_tokens: Some(window),
            capabilities: Capabilities::from_iter([(Feature::Tools, false)]),
            pricing: Some(Pricing {
                input: Some(1),
                version: "list@2026-11-22".to_owned(),
                ..Pricing::default()
            }),
            ..Facts::default()
        },
    }
}

pub(crate) fn change(model_id: &str, alias: &str, version: i64) -> ModelChange {
    ModelChange {
        model_id: model_id.to_owned(),
        changes: Changes {
            aliases: Some(vec![alias.to_owned()]),
            ..Changes::default()
        },
        version,
        update_time: Timestamp(100),
    }
}

#[tokio::test]
async fn a_list_replaces_the_one_before_and_keeps_what_is_gone() {
    for database in databases::all().await {
        let store = &database.store;
        assert_eq!(store.models().await.unwrap(), StoredModels::default());

        let first = [listed("a", 1), listed("b/c", 2)];
        let counts = store.save_listing("p", &first, Timestamp(10)).await.unwrap();
        assert_eq!(
            counts,
            RefreshCounts {
                added: 2,
                ..RefreshCounts::default()
            }
        );
        store
            .save_listing("other", &[listed("a", 1)], Timestamp(11))
            .await
            .unwrap();

        let counts = store
            .save_listing("p", &[listed("a", 3)], Timestamp(20))
            .await
            .unwrap();
        assert_eq!(
            counts,
            RefreshCounts {
                added: 0,
                changed: 1,
                retired: 1
            },
            "{}",
            database.name
        );

        let models = database.again().await.models().await.unwrap();
        let seen: Vec<_> = models
            .listed
            .iter()
            .map(|model| {
                let window = model.facts.context_window_tokens;
                (
                    model.provider.as_str(),
                    model.model.as_str(),
                    window,
                    model.list_time.0,
                    model.gone_time,
                )
            })
            .collect();
        let expected = [
            ("other", "a", Some(1), 11, None),
            ("p", "a", Some(3), 20, None),
            ("p", "b/c", Some(2), 10, Some(Timestamp(20))),
        ];
        assert_eq!(seen, expected, "{}", database.name);
        assert_eq!(
            models.listed.last().map(|model| &model.facts),
            first.last().map(|model| &model.facts)
        );
    }
}

#[tokio::test]
async fn a_failure_is_kept_beside_the_last_success() {
    for database in databases::all().await {
        let store = &database.store;
        store
            .save_listing("p", &[listed("a", 1)], Timestamp(10))
            .await
            .unwrap();
        let failure = RefreshState {
            provider: "p".to_owned(),
            success_time: Some(Timestamp(10)),
            error_time: Some(Timestamp(20)),
            error_reason: "PROVIDER_TIMEOUT".to_owned(),
            error_message: "too late".to_owned(),
        };
        store.save_listing_failure(&failure).await.unwrap();

        let models = store.models().await.unwrap();

        assert_eq!(models.refreshes, [failure], "{}", database.name);
        assert_eq!(models.listed.len(), 1);
        let revision = store.revisions().await.unwrap().of(Topic::Models);
        assert_eq!(revision, 2, "{}", database.name);
    }
}

#[tokio::test]
async fn a_change_wants_the_version_it_was_read_at_and_aliases_of_its_own() {
    for database in databases::all().await {
        let store = &database.store;
        assert_eq!(
            store.save_model_change(&change("p/a", "fast", 0), None).await,
            Ok(1)
        );
        assert_eq!(
            store.save_model_change(&change("p/a", "fast", 1), None).await,
            Ok(2)
        );

        let stale = store.save_model_change(&change("p/a", "slow", 1), None).await;
        assert_eq!(stale, Err(StoreError::Stale), "{}", database.name);
        let again = store.save_model_change(&change("p/a", "slow", 0), None).await;
        assert_eq!(again, Err(StoreError::Stale), "{}", database.name);
        let taken = store.save_model_change(&change("p/b", "fast", 0), None).await;
        assert_eq!(taken, Err(StoreError::Exists), "{}", database.name);

        let kept = store.models().await.unwrap().changes;
        assert_eq!(kept, [change("p/a", "fast", 2)], "{}", database.name);
        assert_eq!(
            store.save_model_change(&change("p/a", "slow", 2), None).await,
            Ok(3)
        );
        assert_eq!(
            store.save_model_change(&change("p/b", "fast", 0), None).await,
            Ok(1)
        );
    }
}

#[tokio::test]
async fn of_two_observations_the_later_one_counts() {
    for database in databases::all().await {
        let store = &database.store;
        let observation = |is_supported, time| Observation {
            model_id: "p/a".to_owned(),
            feature: Feature::Tools,
            is_supported,
            evidence: "seen".to_owned(),
            time: Timestamp(time),
        };
        store
            .save_observations(&[observation(true, 20), observation(false, 10)])
            .await
            .unwrap();
        let seen = store.models().await.unwrap().observations;
        assert_eq!(seen, [observation(true, 20)], "{}", database.name);

        store.save_observations(&[observation(false, 30)]).await.unwrap();
        let seen = store.models().await.unwrap().observations;
        assert_eq!(seen, [observation(false, 30)], "{}", database.name);
    }
}
