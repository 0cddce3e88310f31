//! The registry: lists of all providers, what they lie about, names, prices, and what traffic shows.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use crux::rpc::pb;
use crux::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;
use prost_types::FieldMask;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::harness::{MODELS, Running, ask, reason, start};

type Client = ModelRegistryServiceClient<Channel>;

fn client(server: &Running) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    ModelRegistryServiceClient::new(endpoint.connect_lazy()).max_decoding_message_size(64 << 20)
}

async fn refresh(client: &mut Client, providers: &[&str]) -> Vec<pb::ProviderRefresh> {
    let providers = providers.iter().map(|&id| id.to_owned()).collect();
    let request = pb::RefreshModelsRequest { providers };
    client
        .refresh_models(request)
        .await
        .unwrap()
        .into_inner()
        .refreshes
}

async fn get(client: &mut Client, model: &str) -> pb::Model {
    let model = model.to_owned();
    let response = client.get_model(pb::GetModelRequest { model }).await.unwrap();
    response.into_inner().model.unwrap()
}

async fn list(client: &mut Client, request: pb::ListModelsRequest) -> Vec<pb::Model> {
    let mut models = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListModelsRequest {
            page_token,
            ..request.clone()
        };
        let page = client.list_models(request).await.unwrap().into_inner();
        models.extend(page.models);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return models;
        }
    }
}

