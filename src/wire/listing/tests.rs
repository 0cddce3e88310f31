use serde_json::{Value, json};

use super::{Collection, Format, ListError, MAX_MODELS, MAX_PAGES, Page};
use crate::domain::capability::Feature;
use crate::domain::model::Listed;
use crate::domain::time::Timestamp;

const NOW: Timestamp = Timestamp(1_795_305_600_000_000);

fn page(format: Format, body: &Value) -> Result<Page, ListError> {
    format.page(body.to_string().as_bytes(), NOW)
}

fn only(format: Format, body: &Value) -> Listed {
    let mut models = page(format, body).unwrap().models;
    assert_eq!(models.len(), 1);
    models.remove(0)
}

#[test]
fn openrouter_prices_become_exact_nano_usd_for_a_million() {
    let row = |prices: Value| json!({"data": [{"id": "a/b", "pricing": prices}]});
    let listed = only(
        Format::Openrouter,
        &row(json!({
            "prompt": "0.00000045", "completion": "3.2e-6", "input_cache_read": "0.0000000000000005",
            "overrides": [{"min_prompt_tokens": 200_000, "prompt": "0.000004"}],
        })),
    );
    let pricing = listed.facts.pricing.unwrap();
    assert_eq!(pricing.input, Some(450_000_000));
    assert_eq!(pricing.output, Some(3_200_000_000));
    assert_eq!(pricing.cache_read, Some(1), "rounded half up");
    assert_eq!(pricing.cache_write, None);
    assert_eq!(pricing.max_input_tokens, Some(199_999));
    assert_eq!(pricing.version, "live@2026-11-22");

    let free = only(
        Format::Openrouter,
        &row(json!({"prompt": "0", "completion": "0"})),
    );
    assert_eq!(free.facts.pricing.unwrap().input, Some(0));
    for unpriced in [
        json!({"prompt": "-1", "completion": "-1"}),
        json!({"prompt": "0", "completion": "0", "request": "0.01"}),
    ] {
        assert_eq!(only(Format::Openrouter, &row(unpriced)).facts.pricing, None);
    }
    let lie = page(Format::Openrouter, &row(json!({"prompt": "cheap"})));
    assert!(matches!(lie, Err(ListError::Malformed(_))), "{lie:?}");
}

#[test]
fn xai_cents_for_100_million_become_exact_nano_usd_for_a_million() {
    let listed = only(
        Format::Xai,
        &json!({"data": [{
            "id": "a", "created": 1_743_724_800, "context_length": 131_072, "prompt_text_token_price": 30_000,
            "cached_prompt_text_token_price": 7_500, "prompt_image_token_price": 0,
            "completion_text_token_price": 150_000, "long_context_threshold": 128_000,
        }]}),
    );
    let pricing = listed.facts.pricing.unwrap();
    assert_eq!(pricing.input, Some(3_000_000_000), "3 USD");
    assert_eq!(pricing.output, Some(15_000_000_000));
    assert_eq!(pricing.cache_read, Some(750_000_000));
    assert_eq!(pricing.input_image, None, "no price, not a free one");
    assert_eq!(pricing.max_input_tokens, Some(127_999));
    assert_eq!(pricing.version, "live@2026-11-22");
    assert_eq!(listed.facts.context_window_tokens, Some(131_072));

    for unpriced in [
        json!({"id": "a", "prompt_text_token_price": 0, "completion_text_token_price": 0}),
        json!({"id": "a", "image_price": 7}),
        json!({"id": "a", "prompt_text_token_price": 30_000}),
    ] {
        let listed = only(Format::Xai, &json!({"data": [unpriced]}));
        assert_eq!(listed.facts.pricing, None);
    }
}

