//! Who may call: bearer tokens, client certificates, and what needs neither.

use crux::rpc::pb;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::harness::{ask, reason, start};

fn with(header: &'static str, value: &str, request: pb::ChatRequest) -> tonic::Request<pb::ChatRequest> {
    let mut request = tonic::Request::new(request);
    request.metadata_mut().insert(header, value.parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_wanted_by_all_but_probes() {
    let server = start(&[("CRUX_AUTH__BEARER_TOKEN", "a-token-for-this-test-only")]).await;
    let chat = ask("openai/gpt-5", "hi");

    let status = server.client.clone().chat(chat.clone()).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (tonic::Code::Unauthenticated, "UNAUTHENTICATED")
    );
    for wrong in [
        "Bearer wrong",
        "Bearer ",
        "a-token-for-this-test-only",
        "Bearer a-token-for-this-test-onlyx",
    ] {
        let status = server
            .client
            .clone()
            .chat(with("authorization", wrong, chat.clone()))
            .await
            .unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unauthenticated, "{wrong}");
        assert!(!format!("{status:?}").contains("a-token-for"), "{status:?}");
    }
    let right = with("authorization", "Bearer a-token-for-this-test-only", chat);
    server.client.clone().chat(right).await.unwrap();

    let channel = Endpoint::from_shared(format!("http://{}", server.address))
        .unwrap()
        .connect()
        .await
        .unwrap();
    HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_id_comes_back_on_success_and_in_errors() {
    let server = start(&[]).await;
    let answer = server
        .client
        .clone()
        .chat(with("x-request-id", "call-42", ask("openai/gpt-5", "hi")))
        .await
        .unwrap();
    assert_eq!(answer.metadata().get("x-request-id").unwrap(), "call-42");

    let status = server
        .client
        .clone()
        .chat(with("x-request-id", "call-43", ask("x/y", "hi")))
        .await
        .unwrap_err();
    let details = tonic_types::StatusExt::get_error_details(&status);
    assert_eq!(details.request_info().unwrap().request_id, "call-43");

    let answer = server
        .client
        .clone()
        .chat(ask("openai/gpt-5", "hi"))
        .await
        .unwrap();
    assert_eq!(answer.metadata().get("x-request-id").unwrap().len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_serves_and_mutual_tls_wants_a_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let issue = |purpose: ExtendedKeyUsagePurpose| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.extended_key_usages.push(purpose);
        (
            params.signed_by(&key, &authority).unwrap().pem(),
            key.serialize_pem(),
        )
    };
    let (server_cert, server_key) = issue(ExtendedKeyUsagePurpose::ServerAuth);
    let (client_cert, client_key) = issue(ExtendedKeyUsagePurpose::ClientAuth);
    let (cert, key) = (file("cert.pem", &server_cert), file("key.pem", &server_key));
    let ca = file("ca.pem", &authority.pem());

    let server = start(&[
        ("CRUX_TLS__CERT", &cert),
        ("CRUX_TLS__KEY", &key),
        ("CRUX_TLS__CLIENT_CA", &ca),
    ])
    .await;
    let plain = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(authority.pem()))
        .domain_name("localhost");
    let mutual = plain
        .clone()
        .identity(Identity::from_pem(client_cert, client_key));
    let chat = async |tls: ClientTlsConfig| {
        let endpoint = Endpoint::from_shared(format!("https://{}", server.address))
            .unwrap()
            .tls_config(tls)
            .unwrap();
        let mut client = pb::chat_service_client::ChatServiceClient::new(endpoint.connect().await.ok()?);
        client.chat(ask("openai/gpt-5", "hi")).await.ok()
    };

    assert!(
        chat(mutual).await.is_some(),
        "a certificate of the authority is enough"
    );
    assert!(chat(plain).await.is_none(), "no certificate, no call");
}
