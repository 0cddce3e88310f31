//! What the process takes of its machine, as Linux tells; other systems tell nothing here.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What the process takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Process {
    /// When it began, in seconds since 1970.
    pub start_seconds: f64,
    /// Processor time, in the kernel and outside.
    pub cpu_seconds: f64,
    /// Memory.
    pub resident_bytes: usize,
    /// Open files and sockets.
    pub open_files: usize,
    /// The most that it may open.
    pub max_files: usize,
}

/// Of the clock that `/proc` counts by, on every architecture there is (`man 5 proc`: `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads it off; `None` where there is no `/proc`. Blocks for as long as the system takes.
pub fn read() -> Option<Process> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // What stands before is the program's name, which may hold blanks and brackets.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    let boot = fs::read_to_string("/proc/stat").ok()?;
    let boot = value(&boot, "btime ")?.parse::<f64>().ok()?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let resident = value(&status, "VmRSS:")?.split_ascii_whitespace().next()?;
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let most = value(&limits, "Max open files")?
        .split_ascii_whitespace()
        .next()?;
    Some(Process {
        start_seconds: boot + ticks(19)? / TICKS_PER_SECOND,
        cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND,
        resident_bytes: resident.parse::<usize>().ok()? * 1024,
        open_files: fs::read_dir("/proc/self/fd").ok()?.count(),
        max_files: most.parse().unwrap_or(usize::MAX),
    })
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    value.map(str::trim)
}

/// How many connections of this process to each of `remotes` are established; `None` where there is no `/proc`.
/// Blocks for as long as the system takes.
pub fn connections(remotes: &BTreeSet<SocketAddr>) -> Option<BTreeMap<SocketAddr, usize>> {
    let own: HashSet<u64> = fs::read_dir("/proc/self/fd")
        .ok()?
        .filter_map(|file| socket(&fs::read_link(file.ok()?.path()).ok()?.to_string_lossy()))
        .collect();
    let mut found = BTreeMap::new();
    for table in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        let table = fs::read_to_string(table).unwrap_or_default();
        let established = table.lines().filter_map(established);
        for (remote, inode) in established.filter(|(remote, _)| remotes.contains(remote)) {
            if own.contains(&inode) {
                *found.entry(remote).or_insert(0) += 1;
            }
        }
    }
    Some(found)
}

/// The inode in `socket:[123]`.
fn socket(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The remote address and the inode of a line of the table, if the connection is established.
fn established(line: &str) -> Option<(SocketAddr, u64)> {
    let mut fields = line.split_ascii_whitespace().skip(2);
    let (remote, state) = (fields.next()?, fields.next()?);
    let inode = fields.nth(5)?.parse().ok()?;
    (state == "01").then_some(())?;
    Some((address(remote)?, inode))
}

/// Reads `0100007F:1F90`: each four bytes of the address as the machine holds a number, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |index: usize| u32::from_str_radix(ip.get(index * 8..index * 8 + 8)?, 16).ok();
    let ip = if ip.len() == 8 {
        IpAddr::V4(Ipv4Addr::from(word(0)?.to_ne_bytes()))
    } else {
        let mut bytes = [0; 16];
        for (index, chunk) in bytes.chunks_exact_mut(4).enumerate() {
            chunk.copy_from_slice(&word(index)?.to_ne_bytes());
        }
        IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::{TcpListener, TcpStream};

    use super::{address, connections, read};

    #[test]
    fn addresses_are_read_as_linux_writes_them() {
        let read = |text| address(text).map(|address| address.to_string());

        if cfg!(target_endian = "little") {
            assert_eq!(read("0100007F:1F90").as_deref(), Some("127.0.0.1:8080"));
            assert_eq!(
                read("0000000000000000FFFF00000100007F:0050").as_deref(),
                Some("127.0.0.1:80")
            );
            assert_eq!(
                read("00000000000000000000000001000000:0050").as_deref(),
                Some("[::1]:80")
            );
        }
        assert_eq!(read("nonsense"), None);
        assert_eq!(read("é0100007F:1F90"), None);
    }

    #[test]
    fn only_established_connections_to_the_named_are_counted() {
        let (Some(process), Ok(listener)) = (read(), TcpListener::bind("127.0.0.1:0")) else {
            return;
        };
        let address = listener.local_addr().unwrap();
        let remotes = BTreeSet::from([address]);
        assert!(process.open_files > 0 && process.resident_bytes > 0 && process.start_seconds > 0.0);
        assert_eq!(connections(&remotes).unwrap().get(&address), None);

        let held = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        assert_eq!(connections(&remotes).unwrap().get(&address), Some(&3));

        drop(held);
        assert_eq!(connections(&remotes).unwrap().get(&address), None);
    }
}
