//! Who may do what: every RPC for every kind of caller, and what holds on a second server within a second.

use std::time::{Duration, Instant};

use crux::app::{BootstrapError, Server, StartError, bootstrap, builtin_providers};
use crux::config::{Config, Overrides};
use crux::rpc::pb;
use crux::rpc::pb::server_service_client::ServerServiceClient;
use http::uri::PathAndQuery;
use prost::Message as _;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Connection as _, Executor as _};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::callers::{
    Wire, admin, chat, create_tenant, create_token, first_token, revoke, suspend, wanted, wire,
};
use crate::harness::{Running, Settings, ask, faulty, reason, start, start_beside};

/// An RPC of the contract.
struct Rpc {
    path: String,
    is_stream: bool,
}

fn rpcs() -> Vec<Rpc> {
    let descriptors = prost_types::FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap();
    let mut rpcs = Vec::new();
    for file in &descriptors.file {
        for service in &file.service {
            for method in &service.method {
                rpcs.push(Rpc {
                    path: format!("/{}.{}/{}", file.package(), service.name(), method.name()),
                    is_stream: method.server_streaming(),
                });
            }
        }
    }
    rpcs
}

/// Calls an RPC with an empty message, which is all that the edge looks at.
async fn call(wire: Wire, rpc: &Rpc) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(wire);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::try_from(rpc.path.as_str()).unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let request = tonic::Request::new(());
    if rpc.is_stream {
        let mut answers = grpc.server_streaming(request, path, codec).await?.into_inner();
        while answers.message().await?.is_some() {}
        Ok(())
    } else {
        grpc.unary(request, path, codec).await.map(drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_knows_a_good_caller_from_every_other() {
    let server = start(&[("CRUX_AUTH__FAILURES_PER_MINUTE", "100000")]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    for tenant in ["acme", "lost"] {
        create_tenant(&mut administration, tenant, pb::TenantPolicy::default()).await;
    }
    let every = [
        "chat",
        "models",
        "keys",
        "logs",
        "usage",
        "preferences",
        "tokens",
        "admin",
    ];
    let (_, suspended) = create_token(&mut administration, "lost", &every).await;
    suspend(&mut administration, "lost").await;
    let (id, revoked) = create_token(&mut administration, "acme", &every).await;
    revoke(&mut administration, &id).await;
    let mut soon = wanted("acme", &every);
    let end = std::time::SystemTime::now() + Duration::from_millis(500);
    soon.api_token.as_mut().unwrap().expire_time = Some(end.into());
    let expired = administration
        .create_api_token(soon)
        .await
        .unwrap()
        .into_inner()
        .secret;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let (_, good) = create_token(&mut administration, "acme", &every).await;
    let wrong = format!("{}0000", &good[..good.len() - 4]);
    let unknown = good.replacen("crux_", "crux_0", 1);

    for rpc in rpcs() {
        let refused = [
            ("none", ""),
            ("malformed", "nonsense"),
            ("unknown", &unknown),
            ("wrong", &wrong),
            ("expired", &expired),
            ("revoked", &revoked),
            ("of a suspended tenant", &suspended),
        ];
        for (kind, token) in refused {
            let status = call(wire(&server, token), &rpc).await.unwrap_err();
            assert_eq!(status.code(), Code::Unauthenticated, "{kind} {}", rpc.path);
            assert_eq!(reason(&status), "UNAUTHENTICATED", "{kind} {}", rpc.path);
            assert!(
                token.is_empty() || !format!("{status:?}").contains(token),
                "{status:?}"
            );
        }
        for token in [&good, &root] {
            let code = call(wire(&server, token), &rpc)
                .await
                .map_or_else(|status| status.code(), |()| Code::Ok);
            assert!(
                !matches!(code, Code::Unauthenticated | Code::PermissionDenied),
                "{} {code}",
                rpc.path
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_names_the_scope_that_its_caller_lacks() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let mut by_scope = Vec::new();
    for scope in [
        "chat",
        "models",
        "keys",
        "logs",
        "usage",
        "preferences",
        "tokens",
        "admin",
    ] {
        by_scope.push((scope, create_token(&mut administration, "acme", &[scope]).await.1));
    }

    for rpc in rpcs() {
        let mut admitted = Vec::new();
        let mut named = Vec::new();
        for (scope, token) in &by_scope {
            match call(wire(&server, token), &rpc).await {
                Err(status) if status.code() == Code::PermissionDenied => {
                    assert_eq!(reason(&status), "PERMISSION_DENIED", "{}", rpc.path);
                    let details = status.get_error_details();
                    named.push(
                        details
                            .error_info()
                            .unwrap()
                            .metadata
                            .get("scope")
                            .unwrap()
                            .clone(),
                    );
                }
                Err(status) if status.code() == Code::Unauthenticated => {
                    panic!("{} {scope} {status:?}", rpc.path)
                }
                Ok(()) | Err(_) => admitted.push(*scope),
            }
        }
        assert!(!admitted.is_empty(), "{} is nobody's", rpc.path);
        for scope in &named {
            assert!(
                admitted.contains(&scope.as_str()),
                "{} {admitted:?} {scope}",
                rpc.path
            );
        }
        let is_for_all = rpc.path == "/crux.v1.ServerService/GetServerInfo";
        assert_eq!(named.is_empty(), is_for_all, "{} {admitted:?}", rpc.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_another_tenants_looks_as_if_it_were_not_there() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    for tenant in ["acme", "other"] {
        create_tenant(&mut administration, tenant, pb::TenantPolicy::default()).await;
    }
    let (foreign, _) = create_token(&mut administration, "other", &["chat"]).await;
    let (_, own) = create_token(&mut administration, "acme", &["tokens", "chat"]).await;
    let mut acme = admin(&server, &own);
    let told = |status: Status| (status.code(), reason(&status), status.message().to_owned());

    let list = |tenant_id: &str| pb::ListApiTokensRequest {
        tenant_id: tenant_id.to_owned(),
        ..Default::default()
    };
    let of_other = told(acme.list_api_tokens(list("other")).await.unwrap_err());
    let of_nobody = told(acme.list_api_tokens(list("nobody")).await.unwrap_err());
    assert_eq!(of_other.0, Code::NotFound);
    assert_eq!(of_other.2.replace("other", "nobody"), of_nobody.2);
    let revoke = |id: &str| pb::RevokeApiTokenRequest {
        api_token_id: id.to_owned(),
    };
    let of_other = told(acme.revoke_api_token(revoke(&foreign)).await.unwrap_err());
    let of_nobody = told(acme.revoke_api_token(revoke("nobody")).await.unwrap_err());
    assert_eq!(of_other.0, Code::NotFound);
    assert_eq!(of_other.2.replace(&foreign, "nobody"), of_nobody.2);
    let refused = acme
        .create_api_token(wanted("other", &["chat"]))
        .await
        .unwrap_err();
    assert_eq!(told(refused).1, "RESOURCE_NOT_FOUND");

    // Its own it may manage, as far as its own scopes go.
    let (id, _) = create_token(&mut acme, "", &["chat"]).await;
    let tokens = acme
        .list_api_tokens(list(""))
        .await
        .unwrap()
        .into_inner()
        .api_tokens;
    assert!(
        tokens
            .iter()
            .any(|token| token.id == id && token.tenant_id == "acme")
    );
    let refused = acme
        .create_api_token(wanted("", &["chat", "admin"]))
        .await
        .unwrap_err();
    assert_eq!(told(refused).1, "PERMISSION_DENIED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_token_is_good_as_soon_as_it_is_given() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let makers = (0..8).map(|_| {
        let mut administration = admin(&server, &root);
        let server = &server;
        async move {
            for _ in 0..300 {
                let (_, token) = create_token(&mut administration, "local", &["chat"]).await;
                let mut caller = ServerServiceClient::new(wire(server, &token));
                let known = caller.get_server_info(pb::GetServerInfoRequest {}).await;
                known.unwrap_or_else(|status| panic!("just given, and refused: {status:?}"));
            }
        }
    });
    futures_util::future::join_all(makers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_asked_only_where_the_policy_allows_it_as_a_fallback_too() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    let policy = pb::TenantPolicy {
        allowed_models: vec!["openai/*".to_owned(), "xai/*".to_owned()],
        denied_models: vec!["*-pro".to_owned()],
    };
    create_tenant(&mut administration, "acme", policy).await;
    let (_, token) = create_token(&mut administration, "acme", &["chat"]).await;

    chat(&server, &token, "openai/gpt-5").await.unwrap();
    chat(&server, &root, "anthropic/claude-sonnet-4-5").await.unwrap();
    for denied in ["anthropic/claude-sonnet-4-5", "openai/gpt-5-pro"] {
        let status = chat(&server, &token, denied).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{denied}");
        assert_eq!(reason(&status), "MODEL_NOT_ALLOWED", "{denied}");
    }
    let mut client = pb::chat_service_client::ChatServiceClient::new(wire(&server, &token));
    let request = pb::ChatRequest {
        routing: Some(pb::RoutingOptions {
            fallback_models: vec!["anthropic/claude-sonnet-4-5".to_owned()],
            ..Default::default()
        }),
        ..ask("openai/gpt-5+fault:500", "hi")
    };
    let status = client.chat(request).await.unwrap_err();
    assert_eq!(reason(&status), "MODEL_NOT_ALLOWED");
    let request = pb::CountTokensRequest {
        request: Some(ask("anthropic/claude-sonnet-4-5", "hi")),
    };
    let status = client.count_tokens(request).await.unwrap_err();
    assert_eq!(reason(&status), "MODEL_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_acts_for_a_tenant_and_nobody_else_does() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let (_, own) = create_token(&mut administration, "acme", &["chat"]).await;
    let whoami = async |token: &str, tenant: &str| {
        let mut client = ServerServiceClient::new(wire(&server, token));
        let mut request = tonic::Request::new(pb::GetServerInfoRequest {});
        request
            .metadata_mut()
            .insert("crux-tenant", tenant.parse().unwrap());
        let answer = client.get_server_info(request).await?;
        Ok::<_, Status>(answer.into_inner().caller.unwrap().tenant_id)
    };

    assert_eq!(whoami(&root, "acme").await.unwrap(), "acme");
    assert_eq!(whoami(&own, "acme").await.unwrap(), "acme");
    assert_eq!(whoami(&root, "nobody").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(
        whoami(&own, "local").await.unwrap_err().code(),
        Code::PermissionDenied
    );
}

/// The settings of two servers on one store.
pub(crate) struct Shared {
    pub(crate) name: &'static str,
    pub(crate) settings: Vec<(&'static str, String)>,
    _directory: tempfile::TempDir,
}

pub(crate) async fn shared_stores() -> Vec<Shared> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db").to_str().unwrap().to_owned();
    let mut stores = vec![Shared {
        name: "sqlite",
        settings: vec![("CRUX_STORE__PATH", path)],
        _directory: directory,
    }];
    if let Ok(server) = std::env::var("CRUX_TEST_POSTGRES") {
        let name = format!("crux_e2e_{}", uuid::Uuid::new_v4().simple());
        let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
        let statement = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        connection.execute(statement).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        stores.push(Shared {
            name: "postgres",
            settings: vec![("CRUX_STORE__URL", format!("{base}/{name}"))],
            _directory: tempfile::tempdir().unwrap(),
        });
    } else {
        assert!(
            std::env::var("CI").is_err(),
            "CRUX_TEST_POSTGRES is not set: a failure in CI"
        );
        eprintln!("!! SKIPPED on PostgreSQL: CRUX_TEST_POSTGRES is not set");
    }
    stores
}

/// How long until `token` is refused, or served, by `server`.
async fn until(server: &Running, token: &str, code: Code) -> Duration {
    let started = Instant::now();
    loop {
        let now = chat(server, token, "openai/gpt-5")
            .await
            .map_or_else(|status| status.code(), |_| Code::Ok);
        if now == code {
            return started.elapsed();
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{now}, not {code}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_and_a_suspended_tenant_are_refused_by_another_server_within_a_second() {
    for store in shared_stores().await {
        let settings: Vec<_> = store
            .settings
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let first = start(&settings).await;
        let root = first_token(&first).await;
        let second = start_beside(&first, &settings).await;
        let mut administration = admin(&first, &root);
        create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
        let (id, revoked) = create_token(&mut administration, "acme", &["chat"]).await;
        let (_, suspended) = create_token(&mut administration, "acme", &["chat"]).await;
        let limit = Duration::from_secs(1);
        for token in [&revoked, &suspended] {
            chat(&first, token, "openai/gpt-5").await.unwrap();
            assert!(until(&second, token, Code::Ok).await < limit, "{}", store.name);
        }

        revoke(&mut administration, &id).await;
        assert_eq!(
            chat(&first, &revoked, "openai/gpt-5").await.unwrap_err().code(),
            Code::Unauthenticated,
            "{}: at once where it was revoked",
            store.name
        );
        assert!(
            until(&second, &revoked, Code::Unauthenticated).await < limit,
            "{}",
            store.name
        );
        chat(&second, &suspended, "openai/gpt-5").await.unwrap();
        suspend(&mut administration, "acme").await;
        assert!(
            chat(&first, &suspended, "openai/gpt-5").await.is_err(),
            "{}",
            store.name
        );
        assert!(
            until(&second, &suspended, Code::Unauthenticated).await < limit,
            "{}",
            store.name
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_fails_too_often_waits_and_a_good_token_passes_all_the_same() {
    let server = start(&[
        ("CRUX_AUTH__FAILURES_PER_MINUTE", "10"),
        ("CRUX_AUTH__BEARER_TOKEN", "the-operators-own"),
    ])
    .await;
    let (_, good) = create_token(&mut admin(&server, "the-operators-own"), "local", &["chat"]).await;

    for number in 0..10 {
        let status = chat(&server, "wrong", "openai/gpt-5").await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{number}");
    }
    let status = chat(&server, "wrong", "openai/gpt-5").await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::ResourceExhausted, "RATE_LIMITED")
    );
    let delay = status
        .get_error_details()
        .retry_info()
        .unwrap()
        .retry_delay
        .unwrap();
    assert!(
        delay > Duration::ZERO && delay <= Duration::from_secs(6),
        "{delay:?}"
    );
    let status = chat(&server, "the-operators-own", "openai/gpt-5")
        .await
        .unwrap_err();
    assert_eq!(
        status.code(),
        Code::ResourceExhausted,
        "a word that may be guessed is not tried any more"
    );
    chat(&server, &good, "openai/gpt-5").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_stands_for_whom_its_name_is_configured() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let issue = |purpose: ExtendedKeyUsagePurpose, names: Vec<SanType>| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.subject_alt_names = names;
        params.extended_key_usages.push(purpose);
        (
            params.signed_by(&key, &authority).unwrap().pem(),
            key.serialize_pem(),
        )
    };
    let dns = |name: &str| SanType::DnsName(name.try_into().unwrap());
    let uri = |name: &str| SanType::URI(name.try_into().unwrap());
    let (server_cert, server_key) = issue(ExtendedKeyUsagePurpose::ServerAuth, vec![dns("localhost")]);
    let config = format!(
        "[tls]\ncert = {:?}\nkey = {:?}\nclient_ca = {:?}\n\
         [auth.certificates.\"spiffe://example.org/search\"]\ntenant = \"acme\"\nscopes = \"chat\"\n\
         [auth.certificates.\"root.example.org\"]\nscopes = \"admin tokens\"\n",
        file("cert.pem", &server_cert),
        file("key.pem", &server_key),
        file("ca.pem", &authority.pem()),
    );
    let server = start(&[("CRUX_CONFIG", &file("crux-test.toml", &config))]).await;
    let channel = async |names: Vec<SanType>| {
        let (cert, key) = issue(ExtendedKeyUsagePurpose::ClientAuth, names);
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(authority.pem()))
            .domain_name("localhost")
            .identity(Identity::from_pem(cert, key));
        let endpoint = Endpoint::from_shared(format!("https://{}", server.address)).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await.unwrap()
    };
    let chat = async |names: Vec<SanType>| {
        let mut client = pb::chat_service_client::ChatServiceClient::new(channel(names).await);
        let answer = client.chat(ask("openai/gpt-5", "hi")).await;
        answer.map_or_else(|status| status.code(), |_| Code::Ok)
    };
    let search = || vec![dns("pod.example.org"), uri("spiffe://example.org/search")];

    assert_eq!(
        chat(search()).await,
        Code::Unauthenticated,
        "its tenant is not there yet"
    );
    let root = channel(vec![dns("root.example.org")]).await;
    let mut root = pb::admin_service_client::AdminServiceClient::new(root);
    let request = pb::CreateTenantRequest {
        tenant_id: "acme".to_owned(),
        tenant: None,
    };
    root.create_tenant(request).await.unwrap();
    assert_eq!(chat(search()).await, Code::Ok);
    assert_eq!(chat(vec![dns("root.example.org")]).await, Code::PermissionDenied);
    assert_eq!(
        chat(vec![uri("spiffe://example.org/other")]).await,
        Code::Unauthenticated
    );
    assert_eq!(chat(vec![dns("example.org")]).await, Code::Unauthenticated);

    // What runs by a certificate ends with its tenant's right to call.
    let mut client = pb::chat_service_client::ChatServiceClient::new(channel(search()).await);
    let endless = ask(&faulty("openai/gpt-5", "gap=10ms,chunks=100000"), "hi");
    let mut stream = client.stream_chat(endless).await.unwrap().into_inner();
    stream.message().await.unwrap();
    let suspended = pb::UpdateTenantRequest {
        tenant: Some(pb::Tenant {
            id: "acme".to_owned(),
            state: pb::tenant::State::Suspended.into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["state".to_owned()],
        }),
    };
    root.update_tenant(suspended).await.unwrap();
    let until_its_end = async {
        while stream.message().await?.is_some() {}
        Ok::<_, Status>(())
    };
    let ended = tokio::time::timeout(Duration::from_secs(1), until_its_end).await;
    assert_eq!(reason(&ended.unwrap().unwrap_err()), "PERMISSION_DENIED");
}

#[tokio::test]
async fn an_open_address_is_served_once_there_is_a_first_token_which_is_made_once() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db").to_str().unwrap().to_owned();
    let settings = Settings([("CRUX_STORE__PATH".to_owned(), path)].into());
    let overrides = Overrides {
        listen: Some(([0, 0, 0, 0], 0).into()),
        ..Overrides::default()
    };
    let config = Config::load(&settings, &overrides, &builtin_providers())
        .unwrap()
        .config;

    let refused = Server::bind(&config).await.unwrap_err();
    assert!(matches!(refused, StartError::Exposed { .. }), "{refused}");
    assert!(refused.to_string().contains("crux admin bootstrap"));
    let first = bootstrap(&config).await.unwrap();
    let again = bootstrap(&config).await.unwrap_err();
    assert!(matches!(again, BootstrapError::Exists { id } if id == first.id));
    Server::bind(&config).await.unwrap();

    let shown = format!("{first:?}");
    let text: &SecretString = &first.text;
    assert!(!shown.contains(text.expose_secret()), "{shown}");
}
