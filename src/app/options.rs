//! What the edge is told of the configuration: who calls, over which certificates, how much and for how long.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::StartError;
use crate::config::{self, Config};
use crate::rpc::{Access, Grant, Options, Tls, Web};
use crate::tenancy::Directory;

/// Reads the certificates that the configuration names, too.
pub(super) fn options(config: &Config, directory: Arc<Directory>) -> Result<Options, StartError> {
    let server = &config.server;
    let tls = config.tls.as_ref().map(tls).transpose()?;
    let mut features = Vec::new();
    if config.sandbox.enabled {
        features.push("sandbox".to_owned());
    }
    if server.reflection {
        features.push("reflection".to_owned());
    }
    if config.web.enabled {
        features.push("grpc_web".to_owned());
    }
    Ok(Options {
        access: Access {
            token: config.auth.bearer_token.clone(),
            takes_certificates: tls.as_ref().is_some_and(|tls| tls.client_ca.is_some()),
            certificates: grants(config),
            directory,
            is_loopback: server.listen.ip().is_loopback(),
            failures_per_minute: config.auth.failures_per_minute,
        },
        tls,
        max_request_bytes: server.max_request_bytes,
        max_response_bytes: config.limits.max_response_bytes,
        max_generation_duration: config.timeouts.generation,
        max_connection_age: server.max_connection_age,
        max_connection_age_grace: server.max_connection_age_grace,
        keepalive_interval: server.keepalive_interval,
        keepalive_timeout: server.keepalive_timeout,
        max_concurrent_streams: server.max_concurrent_streams,
        drain_grace: server.drain_grace,
        web: config.web.enabled.then(|| web(&config.web)),
        has_reflection: server.reflection,
        features,
    })
}

fn web(web: &config::Web) -> Web {
    let origins = match &web.allowed_origins {
        config::Origins::Any => None,
        // An origin that was read is ASCII.
        config::Origins::Only(origins) => Some(origins.iter().flat_map(|origin| origin.parse()).collect()),
    };
    Web {
        origins,
        max_age: web.max_age,
    }
}

fn grants(config: &Config) -> BTreeMap<String, Grant> {
    let grant = |(name, grant): (&String, &config::CertificateGrant)| {
        let config::CertificateGrant { tenant, scopes } = grant.clone();
        let tenant_id = tenant;
        (name.clone(), Grant { tenant_id, scopes })
    };
    config.auth.certificates.iter().map(grant).collect()
}

fn tls(tls: &config::Tls) -> Result<Tls, StartError> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|source| StartError::File {
            path: path.display().to_string(),
            source,
        })
    };
    Ok(Tls {
        certificate: read(&tls.cert)?,
        key: read(&tls.key)?.into(),
        client_ca: tls.client_ca.as_deref().map(read).transpose()?,
    })
}
