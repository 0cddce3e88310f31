//! Owns `[sandbox]`: the built-in stand-in for every provider.

use std::net::{Ipv4Addr, SocketAddr};

use super::keys::Keys;
use super::value::{Address, Flag};

/// The sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sandbox {
    /// Whether the server runs the sandbox inside and points every built-in provider at it, so that no key is
    /// needed. The flag `--sandbox` and the variable `CRUX_SANDBOX` set it too. Default false.
    pub enabled: bool,
    /// Where the sandbox listens: an IP address and a port. Default `127.0.0.1:0`, which takes a free port.
    pub listen: SocketAddr,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            enabled: false,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        }
    }
}

impl Sandbox {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("enabled", &mut self.enabled, &Flag);
        keys.value("listen", &mut self.listen, &Address);
    }
}
