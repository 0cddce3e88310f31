//! The listener and its connections, and how they end.
//!
//! Connections are driven one by one, below any router, because faults must be able to close them.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::faults::Tally;
use super::journal::Journal;
use super::route;
use super::stats::{OpenConnection, Stats};

/// How many connections are served at once; further ones wait in the listener's queue.
const CONNECTIONS_LIMIT: usize = 16_384;
/// How long answers under way may go on after the shutdown.
const GRACE: Duration = Duration::from_secs(3);
/// How long a connection may wait for a request's head, so also how long it may be idle.
const IDLE_LIMIT: Duration = Duration::from_secs(600);
/// How long the listener rests when the system has no socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The sandbox could not listen.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub struct BindError {
    address: SocketAddr,
    source: io::Error,
}

/// A sandbox that is bound to its address and not yet running.
#[derive(Debug)]
pub struct Sandbox {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What all connections share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) stats: Stats,
    pub(super) journal: Journal,
    pub(super) tally: Tally,
}

impl Sandbox {
    /// Binds the sandbox to an address; port 0 takes a free one.
    pub async fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let failed = |source| BindError { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self {
            listener,
            address,
            shared: Arc::default(),
        })
    }

    /// Returns the address it is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns its live counters.
    pub fn stats(&self) -> Stats {
        self.shared.stats.clone()
    }

    /// Serves until `shutdown` resolves, then lets answers under way end for a few seconds and cuts the rest.
    ///
    /// # Errors
    ///
    /// None at present: a connection that fails ends alone, and a listener without sockets waits for one.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> io::Result<()> {
        let (draining, drain) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS_LIMIT => match accepted {
                    Ok((stream, _)) => {
                        let guard = self.shared.stats.connection();
                        connections.spawn(serve(stream, guard, Arc::clone(&self.shared), drain.clone()));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
            }
        }
        drop(self.listener);
        // Every receiver is gone only when every connection is.
        let _ = draining.send(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            connections.shutdown().await;
        }
        Ok(())
    }
}

/// Serves one connection to its end. However it ends, its answers count themselves.
async fn serve(
    stream: TcpStream,
    guard: OpenConnection,
    shared: Arc<Shared>,
    mut drain: watch::Receiver<bool>,
) {
    // Without it a delta waits for the acknowledgement of the one before; a socket that refuses is served slower.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let shared = Arc::clone(&shared);
        let received = route::receive(&shared, request);
        async move { route::answer(&shared, received).await }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let draining = async move { drain.wait_for(|draining| *draining).await.is_ok() };
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = draining => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(guard);
}
