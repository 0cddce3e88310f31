//! `grpc.health.v1`: for "", every service and `provider/<id>`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::domain::time::Timestamp;
use crate::engine::Engine;
use crate::rpc::pb;

/// Tells the truth about the server: everything serves until it drains, a provider if it has its key.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    services: Vec<String>,
    /// What was last said of each provider.
    providers: BTreeMap<String, bool>,
}

impl Health {
    pub(super) async fn new(reporter: HealthReporter, engine: &Engine) -> Self {
        let services = vec![
            String::new(),
            pb::chat_service_server::SERVICE_NAME.to_owned(),
            pb::key_vault_service_server::SERVICE_NAME.to_owned(),
            pb::server_service_server::SERVICE_NAME.to_owned(),
            pb::admin_service_server::SERVICE_NAME.to_owned(),
        ];
        for service in &services {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        let mut health = Self {
            reporter,
            services,
            providers: BTreeMap::new(),
        };
        health.tell(engine).await;
        health
    }

    /// Says of every provider whether it has what it needs to be called.
    async fn tell(&mut self, engine: &Engine) {
        for (provider, is_ready) in engine.providers(now()) {
            if self.providers.get(provider) == Some(&is_ready) {
                continue;
            }
            let status = if is_ready {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            self.reporter.set_service_status(name(provider), status).await;
            self.providers.insert(provider.to_owned(), is_ready);
        }
    }

    /// Keeps what is said of the providers true. Never returns. Cancel-safe.
    pub(super) async fn follow(&mut self, engine: &Engine) -> Infallible {
        let mut changes = engine.keys().changes();
        loop {
            self.tell(engine).await;
            // Elapsed is a reason too: keys expire, and are tried again, by the clock.
            let _ = tokio::time::timeout(REVIEW, changes.changed()).await;
        }
    }

    /// Says `NOT_SERVING` for everything, before the first connection is told to go.
    pub(super) async fn drain(&self) {
        let providers = self.providers.keys().map(|provider| name(provider));
        for service in self.services.iter().cloned().chain(providers) {
            self.reporter
                .set_service_status(service, ServingStatus::NotServing)
                .await;
        }
    }
}

/// How often the providers' readiness is looked at when nobody changes a key.
const REVIEW: Duration = Duration::from_secs(10);

fn name(provider: &str) -> String {
    format!("provider/{provider}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a key has expired is a question of now"
)]
fn now() -> Timestamp {
    SystemTime::now().into()
}
