//! Owns `[server]`: the socket crux listens on and how it treats its connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::keys::Keys;
use super::measure::{Size, Span, WAIT};
use super::value::{Address, Count, Flag};

/// The gRPC server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where the server listens: an IP address and a port. An address other than loopback needs
    /// `auth.bearer_token`, `tls.client_ca`, or a token made by `crux admin bootstrap`. Default `127.0.0.1:50051`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Largest request message, in bytes after decompression; a larger one fails as `OUT_OF_RANGE`. Raise it for
    /// images and documents sent inline. From 64 KiB to 256 MiB, default 4 MiB.
    pub max_request_bytes: usize,
    /// Age at which a connection is asked to reconnect, so that a balancer can spread callers anew. From 1 s to
    /// 30 d, default 30 min.
    pub max_connection_age: Duration,
    /// How long calls may run on after `max_connection_age`, before the connection is closed. From 1 s to 30 d,
    /// default 5 min.
    pub max_connection_age_grace: Duration,
    /// How often an HTTP/2 ping asks a silent connection whether it lives. From 1 s to 24 h, default 30 s.
    pub keepalive_interval: Duration,
    /// How long the answer to such a ping may take, before the connection counts as lost. From 1 ms to 24 h,
    /// default 20 s.
    pub keepalive_timeout: Duration,
    /// Most calls that run at once on one connection; further ones wait at the caller. From 1 to 100000, default
    /// 1000.
    pub max_concurrent_streams: u32,
    /// How long running calls may go on after SIGTERM, before they end with `SHUTTING_DOWN`. From 0 s to 24 h,
    /// default 25 s.
    pub drain_grace: Duration,
    /// Whether gRPC reflection tells callers the contract. Default true.
    pub reflection: bool,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 50051)),
            max_request_bytes: 4 << 20,
            max_connection_age: Duration::from_secs(30 * 60),
            max_connection_age_grace: Duration::from_secs(5 * 60),
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(20),
            max_concurrent_streams: 1000,
            drain_grace: Duration::from_secs(25),
            reflection: true,
        }
    }
}

impl Server {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        let age = Span(Duration::from_secs(1)..=Duration::from_secs(30 * 24 * 60 * 60));
        let interval = Span(Duration::from_secs(1)..=*WAIT.0.end());
        let grace = Span(Duration::ZERO..=*WAIT.0.end());

        keys.value("listen", &mut self.listen, &Address);
        keys.value(
            "max_request_bytes",
            &mut self.max_request_bytes,
            &Size(64 << 10..=256 << 20),
        );
        keys.value("max_connection_age", &mut self.max_connection_age, &age);
        keys.value(
            "max_connection_age_grace",
            &mut self.max_connection_age_grace,
            &age,
        );
        keys.value("keepalive_interval", &mut self.keepalive_interval, &interval);
        keys.value("keepalive_timeout", &mut self.keepalive_timeout, &WAIT);
        keys.value(
            "max_concurrent_streams",
            &mut self.max_concurrent_streams,
            &Count(1..=100_000),
        );
        keys.value("drain_grace", &mut self.drain_grace, &grace);
        keys.value("reflection", &mut self.reflection, &Flag);
    }
}
