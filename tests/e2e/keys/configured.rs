//! Keys of the environment and the configuration: seen by those who see what all share, changed by nobody.

use crux::rpc::pb;
use crux::rpc::pb::key::{Source, State};
use crux::rpc::pb::key_vault_service_client::KeyVaultServiceClient;
use tonic::Status;

use super::{Shared, fields, new_key};
use crate::callers::{Wire, admin, create_tenant, create_token, first_token, wire};
use crate::harness::reason;

type Vault = KeyVaultServiceClient<Wire>;

const ID: &str = "config:mine";
const SECRET: &str = "good-canary-of-the-environment";

async fn ids(vault: &mut Vault, page_size: i32, tenant_id: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListKeysRequest {
            page_size,
            page_token,
            tenant_id: tenant_id.to_owned(),
            ..Default::default()
        };
        let page = vault.list_keys(request).await.unwrap().into_inner();
        ids.extend(page.keys.into_iter().map(|key| key.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return ids;
        }
    }
}

fn get(id: &str) -> pb::GetKeyRequest {
    pb::GetKeyRequest {
        key_id: id.to_owned(),
    }
}

/// Every call that would change the key of that id.
async fn changes(vault: &mut Vault, id: &str) -> Vec<Status> {
    let key_id = id.to_owned();
    let update = pb::UpdateKeyRequest {
        key: Some(pb::Key {
            id: id.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["priority".to_owned()],
        }),
    };
    let rotate = pb::RotateKeyRequest {
        key_id: key_id.clone(),
        secret: "good-canary-of-the-next".to_owned(),
        ..Default::default()
    };
    let disable = pb::SetKeyStateRequest {
        key_id: key_id.clone(),
        state: State::Disabled as i32,
        ..Default::default()
    };
    let delete = pb::DeleteKeyRequest {
        key_id,
        ..Default::default()
    };
    vec![
        vault.update_key(update).await.map(drop).unwrap_err(),
        vault.rotate_key(rotate).await.map(drop).unwrap_err(),
        vault.set_key_state(disable).await.map(drop).unwrap_err(),
        vault.delete_key(delete).await.map(drop).unwrap_err(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_environment_are_shown_to_admins_and_changed_by_nobody() {
    let shared = Shared::new().await;
    let server = shared.server(&[("CRUX_PROVIDERS__MINE__API_KEY", SECRET)]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let (_, own) = create_token(&mut administration, "acme", &["keys"]).await;
    let mut vault = Vault::new(wire(&server, &root));
    for (id, provider, priority) in [
        ("a", "mine", -1),
        ("d", "mine", 0),
        ("b", "mine", 0),
        ("z", "openai", 0),
    ] {
        let mut request = new_key(id, provider, priority, "good-canary-0123");
        request.key.as_mut().unwrap().tenant_id = "acme".to_owned();
        vault.create_key(request).await.unwrap();
    }

    for page_size in [1, 2, 3, 100] {
        let listed = ids(&mut vault, page_size, "").await;
        assert_eq!(listed, ["a", "b", ID, "d", "z"], "{page_size} a page");
    }
    assert_eq!(ids(&mut vault, 0, "acme").await, ["a", "b", "d", "z"]);
    let key = vault.get_key(get(ID)).await.unwrap().into_inner().key.unwrap();
    assert_eq!(
        (
            key.provider.as_str(),
            key.source(),
            key.state(),
            key.hint.as_str()
        ),
        ("mine", Source::Config, State::Active, "ment")
    );
    assert!(
        key.display_name.contains("CRUX_PROVIDERS__MINE__API_KEY"),
        "{key:?}"
    );
    let stored = vault.get_key(get("a")).await.unwrap().into_inner().key.unwrap();
    assert_eq!(stored.source(), Source::Vault);
    for status in changes(&mut vault, ID).await {
        assert_eq!(reason(&status), "INVALID_STATE");
        assert!(status.message().contains("crux keys add mine"), "{status:?}");
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
    }
    let request = pb::VerifyKeyRequest {
        key_id: ID.to_owned(),
    };
    assert!(vault.verify_key(request).await.unwrap().into_inner().valid);
    let taken = vault.create_key(new_key(ID, "mine", 0, "good-canary-0123")).await;
    assert_eq!(fields(&taken.unwrap_err()), ["key_id"]);

    // For everybody else it is not there.
    let mut foreign = Vault::new(wire(&server, &own));
    assert_eq!(ids(&mut foreign, 0, "").await, ["a", "b", "d", "z"]);
    let hidden = foreign.get_key(get(ID)).await.map(drop).unwrap_err();
    let missing = foreign.get_key(get("config:none")).await.map(drop).unwrap_err();
    assert_eq!(hidden.message().replace(ID, "config:none"), missing.message());
    for status in changes(&mut foreign, ID).await {
        assert_eq!(reason(&status), "RESOURCE_NOT_FOUND");
    }
}
