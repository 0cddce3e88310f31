//! The providers' lists of models as they came.

use std::path::PathBuf;
use std::process::Command;

use crux::domain::capability::Feature;
use crux::domain::model::Listed;
use crux::domain::time::Timestamp;
use crux::wire::listing::{Collection, Format, Page};

use crate::harness::{Exchange, exchanges};

const NOW: Timestamp = Timestamp(1_795_305_600_000_000);

/// The models of every list of `api` that was given out.
fn lists(api: &str, format: Format) -> Vec<Vec<Listed>> {
    let all = exchanges(&[api]);
    let given = all
        .iter()
        .filter(|exchange| exchange.request.method == "GET" && exchange.response.status == 200);
    given.map(|exchange| list(exchange, format)).collect()
}

fn list(exchange: &Exchange, format: Format) -> Vec<Listed> {
    let page = format
        .page(exchange.response.body.as_bytes(), NOW)
        .unwrap_or_else(|error| panic!("{}: {error}", exchange.id));
    collected(page, format)
}

fn collected(page: Page, format: Format) -> Vec<Listed> {
    let mut collection = Collection::new(format);
    assert_eq!(collection.add(page), Ok(None));
    collection.finish().unwrap()
}

fn find<'a>(models: &'a [Listed], id: &str) -> &'a Listed {
    let found = models.iter().find(|listed| listed.model == id);
    found.unwrap_or_else(|| panic!("no {id} in {models:?}"))
}

#[test]
fn openai_and_deepseek_list_ids_and_little_else() {
    for models in lists("openai.models", Format::Openai) {
        assert!(models.len() > 50, "{}", models.len());
        let listed = find(&models, "gpt-3.5-turbo-16k-0613");
        assert_eq!(listed.facts.release_time, Some(Timestamp(1_685_474_247_000_000)));
        assert_eq!(listed.facts.context_window_tokens, None);
    }
    for models in lists("deepseek.models", Format::Openai) {
        let ids: Vec<_> = models.iter().map(|listed| listed.model.as_str()).collect();
        assert_eq!(ids, ["deepseek-v4-flash", "deepseek-v4-pro"]);
    }
}

#[test]
fn anthropic_lists_limits_and_what_each_model_supports() {
    for models in lists("anthropic.models", Format::Anthropic) {
        let listed = find(&models, "claude-haiku-4-5-20251001");
        assert_eq!(listed.facts.display_name, "Claude Haiku 4.5");
        assert_eq!(listed.facts.context_window_tokens, Some(200_000));
        assert_eq!(listed.facts.max_output_tokens, Some(64_000));
        let can = &listed.facts.capabilities;
        assert_eq!(can.get(Feature::JsonSchema), Some(true));
        assert_eq!(can.get(Feature::CodeExecution), Some(false));
        assert_eq!(can.get(Feature::ReasoningEffort), Some(false));
        assert_eq!(can.get(Feature::ReasoningBudget), Some(true));
        assert_eq!(can.get(Feature::Tools), None);
        assert_eq!(listed.facts.input_modalities.len(), 3);
        assert_eq!(listed.facts.release_time, Timestamp::from_date("2025-10-15"));
    }
}

#[test]
fn ollama_lists_what_is_on_the_machine() {
    for models in lists("ollama.models", Format::Ollama) {
        assert_eq!(find(&models, "qwen3:4b").facts.family, "qwen3");
        assert!(models.iter().all(|listed| listed.model.contains(':')));
    }
}

#[test]
fn a_refusal_is_no_list() {
    let formats = [
        ("gemini.models", Format::Gemini),
        ("openai.models", Format::Openai),
    ];
    for (api, format) in formats {
        let all = exchanges(&[api]);
        for refused in all.iter().filter(|exchange| exchange.response.status != 200) {
            let read = format.page(refused.response.body.as_bytes(), NOW);
            let is_list = read.is_ok_and(|page| !page.models.is_empty());
            assert!(!is_list, "{}", refused.id);
        }
    }
}

#[test]
fn openrouter_lists_limits_parameters_and_prices() {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(PathBuf::from) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CRUX_RECORDINGS must be set in CI"
        );
        eprintln!("SKIPPED: CRUX_RECORDINGS is not set, OpenRouter's list was not read");
        return;
    };
    let directory = root.join("annex/oversize");
    let files = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut lists = files.filter(|path| path.to_string_lossy().contains("openrouter.models."));
    let path = lists.next().expect("a list of OpenRouter's");
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    let exchange: Exchange = serde_json::from_slice(&unpacked.stdout).unwrap();

    let models = list(&exchange, Format::Openrouter);

    assert!(models.len() > 400, "{}", models.len());
    let listed = &find(&models, "openai/gpt-5-mini").facts;
    let pricing = listed.pricing.as_ref().unwrap();
    assert_eq!(
        (pricing.input, pricing.output),
        (Some(250_000_000), Some(2_000_000_000))
    );
    assert_eq!(
        (pricing.cache_read, pricing.cache_write),
        (Some(25_000_000), None)
    );
    assert_eq!(pricing.version, "live@2026-11-22");
    assert_eq!(listed.context_window_tokens, Some(400_000));
    assert_eq!(listed.capabilities.get(Feature::Tools), Some(true));
    assert!(
        listed
            .supported_parameters
            .contains(&"max_output_tokens".to_owned())
    );
    assert_eq!(
        find(&models, "openrouter/auto-beta").facts.pricing,
        None,
        "it depends"
    );
    let long = find(&models, "x-ai/grok-4.6").facts.pricing.as_ref().unwrap();
    assert_eq!(long.max_input_tokens, Some(199_999), "longer prompts cost more");
    let priced = models
        .iter()
        .filter(|listed| listed.facts.pricing.is_some())
        .count();
    assert!(priced * 10 > models.len() * 9, "{priced} of {}", models.len());
}
