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

/// Tells the truth about the server: what works serves, until it drains; a provider serves if it has its key.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    /// What was last said of each name: whoever watches hears of changes alone.
    said: BTreeMap<String, bool>,
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
    (pb::preferences_service_server::SERVICE_NAME, Need::Now),
    (pb::admin_service_server::SERVICE_NAME, Need::Now),
    (pb::key_vault_service_server::SERVICE_NAME, Need::Now),
];

impl Health {
    pub(super) async fn new(reporter: HealthReporter, engine: &Engine) -> Self {
        let mut health = Self {
            reporter,
            said: BTreeMap::new(),
        };
        health.tell_services(Reach::Answers).await;
        health.tell_providers(engine).await;
        health
    }

    /// Keeps what is said true as the database and the keys come and go. Never returns. Cancel-safe.
    pub(super) async fn follow(&mut self, engine: &Engine, mut reach: watch::Receiver<Reach>) -> Infallible {
        let mut keys = engine.keys().changes();
        loop {
            let now = *reach.borrow_and_update();
            self.tell_services(now).await;
            self.tell_providers(engine).await;
            tokio::select! {
                // If nobody asks the database any more, how it stood last is all there is to say.
                Ok(()) = reach.changed() => {}
                Ok(()) = keys.changed() => {}
                // Keys expire, and are tried again, by the clock.
                () = tokio::time::sleep(REVIEW) => {}
            }
        }
    }

    async fn tell_services(&mut self, reach: Reach) {
        for (service, need) in SERVICES {
            self.say(service.to_owned(), need.is_met(reach)).await;
        }
    }

    /// Says of every provider whether it has what it needs to be called.
    async fn tell_providers(&mut self, engine: &Engine) {
        for (provider, is_ready) in engine.providers(now()) {
            self.say(format!("provider/{provider}"), is_ready).await;
        }
    }

    async fn say(&mut self, name: String, is_serving: bool) {
        if self.said.get(&name) != Some(&is_serving) {
            self.reporter.set_service_status(&name, serving(is_serving)).await;
            self.said.insert(name, is_serving);
        }
    }

    /// Says `NOT_SERVING` for everything, before the first connection is told to go.
    pub(super) async fn drain(&self) {
        for name in self.said.keys() {
            self.reporter
                .set_service_status(name, ServingStatus::NotServing)
                .await;
        }
    }

    /// Ends the calls of those who watch.
    pub(super) async fn leave(&mut self) {
        for name in self.said.keys() {
            self.reporter.clear_service_status(name).await;
        }
    }
}

/// How often the providers' readiness is looked at when nobody changes a key.
const REVIEW: Duration = Duration::from_secs(10);

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

#[expect(
    clippy::disallowed_methods,
    reason = "whether a key has expired is a question of now"
)]
fn now() -> Timestamp {
    SystemTime::now().into()
}
