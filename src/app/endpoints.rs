//! The providers of a configuration, each with its address, headers, limits and dialects.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::StartError;
use crate::config::{self, AuthScheme, Config, Dialect};
use crate::providers::{ALL, Auth, DialectName, Dialects, Endpoint, Timeouts};
use crate::resilience::backoff::Backoff;
use crate::sandbox;

/// Those that are enabled; where there is a sandbox at `sandbox`, it stands in for each it can play.
pub(super) fn endpoints(config: &Config, sandbox: Option<SocketAddr>) -> Result<Vec<Endpoint>, StartError> {
    let enabled = config.providers.iter().filter(|(_, provider)| provider.enabled);
    enabled
        .map(|(id, provider)| endpoint(config, id, provider, sandbox))
        .collect()
}

fn endpoint(
    config: &Config,
    id: &str,
    provider: &config::Provider,
    sandbox: Option<SocketAddr>,
) -> Result<Endpoint, StartError> {
    let built_in = ALL.iter().copied().find(|built_in| built_in.id == id);
    let own_auth = built_in.map(|built_in| built_in.auth);
    let dialect_auth = || {
        provider
            .dialect
            .map_or(Auth::Bearer, |dialect| auth(dialect.vendor_auth()))
    };
    let configured_url = provider.base_url.as_ref().map(config::BaseUrl::as_str);
    let base_url = configured_url
        .or(built_in.map(|built_in| built_in.base_url))
        .unwrap_or_default();
    let mut endpoint = Endpoint {
        id: id.to_owned(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        auth: provider.auth.map(auth).or(own_auth).unwrap_or_else(dialect_auth),
        key_sources: provider.key_env_names.clone(),
        headers: headers(id, provider)?,
        timeouts: timeouts(config.timeouts_for(id)),
        backoff: backoff(config.retry_for(id)),
        dialects: Dialects {
            built_in,
            by_model: by_model(provider),
            configured: provider.dialect.map(dialect_name),
        },
    };
    if let (Some(address), Some(path)) = (sandbox, sandbox::base_path(id)) {
        endpoint.base_url = format!("http://{address}{path}");
    }
    Ok(endpoint)
}

fn headers(id: &str, provider: &config::Provider) -> Result<Vec<(HeaderName, HeaderValue)>, StartError> {
    let header = |(name, value): (&String, &SecretString)| {
        let unusable = || StartError::Header {
            provider: id.to_owned(),
            name: name.clone(),
        };
        let mut header = HeaderValue::try_from(value.expose_secret()).map_err(|_| unusable())?;
        header.set_sensitive(true);
        Ok((
            HeaderName::try_from(name.as_str()).map_err(|_| unusable())?,
            header,
        ))
    };
    provider.headers.iter().map(header).collect()
}

fn by_model(provider: &config::Provider) -> BTreeMap<String, DialectName> {
    let models = provider.models.iter();
    models
        .filter_map(|(model, own)| Some((model.clone(), dialect_name(own.dialect?))))
        .collect()
}

fn timeouts(timeouts: config::Timeouts) -> Timeouts {
    let config::Timeouts {
        connect,
        first_token,
        idle,
        generation,
    } = timeouts;
    Timeouts {
        connect,
        first_token,
        idle,
        generation,
    }
}

fn backoff(retry: config::Retry) -> Backoff {
    let config::Retry {
        max_attempts,
        backoff_initial,
        backoff_max,
    } = retry;
    Backoff {
        max_attempts,
        initial: backoff_initial,
        max: backoff_max,
    }
}

fn auth(scheme: AuthScheme) -> Auth {
    match scheme {
        AuthScheme::Bearer => Auth::Bearer,
        AuthScheme::XApiKey => Auth::Header("x-api-key"),
        AuthScheme::XGoogApiKey => Auth::Header("x-goog-api-key"),
        AuthScheme::None => Auth::None,
    }
}

fn dialect_name(dialect: Dialect) -> DialectName {
    match dialect {
        Dialect::OpenaiChat => DialectName::OpenaiChat,
        Dialect::OpenaiResponses => DialectName::OpenaiResponses,
        Dialect::AnthropicMessages => DialectName::AnthropicMessages,
        Dialect::GeminiGenerate => DialectName::GeminiGenerate,
        Dialect::OllamaChat => DialectName::OllamaChat,
    }
}
