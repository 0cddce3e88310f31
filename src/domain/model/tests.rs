use super::{
    CatalogModel, Changes, Facts, Layers, Listed, ListedModel, ModelChange, ModelState, Observation,
    RefreshCounts, refreshed,
};
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;

fn priced(input: i64, version: &str) -> Pricing {
    Pricing {
        input: Some(input),
        version: version.to_owned(),
        ..Pricing::default()
    }
}

fn listed(model: &str, facts: Facts) -> Listed {
    Listed {
        model: model.to_owned(),
        facts,
    }
}

fn known(model: &str, facts: Facts) -> ListedModel {
    ListedModel {
        provider: "p".to_owned(),
        model: model.to_owned(),
        facts,
        list_time: Timestamp(1),
        gone_time: None,
        update_time: Timestamp(1),
    }
}

#[test]
fn each_layer_wins_over_the_one_below_and_leaves_what_it_does_not_say() {
    let catalog = CatalogModel {
        model: "m".to_owned(),
        facts: Facts {
            display_name: "of the catalogue".to_owned(),
            context_window_tokens: Some(1),
            max_output_tokens: Some(10),
            capabilities: Capabilities::from_iter([(Feature::Tools, true), (Feature::Chat, true)]),
            pricing: Some(priced(1, "catalog@2026-01-01")),
            ..Facts::default()
        },
        state: ModelState::Active,
        time: Timestamp(5),
    };
    let live = known(
        "m",
        Facts {
            context_window_tokens: Some(2),
            pricing: Some(priced(2, "list@2026-02-02")),
            ..Facts::default()
        },
    );
    let seen = Observation {
        model_id: "p/m".to_owned(),
        feature: Feature::Tools,
        is_supported: false,
        evidence: "refused".to_owned(),
        time: Timestamp(7),
    };
    let change = ModelChange {
        model_id: "p/m".to_owned(),
        changes: Changes {
            state: Some(ModelState::Disabled),
            context_window_tokens: Some(3),
            ..Changes::default()
        },
        version: 1,
        update_time: Timestamp(6),
    };
    let mut layers = Layers {
        catalog: Some(&catalog),
        listed: Some(&live),
        observed: vec![&seen],
        change: Some(&change),
    };

    let model = layers.merged("p", "m");
    assert_eq!(model.facts.display_name, "of the catalogue");
    assert_eq!(model.facts.context_window_tokens, Some(3));
    assert_eq!(model.facts.max_output_tokens, Some(10));
    assert_eq!(model.facts.capabilities.get(Feature::Tools), Some(false));
    assert_eq!(model.facts.capabilities.get(Feature::Chat), Some(true));
    assert_eq!(model.facts.pricing, Some(priced(2, "list@2026-02-02")));
    assert_eq!(
        (model.state, model.update_time),
        (ModelState::Disabled, Timestamp(7))
    );

    layers.change = None;
    let model = layers.merged("p", "m");
    assert_eq!(model.facts.context_window_tokens, Some(2));
    assert_eq!(model.state, ModelState::Active);
}

#[test]
fn what_a_provider_stopped_listing_is_retired_and_comes_back() {
    let before = [known("a", Facts::default()), known("b", Facts::default())];

    let (writes, counts) = refreshed("p", &before, &[listed("a", Facts::default())], Timestamp(9));
    assert_eq!(
        counts,
        RefreshCounts {
            retired: 1,
            ..RefreshCounts::default()
        }
    );
    let [gone] = writes.as_slice() else {
        panic!("{writes:?}")
    };
    assert_eq!((gone.model.as_str(), gone.gone_time), ("b", Some(Timestamp(9))));
    let layers = Layers {
        listed: Some(gone),
        ..Layers::default()
    };
    assert_eq!(layers.merged("p", "b").state, ModelState::Retired);

    let (writes, counts) = refreshed("p", &writes, &[listed("b", Facts::default())], Timestamp(10));
    assert_eq!(
        counts,
        RefreshCounts {
            added: 1,
            ..RefreshCounts::default()
        }
    );
    assert_eq!(writes.first().map(|back| back.gone_time), Some(None));
}

#[test]
fn the_same_list_again_writes_nothing_and_prices_of_a_later_day_are_no_change() {
    let facts = |version| Facts {
        pricing: Some(priced(1, version)),
        ..Facts::default()
    };
    let before = [known("a", facts("list@2026-01-01"))];

    let same = refreshed(
        "p",
        &before,
        &[listed("a", facts("list@2026-01-01"))],
        Timestamp(9),
    );
    assert_eq!(same, (Vec::new(), RefreshCounts::default()));

    let (writes, counts) = refreshed(
        "p",
        &before,
        &[listed("a", facts("list@2026-01-02"))],
        Timestamp(9),
    );
    assert_eq!(counts, RefreshCounts::default());
    let [write] = writes.as_slice() else {
        panic!("{writes:?}")
    };
    assert_eq!((write.update_time, write.list_time), (Timestamp(1), Timestamp(9)));

    let dearer = Facts {
        pricing: Some(priced(2, "list@2026-01-01")),
        ..Facts::default()
    };
    let (_, counts) = refreshed("p", &before, &[listed("a", dearer)], Timestamp(9));
    assert_eq!(
        counts,
        RefreshCounts {
            changed: 1,
            ..RefreshCounts::default()
        }
    );
}
