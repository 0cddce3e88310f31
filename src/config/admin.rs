//! Owns `[admin]`: the HTTP port for those who run the server: probes and metrics.

use std::net::{Ipv4Addr, SocketAddr};

use super::keys::Keys;
use super::value::{Address, Flag};

/// The admin port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin {
    /// Whether the server has an admin port: `/live`, `/ready`, `/health` and `/metrics`. Default true.
    pub enabled: bool,
    /// Where it listens: an IP address and a port. It asks nobody who he is, and tells nothing of what is said in
    /// calls. Default `127.0.0.1:8091`; port 0 takes a free one, as it does where nothing is said here and
    /// `server.listen` has port 0 too. Where nothing is said and 8091 is taken, another server's most likely, a free
    /// one is taken with a warning.
    pub listen: SocketAddr,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            enabled: true,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8091)),
        }
    }
}

impl Admin {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("enabled", &mut self.enabled, &Flag);
        keys.value("listen", &mut self.listen, &Address);
    }
}
