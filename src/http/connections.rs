//! The connections of the admin port: a bounded number, for a bounded time, with small heads and no bodies.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 64;
/// How long a request's head may take, a quiet connection's next one included.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// The largest head.
const HEAD_BYTES: usize = 16 * 1024;
/// A connection is told to go after this long,
const AGE: Duration = Duration::from_secs(300);
/// and closed when it has not by then.
const AGE_GRACE: Duration = Duration::from_secs(10);
/// Before another try when the system has no more sockets.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves for as long as it is polled.
pub(super) async fn serve(listener: TcpListener, routes: Router) -> Infallible {
    // Dropped, and so ended, with this future.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, routes.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "the admin port could not accept");
                    tokio::time::sleep(PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, routes: Router) {
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes))
    );
    // What goes wrong on a connection is its other end's trouble.
    if tokio::time::timeout(AGE, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = tokio::time::timeout(AGE_GRACE, connection).await;
    }
}
