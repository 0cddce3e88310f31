//! `grpc.health.v1`: for "", every service and `provider/<id>`.

use std::convert::Infallible;

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::engine::Engine;
use crate::rpc::pb;
use crate::store::Reach;

/// Tells the truth about the server: what works serves, until it drains; a provider serves if it has its key.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    providers: Vec<String>,
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
const SERVICES: [(&str, Need); 5] = [
    ("", Need::Known),
    (pb::chat_service_server::SERVICE_NAME, Need::Known),
    (pb::server_service_server::SERVICE_NAME, Need::Nothing),
    (pb::preferences_service_server::SERVICE_NAME, Need::Now),
    (pb::admin_service_server::SERVICE_NAME, Need::Now),
];

impl Health {
    pub(super) async fn new(reporter: HealthReporter, engine: &Engine) -> Self {
        let mut providers = Vec::new();
        for (provider, is_ready) in engine.providers() {
            let name = format!("provider/{provider}");
            reporter.set_service_status(&name, serving(is_ready)).await;
            providers.push(name);
        }
        let health = Self { reporter, providers };
        health.tell(Reach::Answers).await;
        health
    }

    /// Says what works and what does not as the database comes and goes. Never returns.
    pub(super) async fn follow(&self, mut reach: watch::Receiver<Reach>) -> Infallible {
        loop {
            let now = *reach.borrow_and_update();
            self.tell(now).await;
            if reach.changed().await.is_err() {
                // Nobody asks the database any more; how it stood last is all there is to say.
                return std::future::pending().await;
            }
        }
    }

    async fn tell(&self, reach: Reach) {
        for (service, need) in SERVICES {
            self.reporter
                .set_service_status(service, serving(need.is_met(reach)))
                .await;
        }
    }

    /// Says `NOT_SERVING` for everything, before the first connection is told to go.
    pub(super) async fn drain(&self) {
        let services = SERVICES.iter().map(|(service, _)| *service);
        for service in services.chain(self.providers.iter().map(String::as_str)) {
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