#[test]
fn xai_lists_are_put_together_and_an_alias_is_a_model() {
    let ids = |models: &[Listed]| {
        models
            .iter()
            .map(|listed| listed.model.clone())
            .collect::<Vec<_>>()
    };
    let every = json!({"data": [
        {"id": "a", "aliases": ["a-latest", "b", "a-latest"], "prompt_text_token_price": 1, "completion_text_token_price": 2},
        {"id": "b", "aliases": ["a-latest"]},
        {"id": "picture"},
    ]});
    let language = json!({"models": [
        {"id": "a", "input_modalities": ["text", "image"], "output_modalities": ["text"],
         "prompt_text_token_price": 9, "completion_text_token_price": 9},
        {"id": "c"},
    ]});
    let mut list = Collection::new(Format::Xai);
    list.add(page(Format::Xai, &every).unwrap()).unwrap();
    list.add_supplement(page(Format::Xai, &language).unwrap())
        .unwrap();

    let models = list.finish().unwrap();

    assert_eq!(ids(&models), ["a-latest", "a", "b", "picture", "c"]);
    let facts = &models.iter().find(|listed| listed.model == "a").unwrap().facts;
    assert_eq!(facts.input_modalities.len(), 2);
    assert_eq!(facts.capabilities.get(Feature::Chat), Some(true));
    assert_eq!(
        facts.pricing.as_ref().unwrap().input,
        Some(100_000),
        "the first list's"
    );

    let twice = json!({"data": [{"id": "a"}, {"id": "a"}]});
    let mut list = Collection::new(Format::Xai);
    let read = list.add(page(Format::Xai, &twice).unwrap());
    assert_eq!(read, Err(ListError::Duplicate("a".to_owned())));
    let read = Collection::new(Format::Xai).add_supplement(page(Format::Xai, &twice).unwrap());
    assert_eq!(read, Err(ListError::Duplicate("a".to_owned())));

    let rows: Vec<Value> = (0..50_000)
        .map(|number| json!({"id": format!("m{number}")}))
        .collect();
    let long = page(Format::Xai, &json!({"models": rows})).unwrap();
    assert_eq!(
        Collection::new(Format::Xai).add(long.clone()),
        Err(ListError::TooMany)
    );
    assert_eq!(
        Collection::new(Format::Xai).add_supplement(long),
        Err(ListError::TooMany)
    );
    let aliases: Vec<String> = (0..50_000).map(|number| format!("m{number}")).collect();
    let long = page(Format::Xai, &json!({"models": [{"id": "a", "aliases": aliases}]}));
    assert_eq!(long, Err(ListError::TooMany));
}

#[test]
fn pages_lead_to_each_other_until_the_last() {
    let first = page(
        Format::Anthropic,
        &json!({"data": [{"id": "a"}], "has_more": true, "last_id": "a/1"}),
    );
    let next = first.unwrap().next.unwrap();
    assert_eq!(Format::Anthropic.query(None), "?limit=1000");
    assert_eq!(Format::Anthropic.query(Some(&next)), "?limit=1000&after_id=a%2F1");
    let last = page(
        Format::Anthropic,
        &json!({"data": [], "has_more": false, "last_id": "b"}),
    );
    assert_eq!(last.unwrap().next, None);

    let first = page(
        Format::Gemini,
        &json!({"models": [{"name": "models/a"}], "nextPageToken": "t&x"}),
    );
    let first = first.unwrap();
    assert_eq!(first.models[0].model, "a");
    assert_eq!(
        Format::Gemini.query(first.next.as_deref()),
        "?pageSize=1000&pageToken=t%26x"
    );
    assert_eq!(page(Format::Gemini, &json!({})).unwrap(), Page::default());
}

#[test]
fn ollama_tells_of_each_model_when_asked() {
    let body = json!({
        "details": {"family": "llama"},
        "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
        "capabilities": ["completion", "tools", "vision"],
    });
    let facts = Format::Ollama.answer(body.to_string().as_bytes()).unwrap();
    assert_eq!(facts.context_window_tokens, Some(131_072));
    assert_eq!(facts.capabilities.get(Feature::Tools), Some(true));
    assert_eq!(facts.capabilities.get(Feature::Reasoning), Some(false));
    assert_eq!(facts.capabilities.get(Feature::JsonSchema), None);
    assert_eq!(facts.input_modalities.len(), 2);

    let lie = json!({"model_info": {"llama.context_length": "long"}});
    assert!(Format::Ollama.answer(lie.to_string().as_bytes()).is_err());
}

