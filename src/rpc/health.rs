//! `grpc.health.v1`: for "", every service and `provider/<id>`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::domain::time::Timestamp;
use crate::engine::Engine;
use crate::rpc::pb;
use crate::store::Reach;

/// How often the providers' readiness is looked at when nobody changes a key.
const REVIEW: Duration = Duration::from_secs(10);

/// Tells the truth about the server: what works serves, until it drains; a provider serves if it has its key.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    /// What was last said of each provider.
    providers: BTreeMap<String, bool>,
}

/// What a service needs of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    /// What is known of it, for as long as that may be trusted.
    Known,
    /// Every call reads or writes.
    Now,
}

/// The services; "" is the server as a whole, which is there for chats.
const SERVICES: [(&str, Need); 7] = [
    ("", Need::Known),
    (pb::chat_service_server::SERVICE_NAME, Need::Known),
    (pb::server_service_server::SERVICE_NAME, Need::Nothing),
    (pb::model_registry_service_server::SERVICE_NAME, Need::Known),
    (pb::key_vault_service_server::SERVICE_NAME, Need::Now),
    (pb::admin_service_server::SERVICE_NAME, Need::Now),
    (pb::preferences_service_server::SERVICE_NAME, Need::Now),
];

impl Health {
    pub(super) async fn new(reporter: HealthReporter, engine: &Engine) -> Self {
        let mut health = Self {
            reporter,
            providers: BTreeMap::new(),
        };
        health.tell_services(Reach::Answers).await;
        health.tell_providers(engine).await;
        health
    }

    /// Keeps what is said true as keys change and the database comes and goes. Never returns. Cancel-safe.
    pub(super) async fn follow(&mut self, engine: &Engine, mut reach: watch::Receiver<Reach>) -> Infallible {
        let mut keys = engine.keys().changes();
        loop {
            let now = *reach.borrow_and_update();
            self.tell_services(now).await;
            self.tell_providers(engine).await;
            tokio::select! {
                Ok(()) = reach.changed() => {}
                Ok(()) = keys.changed() => {}
                // Keys expire, and are tried again, by the clock.
                () = tokio::time::sleep(REVIEW) => {}
            }
        }
    }

    async fn tell_services(&self, reach: Reach) {
        for (service, need) in SERVICES {
            self.reporter
                .set_service_status(service, serving(need.is_met(reach)))
                .await;
        }
    }

    /// Says of every provider whether it has what it needs to be called.
    async fn tell_providers(&mut self, engine: &Engine) {
        for (provider, is_ready) in engine.providers(now()) {
            if self.providers.get(provider) != Some(&is_ready) {
                self.reporter
                    .set_service_status(name(provider), serving(is_ready))
                    .await;
                self.providers.insert(provider.to_owned(), is_ready);
            }
            self.reporter
                .set_service_status(name(provider), serving(is_ready))
                .await;
            self.providers.insert(provider.to_owned(), is_ready);
        }
    }

    /// Says `NOT_SERVING` for everything, before the first connection is told to go.
    pub(super) async fn drain(&self) {
        let services = SERVICES.iter().map(|(service, _)| (*service).to_owned());
        let providers = self.providers.keys().map(|provider| name(provider));
        for service in services.chain(providers) {
            self.reporter
                .set_service_status(service, ServingStatus::NotServing)
                .await;
        }
    }
}

impl Need {
    fn is_met(self, reach: Reach) -> bool {
        match self {
            Self::Nothing => true,
            Self::Known => reach != Reach::Lost,
            Self::Now => reach == Reach::Answers,
        }
    }
}

fn serving(is_serving: bool) -> ServingStatus {
    if is_serving {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    }
}

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

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::SERVICES;
    use crate::rpc::pb;

    #[test]
    fn every_service_of_the_contract_is_told_of() {
        let descriptors = prost_types::FileDescriptorSet::decode(pb::DESCRIPTORS).unwrap();
        for file in &descriptors.file {
            for service in &file.service {
                let name = format!("{}.{}", file.package(), service.name());
                assert!(SERVICES.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }
}
