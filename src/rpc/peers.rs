//! Owns how often an address may fail to prove who calls. Refuses to know how that is proved.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::domain::time::Timestamp;

/// Addresses that are remembered; beyond, the one whose last failure is the oldest is forgotten.
const MOST: usize = 4096;
const MINUTE_MICROS: i64 = 60 * 1_000_000;

/// Failures by address.
///
/// Each address has a store of failures that fills again at a steady rate, so that a caller which mends its
/// credentials is not kept out for longer than it takes.
#[derive(Debug)]
pub(super) struct Peers {
    per_minute: u32,
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    /// Microseconds of the fill that are used up, at most a minute's and one failure's.
    used_micros: i64,
    last: Timestamp,
}

impl Peers {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.max(1),
            failures: Mutex::default(),
        }
    }

    /// Whether the address has failed as often as it may.
    pub(super) fn is_over(&self, ip: IpAddr, now: Timestamp) -> bool {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let found = failures.get(&network(ip));
        found.is_some_and(|failures| failures.used_at(now) + self.cost_micros() > MINUTE_MICROS)
    }

    /// Notes a failure; returns how long to wait if there were too many.
    pub(super) fn failed(&self, ip: IpAddr, now: Timestamp) -> Option<Duration> {
        let cost = self.cost_micros();
        let mut all = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let ip = network(ip);
        if all.len() >= MOST && !all.contains_key(&ip) {
            all.retain(|_, failures| failures.used_at(now) > 0);
            let oldest = all
                .iter()
                .min_by_key(|(_, failures)| failures.last)
                .map(|(ip, _)| *ip);
            if let Some(oldest) = oldest.filter(|_| all.len() >= MOST) {
                all.remove(&oldest);
            }
        }
        let failures = all.entry(ip).or_insert(Failures {
            used_micros: 0,
            last: now,
        });
        let used = failures.used_at(now) + cost;
        failures.last = now.max(failures.last);
        if used > MINUTE_MICROS {
            failures.used_micros = used - cost;
            return Some(Duration::from_micros(
                u64::try_from(used - MINUTE_MICROS).unwrap_or_default(),
            ));
        }
        failures.used_micros = used;
        None
    }

    /// What one failure uses up.
    fn cost_micros(&self) -> i64 {
        MINUTE_MICROS / i64::from(self.per_minute)
    }
}

impl Failures {
    fn used_at(self, now: Timestamp) -> i64 {
        let passed = i64::try_from(now.since(self.last).as_micros()).unwrap_or(i64::MAX);
        self.used_micros.saturating_sub(passed).max(0)
    }
}

/// One caller has a whole network of IPv6 addresses.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::{MOST, Peers};
    use crate::domain::time::Timestamp;

    const NOW: Timestamp = Timestamp(1_795_000_000_000_000);

    fn ip(number: usize) -> IpAddr {
        Ipv4Addr::from_bits(u32::try_from(number).unwrap()).into()
    }

    #[test]
    fn an_address_fails_so_often_and_then_waits() {
        let peers = Peers::new(60);
        for number in 0..60 {
            assert_eq!(peers.failed(ip(1), NOW), None, "{number}");
        }
        assert!(peers.is_over(ip(1), NOW));
        assert_eq!(peers.failed(ip(1), NOW), Some(Duration::from_secs(1)));
        assert_eq!(peers.failed(ip(2), NOW), None, "another address is another one's");

        let later = NOW.plus(Duration::from_secs(1));
        assert!(!peers.is_over(ip(1), later));
        assert_eq!(peers.failed(ip(1), later), None);
        assert!(peers.failed(ip(1), later).is_some());
    }

    #[test]
    fn the_table_has_a_bound_and_forgets_the_oldest() {
        let peers = Peers::new(1);
        for number in 0..MOST + 100 {
            let at = NOW.plus(Duration::from_micros(u64::try_from(number).unwrap()));
            peers.failed(ip(number), at);
        }

        assert_eq!(peers.failures.lock().unwrap().len(), MOST);
        assert!(!peers.is_over(ip(0), NOW));
        assert!(peers.is_over(ip(MOST + 99), NOW.plus(Duration::from_secs(1))));
    }

    #[test]
    fn a_network_of_the_sixth_version_is_one_caller() {
        let peers = Peers::new(1);
        peers.failed("2001:db8::1".parse().unwrap(), NOW);

        assert!(peers.is_over("2001:db8::2".parse().unwrap(), NOW));
        assert!(!peers.is_over("2001:db8:1::1".parse().unwrap(), NOW));
    }
}
