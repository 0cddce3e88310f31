//! A key-encryption key that never leaves HashiCorp Vault or OpenBao: their Transit engine wraps and unwraps.
//! Knows its paths and fields, not how they are sent.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::kek::{Kek, KekError};

/// Sends a JSON document to the service, with its token, and brings the answer.
#[async_trait]
pub trait KeyService: Send + Sync + Debug {
    /// Posts `body` to `path`.
    ///
    /// # Errors
    /// [`KekError::Unavailable`] or [`KekError::Refused`].
    async fn post(&self, path: &str, body: Value) -> Result<Value, KekError>;
}

/// A named key of a Transit engine. It must be of a type that takes additional data, such as `aes256-gcm96` or
/// `chacha20-poly1305`.
#[derive(Debug)]
pub struct TransitKek {
    id: String,
    mount: String,
    key: String,
    service: Arc<dyn KeyService>,
}

impl TransitKek {
    /// The key `key` of the engine at `mount`.
    pub fn new(mount: &str, key: &str, service: Arc<dyn KeyService>) -> Self {
        Self {
            id: format!("transit/{mount}/{key}"),
            mount: mount.to_owned(),
            key: key.to_owned(),
            service,
        }
    }

    async fn ask(&self, verb: &str, body: Value, answer: &str) -> Result<String, KekError> {
        let path = format!("/v1/{}/{verb}/{}", self.mount, self.key);
        let said = self.service.post(&path, body).await?;
        let field = said.get("data").and_then(|data| data.get(answer));
        field
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| KekError::Refused(format!("its answer lacks data.{answer}")))
    }
}

#[async_trait]
impl Kek for TransitKek {
    fn id(&self) -> &str {
        &self.id
    }

    fn is_far(&self) -> bool {
        true
    }

    async fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>, KekError> {
        let body = json!({
            "plaintext": STANDARD.encode(data_key),
            "associated_data": STANDARD.encode(context),
        });
        Ok(self.ask("encrypt", body, "ciphertext").await?.into_bytes())
    }

    async fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError> {
        let ciphertext = String::from_utf8_lossy(wrapped);
        let body = json!({"ciphertext": ciphertext, "associated_data": STANDARD.encode(context)});
        let text = Zeroizing::new(self.ask("decrypt", body, "plaintext").await?);
        let bytes = STANDARD.decode(text.as_bytes());
        let strange = |_| KekError::Refused("its answer is no base64".to_owned());
        Ok(Zeroizing::new(bytes.map_err(strange)?))
    }
}