async fn update(client: &mut Client, model: pb::Model, paths: &[&str]) -> Result<pb::Model, tonic::Status> {
    let request = pb::UpdateModelRequest {
        model: Some(model),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
        }),
    };
    let response = client.update_model(request).await?;
    Ok(response.into_inner().model.unwrap())
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_lists_its_models_and_tells_what_it_knows() {
    let server = start(&[]).await;
    let mut client = client(&server);

    let refreshes = refresh(&mut client, &[]).await;
    assert_eq!(refreshes.len(), MODELS.len());
    for refreshed in &refreshes {
        assert_eq!(refreshed.error, None, "{}", refreshed.provider);
        assert!(refreshed.added > 0, "{refreshed:?}");
    }
    for again in refresh(&mut client, &[]).await {
        assert_eq!(
            (again.added, again.changed, again.retired),
            (0, 0, 0),
            "{again:?}"
        );
    }

    let priced = get(&mut client, "openrouter/anthropic/claude-sonnet-4.5").await;
    let pricing = priced.pricing.unwrap();
    assert_eq!(
        (pricing.input, pricing.output),
        (Some(1_000_000_000), Some(2_000_000_000))
    );
    assert!(pricing.version.starts_with("live@"), "{}", pricing.version);
    assert!(
        priced
            .supported_parameters
            .contains(&"max_output_tokens".to_owned())
    );
    let limited = get(&mut client, "gemini/gemini-2.5-pro").await;
    assert_eq!(
        (limited.context_window_tokens, limited.max_output_tokens),
        (Some(1_048_576), Some(65_536))
    );
    let local = get(&mut client, "ollama/qwen3:4b").await;
    assert_eq!(local.context_window_tokens, Some(131_072));
    assert_eq!(local.capabilities.unwrap().tools, Some(true));
    assert_eq!(local.pricing, None, "unknown is not zero");
    let kept = get(&mut client, "openai/o3").await;
    assert_eq!(
        (kept.state(), kept.list_time),
        (pb::model::State::Active, None),
        "the catalogue's stays"
    );
    assert!(get(&mut client, "openai/gpt-5").await.list_time.is_some());

    let providers = client
        .list_providers(pb::ListProvidersRequest::default())
        .await
        .unwrap();
    let providers = providers.into_inner().providers;
    assert_eq!(providers.len(), MODELS.len());
    for provider in providers {
        assert_eq!(provider.state(), pb::provider::State::Active, "{provider:?}");
        assert!(provider.model_count > 0 && provider.last_refresh_time.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_cut_into_pages() {
    let server = start(&[]).await;
    let mut client = client(&server);
    let all = list(&mut client, pb::ListModelsRequest::default()).await;
    assert!(all.len() > 100);
    assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id));

    let small = pb::ListModelsRequest {
        page_size: 7,
        ..Default::default()
    };
    assert_eq!(list(&mut client, small).await, all);

    let filtered = pb::ListModelsRequest {
        provider: "anthropic".to_owned(),
        query: "HAIKU".to_owned(),
        capabilities: Some(pb::ModelCapabilities {
            reasoning: Some(true),
            ..Default::default()
        }),
        input_modalities: vec![pb::Modality::Image.into()],
        ..Default::default()
    };
    let filtered = list(&mut client, filtered).await;
    assert!(!filtered.is_empty());
    assert!(
        filtered
            .iter()
            .all(|model| model.id.starts_with("anthropic/claude-haiku"))
    );

    let retired = pb::ListModelsRequest {
        include_unavailable: true,
        ..Default::default()
    };
    assert!(list(&mut client, retired).await.len() > all.len());
    let bad = pb::ListModelsRequest {
        page_token: "x".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        reason(&client.list_models(bad).await.unwrap_err()),
        "INVALID_REQUEST"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_hangs_or_lies_leaves_the_registry_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db");
    let path = path.to_str().unwrap();
    let served = async |fault: &str| {
        let sandbox = free_address();
        let url = format!("http://{sandbox}{fault}/openai/v1");
        // Only what never comes is waited for in vain.
        let patience = if fault.contains("stall") { "300ms" } else { "20s" };
        let settings = [
            ("CRUX_STORE__PATH", path),
            ("CRUX_SANDBOX__LISTEN", &sandbox.to_string()),
            ("CRUX_PROVIDERS__SITE__BASE_URL", &url),
            ("CRUX_PROVIDERS__SITE__DIALECT", "openai_chat"),
            ("CRUX_PROVIDERS__SITE__API_KEY", "not-a-real-one-4711"),
            ("CRUX_PROVIDERS__SITE__TIMEOUTS__FIRST_TOKEN", patience),
        ];
        start(&settings).await
    };
    let of_site = pb::ListModelsRequest {
        provider: "site".to_owned(),
        include_unavailable: true,
        ..Default::default()
    };

    let serving = served("").await;
    let mut good = client(&serving);
    assert_eq!(refresh(&mut good, &["site"]).await[0].added, 5);
    let before = list(&mut good, of_site.clone()).await;
    assert_eq!(before.len(), 5);
    drop(serving);

    for (fault, expected) in [
        ("/faults/status=503", "PROVIDER_UNAVAILABLE"),
        ("/faults/status=401", "PROVIDER_AUTH_FAILED"),
        ("/faults/stall-headers", "PROVIDER_TIMEOUT"),
        ("/faults/refuse", "PROVIDER_UNAVAILABLE"),
        ("/faults/garbage", "PROVIDER_PROTOCOL"),
        ("/faults/list=types", "PROVIDER_PROTOCOL"),
        ("/faults/list=twice", "PROVIDER_PROTOCOL"),
        ("/faults/list=empty", "PROVIDER_PROTOCOL"),
        ("/faults/list=50000", "PROVIDER_PROTOCOL"),
    ] {
        let serving = served(fault).await;
        let mut client = client(&serving);
        let refreshes = refresh(&mut client, &["site"]).await;
        let error = refreshes[0]
            .error
            .as_ref()
            .unwrap_or_else(|| panic!("{fault} went well"));
        assert_eq!(
            error.reason().as_str_name(),
            format!("ERROR_REASON_{expected}"),
            "{fault}: {error:?}"
        );
        assert_eq!(list(&mut client, of_site.clone()).await, before, "{fault}");

        let providers = client
            .list_providers(pb::ListProvidersRequest::default())
            .await
            .unwrap();
        let providers = providers.into_inner().providers;
        let site = providers.iter().find(|provider| provider.id == "site").unwrap();
        assert_eq!(site.state(), pb::provider::State::Unhealthy, "{fault}");
        assert_eq!(
            site.last_error.as_ref().map(|error| &error.message),
            Some(&error.message)
        );
        assert!(site.last_refresh_time.is_some(), "the last good list serves");
    }

    let serving = {
        let sandbox = free_address();
        let url = format!("http://{sandbox}/deepseek/v1");
        let settings = [
            ("CRUX_STORE__PATH", path),
            ("CRUX_SANDBOX__LISTEN", &sandbox.to_string()),
            ("CRUX_PROVIDERS__SITE__BASE_URL", &url),
            ("CRUX_PROVIDERS__SITE__DIALECT", "openai_chat"),
            ("CRUX_PROVIDERS__SITE__API_KEY", "not-a-real-one-4711"),
        ];
        start(&settings).await
    };
    let mut client = client(&serving);
    let refreshed = refresh(&mut client, &["site"]).await.remove(0);
    assert_eq!((refreshed.added, refreshed.retired), (2, 5), "{refreshed:?}");
    assert_eq!(
        get(&mut client, "site/gpt-5").await.state(),
        pb::model::State::Retired
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_word_survives_refreshes_and_is_lost_to_nobody() {
    let server = start(&[]).await;
    let mut client = client(&server);
    let named = |id: &str, alias: &str| pb::Model {
        id: id.to_owned(),
        aliases: vec![alias.to_owned()],
        ..Default::default()
    };

    let before = get(&mut client, "openai/gpt-5").await;
    let mut change = named("openai/gpt-5", "fast");
    change.context_window_tokens = Some(1234);
    change.display_name = "not in the mask".to_owned();
    change.etag.clone_from(&before.etag);
    let changed = update(&mut client, change.clone(), &["aliases", "context_window_tokens"])
        .await
        .unwrap();
    assert_eq!(
        (changed.aliases.as_slice(), changed.context_window_tokens),
        (&["fast".to_owned()][..], Some(1234))
    );
    assert_eq!(changed.display_name, before.display_name);

    let stale = update(&mut client, change, &["aliases"]).await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    refresh(&mut client, &[]).await;
    assert_eq!(get(&mut client, "fast").await.context_window_tokens, Some(1234));

    let taken = update(&mut client, named("openai/gpt-5-mini", "fast"), &["aliases"])
        .await
        .unwrap_err();
    assert_eq!(
        (taken.code(), reason(&taken).as_str()),
        (Code::AlreadyExists, "RESOURCE_EXISTS")
    );
    for (model, path) in [
        (named("openai/gpt-5", "openai/gpt-4o"), "aliases"),
        (named("openai/gpt-5", "two words"), "aliases"),
        (named("openai/gpt-5", "x"), "family"),
        (named("", "x"), "aliases"),
    ] {
        let refused = update(&mut client, model, &[path]).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_REQUEST", "{refused:?}");
    }
    let unknown = update(&mut client, named("openai/none", "x"), &["aliases"])
        .await
        .unwrap_err();
    assert_eq!(
        (unknown.code(), reason(&unknown).as_str()),
        (Code::NotFound, "MODEL_NOT_FOUND")
    );

    let answer = server
        .client
        .clone()
        .chat(ask("fast", "hi"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.outcome.unwrap().model, "openai/gpt-5");
    let answer = server
        .client
        .clone()
        .chat(ask("anthropic/default", "hi"))
        .await
        .unwrap()
        .into_inner();
    assert!(answer.outcome.unwrap().model.starts_with("anthropic/claude-"));

    let reset = pb::Model {
        id: "fast".to_owned(),
        ..Default::default()
    };
    let back = update(&mut client, reset, &["*"]).await.unwrap();
    assert_eq!(
        (back.aliases, back.context_window_tokens),
        (before.aliases, before.context_window_tokens)
    );

    let off = pb::Model {
        id: "openai/gpt-5".to_owned(),
        state: pb::model::State::Disabled.into(),
        ..Default::default()
    };
    update(&mut client, off, &["state"]).await.unwrap();
    let refused = server
        .client
        .clone()
        .chat(ask("openai/gpt-5", "hi"))
        .await
        .unwrap_err();
    assert_eq!(reason(&refused), "MODEL_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_carries_what_it_costs_or_nothing() {
    let server = start(&[]).await;
    let mut client = client(&server);
    let cost = async |model: &str| {
        let answer = server
            .client
            .clone()
            .chat(ask(model, "hello there"))
            .await
            .unwrap();
        let trailer = answer.metadata().get("crux-cost-nano-usd").cloned();
        let usage = answer.into_inner().outcome.unwrap().usage.unwrap();
        let trailer = trailer.map(|cost| cost.to_str().unwrap().parse::<i64>().unwrap());
        assert_eq!(trailer, usage.cost_nano_usd, "{model}");
        usage
    };

    let priced = pb::Model {
        id: "anthropic/claude-sonnet-4-5".to_owned(),
        pricing: Some(pb::Pricing {
            input: Some(3_000_000_000),
            output: Some(15_000_000_000),
            version: "ours".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    update(&mut client, priced, &["pricing"]).await.unwrap();
    let usage = cost("anthropic/claude-sonnet-4-5").await;
    let expected =
        i64::from(usage.input_tokens.unwrap()) * 3_000 + i64::from(usage.output_tokens.unwrap()) * 15_000;
    assert_eq!(usage.cost_nano_usd, Some(expected));
    assert_eq!(
        (usage.cost_basis(), usage.price_version.as_str()),
        (pb::CostBasis::Computed, "ours")
    );

    let streamed = server
        .stream(ask("anthropic/claude-sonnet-4-5", "hello there"))
        .await;
    assert_eq!(
        streamed.outcome().usage.as_ref().unwrap().cost_nano_usd,
        Some(expected)
    );

    let stated = cost("openrouter/openai/gpt-5-mini").await;
    assert_eq!(
        (stated.cost_basis(), stated.price_version.as_str()),
        (pb::CostBasis::Reported, "")
    );
    for unpriced in ["ollama/qwen3:4b", "anthropic/nobody-knows-it"] {
        let usage = cost(unpriced).await;
        assert_eq!(
            (usage.cost_nano_usd, usage.price_version.as_str()),
            (None, ""),
            "{unpriced}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_traffic_shows_is_learnt() {
    let server = start(&[]).await;
    let mut client = client(&server);
    // Not in the catalogue, and the list says nothing of it: only traffic can.
    refresh(&mut client, &["ollama"]).await;
    server.stream(ask("ollama/qwen3:4b", "hi")).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let known = get(&mut client, "ollama/qwen3:4b").await.capabilities.unwrap();
        if known.streaming == Some(true) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{known:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let used = get(&mut client, "ollama/qwen3:4b").await;
    assert!(used.last_use_time.is_some(), "{used:?}");
    let of_ollama = pb::ListModelsRequest {
        provider: "ollama".to_owned(),
        ..Default::default()
    };
    let listed = list(&mut client, of_ollama).await;
    let used: Vec<_> = listed
        .iter()
        .filter(|model| model.last_use_time.is_some())
        .collect();
    assert_eq!(used.len(), 1, "nothing else was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_by_themselves_when_somebody_looks() {
    let server = start(&[
        ("CRUX_REGISTRY__BACKGROUND", "true"),
        ("CRUX_REGISTRY__TTL", "50ms"),
    ])
    .await;
    let mut client = client(&server);
    let of_ollama = pb::ListModelsRequest {
        query: "qwen3:4b".to_owned(),
        ..Default::default()
    };
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while list(&mut client, of_ollama.clone()).await.is_empty() {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_list_tells_what_the_first_does_not() {
    let server = start(&[]).await;
    let mut sandboxed = client(&server);
    refresh(&mut sandboxed, &["xai"]).await;

    let both = get(&mut sandboxed, "xai/grok-4").await;
    let pricing = both.pricing.unwrap();
    assert_eq!(
        (pricing.input, pricing.output),
        (Some(2_000_000_000), Some(8_000_000_000))
    );
    assert!(pricing.version.starts_with("live@"), "{}", pricing.version);
    assert_eq!(both.context_window_tokens, Some(256_000), "of the first list");
    assert_eq!(both.input_modalities.len(), 2, "of the second");
    assert!(
        get(&mut sandboxed, "xai/grok-4-latest").await.list_time.is_some(),
        "its alias"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_before_a_change_never_takes_its_place() {
    let server = start(&[]).await;
    let mut client = client(&server);
    let mut other = client.clone();
    let refreshing = tokio::spawn(async move {
        loop {
            refresh(&mut other, &["openai", "anthropic", "gemini"]).await;
        }
    });

    for round in 0..150 {
        let model = pb::Model {
            id: "openai/gpt-5".to_owned(),
            display_name: format!("round {round}"),
            ..Default::default()
        };
        update(&mut client, model, &["display_name"]).await.unwrap();

        assert_eq!(
            get(&mut client, "openai/gpt-5").await.display_name,
            format!("round {round}")
        );
    }
    refreshing.abort();
}
