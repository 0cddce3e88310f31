//! The admin port: whether the server lives and takes calls, and its metrics, over plain HTTP. For whoever runs the
//! server; knows nothing of what is said in calls.

mod answers;
mod connections;
mod scrape;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::engine::Engine;
use crate::store::Reach;
use crate::telemetry::metrics::Metrics;

/// A port that listens and does not answer yet.
#[derive(Debug)]
pub struct AdminPort {
    listener: TcpListener,
    address: SocketAddr,
}

/// What is told of.
#[derive(Debug, Clone)]
pub struct Told {
    /// Chats, and what they need.
    pub engine: Arc<Engine>,
    /// How things stand with the database.
    pub reach: watch::Receiver<Reach>,
    /// What was counted.
    pub metrics: Arc<Metrics>,
}

impl AdminPort {
    /// Takes the port.
    ///
    /// # Errors
    /// The system's: it is taken, or not this machine's.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers for as long as it is polled. Dropping the future closes every connection.
    pub async fn run(self, told: Told) -> std::convert::Infallible {
        connections::serve(self.listener, answers::routes(told)).await
    }
}
