//! Lists keys page by page: the vault's, which the store orders, and among them those of the configuration.

use crate::domain::error::Error;
use crate::domain::principal::Scope;
use crate::rpc::audit::Operation;
use crate::rpc::convert::key as convert;
use crate::rpc::keys::{KeyVault, bad, configured, visible};
use crate::rpc::page::Page;
use crate::rpc::{pb, scopes};
use crate::store::{KeyFilter, KeyPlace};

impl KeyVault {
    pub(super) async fn list(
        &self,
        operation: &Operation,
        request: pb::ListKeysRequest,
    ) -> Result<pb::ListKeysResponse, Error> {
        let pb::ListKeysRequest {
            page_size,
            page_token,
            provider,
            tenant_id,
        } = request;
        let own = visible(&operation.principal);
        if !tenant_id.is_empty() && own.is_some_and(|own| own != tenant_id) {
            return Err(scopes::denied(Scope::Admin));
        }
        let of = own.or(Some(tenant_id.as_str()).filter(|id| !id.is_empty()));
        let question = ["ListKeys", provider.as_str(), of.unwrap_or_default()];
        let page = Page::read(page_size, &page_token, &question)?;
        let after: Option<(String, i32, String)> = page
            .after()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|_| bad("page_token", "expected a token of a previous response"))?;
        let after = after.as_ref().map(|(provider, priority, id)| KeyPlace {
            provider,
            priority: *priority,
            id,
        });
        let filter = KeyFilter {
            provider: &provider,
            tenant_id: of,
        };
        let keys = self.vault.list(filter, after, page.limit()).await?;
        let mut keys: Vec<_> = keys
            .into_iter()
            .map(|key| convert::key(key, operation.now))
            .collect();
        if of.is_none() {
            let configured = self.vault.ring().configured().map(|key| configured::key(&key));
            let is_asked = |key: &pb::Key| provider.is_empty() || key.provider == provider;
            let follows = |key: &pb::Key| {
                after.is_none_or(|after| place(key) > (after.provider, after.priority, after.id))
            };
            keys.extend(configured.filter(|key| is_asked(key) && follows(key)));
            keys.sort_by(|one, other| place(one).cmp(&place(other)));
        }
        let (keys, next_page_token) = page.cut(keys, |key| serde_json::json!(place(key)).to_string());
        Ok(pb::ListKeysResponse {
            keys,
            next_page_token,
        })
    }
}

/// Where a key stands; the store compares bytes too.
fn place(key: &pb::Key) -> (&str, i32, &str) {
    (&key.provider, key.priority, &key.id)
}
