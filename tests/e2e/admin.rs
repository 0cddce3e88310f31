//! Administration as its callers see it: tenants, tokens, and the record of who did what.

use std::collections::BTreeMap;

use crux::rpc::pb;
use crux::rpc::pb::tenant::State;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::callers::{admin, chat, create_tenant, create_token, first_token, wanted};
use crate::harness::{reason, start};

fn get(id: &str) -> pb::GetTenantRequest {
    pb::GetTenantRequest {
        tenant_id: id.to_owned(),
    }
}

fn update(tenant: pb::Tenant, paths: &[&str]) -> pb::UpdateTenantRequest {
    pb::UpdateTenantRequest {
        tenant: Some(tenant),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
    }
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().unwrap().field_violations.iter();
    violations.map(|violation| violation.field.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_created_read_changed_in_part_and_deleted() {
    let server = start(&[]).await;
    let mut client = admin(&server, "");
    let wanted = pb::Tenant {
        display_name: "Acme".to_owned(),
        policy: Some(pb::TenantPolicy {
            allowed_models: vec!["openai/*".to_owned()],
            denied_models: vec!["*-pro".to_owned()],
        }),
        labels: BTreeMap::from([("team".to_owned(), "search".to_owned())]),
        ..Default::default()
    };
    let create = pb::CreateTenantRequest {
        tenant_id: "acme".to_owned(),
        tenant: Some(wanted.clone()),
    };
    let created = client
        .create_tenant(create.clone())
        .await
        .unwrap()
        .into_inner()
        .tenant
        .unwrap();
    assert_eq!((created.id.as_str(), created.state()), ("acme", State::Active));
    assert_eq!(created.policy, wanted.policy);
    assert_eq!(created.create_time, created.update_time);
    let status = client.create_tenant(create).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::AlreadyExists, "RESOURCE_EXISTS")
    );
    assert_eq!(
        client
            .get_tenant(get("acme"))
            .await
            .unwrap()
            .into_inner()
            .tenant
            .unwrap(),
        created
    );

    let change = pb::Tenant {
        id: "acme".to_owned(),
        display_name: "Acme & Co".to_owned(),
        ..Default::default()
    };
    let changed = client
        .update_tenant(update(change, &["display_name", "policy.denied_models"]))
        .await
        .unwrap()
        .into_inner()
        .tenant
        .unwrap();
    assert_eq!(changed.display_name, "Acme & Co");
    let policy = changed.policy.clone().unwrap();
    assert_eq!(
        policy.allowed_models,
        ["openai/*"],
        "what the mask does not name stays"
    );
    assert!(policy.denied_models.is_empty());
    assert_eq!(changed.labels, created.labels);
    assert_ne!(changed.etag, created.etag);

    let status = client
        .update_tenant(update(created.clone(), &["labels"]))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let delete = |etag: &str| pb::DeleteTenantRequest {
        tenant_id: "acme".to_owned(),
        etag: etag.to_owned(),
    };
    assert_eq!(
        client
            .delete_tenant(delete(&created.etag))
            .await
            .unwrap_err()
            .code(),
        Code::Aborted
    );
    client.delete_tenant(delete(&changed.etag)).await.unwrap();
    let status = client.get_tenant(get("acme")).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::NotFound, "RESOURCE_NOT_FOUND")
    );
    let details = status.get_error_details();
    assert_eq!(details.resource_info().unwrap().resource_name, "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_every_bad_field() {
    let server = start(&[]).await;
    let mut client = admin(&server, "");
    let bad = pb::CreateTenantRequest {
        tenant_id: "Acme!".to_owned(),
        tenant: Some(pb::Tenant {
            display_name: "x".repeat(1000),
            policy: Some(pb::TenantPolicy {
                allowed_models: vec![String::new()],
                ..Default::default()
            }),
            ..Default::default()
        }),
    };
    let status = client.create_tenant(bad).await.unwrap_err();
    assert_eq!(
        fields(&status),
        [
            "tenant_id",
            "tenant.display_name",
            "tenant.policy.allowed_models[0]"
        ]
    );

    let tenant = pb::Tenant {
        id: "local".to_owned(),
        ..Default::default()
    };
    let status = client
        .update_tenant(update(tenant.clone(), &["id"]))
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["update_mask.paths[0]"]);
    let suspended = pb::Tenant {
        state: State::Suspended.into(),
        ..tenant
    };
    let status = client
        .update_tenant(update(suspended, &["state"]))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let delete = pb::DeleteTenantRequest {
        tenant_id: "local".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        client.delete_tenant(delete).await.unwrap_err().code(),
        Code::FailedPrecondition
    );

    let status = client
        .create_api_token(wanted("local", &["chat", "root"]))
        .await
        .unwrap_err();
    assert_eq!(fields(&status), ["api_token.scopes[1]"]);
    let status = client.create_api_token(wanted("local", &[])).await.unwrap_err();
    assert_eq!(fields(&status), ["api_token.scopes"]);
    let mut past = wanted("local", &["chat"]);
    past.api_token.as_mut().unwrap().expire_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
    let status = client.create_api_token(past).await.unwrap_err();
    assert_eq!(fields(&status), ["api_token.expire_time"]);
    let status = client
        .create_api_token(wanted("nobody", &["chat"]))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_are_listed_in_pages() {
    let server = start(&[]).await;
    let mut client = admin(&server, "");
    for number in 0..5 {
        create_tenant(&mut client, &format!("t{number}"), pb::TenantPolicy::default()).await;
    }
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListTenantsRequest {
            page_size: 2,
            page_token,
        };
        let page = client.list_tenants(request).await.unwrap().into_inner();
        assert!(page.tenants.len() <= 2);
        seen.extend(page.tenants.into_iter().map(|tenant| tenant.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["local", "t0", "t1", "t2", "t3", "t4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_at_once_and_its_secret_is_told_once() {
    let server = start(&[]).await;
    chat(&server, "", "openai/gpt-5").await.unwrap();
    let root = first_token(&server).await;
    let status = chat(&server, "", "openai/gpt-5").await.unwrap_err();
    assert_eq!(
        status.code(),
        Code::Unauthenticated,
        "whoever gives out a token wants to see it"
    );
    let mut client = admin(&server, &root);
    create_tenant(&mut client, "acme", pb::TenantPolicy::default()).await;

    let created = client
        .create_api_token(wanted("acme", &["chat"]))
        .await
        .unwrap()
        .into_inner();
    assert!(!format!("{created:?}").contains(&created.secret));
    let token = created.api_token.unwrap();
    assert!(created.secret.starts_with(&format!("crux_{}_", token.id)));
    assert!(created.secret.ends_with(&token.hint));
    chat(&server, &created.secret, "openai/gpt-5").await.unwrap();

    let list = pb::ListApiTokensRequest {
        tenant_id: "acme".to_owned(),
        ..Default::default()
    };
    let listed = client
        .list_api_tokens(list)
        .await
        .unwrap()
        .into_inner()
        .api_tokens;
    assert_eq!(listed.len(), 1);
    assert!(!format!("{listed:?}").contains(&created.secret));
    let delete = pb::DeleteTenantRequest {
        tenant_id: "acme".to_owned(),
        ..Default::default()
    };
    client.delete_tenant(delete).await.unwrap();
    let status = chat(&server, &created.secret, "openai/gpt-5").await.unwrap_err();
    assert_eq!(
        status.code(),
        Code::Unauthenticated,
        "a tenant's tokens go with it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_leaves_a_record_whatever_came_of_it() {
    let server = start(&[]).await;
    let root = first_token(&server).await;
    let mut client = admin(&server, &root);
    create_tenant(&mut client, "acme", pb::TenantPolicy::default()).await;
    let (id, secret) = create_token(&mut client, "acme", &["chat"]).await;
    client.get_tenant(get("nobody")).await.unwrap_err();
    admin(&server, &secret).get_tenant(get("acme")).await.unwrap_err();

    let records = client
        .list_audit_records(pb::ListAuditRecordsRequest::default())
        .await
        .unwrap()
        .into_inner()
        .audit_records;

    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let action = record.action.strip_prefix("crux.v1.AdminService/").unwrap();
            (
                action,
                record.target.as_str(),
                record.outcome.as_str(),
                record.tenant_id.as_str(),
            )
        })
        .collect();
    let first = records.last().unwrap();
    assert_eq!(
        told,
        [
            ("GetTenant", "", "PERMISSION_DENIED", "acme"),
            ("GetTenant", "nobody", "RESOURCE_NOT_FOUND", "local"),
            ("CreateApiToken", id.as_str(), "OK", "local"),
            ("CreateTenant", "acme", "OK", "local"),
            ("CreateApiToken", first.target.as_str(), "OK", "local"),
        ]
    );
    assert_eq!(first.api_token_id, "", "nobody had a token yet");
    assert!(records.iter().all(|record| record.peer.starts_with("127.0.0.1:")));
    assert!(
        records
            .iter()
            .all(|record| !record.request_id.is_empty() && record.create_time.is_some())
    );
    assert!(!format!("{records:?}").contains(&secret));

    let of_acme = pb::ListAuditRecordsRequest {
        tenant_id: "acme".to_owned(),
        ..Default::default()
    };
    let records = client
        .list_audit_records(of_acme)
        .await
        .unwrap()
        .into_inner()
        .audit_records;
    assert_eq!(records.len(), 1);
}
