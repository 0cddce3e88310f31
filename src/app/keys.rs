//! Where the vault's keys come from: the configured key-encryption keys, else one beside the embedded database, and
//! the provider keys of the configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;

use super::data::Place;
use crate::config::{self, Config, KeySource};
use crate::store::Store;
use crate::upstream::JsonClient;
use crate::vault::{
    Configured, Kek, KekError, Keks, KeyService, LocalKek, Ring, Rules, Source, TransitKek, Vault,
};

/// Makes the vault over `store`, which is at `place`. `sandboxed` are the providers that the sandbox answers for.
pub(super) fn vault(
    config: &Config,
    store: Arc<dyn Store>,
    place: &Place,
    sandboxed: &[&str],
) -> Result<Vault, KekError> {
    let rules = Rules {
        order: config.vault.key_order.map(source).to_vec(),
        retry_rejected_after: config.vault.retry_rejected_after,
    };
    let ring = Ring::new(rules, configured(config, sandboxed));
    Ok(Vault::new(store, keks(config, place)?, Arc::new(ring)))
}

fn source(source: KeySource) -> Source {
    match source {
        KeySource::Tenant => Source::Tenant,
        KeySource::Config => Source::Config,
        KeySource::Shared => Source::Shared,
    }
}

fn configured(config: &Config, sandboxed: &[&str]) -> BTreeMap<String, Configured> {
    let enabled = config.providers.iter().filter(|(_, provider)| provider.enabled);
    let key = |(id, provider): (&String, &config::Provider)| {
        let configured = if sandboxed.contains(&id.as_str()) {
            Configured {
                // Any key will do there, and none of the environment should go.
                secret: SecretString::from("sandbox"),
                sources: "the sandbox's key".to_owned(),
                is_stand_in: true,
            }
        } else {
            Configured {
                secret: provider.key.clone()?,
                sources: format!("the key from {}", provider.key_env_names.join(" or ")),
                is_stand_in: false,
            }
        };
        Some((id.clone(), configured))
    };
    enabled.filter_map(key).collect()
}

/// All key-encryption keys, the one that seals first.
fn keks(config: &Config, place: &Place) -> Result<Keks, KekError> {
    let current = config.vault.current();
    let mut keks = Vec::new();
    for (name, kek) in &config.vault.keks {
        let made = make(kek)?;
        if current == Some(name) {
            keks.insert(0, made);
        } else {
            keks.push(made);
        }
    }
    let beside = match place {
        Place::File(path) => beside(path),
        Place::Scratch => {
            keks.push(Arc::new(LocalKek::draw()?));
            return Ok(Keks::new(keks));
        }
        Place::Server => return Ok(Keks::new(keks)),
    };
    if keks.is_empty() {
        let (kek, is_drawn) = LocalKek::from_file_or_drawn(&beside)?;
        if is_drawn {
            tracing::warn!(
                file = %beside.display(),
                "made a key-encryption key beside the database: a copy of the database alone opens no stored key, \
                 a copy of both opens all; set [vault.keks.<name>] to keep it elsewhere, and back it up"
            );
        }
        keks.push(Arc::new(kek));
    } else if beside.exists() {
        // What was sealed before another one was configured must open until it is wrapped anew.
        keks.push(Arc::new(LocalKek::from_file(&beside)?));
    }
    Ok(Keks::new(keks))
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".kek");
    PathBuf::from(name)
}

fn make(kek: &config::Kek) -> Result<Arc<dyn Kek>, KekError> {
    if let Some(file) = &kek.file {
        return Ok(Arc::new(LocalKek::from_file(file)?));
    }
    if let Some(key) = &kek.key {
        return Ok(Arc::new(LocalKek::from_text(key)?));
    }
    match (&kek.url, &kek.transit_key, &kek.token) {
        (Some(url), Some(key), Some(token)) => {
            let client = JsonClient::new(url.as_str(), "x-vault-token", token)
                .map_err(|error| KekError::Unavailable(error.to_string()))?;
            Ok(Arc::new(TransitKek::new(
                &kek.mount,
                key,
                Arc::new(TransitServer(client)),
            )))
        }
        _ => Err(KekError::None),
    }
}

/// A HashiCorp Vault or OpenBao server.
#[derive(Debug)]
struct TransitServer(JsonClient);

#[async_trait]
impl KeyService for TransitServer {
    async fn post(&self, path: &str, body: Value) -> Result<Value, KekError> {
        let answered = self.0.post(path, &body).await;
        let (status, answer) = answered.map_err(|error| KekError::Unavailable(error.to_string()))?;
        match status {
            200..300 => Ok(answer),
            // Sealed, standby, overloaded.
            429 | 472.. => Err(KekError::Unavailable(format!("HTTP status {status}"))),
            _ => Err(KekError::Refused(format!(
                "HTTP status {status}: {}",
                said(&answer)
            ))),
        }
    }
}

/// The service's own words, which hold no secret but may be long.
fn said(answer: &Value) -> String {
    let errors = answer.get("errors").and_then(Value::as_array);
    let errors = errors.into_iter().flatten().filter_map(Value::as_str);
    let said = errors.collect::<Vec<_>>().join("; ");
    said.chars().take(200).collect()
}

#[cfg(test)]
mod tests;