#[test]
fn wrong_types_are_refused_whole() {
    let all = [
        Format::Openai,
        Format::Anthropic,
        Format::Gemini,
        Format::Openrouter,
        Format::Ollama,
        Format::Xai,
    ];
    for format in all {
        for lie in [
            json!({"data": "many", "models": "many"}),
            json!({"data": [{"id": 7}], "models": [{"name": 7}]}),
            json!({"data": [{"id": "a"}, 3], "models": [{"name": "a"}, 3]}),
            json!("models"),
            json!({"error": {"message": "no"}, "models": null}),
        ] {
            let read = page(format, &lie);
            assert!(
                matches!(read, Err(ListError::Malformed(_))),
                "{format:?} {lie}: {read:?}"
            );
        }
        assert!(format.page(b"{\"data\": [{\"id\": \"a", NOW).is_err());
    }
    let lies = [
        (Format::Openai, json!({"data": [{"id": "a", "created": "today"}]})),
        (
            Format::Openai,
            json!({"data": [{"id": "a", "context_length": -1}]}),
        ),
        (
            Format::Openrouter,
            json!({"data": [{"id": "a", "context_length": "8k"}]}),
        ),
        (
            Format::Anthropic,
            json!({"data": [{"id": "a", "max_tokens": 1.5}]}),
        ),
        (
            Format::Gemini,
            json!({"models": [{"name": "a", "inputTokenLimit": []}]}),
        ),
        (
            Format::Xai,
            json!({"data": [{"id": "a", "prompt_text_token_price": -1}]}),
        ),
        (
            Format::Xai,
            json!({"models": [{"id": "a", "input_modalities": "text"}]}),
        ),
        (Format::Xai, json!({"models": [{"id": "a", "aliases": [7]}]})),
    ];
    for (format, lie) in lies {
        assert!(page(format, &lie).is_err(), "{format:?} {lie}");
    }
}

fn rows(ids: impl IntoIterator<Item = String>, next: Option<&str>) -> Page {
    let models = ids.into_iter().map(|model| Listed {
        model,
        ..Listed::default()
    });
    Page {
        models: models.collect(),
        next: next.map(str::to_owned),
    }
}

#[test]
fn a_list_beyond_measure_is_refused_whole() {
    let names = |count: usize| (0..count).map(|number| format!("m{number}"));

    let mut long = Collection::new(Format::Openai);
    assert_eq!(long.add(rows(names(50_000), None)), Err(ListError::TooMany));
    let mut full = Collection::new(Format::Openai);
    assert_eq!(
        full.add(rows(names(MAX_MODELS), Some("x"))),
        Ok(Some("x".to_owned()))
    );
    assert_eq!(
        full.add(rows(["another".to_owned()], None)),
        Err(ListError::TooMany)
    );

    let mut twice = Collection::new(Format::Openai);
    twice.add(rows(["a".to_owned()], Some("x"))).unwrap();
    let again = twice.add(rows(["a".to_owned()], None));
    assert_eq!(again, Err(ListError::Duplicate("a".to_owned())));

    for bad in ["", "a b", "a\u{1b}[2J", &"x".repeat(257)] {
        let read = Collection::new(Format::Openai).add(rows([bad.to_owned()], None));
        assert_eq!(read, Err(ListError::BadId), "{bad:?}");
    }

    let mut round = Collection::new(Format::Gemini);
    round.add(rows(["a".to_owned()], Some("x"))).unwrap();
    assert_eq!(
        round.add(rows(["b".to_owned()], Some("x"))),
        Err(ListError::Endless)
    );
    let mut endless = Collection::new(Format::Gemini);
    let ended = (0..=MAX_PAGES).find_map(|number| {
        let token = number.to_string();
        endless.add(rows([format!("m{number}")], Some(&token))).err()
    });
    assert_eq!(ended, Some(ListError::Endless));
}

#[test]
fn only_a_machine_of_ones_own_may_have_no_models() {
    assert_eq!(Collection::new(Format::Openai).finish(), Err(ListError::Empty));
    assert_eq!(Collection::new(Format::Ollama).finish(), Ok(Vec::new()));
}
