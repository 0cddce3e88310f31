//! `grpc.health.v1`: for "", every service and `provider/<id>`.

use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::engine::Engine;
use crate::rpc::pb;

/// Tells the truth about the server: everything serves until it drains, a provider if it has its key.
#[derive(Debug, Clone)]
pub(super) struct Health {
    reporter: HealthReporter,
    services: Vec<String>,
}

impl Health {
    pub(super) async fn new(reporter: HealthReporter, engine: &Engine) -> Self {
        let mut services = vec![
            String::new(),
            pb::chat_service_server::SERVICE_NAME.to_owned(),
            pb::server_service_server::SERVICE_NAME.to_owned(),
            pb::admin_service_server::SERVICE_NAME.to_owned(),
        ];
        for service in &services {
            reporter.set_service_status(service, ServingStatus::Serving).await;
        }
        for (provider, is_ready) in engine.providers() {
            let name = format!("provider/{provider}");
            let status = if is_ready {
                ServingStatus::Serving
            } else {
                ServingStatus::NotServing
            };
            reporter.set_service_status(&name, status).await;
            services.push(name);
        }
        Self { reporter, services }
    }

    /// Says `NOT_SERVING` for everything, before the first connection is told to go.
    pub(super) async fn drain(&self) {
        for service in &self.services {
            self.reporter
                .set_service_status(service, ServingStatus::NotServing)
                .await;
        }
    }
}
